//! Cases of policies that look up facts.

use super::{Folder, fixture};

/// Facts for the policy `lookup-policy`, which prints the results of its lookups.
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
function = "services.get-service"
name = "secret"
error = "ecs:DescribeServices for cluster `todo`: AccessDeniedException"
"#;

#[test]
fn a_lookup_returns_the_facts_of_the_case() {
    let cases = r#"
[[case]]
name = "services"
settings.LOOKUPS = "list-services todo\nlist-services empty\nget-service todo web\nget-service todo missing"
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
name = "a denied call"
settings.LOOKUPS = "get-service todo secret"
expect.error = "ecs:DescribeServices for cluster `todo`: AccessDeniedException"
"#;
    let folder = Folder::with(&[("cases.toml", &format!("{FACTS}{cases}"))]);
    let (out, _) = folder.test(&fixture("lookup-policy"), &["cases.toml"], 0);
    assert!(out.contains("3 passed"), "{out}");
}

#[test]
fn a_missing_fact_fails_the_case_even_if_the_policy_ignores_the_error() {
    let cases = r#"
[[case]]
name = "a cluster"
settings.LOOKUPS = "try-get-service nowhere web"
expect.skip = "All lookups succeeded."

[[case]]
name = "a repository"
settings.LOOKUPS = "get-image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/nothing staging"
expect.error = { contains = "do not contain repository" }
"#;
    let folder = Folder::with(&[("cases.toml", &format!("{FACTS}{cases}"))]);
    let (out, _) = folder.test(&fixture("lookup-policy"), &["cases.toml"], 1);
    for line in [
        "2 failed",
        "facts\n            - add cluster `nowhere` to `facts.services`, or to `facts.clusters` if it has no services\n",
        "            + the case's facts do not contain cluster `nowhere`\n",
        "/nothing to `facts.images`, or to `facts.repositories` if it has no images\n",
    ] {
        assert!(out.contains(line), "no {line:?} in\n{out}");
    }
}

#[test]
fn facts_that_no_lookup_asks_for_are_listed_with_their_lines() {
    let cases = r#"
[[case]]
name = "one"
settings.LOOKUPS = "get-service todo web"
expect.log = [{ matches = "web" }]
facts.changed-files = [{ since = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20", files = ["a"] }]

[[case]]
name = "two"
matrix.branch = ["a", "b"]
settings.LOOKUPS = "list-services empty"
expect.log = ["[]"]
"#;
    let folder = Folder::with(&[("cases.toml", &format!("{FACTS}{cases}"))]);
    let (out, err) = folder.test(&fixture("lookup-policy"), &["cases.toml"], 0);
    let expected = "Unused    facts that no lookup asked for, so that they test nothing:\n          \
                    cases.toml:4: facts.repositories[0]\n          cases.toml:13: facts.services[1]\n          \
                    cases.toml:17: facts.images[0]\n          cases.toml:23: facts.errors[0]\n          \
                    cases.toml:32: facts.changed-files[0]\n";
    assert!(out.ends_with(expected), "{out}");
    assert_eq!(err, "");
    let (out, _) = folder.test(&fixture("lookup-policy"), &["cases.toml", "--format", "json"], 0);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let (of_file, of_case) = (&report["unused_facts"][1], &report["unused_facts"][4]);
    assert_eq!((&of_file["fact"], &of_file["case"]), (&"facts.services[1]".into(), &serde_json::Value::Null));
    assert_eq!((&of_case["line"], &of_case["case"]), (&32.into(), &"one".into()));
    let (out, _) = folder.test(&fixture("lookup-policy"), &["cases.toml", "--format", "tap"], 0);
    assert!(out.contains("# cases.toml:32: no lookup asked for facts.changed-files[0]\n"), "{out}");
    // A case that does not run may ask for them.
    let (out, _) = folder.test(&fixture("lookup-policy"), &["cases.toml", "--run", "one"], 0);
    assert!(!out.contains("Unused"), "{out}");
}

#[test]
fn invalid_facts_are_reported() {
    for (facts, expected) in [
        ("facts.images = [{ repository = \"x\", digest = \"sha256:1\" }]", "facts.images: "),
        (
            "facts.errors = [{ function = \"services.get\", error = \"x\" }]",
            "unknown function `services.get`; expected one of services.list-services",
        ),
        ("facts.service = []", "unknown field `service`; did you mean `services`?"),
    ] {
        let folder = Folder::with(&[("cases.toml", &format!("[[case]]\nname = \"a\"\n{facts}\n"))]);
        let (_, err) = folder.test(&fixture("lookup-policy"), &["cases.toml"], 2);
        assert!(err.contains("cases.toml:") && err.contains(expected), "{err}");
    }
}
