//! The requests of a run to ECS, whatever their result is.

use serde_json::{Value, json};

use super::super::super::world::{COMMIT, DIGEST, repository};
use super::{Problems, Run, text};

impl Run<'_> {
    /// Checks every request of the run.
    pub(super) fn requests(&self, problems: &mut Problems) {
        let mut definitions = None;
        for call in self.calls("ecs:RegisterTaskDefinition") {
            let definitions = definitions.get_or_insert_with(|| self.definitions());
            let (request, pinned) = (plain(&call.body), pinned(&call.body));
            problems.require(definitions.contains(&request), || {
                format!("the definition that it registers differs from all others: {}", call.body)
            });
            problems.require(pinned, || format!("it does not register the pushed image: {}", call.body));
        }
        for call in self.calls("ecs:UpdateService") {
            let names = call.body.as_object().into_iter().flat_map(|body| body.keys());
            let allowed = ["cluster", "service", "taskDefinition", "forceNewDeployment"];
            let others: Vec<&String> = names.filter(|name| !allowed.contains(&name.as_str())).collect();
            problems.require(others.is_empty(), || format!("UpdateService changes {others:?}"));
        }
        for call in self.effective_calls("ecs:DeregisterTaskDefinition") {
            let arn = text(&call.body, "taskDefinition");
            for service in &self.case.services {
                let state = self.world.simulator.snapshot("main", service);
                problems.require(state.task_definition != arn, || {
                    format!("it deregistered {arn}, which {service} runs")
                });
            }
        }
    }

    /// The definitions of other users in ECS, without the parts that a deployment changes.
    fn definitions(&self) -> Vec<Value> {
        let call = |action: &str, body: Value| self.world.simulator.call(action, &body).expect("a response");
        let arns = call("ecs:ListTaskDefinitions", json!({}))["taskDefinitionArns"].clone();
        let inactive =
            call("ecs:ListTaskDefinitions", json!({"status": "INACTIVE"}))["taskDefinitionArns"].clone();
        let arns = [arns, inactive].into_iter().flat_map(|arns| arns.as_array().cloned().unwrap_or_default());
        let described =
            |arn| call("ecs:DescribeTaskDefinition", json!({"taskDefinition": arn, "include": ["TAGS"]}));
        let definition = |mut answer: Value| {
            let mut definition = answer["taskDefinition"].take();
            for name in RESPONSE_ONLY {
                definition.as_object_mut().expect("an object").remove(name);
            }
            if answer["tags"].as_array().is_some_and(|tags| !tags.is_empty()) {
                definition["tags"] = answer["tags"].take();
            }
            definition
        };
        arns.map(described)
            .map(definition)
            .filter(|own| !own.to_string().contains(COMMIT))
            .map(|d| plain(&d))
            .collect()
    }
}

/// The fields of a definition that ECS returns and does not accept.
const RESPONSE_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// A definition without the parts that a deployment may change: the images of the repository, and the stamp.
fn plain(definition: &Value) -> Value {
    let mut plain = definition.clone();
    for container in plain["containerDefinitions"].as_array_mut().into_iter().flatten() {
        if text(container, "image").starts_with(&repository()) {
            container["image"] = json!("");
        }
        let labels = container["dockerLabels"].as_object_mut();
        let bare = labels.is_none_or(|labels| {
            labels.retain(|name, _| !name.starts_with("ecs-host."));
            labels.is_empty()
        });
        if let Some(container) = container.as_object_mut().filter(|_| bare) {
            container.remove("dockerLabels");
        }
    }
    plain
}

/// Whether all containers of the repository have the image that is deployed.
pub(super) fn pinned(definition: &Value) -> bool {
    let image = format!("{}@{DIGEST}", repository());
    let containers = definition["containerDefinitions"].as_array().into_iter().flatten();
    containers.map(|c| text(c, "image")).filter(|own| own.starts_with(&repository())).all(|own| own == image)
}
