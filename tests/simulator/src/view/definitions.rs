//! Task definitions in answers: what was registered, and what ECS adds.

use serde_json::{Value, json};

use crate::json;
use crate::model::TaskDefinition;
use crate::region::Region;

impl Region {
    /// The task definition as it was registered, with the nine members that ECS adds where
    /// they apply, and with its defaults.
    pub(crate) fn render_task_definition(&self, definition: &TaskDefinition) -> Value {
        let mut body = json::into_members(definition.body.clone());
        for container in
            body.get_mut("containerDefinitions").and_then(Value::as_array_mut).into_iter().flatten()
        {
            if let Some(container) = container.as_object_mut() {
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
        }
        for name in ["volumes", "placementConstraints"] {
            body.entry(name).or_insert(json!([]));
        }
        body.insert("taskDefinitionArn".to_owned(), json!(definition.arn));
        body.insert("revision".to_owned(), json!(definition.revision));
        body.insert("status".to_owned(), json!(if definition.is_active() { "ACTIVE" } else { "INACTIVE" }));
        body.insert("requiresAttributes".to_owned(), required_attributes(definition));
        let fargate =
            json::strings(&definition.body, "requiresCompatibilities").iter().any(|name| name == "FARGATE");
        body.insert(
            "compatibilities".to_owned(),
            if fargate { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) },
        );
        body.insert("registeredAt".to_owned(), self.timestamp(definition.registered_at));
        body.insert("registeredBy".to_owned(), json!(format!("arn:aws:iam::{}:user/ci", self.id.account)));
        if let Some(at) = definition.deregistered_at {
            body.insert("deregisteredAt".to_owned(), self.timestamp(at));
        }
        Value::Object(body)
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
    let driver = |container: &Value| {
        container.get("logConfiguration").and_then(|own| json::string(own, "logDriver")) == Some("awslogs")
    };
    if definition.containers().iter().any(driver) {
        names.push("com.amazonaws.ecs.capability.logging-driver.awslogs");
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}
