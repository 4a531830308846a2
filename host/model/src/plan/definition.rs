//! A task definition as the JSON that it is.
//!
//! The typed SDK drops every field that it does not know, and turns empty
//! values into absent ones; so a definition is carried as ECS gave it, and a
//! revision changes the planned paths and nothing else.

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::stamp::PREFIX;

/// What `DescribeTaskDefinition` adds to what was registered, and
/// `RegisterTaskDefinition` does not take back (the ECS API reference,
/// `TaskDefinition` against the parameters of `RegisterTaskDefinition`).
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

/// A task definition in the shape in which it is registered.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskDefinition(Map<String, Value>);

/// A planned change to one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The container's name.
    pub container: String,
    /// Its new image.
    pub image: String,
    /// Environment variables to set or replace.
    pub environment: Vec<(String, String)>,
    /// The docker labels of its stamp, which replace those of an earlier one.
    pub labels: Vec<(String, String)>,
}

/// A document that is no task definition, or an edit that does not fit one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DefinitionError {
    /// The answer of `DescribeTaskDefinition` lacks a part.
    #[error("the task definition that ECS gave has no {0}")]
    Lacks(&'static str),
    /// No container of that name.
    #[error("it has no container `{0}`")]
    NoContainer(String),
    /// ECS takes a variable either as plain text or as a secret.
    #[error(
        "container `{container}` takes `{variable}` from a secret; a policy can't set it as plain text too"
    )]
    Secret {
        /// The container.
        container: String,
        /// The variable.
        variable: String,
    },
    /// The revision differs where no change was planned.
    #[error(
        "a copy of it would change {0}, which was not planned; this is a defect of ecs-host, and nothing was registered"
    )]
    Loss(String),
}

impl TaskDefinition {
    /// Takes a definition from the answer of `DescribeTaskDefinition`.
    ///
    /// # Errors
    /// [`DefinitionError::Lacks`] where it holds no task definition.
    pub fn from_described(answer: Value) -> Result<Self, DefinitionError> {
        let Value::Object(mut answer) = answer else { return Err(DefinitionError::Lacks("fields")) };
        let Some(Value::Object(mut document)) = answer.remove("taskDefinition") else {
            return Err(DefinitionError::Lacks("`taskDefinition`"));
        };
        document.retain(|name, _| !RESPONSE_ONLY.contains(&name.as_str()));
        // Tags stand beside the definition in the answer and inside it in the
        // request, and an empty list of them is refused.
        if let Some(tags) =
            answer.remove("tags").filter(|tags| tags.as_array().is_some_and(|t| !t.is_empty()))
        {
            document.insert("tags".to_owned(), tags);
        }
        let definition = Self(document);
        if definition.0.get("family").and_then(Value::as_str).is_none() {
            return Err(DefinitionError::Lacks("`family`"));
        }
        if definition.0.get("containerDefinitions").and_then(Value::as_array).is_none() {
            return Err(DefinitionError::Lacks("`containerDefinitions`"));
        }
        Ok(definition)
    }

    /// The family that its revisions belong to.
    #[must_use]
    pub fn family(&self) -> &str {
        self.0.get("family").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether registering it needs `ecs:TagResource`.
    #[must_use]
    pub fn has_tags(&self) -> bool {
        self.0.contains_key("tags")
    }

    /// Name and image of each container.
    pub fn containers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.container_values().map(|container| (str_of(container, "name"), str_of(container, "image")))
    }

    /// A field of its own, as ECS has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A docker label of a container.
    #[must_use]
    pub fn label(&self, container: &str, label: &str) -> Option<&str> {
        let container = self.container_values().find(|c| str_of(c, "name") == container)?;
        container.get("dockerLabels")?.get(label)?.as_str()
    }

    fn container_values(&self) -> impl Iterator<Item = &Value> {
        self.0.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten()
    }

    /// The definition as the body of a `RegisterTaskDefinition` request.
    #[must_use]
    pub fn to_request(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// A copy with the planned changes, and proof that it has no others.
    ///
    /// # Errors
    /// [`DefinitionError`] where an edit names no container of this
    /// definition, sets what the container takes from a secret, or where the
    /// copy would differ elsewhere.
    pub fn revise(&self, edits: &[Edit]) -> Result<Self, DefinitionError> {
        let mut revision = self.clone();
        for edit in edits {
            revision.apply(edit)?;
        }
        if let Some(change) = super::diff::changes(&self.outside(edits).0, &revision.outside(edits).0).first()
        {
            return Err(DefinitionError::Loss(change.path.clone()));
        }
        Ok(revision)
    }

    fn apply(&mut self, edit: &Edit) -> Result<(), DefinitionError> {
        let no_container = || DefinitionError::NoContainer(edit.container.clone());
        let container = self.container_mut(&edit.container).ok_or_else(no_container)?;
        container.insert("image".to_owned(), json!(edit.image));
        let secrets = container.get("secrets").and_then(Value::as_array);
        let secret = |name: &str| secrets.into_iter().flatten().any(|s| str_of(s, "name") == name);
        if let Some((variable, _)) = edit.environment.iter().find(|(name, _)| secret(name)) {
            return Err(DefinitionError::Secret {
                container: edit.container.clone(),
                variable: variable.clone(),
            });
        }
        if !edit.environment.is_empty() {
            let variables = container.entry("environment").or_insert_with(|| json!([]));
            set_variables(variables, &edit.environment);
        }
        if !edit.labels.is_empty() {
            let labels = container.entry("dockerLabels").or_insert_with(|| json!({}));
            if !labels.is_object() {
                *labels = json!({});
            }
            if let Some(labels) = labels.as_object_mut() {
                // Half of an older stamp would tell of a build that never was.
                labels.retain(|name, _| !name.starts_with(PREFIX));
                labels.extend(edit.labels.iter().map(|(name, value)| (name.clone(), json!(value))));
            }
        }
        Ok(())
    }

    fn container_mut(&mut self, name: &str) -> Option<&mut Map<String, Value>> {
        let containers = self.0.get_mut("containerDefinitions")?.as_array_mut()?;
        containers.iter_mut().find(|c| str_of(c, "name") == name)?.as_object_mut()
    }

    /// What is left of the definition without the paths that edits change.
    fn outside(&self, edits: &[Edit]) -> Self {
        let mut rest = self.clone();
        for edit in edits {
            let Some(container) = rest.container_mut(&edit.container) else { continue };
            container.remove("image");
            if !edit.environment.is_empty() {
                remove_variables(container, &edit.environment);
            }
            if !edit.labels.is_empty() {
                remove_labels(container, |name| name.starts_with(PREFIX));
            }
        }
        rest
    }

    /// Whether two definitions run the same thing: the stamps aside, which
    /// tell only who deployed it.
    #[must_use]
    pub fn runs_the_same_as(&self, other: &Self) -> bool {
        self.unstamped() == other.unstamped()
    }

    fn unstamped(&self) -> Self {
        let mut plain = self.clone();
        let containers = plain.0.get_mut("containerDefinitions").and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            remove_labels(container, |name| name.starts_with(PREFIX));
        }
        plain
    }

    /// What differs in another definition.
    #[must_use]
    pub fn changes(&self, revision: &Self) -> Vec<super::Change> {
        super::diff::changes(&self.0, &revision.0)
    }
}

fn str_of<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn set_variables(variables: &mut Value, wanted: &[(String, String)]) {
    if !variables.is_array() {
        *variables = json!([]);
    }
    let Some(variables) = variables.as_array_mut() else { return };
    for (name, value) in wanted {
        match variables.iter_mut().find(|v| str_of(v, "name") == name).and_then(Value::as_object_mut) {
            Some(variable) => {
                variable.insert("value".to_owned(), json!(value));
            }
            None => variables.push(json!({"name": name, "value": value})),
        }
    }
}

fn remove_variables(container: &mut Map<String, Value>, named: &[(String, String)]) {
    let Some(variables) = container.get_mut("environment").and_then(Value::as_array_mut) else { return };
    variables.retain(|v| !named.iter().any(|(name, _)| str_of(v, "name") == name));
    if variables.is_empty() {
        container.remove("environment");
    }
}

fn remove_labels(container: &mut Map<String, Value>, remove: impl Fn(&str) -> bool) {
    let Some(labels) = container.get_mut("dockerLabels").and_then(Value::as_object_mut) else { return };
    labels.retain(|name, _| !remove(name));
    if labels.is_empty() {
        container.remove("dockerLabels");
    }
}

#[cfg(test)]
mod tests;
