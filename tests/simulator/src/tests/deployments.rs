use serde_json::json;

use super::*;
use crate::Change;

#[test]
fn a_rolling_deployment_replaces_the_old_tasks() {
    let web = WebService::start(web_scenario(2, json!({})));
    web.deploy("app:2");
    assert_eq!(web.progress(), ("PENDING".into(), 2, 0));
    assert_eq!(web.advance_to(1.0).progress(), ("IN_PROGRESS".into(), 2, 0));
    assert_eq!(web.advance_to(5.0).progress(), ("IN_PROGRESS".into(), 2, 2));
    assert_eq!(web.advance_to(11.0).progress(), ("IN_PROGRESS".into(), 0, 2));
    assert_eq!(web.advance_to(14.0).progress(), ("SUCCESSFUL".into(), 0, 2));
    let service = web.service();
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(service["events"][0]["message"], "(service web) has reached a steady state.");
    let summary = web.newest_deployment()["targetServiceRevision"].clone();
    assert_eq!((&summary["runningTaskCount"], &summary["pendingTaskCount"]), (&json!(2), &json!(0)));
}

#[test]
fn a_rolling_deployment_stays_within_its_percentages() {
    let percentages =
        json!({ "deploymentConfiguration": { "minimumHealthyPercent": 50, "maximumPercent": 100 } });
    let web = WebService::start(web_scenario(4, percentages));
    web.deploy("app:2");
    for tenth in 0..600 {
        let (_, old, new) = web.advance_to(f64::from(tenth) / 10.0).progress();
        assert!((2..=4).contains(&(old + new)), "{old} old and {new} new at {tenth}");
    }
    assert_eq!(web.progress(), ("SUCCESSFUL".into(), 0, 4));
}

#[test]
fn an_early_success_leaves_old_tasks_that_stop_later() {
    for (cleanup, old_at_success) in [("DEFERRED", true), ("BLOCKING", false)] {
        let criteria =
            json!({ "enable": true, "healthyPercent": 50, "sourceServiceRevisionCleanup": cleanup });
        let configuration = json!({ "maximumPercent": 125, "earlySuccessCriteria": criteria });
        let web = WebService::start(web_scenario(4, json!({ "deploymentConfiguration": configuration })));
        web.deploy("app:2");
        let states = (0..6000).map(|tenth| web.advance_to(f64::from(tenth) / 10.0).progress());
        let (_, old, new) = states.into_iter().find(|(status, ..)| status == "SUCCESSFUL").unwrap();
        assert!(new >= 2 && (old > 0) == old_at_success, "{cleanup}: {old} old and {new} new");
        assert_eq!(web.advance_to(1000.0).progress(), ("SUCCESSFUL".into(), 0, 4));
        assert_eq!(web.service()["events"][0]["message"], "(service web) has reached a steady state.");
    }
}

#[test]
fn a_new_desired_count_starts_no_deployment() {
    let web = WebService::start(web_scenario(1, json!({})));
    web.update(json!({ "desiredCount": 3 }));
    web.advance_to(30.0);
    assert_eq!(web.snapshot().deployments.len(), 1);
    assert_eq!(web.service()["runningCount"], 3);
}

#[test]
fn the_same_task_definition_is_deployed_only_if_forced() {
    let web = WebService::start(web_scenario(1, json!({})));
    web.update(json!({ "taskDefinition": "web" }));
    assert_eq!(web.snapshot().deployments.len(), 1);
    web.update(json!({ "taskDefinition": "web", "forceNewDeployment": true }));
    assert_eq!(web.snapshot().deployments.len(), 2);
}

#[test]
fn a_newer_deployment_replaces_the_one_in_progress() {
    let web = WebService::start(web_scenario(2, json!({})));
    web.deploy("app:2");
    web.advance_to(5.0);
    web.deploy("app:3");
    web.advance_to(6.0);
    let snapshot = web.snapshot();
    let [_, second, third] = snapshot.deployments.as_slice() else { panic!("{snapshot:?}") };
    assert_eq!(second.status, "STOPPED");
    assert_eq!(second.status_reason.as_deref(), Some("Replaced by a new service deployment."));
    assert_eq!(second.replaced_by.as_ref(), Some(&third.arn));
    web.advance_to(60.0);
    let snapshot = web.snapshot();
    assert_eq!(snapshot.deployments[2].status, "SUCCESSFUL");
    assert!(snapshot.tasks.iter().all(|task| task.task_definition == third.task_definition), "{snapshot:?}");
}

#[test]
fn a_rollback_on_request_requires_no_circuit_breaker() {
    let web = WebService::start(web_scenario(2, json!({})));
    web.deploy("app:2");
    web.advance_to(5.0);
    let arn = web.newest_deployment()["serviceDeploymentArn"].clone();
    web.call("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": "ROLLBACK" }));
    assert_eq!(web.newest_deployment()["status"], "ROLLBACK_REQUESTED");
    assert_eq!(web.advance_to(6.5).newest_deployment()["status"], "ROLLBACK_IN_PROGRESS");
    assert_eq!(web.advance_to(30.0).progress(), ("ROLLBACK_SUCCESSFUL".into(), 2, 0));
    let error = web.call_error("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": arn }));
    assert!(error.starts_with("ConflictException"), "{error}");
}

#[test]
fn an_aborted_deployment_is_stopped() {
    let web = WebService::start(web_scenario(2, json!({})));
    web.deploy("app:2");
    web.advance_to(5.0);
    let arn = web.newest_deployment()["serviceDeploymentArn"].clone();
    web.call("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": arn, "stopType": "ABORT" }));
    assert_eq!(web.newest_deployment()["status"], "STOP_REQUESTED");
    assert_eq!(web.advance_to(60.0).newest_deployment()["status"], "STOPPED");
}

#[test]
fn an_unknown_service_deployment_is_not_found() {
    let web = WebService::start(web_scenario(1, json!({})));
    let error = web.call_error("ecs:StopServiceDeployment", json!({ "serviceDeploymentArn": "arn:unknown" }));
    assert!(error.starts_with("ServiceDeploymentNotFoundException"), "{error}");
    let response =
        web.call("ecs:DescribeServiceDeployments", json!({ "serviceDeploymentArns": ["arn:unknown"] }));
    assert_eq!(response["failures"], json!([{ "arn": "arn:unknown", "reason": "MISSING" }]));
}

fn bake_time_with_alarm() -> Value {
    json!({ "deploymentConfiguration": {
        "bakeTimeInMinutes": 5,
        "alarms": { "alarmNames": ["errors"], "enable": true, "rollback": true },
    } })
}

#[test]
fn an_alarm_rolls_back_and_is_reported() {
    let web = WebService::start(web_scenario(2, bake_time_with_alarm()));
    web.deploy("app:2");
    assert_eq!(web.advance_to(60.0).progress(), ("IN_PROGRESS".into(), 0, 2));
    web.simulator.apply(&Change::SetAlarmState { name: "errors".into(), in_alarm: true }).unwrap();
    let deployment = web.newest_deployment();
    assert_eq!(
        (&deployment["status"], &deployment["alarms"]["status"]),
        (&json!("ROLLBACK_IN_PROGRESS"), &json!("TRIGGERED"))
    );
    assert_eq!(deployment["alarms"]["triggeredAlarmNames"], json!(["errors"]));
    assert_eq!(web.advance_to(120.0).progress(), ("ROLLBACK_SUCCESSFUL".into(), 2, 0));
}

#[test]
fn without_an_alarm_a_deployment_succeeds_after_its_bake_time() {
    let web = WebService::start(web_scenario(1, bake_time_with_alarm()));
    web.deploy("app:2");
    assert_eq!(web.advance_to(300.0).newest_deployment()["status"], "IN_PROGRESS");
    assert_eq!(web.advance_to(330.0).newest_deployment()["status"], "SUCCESSFUL");
}

#[test]
fn a_desired_count_of_zero_deploys_without_tasks() {
    let web = WebService::start(web_scenario(0, json!({})));
    web.deploy("app:2");
    assert_eq!(web.advance_to(2.0).progress(), ("SUCCESSFUL".into(), 0, 0));
}
