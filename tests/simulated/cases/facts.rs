//! Cases of policies that look facts up.

use super::{Folder, fixture};

/// Facts for the policy `lookup-policy`, which prints what it is told.
const FACTS: &str = r#"
[facts]
clusters = ["empty"]
repositories = ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/bare"]

[[facts.services]]
cluster = "todo"
name = "web"
tags = { team = "blue" }
containers = [{ name = "web", image = "repo/web:1" }]
deployed-by = { repository = "o/r", commit = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20", number = 7 }

[[facts.services]]
cluster = "todo"
name = "api"

[[facts.images]]
repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/todo"
digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
tags = ["staging"]
pushed-at = 1760000000

[[facts.errors]]
asked = "services.get-service"
name = "secret"
error = "ecs:DescribeServices for cluster `todo`: AccessDeniedException"
"#;

#[test]
fn a_case_answers_what_the_policy_asks() {
    let cases = r#"
[[case]]
name = "services"
settings.LOOKUPS = "list-services todo\nlist-services empty\nget-service todo web\nget-service todo nobody"
expect.log = [
    { matches = '^\[Service \{ cluster: "todo", name: "api".*name: "web".*value: "blue".*number: Some\(7\)' },
    "[]",
    { matches = '^Some\(Service \{ cluster: "todo", name: "web"' },
    "None",
]

[[case]]
name = "images"
[case.settings]
LOOKUPS = """get-image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/todo staging
get-image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/todo sha256:1111111111111111111111111111111111111111111111111111111111111111
get-image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/todo production
get-image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/bare staging"""
[case.expect]
log = [{ matches = '"staging"\], pushed-at: 1760000000' }, { matches = "sha256:1111" }, "None", "None"]

[[case]]
name = "what AWS refuses"
settings.LOOKUPS = "get-service todo secret"
expect.error = "ecs:DescribeServices for cluster `todo`: AccessDeniedException"

[[case]]
name = "a cluster of nobody's"
settings.LOOKUPS = "list-services nowhere"
expect.error = "there is no cluster `nowhere` among the case's facts; add cluster `nowhere` to `facts.services`, or to `facts.clusters` if it has no services"

[[case]]
name = "a repository of nobody's"
settings.LOOKUPS = "get-image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/nothing staging"
expect.error.matches = "there is no repository .*/nothing among the case's facts; add .*/nothing to `facts.images`, or to `facts.repositories`"
"#;
    let folder = Folder::with(&[("cases.toml", &format!("{FACTS}{cases}"))]);
    let (out, _) = folder.test(&fixture("lookup-policy"), &["cases.toml"], 0);
    assert!(out.contains("5 passed"), "{out}");
}

#[test]
fn facts_that_can_not_be_are_told() {
    for (facts, says) in [
        ("facts.images = [{ repository = \"x\", digest = \"sha256:1\" }]", "invalid image repository \"x\""),
        (
            "facts.errors = [{ asked = \"services.get\", error = \"x\" }]",
            "there is no `services.get`, but services.list-services",
        ),
        ("facts.service = []", "there is no `service` here; did you mean `services`?"),
    ] {
        let folder = Folder::with(&[("cases.toml", &format!("[[case]]\nname = \"a\"\n{facts}\n"))]);
        let (_, err) = folder.test(&fixture("lookup-policy"), &["cases.toml"], 2);
        assert!(err.contains("cases.toml:") && err.contains(says), "{err}");
    }
}
