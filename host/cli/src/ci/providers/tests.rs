//! What the tests of the providers share: a build in one line.

use model::Environment;
use model::build::{Build, PartialBuild};

use crate::ci::{self, Ci, Sources};

pub(super) const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";
pub(super) const BASE: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c";

/// The build that these variables describe. `COMMIT` and `BASE` stand for hashes.
fn build(variables: &[&[(&str, &str)]]) -> Build {
    let variables = variables.iter().flat_map(|some| some.iter().copied());
    let value = |value: &str| value.replace("COMMIT", COMMIT).replace("BASE", BASE);
    let environment: Environment = variables.map(|(name, text)| (name, value(text))).collect();
    ci::resolve(Sources::of(&environment), PartialBuild::default(), 1).unwrap().build
}

/// The fields that are set, each once, in one line.
pub(super) fn summary(variables: &[&[(&str, &str)]]) -> String {
    let build = build(variables);
    let mut words = vec![format!("{}:", build.provider), format!("{:?}", build.event), build.branch.clone()];
    let mut add =
        |name: &str, value: Option<String>| words.extend(value.map(|value| format!("{name}={value}")));
    add("tag", build.tag);
    add("repository", build.repository);
    add("number", build.number.map(|number| number.to_string()));
    add("scope", build.number_scope);
    add("job", build.job.map(|job| job.to_string()));
    add("by", build.actor);
    add("word", build.provider_event);
    add("base", build.base_commit.map(|base| base.replace(BASE, "BASE")));
    add("message", build.commit_message);
    if let Some(request) = build.pull_request {
        add("request", Some(request.number));
        add("source", request.source_branch);
        add("fork", request.is_fork.map(|is_fork| is_fork.to_string()));
    }
    assert_eq!(build.commit, COMMIT);
    words.join(" ")
}

#[test]
fn the_command_line_chooses_the_provider() {
    let environment = [
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_SHA", COMMIT),
        ("CI_COMMIT_BRANCH", "main"),
        ("TRAVIS_COMMIT", COMMIT),
        // Left from before: no job of Travis sets it without TRAVIS.
        ("TRAVIS_BRANCH", "old"),
    ];
    let environment = Environment::from_iter(environment);
    let branch = |ci: Option<&str>| {
        let sources = Sources { ci: ci.and_then(Ci::named), ..Sources::of(&environment) };
        ci::resolve(sources, PartialBuild::default(), 1).map(|resolved| resolved.build.branch)
    };
    assert_eq!(branch(None).unwrap(), "main");
    assert_eq!(branch(Some("travis")).unwrap(), "old");
    let error = branch(Some("none")).unwrap_err().to_string();
    assert!(error.contains("--branch NAME --commit"), "{error}");
}
