use serde_json::json;

use super::*;
use crate::Change;

#[test]
fn a_rolling_deployment_goes_from_the_old_to_the_new() {
    let story = Story::of(world(2, json!({})));
    story.deploy("app:2");
    assert_eq!(story.counts(), ("PENDING".into(), 2, 0));
    assert_eq!(story.at(1.0).counts(), ("IN_PROGRESS".into(), 2, 0));
    assert_eq!(story.at(5.0).counts(), ("IN_PROGRESS".into(), 2, 2));
    assert_eq!(story.at(11.0).counts(), ("IN_PROGRESS".into(), 0, 2));
    assert_eq!(story.at(14.0).counts(), ("SUCCESSFUL".into(), 0, 2));
    let service = story.service();
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(service["events"][0]["message"], "(service web) has reached a steady state.");
    let summary = story.newest()["targetServiceRevision"].clone();
    assert_eq!((&summary["runningTaskCount"], &summary["pendingTaskCount"]), (&json!(2), &json!(0)));
}

#[test]
fn a_minimum_of_50_percent_is_kept() {
    let bounds = json!({ "deploymentConfiguration": { "minimumHealthyPercent": 50, "maximumPercent": 100 } });
    let story = Story::of(world(4, bounds));
    story.deploy("app:2");
    for tenth in 0..600 {
        let (_, old, new) = story.at(f64::from(tenth) / 10.0).counts();
        assert!((2..=4).contains(&(old + new)), "{old} old and {new} new at {tenth}");
    }
    assert_eq!(story.counts(), ("SUCCESSFUL".into(), 0, 4));
}

#[test]
fn the_desired_count_alone_starts_no_deployment() {
    let story = Story::of(world(1, json!({})));
    story.update(json!({ "desiredCount": 3 }));
    story.at(30.0);
    assert_eq!(story.0.snapshot("main", "web").deployments.len(), 1);
    assert_eq!(story.service()["runningCount"], 3);
}

#[test]
fn the_same_definition_needs_force() {
    let story = Story::of(world(1, json!({})));
    story.update(json!({ "taskDefinition": "web" }));
    assert_eq!(story.0.snapshot("main", "web").deployments.len(), 1);
    story.update(json!({ "taskDefinition": "web", "forceNewDeployment": true }));
    assert_eq!(story.0.snapshot("main", "web").deployments.len(), 2);
}

#[test]
fn a_newer_deployment_ends_the_one_before() {
    let story = Story::of(world(2, json!({})));
    story.deploy("app:2");
    story.at(5.0);
    story.deploy("app:3");
    story.at(6.0);
    let truth = story.0.snapshot("main", "web");
    let [_, second, third] = truth.deployments.as_slice() else { panic!("{truth:?}") };
    assert_eq!(second.status, "STOPPED");
    assert_eq!(second.status_reason.as_deref(), Some("Replaced by a new service deployment."));
    assert_eq!(second.replaced_by.as_ref(), Some(&third.arn));
    story.at(60.0);
    let truth = story.0.snapshot("main", "web");
    assert_eq!(truth.deployments[2].status, "SUCCESSFUL");
    assert!(truth.tasks.iter().all(|task| task.task_definition == third.task_definition), "{truth:?}");
}

#[test]
fn a_requested_rollback_goes_back_without_a_circuit_breaker() {
    let story = Story::of(world(2, json!({})));
    story.deploy("app:2");
    story.at(5.0);
    let arn = story.newest()["serviceDeploymentArn"].clone();
    story.call("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" }));
    assert_eq!(story.newest()["status"], "ROLLBACK_REQUESTED");
    assert_eq!(story.at(6.5).newest()["status"], "ROLLBACK_IN_PROGRESS");
    assert_eq!(story.at(30.0).counts(), ("ROLLBACK_SUCCESSFUL".into(), 2, 0));
    let refused = story.refused("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": arn }));
    assert!(refused.starts_with("ConflictException"), "{refused}");
}

#[test]
fn an_aborted_deployment_stops_where_it_is() {
    let story = Story::of(world(2, json!({})));
    story.deploy("app:2");
    story.at(5.0);
    let arn = story.newest()["serviceDeploymentArn"].clone();
    story.call("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": "ABORT" }));
    assert_eq!(story.newest()["status"], "STOP_REQUESTED");
    assert_eq!(story.at(60.0).newest()["status"], "STOPPED");
}

#[test]
fn a_service_deployment_that_nobody_has_is_not_found() {
    let story = Story::of(world(1, json!({})));
    let refused = story.refused("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": "arn:nobody" }));
    assert!(refused.starts_with("ServiceDeploymentNotFoundException"), "{refused}");
    let answer =
        story.call("ecs:DescribeServiceDeployments", json!({ "serviceDeploymentArns": ["arn:nobody"] }));
    assert_eq!(answer["failures"], json!([{ "arn": "arn:nobody", "reason": "MISSING" }]));
}

#[test]
fn an_alarm_rolls_back_and_says_which() {
    let more = json!({ "deploymentConfiguration": {
        "bakeTimeInMinutes": 5, "alarms": { "alarmNames": ["errors"], "enable": true, "rollback": true } } });
    let story = Story::of(world(2, more));
    story.deploy("app:2");
    assert_eq!(story.at(60.0).counts(), ("IN_PROGRESS".into(), 0, 2));
    story.0.apply(&Change::SetAlarmState { name: "errors".into(), in_alarm: true }).unwrap();
    let newest = story.newest();
    assert_eq!(
        (&newest["status"], &newest["alarms"]["status"]),
        (&json!("ROLLBACK_IN_PROGRESS"), &json!("TRIGGERED"))
    );
    assert_eq!(newest["alarms"]["triggeredAlarmNames"], json!(["errors"]));
    assert_eq!(story.at(120.0).counts(), ("ROLLBACK_SUCCESSFUL".into(), 2, 0));
}

#[test]
fn quiet_alarms_let_a_deployment_succeed_after_its_bake_time() {
    let more = json!({ "deploymentConfiguration": {
        "bakeTimeInMinutes": 5, "alarms": { "alarmNames": ["errors"], "enable": true, "rollback": true } } });
    let story = Story::of(world(1, more));
    story.deploy("app:2");
    assert_eq!(story.at(300.0).newest()["status"], "IN_PROGRESS");
    assert_eq!(story.at(330.0).newest()["status"], "SUCCESSFUL");
}

#[test]
fn desired_zero_deploys_without_a_task() {
    let story = Story::of(world(0, json!({})));
    story.deploy("app:2");
    assert_eq!(story.at(2.0).counts(), ("SUCCESSFUL".into(), 0, 0));
}
