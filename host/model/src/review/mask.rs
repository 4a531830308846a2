//! The secrets that the host knows by their value, such as a password of the job's environment, in a plan for guards.

use serde_json::Value;

use super::{ChangedValue, ReviewedPlan, ReviewedTask, ReviewedVariable};
use crate::decision::ImageSource;

/// The texts of a container definition that ECS passes on as they are. Whatever else a definition has, such as an image
/// or a capability, is the subject of rules: a job that names a secret after it could otherwise hide it from a guard.
const FREE_TEXTS: [&str; 6] = [
    "environment",
    "command",
    "entryPoint",
    "dockerLabels",
    "healthCheck.command",
    "logConfiguration.options",
];

impl ReviewedPlan {
    /// Hides what `mask` changes in the texts that may contain anything: the values of variables, commands, labels,
    /// build arguments, settings, and the commit message. Names, places, images and tags stay.
    pub fn hide_known_secrets(&mut self, mask: impl Fn(&str) -> String) {
        let mask_text = |text: &mut String| *text = mask(text);
        if let Some(message) = self.build.as_mut().and_then(|build| build.commit_message.as_mut()) {
            mask_text(message);
        }
        let settings = self.policy.iter_mut().flat_map(|policy| &mut policy.settings);
        settings.for_each(|(_, value)| mask_text(value));
        for image in &mut self.images {
            if let ImageSource::Build(build) = &mut image.source {
                build.arguments.iter_mut().chain(&mut build.labels).for_each(|(_, value)| mask_text(value));
            }
        }
        for target in &mut self.targets {
            for change in &mut target.changes {
                let is_free = is_free_text(&change.path);
                for side in [&mut change.before, &mut change.after] {
                    if matches!(side, ChangedValue::Text(text) if is_free && mask(text) != *text) {
                        *side = ChangedValue::Hidden;
                    }
                }
            }
            let containers = target.containers.iter_mut().flat_map(|container| &mut container.environment);
            containers.for_each(|variable| hide_variable(variable, &mask));
            for ReviewedTask { command, environment, .. } in
                target.tasks_before.iter_mut().chain(&mut target.tasks_after)
            {
                command.iter_mut().for_each(mask_text);
                environment.iter_mut().for_each(|variable| hide_variable(variable, &mask));
            }
            hide_in_definition(&mut target.definition, &mask);
        }
    }
}

fn hide_variable(variable: &mut ReviewedVariable, mask: &impl Fn(&str) -> String) {
    variable.value = variable.value.take().filter(|value| mask(value) == *value);
}

fn hide_in_definition(definition: &mut Value, mask: &impl Fn(&str) -> String) {
    let containers = definition.get_mut("containerDefinitions").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        for field in FREE_TEXTS {
            let pointer = format!("/{}", field.replace('.', "/"));
            if let Some(value) = container.pointer_mut(&pointer) {
                hide_value(value, mask);
            }
        }
    }
}

fn hide_value(value: &mut Value, mask: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) if mask(text) != *text => *value = Value::Null,
        Value::Array(elements) => elements.iter_mut().for_each(|element| hide_value(element, mask)),
        // A variable keeps its name.
        Value::Object(fields) => {
            let fields = fields.iter_mut().filter(|(field, _)| *field != "name");
            fields.for_each(|(_, field)| hide_value(field, mask));
        }
        _ => {}
    }
}

/// Whether a change is one of such a text: `containerDefinitions[web].environment[NAME]`.
fn is_free_text(path: &str) -> bool {
    let field = path.strip_prefix("containerDefinitions[").and_then(|rest| Some(rest.split_once("].")?.1));
    field.is_some_and(|field| {
        FREE_TEXTS.iter().any(|free| {
            field.strip_prefix(free).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::review::{ReviewedChange, ReviewedPlan};

    #[test]
    fn a_known_secret_is_hidden_where_anything_may_be_and_nowhere_else() {
        let mut plan: ReviewedPlan = serde_json::from_value(json!({
            "action": "deploy", "started_at": 0, "build": null, "policy": null, "images": [],
            "targets": [{
                "name": "sesame/web", "destination": { "service": { "cluster": "sesame", "service": "web" } },
                "region": "us-east-1", "account": null, "role": null, "wave": 0, "is_unchanged": false,
                "running_revision": null, "next_revision": null, "changes": [],
                "containers": [{
                    "name": "sesame", "image": "sesame/web:1", "image_name": null, "privileged": false,
                    "environment": [{ "name": "sesame", "value": "sesame" }, { "name": "A", "value": "b" }],
                    "secrets": [],
                }],
                "definition": { "family": "sesame", "containerDefinitions": [{
                    "name": "sesame", "image": "sesame/web:1",
                    "environment": [{ "name": "sesame", "value": "a sesame" }],
                    "command": ["open", "sesame"],
                    "linuxParameters": { "capabilities": { "add": ["sesame"] } },
                }] },
                "rollout": null,
                "tasks_before": [{
                    "name": "sesame", "container": "sesame", "command": ["open", "sesame"], "environment": [],
                    "timeout_seconds": 1,
                }],
                "tasks_after": [],
            }],
        }))
        .unwrap();
        let change = |path: &str| ReviewedChange {
            path: path.to_owned(),
            before: ChangedValue::Absent,
            after: ChangedValue::Text("sesame".to_owned()),
        };
        plan.targets[0].changes = vec![
            change("containerDefinitions[sesame].environment[A]"),
            change("containerDefinitions[sesame].image"),
            change("taskRoleArn"),
        ];
        let before = plan.clone();
        plan.hide_known_secrets(|text| text.replace("sesame", "***"));

        let target = &plan.targets[0];
        let values: Vec<_> = target.containers[0].environment.iter().map(|it| it.value.as_deref()).collect();
        assert_eq!(values, [None, Some("b")]);
        assert_eq!(target.tasks_before[0].command, ["open", "***"]);
        let after: Vec<_> = target.changes.iter().map(|change| change.after.clone()).collect();
        let sesame = || ChangedValue::Text("sesame".to_owned());
        assert_eq!(after, [ChangedValue::Hidden, sesame(), sesame()]);
        let mut expected = before.targets[0].definition.clone();
        expected["containerDefinitions"][0]["environment"][0]["value"] = Value::Null;
        expected["containerDefinitions"][0]["command"][1] = Value::Null;
        assert_eq!(target.definition, expected);
        assert_eq!(
            (&target.name, &target.destination),
            (&before.targets[0].name, &before.targets[0].destination)
        );
        assert_eq!(target.containers[0].image, "sesame/web:1");
    }
}
