//! A second run of the same build. The rollout of the first run failed or is in progress.

use serde_json::{Value, json};

use crate::app::App;
use crate::run::Run;

/// Deploys, and returns the second run of the same build.
fn second_run(app: &App) -> Run<'_> {
    app.run().arg("--no-wait").exits(0).prints("started");
    app.sync_ecr();
    app.proxy.deny_service_deployments();
    app.run().docker(app.recording_docker()).arg("--poll").arg("0.1")
}

/// Sets the task definition of the service's only deployment to the one that the service runs. The emulator
/// keeps the service's first deployment. ECS creates a deployment for each update. The emulator has no current service
/// deployment, which shows the rollout if only the list of service deployments is denied.
fn own(answer: &mut Value) -> &mut Value {
    let service = &mut answer["services"][0];
    service.as_object_mut().unwrap().remove("currentServiceDeployment");
    service["deployments"][0]["taskDefinition"] = service["taskDefinition"].clone();
    &mut service["deployments"][0]
}

#[test]
fn a_rollout_that_failed_is_started_again_without_a_new_revision() {
    let app = App::new("failed-before");
    let run = second_run(&app);
    app.proxy.edit_once("ecs:DescribeServices", |answer| own(answer)["rolloutState"] = json!("FAILED"));
    let run = run.exits(0);
    run.prints("deployed");
    assert_eq!(run.count("ecs:RegisterTaskDefinition"), 0);
    let update = run.call("ecs:UpdateService");
    assert_eq!(update["forceNewDeployment"], json!(true));
    assert_eq!(app.runs("failed-before", "failed-before").0, "failed-before:2");
    assert!(!app.docker_was_called());
}

#[test]
fn a_rollout_that_fails_once_more_has_failed() {
    let app = App::new("fails-again");
    let run = second_run(&app);
    app.proxy.edit("ecs:DescribeServices", |answer| {
        let own = own(answer);
        own["rolloutState"] = json!("FAILED");
        own["rolloutStateReason"] = json!("tasks failed to start.");
    });
    let run = run.exits(1);
    run.prints("failed: tasks failed to start").does_not_print("unchanged");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (0, 1));
}

#[test]
fn a_rollout_in_progress_is_watched_to_its_verdict_without_a_change() {
    let app = App::new("goes-on");
    let run = second_run(&app);
    app.proxy.edit_once("ecs:DescribeServices", |answer| own(answer)["rolloutState"] = json!("IN_PROGRESS"));
    app.proxy.edit_once("ecs:DescribeServices", |answer| own(answer)["rolloutState"] = json!("IN_PROGRESS"));
    let run = run.exits(0);
    run.prints("still rolling out")
        .prints(" running")
        .prints("deployed")
        .does_not_print("unchanged")
        .changed_nothing();
    assert_eq!(run.count("ecs:DescribeServices"), 3);
}

#[test]
fn behind_a_classic_load_balancer_two_deployments_are_a_rollout_in_progress() {
    let app = App::new("classic");
    let run = second_run(&app);
    // For such a service ECS reports no rollout state.
    let stateless = |answer: &mut Value| {
        own(answer).as_object_mut().unwrap().remove("rolloutState");
    };
    for _ in ["the plan", "the first poll"] {
        app.proxy.edit_once("ecs:DescribeServices", move |answer| {
            stateless(answer);
            let deployments = answer["services"][0]["deployments"].as_array_mut().unwrap();
            deployments.push(json!({"id": "ecs-svc/old", "status": "ACTIVE", "taskDefinition": "classic:1"}));
        });
    }
    app.proxy.edit("ecs:DescribeServices", stateless);
    let run = run.exits(0);
    run.prints("still rolling out").prints("deployed").does_not_print("unchanged").changed_nothing();
    assert_eq!(run.count("ecs:DescribeServices"), 3);
    // When the rollout is complete, a further run changes nothing.
    app.run().docker(app.recording_docker()).exits(0).prints("unchanged").changed_nothing();
}
