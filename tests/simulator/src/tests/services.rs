use serde_json::json;

use super::*;
use crate::ClusterSetup;

#[test]
fn a_daemon_runs_one_task_on_each_instance() {
    let mut scenario = web_scenario(0, json!({ "schedulingStrategy": "DAEMON" }));
    scenario.resources.clusters = vec![ClusterSetup { name: "main".into(), instances: 3, tags: vec![] }];
    let web = WebService::start(scenario);
    assert_eq!(web.service()["runningCount"], 3);
    web.deploy("app:2");
    for second in 0..60 {
        let (_, old, new) = web.advance_to(f64::from(second)).progress();
        assert!(old + new <= 3, "at most one task on each instance");
    }
    assert_eq!(web.progress(), ("SUCCESSFUL".into(), 0, 3));
    let tasks = web.call("ecs:ListTasks", json!({ "cluster": "main" }))["taskArns"].clone();
    let tasks = web.call("ecs:DescribeTasks", json!({ "cluster": "main", "tasks": tasks }))["tasks"].clone();
    let mut instances: Vec<_> =
        tasks.as_array().unwrap().iter().map(|task| task["containerInstanceArn"].to_string()).collect();
    instances.sort();
    instances.dedup();
    assert_eq!(instances.len(), 3);
}

#[test]
fn update_service_rejects_a_task_definition_with_another_controller() {
    for controller in ["CODE_DEPLOY", "EXTERNAL"] {
        let web =
            WebService::start(web_scenario(1, json!({ "deploymentController": { "type": controller } })));
        let arn = web.register(web_definition("app:2"));
        let update = json!({ "cluster": "main", "service": "web", "taskDefinition": arn });
        let error = web.call_error("ecs:UpdateService", update);
        assert!(error.contains(&format!("on services with a {controller} deployment controller")), "{error}");
        assert_eq!(web.service()["deployments"], json!([]));
        assert_eq!(web.service()["taskSets"][0]["stabilityStatus"], "STEADY_STATE");
    }
}

#[test]
fn a_service_with_a_classic_load_balancer_has_no_rollout_state() {
    let balancers = json!([{ "loadBalancerName": "old", "containerName": "app", "containerPort": 80 }]);
    let web = WebService::start(web_scenario(1, json!({ "loadBalancers": balancers })));
    assert!(web.service()["deployments"][0].get("rolloutState").is_none());
}

#[test]
fn a_deleted_service_drains_and_becomes_inactive() {
    let web = WebService::start(web_scenario(2, json!({})));
    let request = json!({ "cluster": "main", "service": "web" });
    assert!(web.call_error("ecs:DeleteService", request.clone()).contains("scaled above 0"));
    let mut force = request.clone();
    force["force"] = json!(true);
    assert_eq!(web.call("ecs:DeleteService", force)["service"]["status"], "DRAINING");
    web.advance_to(10.0);
    assert_eq!(web.service()["status"], "INACTIVE");
    assert!(web.call_error("ecs:UpdateService", request).starts_with("ServiceNotActiveException"));
    assert_eq!(web.call("ecs:ListServices", json!({ "cluster": "main" }))["serviceArns"], json!([]));
}

#[test]
fn unknown_members_of_a_task_definition_are_kept() {
    let web = WebService::start(web_scenario(1, json!({})));
    let mut definition = web_definition("app:2");
    definition["trustedExecutionConfiguration"] =
        json!({ "isolationMode": "x", "big": 12345678901234567890u64 });
    definition["containerDefinitions"][0]["unknownMember"] = json!([{}, null, ""]);
    definition["tags"] = json!([{ "key": "team", "value": "a" }]);
    let arn = web.register(definition.clone());
    let response =
        web.call("ecs:DescribeTaskDefinition", json!({ "taskDefinition": arn, "include": ["TAGS"] }));
    let described = &response["taskDefinition"];
    assert_eq!(described["trustedExecutionConfiguration"], definition["trustedExecutionConfiguration"]);
    assert_eq!(described["containerDefinitions"][0]["unknownMember"], json!([{}, null, ""]));
    assert_eq!(response["tags"], definition["tags"]);
    assert!(described.get("tags").is_none());
    for name in
        ["revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy"]
    {
        assert!(!described[name].is_null(), "{name}");
    }
}

#[test]
fn invalid_requests_are_rejected() {
    let web = WebService::start(web_scenario(1, json!({})));
    let empty = json!({ "family": "x", "containerDefinitions": [] });
    assert_eq!(
        web.call_error("ecs:RegisterTaskDefinition", empty),
        "ClientException: Container list cannot be empty."
    );
    let mut tags = web_definition("app:1");
    tags["tags"] = json!([]);
    assert!(web.call_error("ecs:RegisterTaskDefinition", tags).starts_with("InvalidParameterException"));
    let unknown = json!({ "cluster": "main", "service": "web", "taskDefinition": "web:99" });
    assert_eq!(
        web.call_error("ecs:UpdateService", unknown),
        "ClientException: Unable to describe task definition."
    );
    let services: Vec<String> = (0..11).map(|n| format!("s{n}")).collect();
    let many = json!({ "cluster": "main", "services": services });
    assert!(web.call_error("ecs:DescribeServices", many).starts_with("InvalidParameterException"));
    let nowhere = json!({ "cluster": "nowhere", "services": ["web"] });
    assert_eq!(
        web.call_error("ecs:DescribeServices", nowhere),
        "ClusterNotFoundException: Cluster not found."
    );
}

#[test]
fn an_inactive_task_definition_cannot_be_deployed() {
    let web = WebService::start(web_scenario(1, json!({})));
    let arn = web.register(web_definition("app:2"));
    let response = web.call("ecs:DeregisterTaskDefinition", json!({ "taskDefinition": arn }));
    assert_eq!(response["taskDefinition"]["status"], "INACTIVE");
    let update = json!({ "cluster": "main", "service": "web", "taskDefinition": arn });
    assert!(web.call_error("ecs:UpdateService", update).starts_with("ClientException"));
    let active = web.call("ecs:ListTaskDefinitions", json!({ "familyPrefix": "web" }));
    assert_eq!(active["taskDefinitionArns"].as_array().unwrap().len(), 1);
}
