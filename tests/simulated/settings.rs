//! Settings of the CI job that are missing or wrong.

use crate::app::{App, REGION};
use crate::run::Run;

fn rejects(name: &str, code: i32, run: impl FnOnce(Run<'_>) -> Run<'_>, expected: &[&str]) {
    let app = App::bare(name, REGION);
    let docker = app.recording_docker();
    let run = run(app.run().docker(docker)).exits(code);
    for text in expected {
        run.prints(text);
    }
    run.called_nothing().within(5);
    assert!(!app.docker_was_called());
}

#[test]
fn without_deploy_branches_the_policy_names_the_setting() {
    let expected = ["rejected the build: DEPLOY_BRANCHES is not set: set it to the branches that deploy"];
    rejects("no-branches", 3, |run| run.unset("DEPLOY_BRANCHES"), &expected);
    rejects("blank-branches", 3, |run| run.set("DEPLOY_BRANCHES", " "), &expected);
}

#[test]
fn the_error_for_a_listed_branch_without_a_cluster_names_the_variable() {
    let expected = ["Branch `master` has no deployment target: set ECS_CLUSTER_MASTER (its cluster)."];
    rejects("no-cluster-variable", 3, |run| run.unset("ECS_CLUSTER_MASTER"), &expected);
    let expected = ["set ECS_CLUSTER_FEATURE_X_1 (its cluster) and ECS_SERVICE_FEATURE_X_1"];
    rejects(
        "no-variables",
        3,
        |run| run.branch("feature/x-1").set("DEPLOY_BRANCHES", "feature/x-1"),
        &expected,
    );
}

#[test]
fn a_cluster_or_a_service_that_is_no_name_is_reported_with_its_variable() {
    for (name, variable, value) in [
        ("quoted-cluster", "ECS_CLUSTER_MASTER", "\"todo\""),
        ("quoted-service", "ECS_SERVICE_MASTER", "'web'"),
        ("service-path", "ECS_SERVICE_MASTER", "todo/web"),
        ("two-clusters", "ECS_CLUSTER_MASTER", "todo;x"),
    ] {
        let expected = format!("{variable} contains `{value}`: expected a name or an ARN");
        rejects(name, 3, |run| run.set(variable, value), &["rejected the build: ", &expected]);
    }
}

#[test]
fn without_an_image_name_or_a_repository_the_variable_is_named() {
    rejects("no-image-name", 3, |run| run.unset("IMAGE_NAME"), &["set IMAGE_NAME"]);
    rejects("no-repository", 3, |run| run.unset("REMOTE_IMAGE_URL"), &["set REMOTE_IMAGE_URL"]);
}

#[test]
fn an_invalid_repository_is_rejected_and_not_printed() {
    let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    let malformed = [
        format!("https://me:pass@{host}/web"),
        format!("{host}/web:latest"),
        format!("{host}/web@sha256:0"),
        format!("{host}/Web"),
        format!("{host}/"),
        "a b".to_owned(),
        "simple-todo/web".to_owned(),
        "--privileged".to_owned(),
    ];
    for (number, url) in malformed.iter().enumerate() {
        let app = App::bare(&format!("malformed-{number}"), REGION);
        let run = app.run().set("REMOTE_IMAGE_URL", url).exits(3);
        run.prints("REMOTE_IMAGE_URL is not an image repository").does_not_print("me:pass").called_nothing();
    }
}

#[test]
fn an_invalid_value_of_a_setting_is_not_blamed_on_the_policy() {
    let long = "x".repeat(300);
    for (name, variable, value, expected) in [
        (
            "invisible-image",
            "IMAGE_NAME",
            "simple\u{202e}todo",
            "IMAGE_NAME contains \"simple\\u{202e}todo\": image ",
        ),
        ("broken-image", "IMAGE_NAME", "simple\ntodo", "IMAGE_NAME contains \"simple\\ntodo\": image "),
        ("long-cluster", "ECS_CLUSTER_MASTER", &long, "ECS_CLUSTER_MASTER contains \"xxx"),
        ("long-service", "ECS_SERVICE_MASTER", &format!("web {long}"), "ECS_SERVICE_MASTER contains \"xxx"),
        (
            "odd-arn",
            "ECS_SERVICE_MASTER",
            "arn:aws:ecs",
            "ECS_SERVICE_MASTER contains \"arn:aws:ecs\": target: invalid",
        ),
    ] {
        let app = App::bare(name, REGION);
        for verb in ["run", "plan"] {
            let run = app.start(verb).set(variable, value).exits(3);
            run.prints("the settings of policy `travis` are invalid, and nothing was changed")
                .prints(expected)
                .does_not_print("its author must correct")
                .called_nothing();
        }
        // It wraps its lines.
        let run = app.start("verify").set(variable, value).exits(3);
        run.prints(&format!("{variable} contains")).does_not_print("its author");
    }
}

#[test]
fn an_undetected_build_is_a_usage_error() {
    rejects("no-branch", 2, |run| run.unset("TRAVIS_BRANCH"), &["TRAVIS_BRANCH", "--branch"]);
    rejects("no-commit", 2, |run| run.unset("TRAVIS_COMMIT"), &["TRAVIS_COMMIT", "--commit"]);
    rejects("short-commit", 2, |run| run.set("TRAVIS_COMMIT", "3f2a9c1"), &["\"3f2a9c1\"", "the full hash"]);
    rejects("odd-job", 2, |run| run.set("TRAVIS_JOB_NUMBER", "57.x"), &["TRAVIS_JOB_NUMBER"]);
    rejects("odd-branch", 2, |run| run.branch("a\u{1b}[2J"), &["\\u{1b}[2J", "control characters"]);
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let app = App::bare("odd-flag", REGION);
    app.run().arg("--no-such-flag").exits(2).prints("--no-such-flag").called_nothing();
    app.run().arg("--timeout").arg("soon").exits(2).prints("--timeout").called_nothing();
}
