//! Errors of AWS: throttling, responses that are not from AWS, rejected calls.

use crate::app::App;

#[test]
fn a_throttled_call_is_retried() {
    let app = App::new("throttled");
    for action in
        ["ecs:DescribeServices", "ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecr:DescribeImages"]
    {
        app.proxy.refuse(action, 1, "ThrottlingException", "Rate exceeded");
    }
    let run = app.run().exits(0);
    run.prints("deployed");
    assert_eq!(run.count("ecs:RegisterTaskDefinition"), 2);
}

#[test]
fn endless_throttling_is_reported() {
    let app = App::new("throttled-for-good");
    app.proxy.refuse("ecs:DescribeServices", usize::MAX, "ThrottlingException", "Rate exceeded");
    app.run()
        .exits(5)
        .prints("ecs:DescribeServices")
        .prints("Rate exceeded")
        .prints("again in a minute")
        .changed_nothing();
}

#[test]
fn a_response_that_is_not_from_aws_is_retried() {
    let app = App::new("garbled");
    app.proxy.garble_once("ecs:DescribeServices");
    app.proxy.garble_once("ecs:DescribeTaskDefinition");
    app.run().exits(0).prints("deployed");
}

#[test]
fn a_revision_is_registered_once_if_the_response_is_lost() {
    let app = App::new("lost-answer");
    app.proxy.garble_once("ecs:UpdateService");
    let run = app.run().exits(0);
    run.prints("deployed");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (1, 2));
}

#[test]
fn a_watch_survives_a_failed_poll() {
    let app = App::new("failed-look");
    app.proxy.refuse("ecs:ListServiceDeployments", 1, "ServerException", "try later");
    app.run().arg("--poll").arg("0.1").exits(0).prints("try later").prints("retrying").prints("deployed");
}

#[test]
fn an_update_that_ecs_rejects_is_a_failed_target() {
    let app = App::new("update-refused");
    app.proxy.refuse("ecs:UpdateService", usize::MAX, "InvalidParameterException", "no such subnet");
    app.run().exits(1).prints("failed").prints("ecs:UpdateService").prints("no such subnet");
    assert_eq!(app.runs("update-refused", "update-refused").0, "update-refused:1");
}

#[test]
fn a_page_of_a_proxy_is_retried_while_planning() {
    for (name, action) in [
        ("page-services", "ecs:DescribeServices"),
        ("page-definition", "ecs:DescribeTaskDefinition"),
        ("page-image", "ecr:DescribeImages"),
        ("page-token", "ecr:GetAuthorizationToken"),
    ] {
        let app = App::new(name);
        app.proxy.garble(action, 2);
        let run = app.run().exits(0);
        assert!(run.count(action) >= 3, "{}", run.transcript());
    }
}
