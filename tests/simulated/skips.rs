//! Builds that do not deploy: the run calls neither AWS nor docker, and exits with 0.

use crate::app::{App, REGION};
use crate::run::Run;

fn skips(name: &str, build: impl FnOnce(Run<'_>) -> Run<'_>, reason: &str) {
    let app = App::bare(name, REGION);
    let docker = app.recording_docker();
    build(app.run().docker(docker)).exits(0).prints(reason).called_nothing().within(5);
    assert!(!app.docker_was_called());
}

#[test]
fn a_branch_that_is_not_listed_is_skipped() {
    let reason = "Branch `develop` is not one of DEPLOY_BRANCHES (`master production`).";
    skips("other-branch", |run| run.branch("develop").set("DEPLOY_BRANCHES", "master production"), reason);
}

#[test]
fn a_list_in_quotation_marks_is_reported() {
    let app = App::bare("quoted-branches", REGION);
    let run = app.run().set("DEPLOY_BRANCHES", "\"master production\"").exits(0);
    run.prints("Branch `master` is not one of")
        .prints("warning: DEPLOY_BRANCHES begins and ends with a quotation mark");
}

#[test]
fn a_list_of_separators_alone_is_reported() {
    for (name, variable, value) in
        [("no-branch-listed", "DEPLOY_BRANCHES", ",,,"), ("no-tag-listed", "DEPLOY_TAGS", " ; ")]
    {
        let app = App::bare(name, REGION);
        let run = app.run().branch("develop").set(variable, value).exits(0);
        run.prints("Branch `develop` is not one of")
            .prints(&format!("warning: {variable} contains separators only (`{value}`)"))
            .called_nothing();
    }
}

#[test]
fn a_branch_whose_name_only_begins_like_a_listed_one_is_skipped() {
    skips("longer-branch", |run| run.branch("master-2"), "Branch `master-2` is not one of");
}

#[test]
fn a_pull_request_into_a_listed_branch_is_skipped() {
    skips(
        "pull-request",
        |run| run.set("TRAVIS_PULL_REQUEST", "12").set("TRAVIS_EVENT_TYPE", "pull_request"),
        "Pull request 12 does not deploy",
    );
}

#[test]
fn a_pull_request_from_a_fork_is_skipped_without_credentials() {
    let app = App::bare("fork", REGION);
    app.run()
        .set("TRAVIS_PULL_REQUEST", "13")
        .unset("AWS_ACCESS_KEY_ID")
        .unset("AWS_SECRET_ACCESS_KEY")
        .unset("REMOTE_IMAGE_URL")
        .unset("DEPLOY_BRANCHES")
        .exits(0)
        .prints("Pull request 13 does not deploy")
        .called_nothing();
}

#[test]
fn the_jobs_of_a_matrix_but_the_first_are_skipped() {
    skips("second-job", |run| run.set("TRAVIS_JOB_NUMBER", "57.2"), "Job 2 does not deploy");
    // A job of a build stage has such a number too.
    skips("stage-job", |run| run.set("TRAVIS_JOB_NUMBER", "57.4"), "In a build stage pass `--job 1`");
    // A job number that only begins with 1 is not the first job.
    skips("eleventh-job", |run| run.set("TRAVIS_JOB_NUMBER", "57.11"), "Job 11 does not deploy");
}

#[test]
fn a_travis_build_without_a_job_number_is_skipped() {
    skips("no-job", |run| run.unset("TRAVIS_JOB_NUMBER"), "A job without TRAVIS_JOB_NUMBER does not deploy");
}

#[test]
fn a_tag_named_like_a_deployed_branch_is_skipped() {
    skips("tag-like-branch", |run| run.set("TRAVIS_TAG", "master"), "Tag `master` is not one of DEPLOY_TAGS");
    skips("shown-tag", |run| run.set("TRAVIS_TAG", "master"), "Build     tag master at ");
}

#[test]
fn a_listed_tag_deploys_with_its_own_variables() {
    let app = App::new("listed-tag");
    let run = app.run().branch("v1.2").set("TRAVIS_TAG", "v1.2").set("DEPLOY_TAGS", "v1.1, v1.2");
    let run = run.set("ECS_CLUSTER_V1_2", &app.name).set("ECS_SERVICE_V1_2", &app.name);
    run.exits(0).prints("Build     tag v1.2 at ").prints("Verdict   listed-tag/listed-tag deployed");
    assert!(app.pushed().contains_key("v1.2"), "{:?}", app.pushed());
}
