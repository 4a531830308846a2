//! Task definitions as JSON.

use serde_json::{Value, json};

use crate::json;
use crate::model::TaskDefinition;
use crate::region::Region;

impl Region {
    /// The members that were registered, their defaults, and the members that ECS adds.
    pub(crate) fn render_task_definition(&self, definition: &TaskDefinition) -> Value {
        let mut members = json::into_members(definition.body.clone());
        let containers = members.get_mut("containerDefinitions").and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            for (name, default) in [
                ("cpu", json!(0)),
                ("portMappings", json!([])),
                ("essential", json!(true)),
                ("environment", json!([])),
                ("mountPoints", json!([])),
                ("volumesFrom", json!([])),
                ("systemControls", json!([])),
            ] {
                container.entry(name).or_insert(default);
            }
        }
        for name in ["volumes", "placementConstraints"] {
            members.entry(name).or_insert(json!([]));
        }
        let compatibilities =
            if definition.requires_fargate() { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) };
        json::extend(
            &mut members,
            [
                ("taskDefinitionArn", json!(definition.arn)),
                ("revision", json!(definition.revision)),
                ("status", json!(if definition.is_active() { "ACTIVE" } else { "INACTIVE" })),
                ("requiresAttributes", required_attributes(definition)),
                ("compatibilities", compatibilities),
                ("registeredAt", self.timestamp(definition.registered_at)),
                (
                    "registeredBy",
                    json!(format!("arn:aws:iam::{}:user/{}", self.id.account, definition.registered_by)),
                ),
            ],
        );
        let deregistered_at = definition.deregistered_at.map(|moment| self.timestamp(moment));
        json::insert_some(&mut members, "deregisteredAt", deregistered_at);
        Value::Object(members)
    }
}

fn required_attributes(definition: &TaskDefinition) -> Value {
    let mut names = vec!["com.amazonaws.ecs.capability.docker-remote-api.1.18"];
    if definition.is_awsvpc() {
        names.push("ecs.capability.task-eni");
    }
    if json::is_set(&definition.body, "taskRoleArn") {
        names.push("com.amazonaws.ecs.capability.task-iam-role");
    }
    let uses_awslogs = |container: &Value| {
        let configuration = container.get("logConfiguration");
        configuration.and_then(|configuration| json::string(configuration, "logDriver")) == Some("awslogs")
    };
    if definition.containers().iter().any(uses_awslogs) {
        names.push("com.amazonaws.ecs.capability.logging-driver.awslogs");
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}
