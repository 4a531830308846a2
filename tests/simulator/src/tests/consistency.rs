use serde_json::json;

use super::*;
use crate::{Consistency, StaleReads};

#[test]
fn a_new_service_deployment_is_returned_after_the_lag() {
    let mut scenario = web_scenario(1, json!({}));
    scenario.consistency = Consistency { list_lag: 3.0, current_deployment_lag: 8.0, stale_reads: None };
    let web = WebService::start(scenario);
    web.deploy("app:2");
    let count = || {
        let response = web.call("ecs:ListServiceDeployments", web_request(json!({})));
        response["serviceDeployments"].as_array().unwrap().len()
    };
    let snapshot = web.snapshot();
    let [old, new] = snapshot.deployments.as_slice() else { panic!("two deployments") };
    assert_eq!(count(), 1);
    web.advance_to(4.0);
    assert_eq!(count(), 2);
    assert_eq!(web.service()["currentServiceDeployment"], json!(old.arn));
    web.advance_to(9.0);
    assert_eq!(web.service()["currentServiceDeployment"], json!(new.arn));
}

#[test]
fn list_service_deployments_filters_by_status_and_time() {
    let web = WebService::start(web_scenario(1, json!({})));
    web.deploy("app:2");
    web.advance_to(1.0);
    let count = |parameters: Value| {
        let response = web.call("ecs:ListServiceDeployments", web_request(parameters));
        response["serviceDeployments"].as_array().unwrap().len()
    };
    assert_eq!(count(json!({})), 2);
    assert_eq!(count(json!({ "status": ["PENDING", "IN_PROGRESS"] })), 1);
    assert_eq!(count(json!({ "createdAt": { "after": 1_767_225_599.0 } })), 1);
    assert_eq!(count(json!({ "createdAt": { "before": 1_767_225_599.0 } })), 1);
}

#[test]
fn calls_without_http_read_the_current_state() {
    let mut scenario = web_scenario(1, json!({}));
    scenario.consistency.stale_reads =
        Some(StaleReads { max_age: 100.0, window: 100.0, ..Default::default() });
    let web = WebService::start(scenario);
    let service = web.deploy("app:2");
    assert_eq!(web.service()["taskDefinition"], service["taskDefinition"]);
}
