//! Task definitions: a new revision is a copy of the old one, except for the changes of the plan.

use serde_json::{Value, json};

use crate::app::{App, container};
use crate::backend::Backend;

/// The fields that ECS adds to a definition in its responses.
const RESPONSE_ONLY: [&str; 7] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
];

/// Asserts that a registered definition differs from the one before in one image only.
fn assert_same_but_for_the_image(mut registered: Value, mut before: Value, container: usize, image: &str) {
    for name in RESPONSE_ONLY {
        before.as_object_mut().unwrap().remove(name);
    }
    let new = registered["containerDefinitions"][container].as_object_mut().unwrap();
    let old = &before["containerDefinitions"][container];
    assert_eq!(new["image"], json!(image));
    new.insert("image".to_owned(), old["image"].clone());
    let labels = new["dockerLabels"].as_object_mut().unwrap();
    labels.retain(|name, _| !name.starts_with("ecs-host."));
    if labels.is_empty() && old.get("dockerLabels").is_none() {
        new.remove("dockerLabels");
    }
    assert_eq!(registered, before);
}

#[test]
fn a_fargate_definition_is_copied_whole() {
    let definition = |repository: &str| {
        let mut web = container("web", repository);
        web["secrets"] =
            json!([{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/db"}]);
        web["environment"] = json!([{"name": "A", "value": "1"}, {"name": "EMPTY", "value": ""}]);
        web["dockerLabels"] = json!({"team": "web"});
        web["portMappings"] = json!([{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]);
        web["dependsOn"] = json!([{"containerName": "proxy", "condition": "HEALTHY"}]);
        web["logConfiguration"] =
            json!({"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/fargate"}});
        let proxy = json!({
            "name": "proxy", "image": "public.ecr.aws/nginx/nginx:1.27", "essential": true, "memory": 64,
            "healthCheck": {"command": ["CMD", "true"], "interval": 5},
        });
        json!({
            "containerDefinitions": [web, proxy],
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "taskRoleArn": "arn:aws:iam::123456789012:role/task",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            "ephemeralStorage": {"sizeInGiB": 30},
            "tags": [{"key": "team", "value": "web"}],
        })
    };
    let app = App::with("fargate", definition, &Backend::awsvpc_service());
    let (_, mut before) = app.runs("fargate", "fargate");
    let run = app.run().exits(0);

    let registered = run.call("ecs:RegisterTaskDefinition").clone();
    before["tags"] = json!([{"key": "team", "value": "web"}]);
    let digest = &app.pushed()["master"];
    assert_same_but_for_the_image(registered, before, 0, &format!("{}@{digest}", app.repository()));
}

#[test]
fn unknown_fields_of_a_task_definition_are_kept() {
    let app = App::new("unheard-of");
    app.proxy.edit("ecs:DescribeTaskDefinition", |answer| {
        let definition = &mut answer["taskDefinition"];
        definition["trustedExecutionConfiguration"] = json!({"enclave": {"cpuCount": 2}});
        definition["volumes"] = json!([]);
        definition["inferenceAccelerators"] = json!(null);
        definition["proxyConfiguration"] = json!({});
        definition["containerDefinitions"][0]["fromTheFuture"] =
            json!({"list": [], "text": "", "none": null});
        // A number that a 64 bit float cannot represent.
        let big: Value = serde_json::from_str("123456789012345678901234567890.10").unwrap();
        definition["containerDefinitions"][0]["big"] = big;
        answer["tags"] = json!([]);
    });
    let run = app.run().exits(0);

    let registered = run.call("ecs:RegisterTaskDefinition");
    assert_eq!(registered["trustedExecutionConfiguration"], json!({"enclave": {"cpuCount": 2}}));
    assert_eq!(registered["volumes"], json!([]));
    assert_eq!(registered["proxyConfiguration"], json!({}));
    assert_eq!(registered.get("inferenceAccelerators"), Some(&Value::Null));
    let web = &registered["containerDefinitions"][0];
    assert_eq!(web["fromTheFuture"], json!({"list": [], "text": "", "none": null}));
    assert_eq!(web["big"].to_string(), "123456789012345678901234567890.10");
    // ECS rejects an empty list of tags. It accepts other empty lists.
    assert_eq!(registered.get("tags"), None);
}

#[test]
fn the_new_revision_is_shown_as_a_diff() {
    let app = App::new("shown");
    let run = app.run().exits(0);
    let digest = &app.pushed()["master"];
    run.prints("    container web\n      ~ image\n")
        .prints("/shown:master\n")
        .prints("/shown@<digest of the push>\n")
        .prints(digest);
}

#[test]
fn every_container_of_the_repository_and_no_other_gets_the_image() {
    let app = App::of("siblings", |repository| {
        let similar = format!("{repository}-admin");
        json!({"containerDefinitions": [
            container("web", repository),
            container("worker", repository),
            container("admin", &similar),
        ]})
    });
    app.run().exits(0);
    let (_, definition) = app.runs("siblings", "siblings");
    let images: Vec<_> = (0..3).map(|n| definition["containerDefinitions"][n]["image"].clone()).collect();
    let new = json!(format!("{}@{}", app.repository(), app.pushed()["master"]));
    assert_eq!(images, [new.clone(), new, json!(format!("{}-admin:master", app.repository()))]);
}
