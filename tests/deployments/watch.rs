//! Rollouts: a verdict is never better than the state that ECS reports.

use serde_json::{Value, json};

use crate::app::{App, REGION};
use crate::outcome::{Outcome, arn};

#[test]
fn a_rollout_that_takes_too_long_is_timed_out() {
    let app = App::slow("slow");
    let run = app.run().arg("--timeout").arg("1").arg("--poll").arg("0.2").exits(8);
    run.prints("timed out after 1 s").prints("is still in progress in ECS").within(10);
    assert_eq!(run.count("ecs:UpdateService"), 1);
}

#[test]
fn no_wait_starts_the_rollout_and_exits() {
    let app = App::slow("left-alone");
    let run = app.run().arg("--no-wait").exits(0);
    run.prints("started").does_not_print("deployed");
    assert_eq!((run.count("ecs:UpdateService"), run.count("ecs:DescribeServices")), (1, 1));
}

/// Runs against an endpoint that reports two service deployments. The one of this run has the fields of
/// `deployment`.
fn watched<'a>(app: &'a App, code: i32, deployment: &Value) -> Outcome<'a> {
    let name = &app.name;
    let resource =
        |kind: &str, id: &str| format!("arn:aws:ecs:{REGION}:123456789012:{kind}/{name}/{name}/{id}");
    let brief = |id: &str, revision: &str| json!({"serviceDeploymentArn": resource("service-deployment", id), "targetServiceRevisionArn": resource("service-revision", revision), "status": "IN_PROGRESS", "createdAt": 4_000_000_000_u64});
    app.proxy.answer(
        "ecs:ListServiceDeployments",
        &json!({"serviceDeployments": [brief("other", "8"), brief("own", "9")]}),
    );
    let revision = |id: &str, definition: String| json!({"serviceRevisionArn": resource("service-revision", id), "taskDefinition": definition});
    let revisions =
        [revision("8", arn(REGION, &format!("{name}:1"))), revision("9", arn(REGION, &format!("{name}:2")))];
    app.proxy.answer("ecs:DescribeServiceRevisions", &json!({"serviceRevisions": revisions}));
    let mut deployment = deployment.clone();
    deployment["serviceDeploymentArn"] = json!(resource("service-deployment", "own"));
    app.proxy.answer("ecs:DescribeServiceDeployments", &json!({"serviceDeployments": [deployment]}));
    let run = app.run().arg("--poll").arg("0.1").exits(code);
    let request = run.call("ecs:DescribeServiceDeployments");
    assert_eq!(request["serviceDeploymentArns"], json!([resource("service-deployment", "own")]));
    run
}

#[test]
fn the_deployment_that_this_run_started_is_followed() {
    let app = App::new("followed");
    let run = watched(&app, 0, &json!({"status": "SUCCESSFUL"}));
    run.prints("deployed");
    assert_eq!(run.count("ecs:DescribeServices"), 1);
}

#[test]
fn a_deployment_that_was_rolled_back_has_failed() {
    let app = App::new("rolled-back");
    let deployment = json!({
        "status": "ROLLBACK_SUCCESSFUL",
        "rollback": {"reason": "Service deployment rolled back because the circuit breaker threshold was exceeded."},
        "deploymentCircuitBreaker": {"status": "TRIGGERED", "failureCount": 3, "threshold": 3},
    });
    watched(&app, 1, &deployment)
        .prints("rolled back")
        .prints("threshold was exceeded")
        .prints("3 failed tasks");
}

#[test]
fn a_deployment_whose_rollback_failed_has_failed() {
    let app = App::new("rollback-failed");
    watched(&app, 1, &json!({"status": "ROLLBACK_FAILED", "statusReason": "no capacity"}))
        .prints("no capacity");
}

#[test]
fn a_newer_deployment_supersedes_this_one() {
    let app = App::new("superseded");
    let deployment = json!({"status": "STOPPED", "statusReason": "Replaced by a new service deployment"});
    watched(&app, 7, &deployment).prints("superseded");
}

#[test]
fn a_manually_stopped_deployment_has_failed() {
    let app = App::new("stopped");
    watched(&app, 1, &json!({"status": "STOPPED", "statusReason": "Stopped by ops"}))
        .prints("Stopped by ops");
}

#[test]
fn without_permission_for_service_deployments_the_service_is_watched() {
    let app = App::new("not-granted");
    app.proxy.deny_service_deployments();
    app.run().exits(0).prints("deployed");
}

#[test]
fn a_service_that_is_deleted_while_it_rolls_out_has_failed() {
    let app = App::slow("deleted");
    app.proxy.deny_service_deployments();
    app.proxy.leave_once("ecs:DescribeServices");
    let gone =
        json!({"arn": format!("arn:aws:ecs:{REGION}:123456789012:service/deleted"), "reason": "MISSING"});
    app.proxy.answer("ecs:DescribeServices", &json!({"services": [], "failures": [gone]}));
    let run = app.run().arg("--poll").arg("0.1").exits(1);
    run.prints("failed: the service was deleted during the rollout").within(10);
}

#[test]
fn a_watch_without_permission_ends_with_an_unknown_outcome() {
    let app = App::slow("not-allowed");
    app.proxy.deny_service_deployments();
    app.proxy.leave_once("ecs:DescribeServices");
    app.proxy.refuse("ecs:DescribeServices", usize::MAX, "AccessDeniedException", "no");
    let run = app.run().arg("--poll").arg("0.1").exits(8);
    run.prints(" unknown: the rollout of ")
        .prints("ecs:DescribeServices")
        .does_not_print("deployed")
        .within(15);
}
