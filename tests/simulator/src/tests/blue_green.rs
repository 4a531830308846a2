use serde_json::json;

use super::*;

fn strategy(more: Value) -> Value {
    let mut configuration = crate::json::into_members(more);
    configuration.entry("strategy").or_insert(json!("BLUE_GREEN"));
    json!({ "deploymentConfiguration": configuration })
}

/// Each stage in the order in which it is seen, with green's share of the traffic at its beginning.
fn stages(story: &Story) -> Vec<(String, f64)> {
    let mut seen: Vec<(String, f64)> = Vec::new();
    for _ in 0..6000 {
        story.0.advance(0.5);
        let newest = story.newest();
        let Some(stage) = newest["lifecycleStage"].as_str() else {
            if newest["status"] == "PENDING" { continue } else { break }
        };
        let share =
            newest["targetServiceRevision"]["requestedProductionTrafficWeight"].as_f64().unwrap_or(0.0);
        if seen.last().is_none_or(|(last, weight)| last != stage || *weight != share) {
            seen.push((stage.to_owned(), share));
        }
    }
    seen
}

#[test]
fn green_takes_over_stage_by_stage() {
    let story = Story::of(world(2, strategy(json!({ "bakeTimeInMinutes": 1 }))));
    story.deploy("app:2");
    let stages = stages(&story);
    let names: Vec<&str> = stages.iter().map(|(name, _)| name.as_str()).collect();
    let all = [
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
    assert_eq!(names, all);
    assert_eq!(story.counts(), ("SUCCESSFUL".into(), 0, 2));
}

#[test]
fn blue_runs_until_green_is_baked() {
    let story = Story::of(world(2, strategy(json!({ "bakeTimeInMinutes": 1 }))));
    story.deploy("app:2");
    for second in 0..60 {
        assert_eq!(story.at(f64::from(second)).counts().1, 2, "at {second}");
    }
}

#[test]
fn a_linear_deployment_shifts_traffic_in_steps() {
    let linear = json!({ "strategy": "LINEAR", "linearConfiguration": { "stepPercent": 25.0, "stepBakeTimeInMinutes": 1 } });
    let story = Story::of(world(1, strategy(linear)));
    story.deploy("app:2");
    let shares: Vec<f64> = stages(&story)
        .iter()
        .filter(|(name, _)| name == "PRODUCTION_TRAFFIC_SHIFT")
        .map(|(_, share)| *share)
        .collect();
    assert_eq!(shares, [25.0, 50.0, 75.0, 100.0]);
}

#[test]
fn a_canary_sees_a_little_first() {
    let canary = json!({ "strategy": "CANARY", "canaryConfiguration": { "canaryPercent": 5.0, "canaryBakeTimeInMinutes": 2 } });
    let story = Story::of(world(1, strategy(canary)));
    story.deploy("app:2");
    let shares: Vec<f64> = stages(&story)
        .iter()
        .filter(|(name, _)| name == "PRODUCTION_TRAFFIC_SHIFT")
        .map(|(_, share)| *share)
        .collect();
    assert_eq!(shares, [5.0, 100.0]);
    assert_eq!(story.newest()["status"], "SUCCESSFUL");
}

#[test]
fn a_hook_that_says_no_rolls_back() {
    let scenario = Scenario {
        failing_hooks: vec!["web/POST_TEST_TRAFFIC_SHIFT".into()],
        ..world(2, strategy(json!({})))
    };
    let story = Story::of(scenario);
    story.deploy("app:2");
    story.at(200.0);
    let newest = story.newest();
    assert_eq!(newest["status"], "ROLLBACK_SUCCESSFUL");
    let reason = newest["statusReason"].as_str().unwrap();
    assert!(reason.contains("POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed"), "{reason}");
    assert_eq!(story.counts().1, 2);
}

#[test]
fn green_that_fails_leaves_blue_as_it_was() {
    let more = strategy(json!({ "deploymentCircuitBreaker": { "enable": true, "rollback": true } }));
    let story = Story::of(Scenario { task_rules: deployed(crash()), ..world(2, more) });
    story.deploy("app:2");
    for second in 0..300 {
        assert_eq!(story.at(f64::from(second)).counts().1, 2);
    }
    assert_eq!(story.newest()["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn a_newer_deployment_during_the_bake_time_reconciles_first() {
    let story = Story::of(world(1, strategy(json!({ "bakeTimeInMinutes": 10 }))));
    story.deploy("app:2");
    while story.newest()["lifecycleStage"] != "BAKE_TIME" {
        story.0.advance(1.0);
    }
    story.deploy("app:3");
    assert_eq!(stages(&story)[0].0, "RECONCILE_SERVICE");
    let statuses: Vec<String> =
        story.0.snapshot("main", "web").deployments.iter().map(|own| own.status.clone()).collect();
    assert_eq!(statuses, ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]);
}
