//! Credentials, regions and permissions.

use serde_json::json;

use crate::app::{App, container};

#[test]
fn missing_credentials_are_reported_with_their_settings() {
    let app = App::new("no-credentials");
    let run = app.run().unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY").exits(5);
    run.prints("there are no AWS credentials").prints("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    run.called_nothing().within(3);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn an_unknown_profile_is_named() {
    let app = App::new("no-profile");
    app.write("home/.aws/config", "[profile other]\nregion = eu-west-1\n");
    let keyless = || app.run().unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    for run in [keyless(), keyless().unset("AWS_REGION")] {
        let run = run.set("AWS_PROFILE", "staging").exits(5);
        run.prints("AWS_PROFILE names the profile `staging`, and neither")
            .prints(".aws/config")
            .called_nothing();
    }
    keyless().set("AWS_PROFILE", "other").exits(5).does_not_print("AWS_PROFILE");
}

#[test]
fn an_access_key_without_its_secret_is_reported() {
    let app = App::new("half-a-key");
    let run = app.run().unset("AWS_SECRET_ACCESS_KEY").exits(5);
    run.prints("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not").called_nothing();
}

#[test]
fn rejected_credentials_are_reported() {
    let app = App::new("bad-credentials");
    for action in ["ecr:DescribeImages", "ecs:DescribeServices"] {
        let text = "The security token included in the request is invalid.";
        app.proxy.refuse(action, usize::MAX, "UnrecognizedClientException", text);
    }
    app.run().exits(5).prints("The security token included").prints("check the key").changed_nothing();
}

#[test]
fn a_missing_region_is_reported_with_its_settings() {
    let app = App::new("no-region");
    app.run().unset("AWS_REGION").exits(5).prints("set AWS_REGION").called_nothing().within(3);
}

#[test]
fn an_invalid_region_is_rejected() {
    let app = App::new("odd-region");
    app.run()
        .set("AWS_REGION", "Frankfurt")
        .exits(5)
        .prints("\"Frankfurt\"")
        .prints("eu-central-1")
        .called_nothing();
}

#[test]
fn aws_default_region_sets_the_region() {
    let app = App::new("default-region");
    app.run().unset("AWS_REGION").set("AWS_DEFAULT_REGION", "eu-west-1").exits(0).prints("deployed");
}

#[test]
fn an_unreachable_endpoint_is_named() {
    let app = App::new("no-endpoint");
    let run = app.run().set("AWS_ENDPOINT_URL", "http://127.0.0.1:1").exits(5);
    run.prints("http://127.0.0.1:1 (AWS_ENDPOINT_URL) cannot be reached").changed_nothing().within(30);
    let run = app.run().set("AWS_ENDPOINT_URL_ECR", "http://127.0.0.1:2").exits(5);
    run.prints("check http://127.0.0.1:2 (AWS_ENDPOINT_URL_ECR) and the network");
}

#[test]
fn the_error_for_a_role_that_cannot_be_passed_names_the_permission() {
    let app = App::new("pass-role");
    let text = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:PassRole on resource: \
                arn:aws:iam::123456789012:role/execution because no identity-based policy allows the iam:PassRole action";
    app.proxy.refuse("ecs:RegisterTaskDefinition", usize::MAX, "AccessDeniedException", text);
    let run = app.run().exits(5);
    run.prints("allow `iam:PassRole` on the execution and task roles");
    assert_eq!(run.count("ecs:UpdateService"), 0);
    assert_eq!(app.runs("pass-role", "pass-role").0, "pass-role:1");
}

#[test]
fn the_permission_to_keep_tags_is_named() {
    let app = App::of(
        "tagged",
        |repository| json!({"containerDefinitions": [container("web", repository)], "tags": [{"key": "team", "value": "web"}]}),
    );
    let text = "User is not authorized to perform: ecs:TagResource on resource: task-definition/tagged:*";
    app.proxy.refuse("ecs:RegisterTaskDefinition", usize::MAX, "AccessDeniedException", text);
    app.run().exits(5).prints("allow `ecs:TagResource`").prints("to register it with them");
    assert_eq!(app.runs("tagged", "tagged").0, "tagged:1");
}

#[test]
fn a_missing_permission_is_reported_by_name() {
    for (number, action) in
        ["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecr:DescribeImages"].iter().enumerate()
    {
        let app = App::new(&format!("denied-{number}"));
        app.proxy.refuse(action, usize::MAX, "AccessDeniedException", "not authorized");
        app.run().exits(5).prints(&format!("allow the action `{action}`")).changed_nothing();
    }
}

#[test]
fn no_token_means_no_push() {
    let app = App::new("no-token");
    app.proxy.refuse("ecr:GetAuthorizationToken", usize::MAX, "AccessDeniedException", "not authorized");
    app.run().exits(5).prints("allow the action `ecr:GetAuthorizationToken`").changed_nothing();
}
