//! Credentials, regions and permissions.

use serde_json::json;

use crate::app::{App, container};

#[test]
fn without_credentials_a_sentence_says_what_to_set() {
    let app = App::new("no-credentials");
    let run = app.run().unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY").exits(5);
    run.says("there are no AWS credentials").says("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    run.asked_nobody().within(3);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let app = App::new("no-profile");
    app.write("home/.aws/config", "[profile other]\nregion = eu-west-1\n");
    let keyless = || app.run().unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    for run in [keyless(), keyless().unset("AWS_REGION")] {
        let run = run.set("AWS_PROFILE", "staging").exits(5);
        run.says("AWS_PROFILE names the profile `staging`, and neither").says(".aws/config").asked_nobody();
    }
    keyless().set("AWS_PROFILE", "other").exits(5).says_not("AWS_PROFILE");
}

#[test]
fn half_a_key_is_told() {
    let app = App::new("half-a-key");
    let run = app.run().unset("AWS_SECRET_ACCESS_KEY").exits(5);
    run.says("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not").asked_nobody();
}

#[test]
fn credentials_that_aws_does_not_take_are_told() {
    let app = App::new("bad-credentials");
    for action in ["ecr:DescribeImages", "ecs:DescribeServices"] {
        let text = "The security token included in the request is invalid.";
        app.wire.refuse(action, usize::MAX, "UnrecognizedClientException", text);
    }
    app.run().exits(5).says("The security token included").says("check the key").changed_nothing();
}

#[test]
fn without_a_region_a_sentence_says_what_to_set() {
    let app = App::new("no-region");
    app.run().unset("AWS_REGION").exits(5).says("set AWS_REGION").asked_nobody().within(3);
}

#[test]
fn a_region_that_is_none_is_told() {
    let app = App::new("odd-region");
    app.run()
        .set("AWS_REGION", "Frankfurt")
        .exits(5)
        .says("\"Frankfurt\"")
        .says("eu-central-1")
        .asked_nobody();
}

#[test]
fn aws_default_region_will_do() {
    let app = App::new("default-region");
    app.run().unset("AWS_REGION").set("AWS_DEFAULT_REGION", "eu-west-1").exits(0).says("deployed");
}

#[test]
fn an_endpoint_that_is_not_there_is_told() {
    let app = App::new("no-endpoint");
    let run = app.run().set("AWS_ENDPOINT_URL", "http://127.0.0.1:1").exits(5);
    run.says("http://127.0.0.1:1 (AWS_ENDPOINT_URL) can't be reached").changed_nothing().within(30);
    let run = app.run().set("AWS_ENDPOINT_URL_ECR", "http://127.0.0.1:2").exits(5);
    run.says("check http://127.0.0.1:2 (AWS_ENDPOINT_URL_ECR) and the network");
}

#[test]
fn a_role_that_may_not_be_passed_is_told_by_its_permission() {
    let app = App::new("pass-role");
    let text = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:PassRole on resource: \
                arn:aws:iam::123456789012:role/execution because no identity-based policy allows the iam:PassRole action";
    app.wire.refuse("ecs:RegisterTaskDefinition", usize::MAX, "AccessDeniedException", text);
    let run = app.run().exits(5);
    run.says("allow `iam:PassRole` on its execution and task roles");
    assert_eq!(run.count("ecs:UpdateService"), 0);
    assert_eq!(app.runs("pass-role", "pass-role").0, "pass-role:1");
}

#[test]
fn tags_that_may_not_be_kept_are_told_by_their_permission() {
    let app = App::of(
        "tagged",
        |repository| json!({"containerDefinitions": [container("web", repository)], "tags": [{"key": "team", "value": "web"}]}),
    );
    let text = "User is not authorized to perform: ecs:TagResource on resource: task-definition/tagged:*";
    app.wire.refuse("ecs:RegisterTaskDefinition", usize::MAX, "AccessDeniedException", text);
    app.run().exits(5).says("allow `ecs:TagResource`").says("to keep them");
    assert_eq!(app.runs("tagged", "tagged").0, "tagged:1");
}

#[test]
fn a_missing_permission_is_told_by_its_name() {
    for (number, action) in
        ["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecr:DescribeImages"].iter().enumerate()
    {
        let app = App::new(&format!("denied-{number}"));
        app.wire.refuse(action, usize::MAX, "AccessDeniedException", "not authorized");
        app.run().exits(5).says(&format!("allow the action `{action}`")).changed_nothing();
    }
}

#[test]
fn no_token_means_no_push() {
    let app = App::new("no-token");
    app.wire.refuse("ecr:GetAuthorizationToken", usize::MAX, "AccessDeniedException", "not authorized");
    app.run().exits(5).says("allow the action `ecr:GetAuthorizationToken`").changed_nothing();
}
