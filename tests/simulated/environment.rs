//! Whatever the environment contains, a run ends with an exit code of its own and a sentence.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::app::App;
use crate::run::{RUN_TIMEOUT, Run};

/// The variables that the host, the AWS SDK in it and docker read.
const VARIABLES: [&str; 50] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_ECS",
    "AWS_ENDPOINT_URL_ECR",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
    "AWS_DEFAULTS_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EXECUTION_ENV",
    "AWS_SDK_UA_APP_ID",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "TRAVIS",
    "TRAVIS_BRANCH",
    "TRAVIS_COMMIT",
    "TRAVIS_TAG",
    "TRAVIS_PULL_REQUEST",
    "TRAVIS_EVENT_TYPE",
    "TRAVIS_REPO_SLUG",
    "TRAVIS_BUILD_NUMBER",
    "TRAVIS_JOB_NUMBER",
    "DEPLOY_BRANCHES",
    "IMAGE_NAME",
    "REMOTE_IMAGE_URL",
    "ECS_CLUSTER_MASTER",
    "ECS_SERVICE_MASTER",
    "DRYRUN",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "PATH",
];

/// Contents that broke something before, or look as if they could.
const CONTENTS: [&str; 18] = [
    "",
    " ",
    "\n",
    "value\n",
    "first\nsecond",
    "\r",
    "\"quoted\"",
    "0",
    "-1",
    "99999999999999999999",
    "true",
    "http://",
    "http://[",
    "http://127.0.0.1:9",
    "/nowhere/at/all",
    "../..",
    "é\u{202e}\u{7f}",
    "a;b|c $(d) 'e'",
];

/// A run that reaches nothing outside this machine, whichever endpoint its environment selects.
fn confined<'a>(app: &'a App, verb: &str) -> Run<'a> {
    app.start(verb)
        .set("HTTPS_PROXY", "http://127.0.0.1:9")
        .set("HTTP_PROXY", "http://127.0.0.1:9")
        .set("NO_PROXY", "127.0.0.1")
}

#[test]
fn any_environment_has_an_exit_code_and_a_last_event() {
    let app = App::new("any-environment");
    let content = prop_oneof![
        3 => proptest::sample::select(CONTENTS.to_vec()).prop_map(str::to_owned),
        1 => "[\\x01-\\x7f]{1,40}",
        1 => "\\PC{1,40}",
    ];
    let variables =
        proptest::collection::btree_map(proptest::sample::select(VARIABLES.to_vec()), content, 1..6);
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let property = |variables: std::collections::BTreeMap<&str, String>| {
        let run = variables
            .iter()
            .fold(confined(&app, "plan").arg("--json"), |run, (name, value)| run.set(name, value));
        let (code, outcome) = run.begin().finish(RUN_TIMEOUT);
        prop_assert!(matches!(code, Some(0 | 2..=6)), "exit code {code:?}\n{}", outcome.transcript());
        let last = outcome.stdout.lines().last().and_then(|line| serde_json::from_str::<Value>(line).ok());
        let event = last.as_ref().map(|event| event["event"].clone());
        prop_assert_eq!(event, Some(Value::from("run-finished")), "{}", outcome.transcript());
        prop_assert!(
            code == Some(0) || outcome.stdout.contains("\"event\":\"error\""),
            "{}",
            outcome.transcript()
        );
        Ok(())
    };
    if let Err(error) = TestRunner::new(config).run(&variables, property) {
        panic!("{error}");
    }
}

#[test]
fn an_empty_endpoint_is_unset() {
    let app = App::new("empty-endpoint");
    let services = ["AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_STS"];
    services.into_iter().fold(confined(&app, "plan"), |run, name| run.set(name, "")).exits(0).prints("Plan");
    // Without another endpoint, AWS itself is called: here, through a proxy that nobody serves.
    confined(&app, "plan").set("AWS_ENDPOINT_URL", "").exits(5).prints("cannot be reached");
}

#[test]
fn an_empty_endpoint_is_unset_for_credentials_too() {
    let app = App::new("empty-sts-endpoint");
    app.write("home/token", "token");
    let assume_role = || {
        let run = confined(&app, "plan");
        run.set("AWS_ACCESS_KEY_ID", "")
            .set("AWS_SECRET_ACCESS_KEY", "")
            .set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/deploy")
            .set("AWS_WEB_IDENTITY_TOKEN_FILE", &app.path("home/token").display().to_string())
            .set("AWS_ENDPOINT_URL", "")
            .exits(5)
    };
    assume_role().prints("no AWS credentials");
    app.write("home/.aws/config", "[default]\nendpoint_url =\n");
    assume_role().prints("profile `default`").prints("sets endpoint_url to nothing");
}

#[test]
fn an_empty_endpoint_of_a_profile_is_unset() {
    let app = App::new("empty-profile-endpoint");
    app.write("home/.aws/config", "[default]\nendpoint_url =\n");
    confined(&app, "plan").set("AWS_ENDPOINT_URL", "").exits(5).prints("cannot be reached");
}

#[test]
fn a_credential_that_no_header_can_carry_is_named() {
    let app = App::new("broken-key");
    for (name, value, problem) in [
        ("AWS_ACCESS_KEY_ID", "KEY\n", "a line break"),
        ("AWS_ACCESS_KEY_ID", "KE\rY", "a line break"),
        ("AWS_SECRET_ACCESS_KEY", " secret", "a space"),
        ("AWS_SESSION_TOKEN", "to\nken", "a line break"),
        ("AWS_ACCESS_KEY_ID", "\"KEY\"", "a quotation mark"),
    ] {
        let run = confined(&app, "run").set(name, value).exits(5);
        run.prints(&format!("{name} contains {problem}")).called_nothing();
    }
    app.write(
        "home/.aws/credentials",
        "[default]\naws_access_key_id = KE\u{e9}Y\naws_secret_access_key = secret\n",
    );
    let keyless = confined(&app, "run").unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    keyless.exits(5).prints("the access key ID").prints("not printable ASCII");
}
