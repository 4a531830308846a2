//! Tests of [`resolve`]: what the command line overrides, and which values are rejected.

use super::*;
use model::build::InvalidBuild;

fn resolved(environment: &Environment, overrides: PartialBuild) -> Result<Build, BuildError> {
    resolve(Sources::of(environment), overrides, 1).map(|resolved| resolved.build)
}

const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

fn overrides() -> PartialBuild {
    PartialBuild { branch: Some("master".into()), commit: Some(COMMIT.into()), ..PartialBuild::default() }
}

#[test]
fn the_command_line_alone_is_enough() {
    let build = resolved(&Environment::default(), overrides()).unwrap();
    assert_eq!((&*build.provider, build.event, build.job), ("none", BuildEvent::Manual, None));
}

#[test]
fn the_command_line_overrides_the_provider() {
    let environment = Environment::from_iter([("TRAVIS_BRANCH", "develop"), ("TRAVIS_BUILD_NUMBER", "7")]);
    let build = resolved(&environment, overrides()).unwrap();
    assert_eq!((&*build.provider, build.branch.as_str(), build.number), ("travis", "master", Some(7)));
}

#[test]
fn an_error_names_the_flag_of_a_missing_field() {
    let error = resolved(&Environment::default(), PartialBuild::default()).unwrap_err();
    assert!(error.to_string().contains("--branch"), "{error}");
}

#[test]
fn a_short_commit_hash_is_rejected() {
    let short = PartialBuild { commit: Some("3f2a9c1".into()), ..overrides() };
    assert!(matches!(
        resolved(&Environment::default(), short),
        Err(BuildError::Invalid { error: InvalidBuild { field: "commit", .. }, .. })
    ));
}

#[test]
fn fields_of_a_pull_request_require_one() {
    let request = PartialPullRequest { is_fork: Some(true), ..PartialPullRequest::default() };
    let fork = PartialBuild { pull_request: request, ..overrides() };
    let error = resolved(&Environment::default(), fork.clone()).unwrap_err();
    assert_eq!(error, BuildError::NoPullRequest("--fork"));
    let travis = Environment::from_iter([("TRAVIS_BRANCH", "master"), ("TRAVIS_PULL_REQUEST", "7")]);
    let request = resolved(&travis, fork).unwrap().pull_request.unwrap();
    assert_eq!((request.number.as_str(), request.is_fork), ("7", Some(true)));
    // Travis CI sets the variables of pull requests, to empty values, in every build.
    let push = [("TRAVIS_BRANCH", "master"), ("TRAVIS_PULL_REQUEST", "false"), ("TRAVIS_COMMIT", COMMIT)];
    let push = push.into_iter().chain([("TRAVIS_PULL_REQUEST_BRANCH", "x")]).collect();
    assert_eq!(resolved(&push, PartialBuild::default()).unwrap().pull_request, None);
}

#[test]
fn a_base_commit_of_zeros_and_a_scope_without_a_number_are_absent() {
    for zeros in ["0".repeat(40), "0".repeat(64)] {
        let own = PartialBuild { base_commit: Some(zeros), number_scope: Some("x".into()), ..overrides() };
        let build = resolved(&Environment::default(), own.clone()).unwrap();
        assert_eq!((build.base_commit, build.number_scope), (None, None));
        let numbered = resolved(&Environment::default(), PartialBuild { number: Some(1), ..own }).unwrap();
        assert_eq!(numbered.number_scope.as_deref(), Some("x"));
    }
    let zeros = PartialBuild { commit: Some("0".repeat(40)), ..overrides() };
    assert!(resolved(&Environment::default(), zeros).is_err());
}

#[test]
fn a_time_beyond_that_of_the_contract_is_rejected() {
    for (time, expected) in [(1 << 32, "up to 4294967295"), (1_767_225_600_000, "milliseconds")] {
        let own = PartialBuild { commit_time: Some(time), ..overrides() };
        let error = resolved(&Environment::default(), own).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("--commit-time"), "{error}");
    }
}

#[test]
fn control_characters_in_a_branch_are_rejected() {
    let forged = PartialBuild { branch: Some("a\u{1b}[2J".into()), ..overrides() };
    assert!(resolved(&Environment::default(), forged).is_err());
}
