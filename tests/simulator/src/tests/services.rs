use serde_json::json;

use super::*;
use crate::ClusterSetup;

#[test]
fn a_daemon_runs_one_task_on_each_instance() {
    let mut scenario = world(0, json!({ "schedulingStrategy": "DAEMON" }));
    scenario.resources.clusters = vec![ClusterSetup { name: "main".into(), instances: 3, tags: vec![] }];
    let story = Story::of(scenario);
    assert_eq!(story.service()["runningCount"], 3);
    story.deploy("app:2");
    for second in 0..60 {
        let (_, old, new) = story.at(f64::from(second)).counts();
        assert!(old + new <= 3, "never two on one instance");
    }
    assert_eq!(story.counts(), ("SUCCESSFUL".into(), 0, 3));
    let tasks = story.call("ecs:ListTasks", json!({ "cluster": "main" }))["taskArns"].clone();
    let tasks =
        story.call("ecs:DescribeTasks", json!({ "cluster": "main", "tasks": tasks }))["tasks"].clone();
    let mut instances: Vec<_> =
        tasks.as_array().unwrap().iter().map(|task| task["containerInstanceArn"].to_string()).collect();
    instances.sort();
    instances.dedup();
    assert_eq!(instances.len(), 3);
}

#[test]
fn a_foreign_controller_refuses_a_definition() {
    for controller in ["CODE_DEPLOY", "EXTERNAL"] {
        let story = Story::of(world(1, json!({ "deploymentController": { "type": controller } })));
        let arn = story.register(definition("app:2"));
        let update = json!({ "cluster": "main", "service": "web", "taskDefinition": arn });
        let refused = story.refused("ecs:UpdateService", update);
        assert!(
            refused.contains(&format!("on services with a {controller} deployment controller")),
            "{refused}"
        );
        assert_eq!(story.service()["deployments"], json!([]));
        assert_eq!(story.service()["taskSets"][0]["stabilityStatus"], "STEADY_STATE");
    }
}

#[test]
fn behind_a_classic_load_balancer_there_is_no_rollout_state() {
    let balancers = json!([{ "loadBalancerName": "old", "containerName": "app", "containerPort": 80 }]);
    let story = Story::of(world(1, json!({ "loadBalancers": balancers })));
    assert!(story.service()["deployments"][0].get("rolloutState").is_none());
}

#[test]
fn a_deleted_service_drains_and_is_inactive() {
    let story = Story::of(world(2, json!({})));
    let request = json!({ "cluster": "main", "service": "web" });
    assert!(story.refused("ecs:DeleteService", request.clone()).contains("scaled above 0"));
    let mut force = request.clone();
    force["force"] = json!(true);
    assert_eq!(story.call("ecs:DeleteService", force)["service"]["status"], "DRAINING");
    story.at(10.0);
    assert_eq!(story.service()["status"], "INACTIVE");
    assert!(story.refused("ecs:UpdateService", request).starts_with("ServiceNotActiveException"));
    assert_eq!(story.call("ecs:ListServices", json!({ "cluster": "main" }))["serviceArns"], json!([]));
}

#[test]
fn unknown_fields_of_a_definition_are_kept() {
    let story = Story::of(world(1, json!({})));
    let mut definition = definition("app:2");
    definition["trustedExecutionConfiguration"] =
        json!({ "isolationMode": "x", "big": 12345678901234567890u64 });
    definition["containerDefinitions"][0]["fieldOfTheFuture"] = json!([{}, null, ""]);
    definition["tags"] = json!([{ "key": "team", "value": "a" }]);
    let arn = story.register(definition.clone());
    let answer =
        story.call("ecs:DescribeTaskDefinition", json!({ "taskDefinition": arn, "include": ["TAGS"] }));
    let shown = &answer["taskDefinition"];
    assert_eq!(shown["trustedExecutionConfiguration"], definition["trustedExecutionConfiguration"]);
    assert_eq!(shown["containerDefinitions"][0]["fieldOfTheFuture"], json!([{}, null, ""]));
    assert_eq!(answer["tags"], definition["tags"]);
    assert!(shown.get("tags").is_none());
    for added in
        ["revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy"]
    {
        assert!(!shown[added].is_null(), "{added}");
    }
}

#[test]
fn what_ecs_refuses_is_refused() {
    let story = Story::of(world(1, json!({})));
    let empty = json!({ "family": "x", "containerDefinitions": [] });
    assert_eq!(
        story.refused("ecs:RegisterTaskDefinition", empty),
        "ClientException: Container list cannot be empty."
    );
    let mut tags = definition("app:1");
    tags["tags"] = json!([]);
    assert!(story.refused("ecs:RegisterTaskDefinition", tags).starts_with("InvalidParameterException"));
    let unknown = json!({ "cluster": "main", "service": "web", "taskDefinition": "web:99" });
    assert_eq!(
        story.refused("ecs:UpdateService", unknown),
        "ClientException: Unable to describe task definition."
    );
    let services: Vec<String> = (0..11).map(|n| format!("s{n}")).collect();
    let many = json!({ "cluster": "main", "services": services });
    assert!(story.refused("ecs:DescribeServices", many).starts_with("InvalidParameterException"));
    let nowhere = json!({ "cluster": "nowhere", "services": ["web"] });
    assert_eq!(
        story.refused("ecs:DescribeServices", nowhere),
        "ClusterNotFoundException: Cluster not found."
    );
}

#[test]
fn an_inactive_definition_can_not_be_deployed() {
    let story = Story::of(world(1, json!({})));
    let arn = story.register(definition("app:2"));
    let answer = story.call("ecs:DeregisterTaskDefinition", json!({ "taskDefinition": arn }));
    assert_eq!(answer["taskDefinition"]["status"], "INACTIVE");
    let update = json!({ "cluster": "main", "service": "web", "taskDefinition": arn });
    assert!(story.refused("ecs:UpdateService", update).starts_with("ClientException"));
    let families = story.call("ecs:ListTaskDefinitions", json!({ "familyPrefix": "web" }));
    assert_eq!(families["taskDefinitionArns"].as_array().unwrap().len(), 1);
}
