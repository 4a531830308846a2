//! Environment variables that are not UTF-8.

use crate::app::{App, REGION};
use crate::fixtures::policy;
use crate::run::Run;

/// Sets a variable to a byte that is no UTF-8.
fn undecodable<'a>(run: Run<'a>, name: &str) -> Run<'a> {
    let script = format!("{name}=$(printf 'a\\377b'); export {name}; exec \"$@\"");
    run.wrapped_by(&["/bin/sh", "-c", &script, "sh"])
}

#[test]
fn a_variable_that_is_not_utf_8_is_named_and_not_taken_as_unset() {
    let app = App::bare("undecodable", REGION);
    let docker = app.recording_docker();
    for (name, code) in [
        ("TRAVIS_BRANCH", 2),
        ("TRAVIS_COMMIT", 2),
        ("TRAVIS_TAG", 2),
        ("TRAVIS_JOB_NUMBER", 2),
        ("DRYRUN", 2),
        ("HTTPS_PROXY", 2),
        ("HOME", 2),
        ("DEPLOY_BRANCHES", 3),
        ("DEPLOY_TAGS", 3),
        ("IMAGE_NAME", 3),
        ("ECS_CLUSTER_MASTER", 3),
        ("AWS_REGION", 5),
        ("AWS_PROFILE", 5),
        ("AWS_SECRET_ACCESS_KEY", 5),
    ] {
        let run = undecodable(app.run().docker(&docker), name).exits(code);
        run.prints(&format!("{name} is not UTF-8")).does_not_print("not set").called_nothing();
        assert!(!app.docker_was_called());
    }
}

#[test]
fn a_variable_that_a_policy_declares_is_named() {
    let app = App::bare("undecodable-setting", REGION);
    let run = app.run().arg(policy("echo-policy").display().to_string());
    undecodable(run, "DECISION").exits(3).prints("DECISION is not UTF-8").called_nothing();
}

#[test]
fn a_variable_that_nothing_reads_may_contain_any_bytes() {
    let app = App::new("undecodable-other");
    let run = undecodable(app.plan(), "GREETING").exits(0);
    run.does_not_print("GREETING");
    // No verb but those about a build reads the variables of CI.
    undecodable(app.start("config"), "TRAVIS_BRANCH").exits(0);
    undecodable(app.start("config"), "AWS_REGION").exits(2).prints("AWS_REGION is not UTF-8");
}
