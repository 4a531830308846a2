//! AWS on a bad day.

use crate::app::App;

#[test]
fn a_throttled_call_is_made_again() {
    let app = App::new("throttled");
    for action in
        ["ecs:DescribeServices", "ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecr:DescribeImages"]
    {
        app.wire.refuse(action, 1, "ThrottlingException", "Rate exceeded");
    }
    let run = app.run().exits(0);
    run.says("deployed");
    assert_eq!(run.count("ecs:RegisterTaskDefinition"), 2);
}

#[test]
fn throttling_without_an_end_is_told() {
    let app = App::new("throttled-for-good");
    app.wire.refuse("ecs:DescribeServices", usize::MAX, "ThrottlingException", "Rate exceeded");
    app.run()
        .exits(5)
        .says("ecs:DescribeServices")
        .says("Rate exceeded")
        .says("again in a minute")
        .changed_nothing();
}

#[test]
fn an_answer_that_is_not_awss_is_asked_for_again() {
    let app = App::new("garbled");
    app.wire.garble_once("ecs:DescribeServices");
    app.wire.garble_once("ecs:DescribeTaskDefinition");
    app.run().exits(0).says("deployed");
}

#[test]
fn a_revision_is_registered_once_though_its_answer_was_lost() {
    let app = App::new("lost-answer");
    app.wire.garble_once("ecs:UpdateService");
    let run = app.run().exits(0);
    run.says("deployed");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (1, 2));
}

#[test]
fn a_watch_survives_a_look_that_fails() {
    let app = App::new("failed-look");
    app.wire.refuse("ecs:ListServiceDeployments", 1, "ServerException", "try later");
    app.run().arg("--poll").arg("0.1").exits(0).says("try later").says("retrying").says("deployed");
}

#[test]
fn an_update_that_ecs_refuses_is_a_failed_target() {
    let app = App::new("update-refused");
    app.wire.refuse("ecs:UpdateService", usize::MAX, "InvalidParameterException", "no such subnet");
    app.run().exits(1).says("failed").says("ecs:UpdateService").says("no such subnet");
    assert_eq!(app.runs("update-refused", "update-refused").0, "update-refused:1");
}
