use serde_json::json;

use super::*;

/// Parameters of CreateService with the strategy BLUE_GREEN by default.
fn blue_green(configuration: Value) -> Value {
    let mut configuration = into_members(configuration);
    configuration.entry("strategy").or_insert(json!("BLUE_GREEN"));
    json!({ "deploymentConfiguration": configuration })
}

/// The lifecycle stages of the newest deployment in order, each with green's share of the traffic. A stage
/// appears once for each share.
fn observe_stages(web: &WebService) -> Vec<(String, f64)> {
    let mut stages: Vec<(String, f64)> = Vec::new();
    for _ in 0..6000 {
        web.simulator.advance(0.5);
        let deployment = web.newest_deployment();
        let Some(stage) = deployment["lifecycleStage"].as_str() else {
            if deployment["status"] == "PENDING" { continue } else { break }
        };
        let share =
            deployment["targetServiceRevision"]["requestedProductionTrafficWeight"].as_f64().unwrap_or(0.0);
        if stages.last().is_none_or(|(last, weight)| last != stage || *weight != share) {
            stages.push((stage.to_owned(), share));
        }
    }
    stages
}

/// Green's shares of the traffic during the production traffic shift.
fn observe_shares(web: &WebService) -> Vec<f64> {
    let stages = observe_stages(web).into_iter();
    stages.filter(|(name, _)| name == "PRODUCTION_TRAFFIC_SHIFT").map(|(_, share)| share).collect()
}

#[test]
fn a_blue_green_deployment_passes_all_stages() {
    let web = WebService::start(web_scenario(2, blue_green(json!({ "bakeTimeInMinutes": 1 }))));
    web.deploy("app:2");
    let stages = observe_stages(&web);
    let names: Vec<&str> = stages.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
    ];
    assert_eq!(names, expected);
    assert_eq!(web.progress(), ("SUCCESSFUL".into(), 0, 2));
}

#[test]
fn blue_runs_until_the_bake_time_ends() {
    let web = WebService::start(web_scenario(2, blue_green(json!({ "bakeTimeInMinutes": 1 }))));
    web.deploy("app:2");
    for second in 0..60 {
        assert_eq!(web.advance_to(f64::from(second)).progress().1, 2, "at {second}");
    }
}

#[test]
fn a_linear_deployment_shifts_traffic_in_steps() {
    let linear = json!({ "strategy": "LINEAR", "linearConfiguration": { "stepPercent": 25.0, "stepBakeTimeInMinutes": 1 } });
    let web = WebService::start(web_scenario(1, blue_green(linear)));
    web.deploy("app:2");
    assert_eq!(observe_shares(&web), [25.0, 50.0, 75.0, 100.0]);
}

#[test]
fn a_canary_deployment_shifts_a_small_share_first() {
    let canary = json!({ "strategy": "CANARY", "canaryConfiguration": { "canaryPercent": 5.0, "canaryBakeTimeInMinutes": 2 } });
    let web = WebService::start(web_scenario(1, blue_green(canary)));
    web.deploy("app:2");
    assert_eq!(observe_shares(&web), [5.0, 100.0]);
    assert_eq!(web.newest_deployment()["status"], "SUCCESSFUL");
}

#[test]
fn a_failing_lifecycle_hook_rolls_back() {
    let scenario = Scenario {
        failing_hooks: vec!["web/POST_TEST_TRAFFIC_SHIFT".into()],
        ..web_scenario(2, blue_green(json!({})))
    };
    let web = WebService::start(scenario);
    web.deploy("app:2");
    web.advance_to(200.0);
    let deployment = web.newest_deployment();
    assert_eq!(deployment["status"], "ROLLBACK_SUCCESSFUL");
    let reason = deployment["statusReason"].as_str().unwrap();
    assert!(reason.contains("POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed"), "{reason}");
    assert_eq!(web.progress().1, 2);
}

#[test]
fn blue_keeps_running_while_green_fails() {
    let parameters = blue_green(json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true } }));
    let web = WebService::start(new_tasks_scenario(crash(), 2, parameters));
    web.deploy("app:2");
    for second in 0..300 {
        assert_eq!(web.advance_to(f64::from(second)).progress().1, 2);
    }
    assert_eq!(web.newest_deployment()["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn a_deployment_during_the_bake_time_of_another_starts_with_reconcile_service() {
    let web = WebService::start(web_scenario(1, blue_green(json!({ "bakeTimeInMinutes": 10 }))));
    web.deploy("app:2");
    while web.newest_deployment()["lifecycleStage"] != "BAKE_TIME" {
        web.simulator.advance(1.0);
    }
    web.deploy("app:3");
    assert_eq!(observe_stages(&web)[0].0, "RECONCILE_SERVICE");
    let statuses: Vec<String> =
        web.snapshot().deployments.iter().map(|deployment| deployment.status.clone()).collect();
    assert_eq!(statuses, ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]);
}

/// A service whose deployments pause after the test traffic shift, for `minutes`, then take `action`.
fn pausing(minutes: u32, action: &str) -> WebService {
    let pause = json!({
        "targetType": "PAUSE",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "timeoutConfiguration": { "timeoutInMinutes": minutes, "action": action },
    });
    let web = WebService::start(web_scenario(1, blue_green(json!({ "lifecycleHooks": [pause] }))));
    web.deploy("app:2");
    web
}

/// The status of the only hook of the newest deployment.
fn hook(web: &WebService) -> Value {
    web.newest_deployment()["lifecycleHookDetails"][0].clone()
}

#[test]
fn a_pause_holds_a_deployment_until_it_is_continued() {
    let web = pausing(60, "ROLLBACK");
    let paused = web.advance_to(1800.0).newest_deployment();
    assert_eq!(
        (&paused["status"], &paused["lifecycleStage"]),
        (&json!("IN_PROGRESS"), &json!("POST_TEST_TRAFFIC_SHIFT"))
    );
    let waits = hook(&web);
    assert_eq!((&waits["targetType"], &waits["status"]), (&json!("PAUSE"), &json!("AWAITING_ACTION")));
    let request =
        json!({ "serviceDeploymentArn": paused["serviceDeploymentArn"], "hookId": waits["hookId"] });
    web.call("ecs:ContinueServiceDeployment", request.clone());
    assert_eq!(hook(&web)["status"], "SUCCEEDED");
    let error = web.call_error("ecs:ContinueServiceDeployment", request);
    assert!(error.starts_with("InvalidParameterException: "), "{error}");
    assert_eq!(web.advance_to(3600.0).progress().0, "SUCCESSFUL");
}

#[test]
fn another_configuration_of_the_service_does_not_change_a_deployment_in_progress() {
    let web = pausing(60, "CONTINUE");
    web.advance_to(1800.0);
    let rolling = json!({ "strategy": "ROLLING", "lifecycleHooks": [] });
    web.call(
        "ecs:UpdateService",
        json!({ "cluster": "main", "service": "web", "deploymentConfiguration": rolling }),
    );
    assert_eq!(web.newest_deployment()["lifecycleStage"], "POST_TEST_TRAFFIC_SHIFT");
    assert_eq!(web.advance_to(7200.0).progress().0, "SUCCESSFUL");
}

#[test]
fn a_pause_is_rolled_back_on_request_and_by_its_timeout() {
    let web = pausing(60, "CONTINUE");
    let paused = web.advance_to(1800.0).newest_deployment();
    let (arn, id) = (&paused["serviceDeploymentArn"], &hook(&web)["hookId"]);
    web.call(
        "ecs:ContinueServiceDeployment",
        json!({ "serviceDeploymentArn": arn, "hookId": id, "action": "ROLLBACK" }),
    );
    assert_eq!(web.advance_to(3600.0).progress().0, "ROLLBACK_SUCCESSFUL");

    let late = pausing(60, "ROLLBACK");
    assert_eq!(late.advance_to(7200.0).progress().0, "ROLLBACK_SUCCESSFUL");
    assert_eq!(hook(&late)["status"], "TIMED_OUT");
    assert_eq!(pausing(60, "CONTINUE").advance_to(7200.0).progress().0, "SUCCESSFUL");
}
