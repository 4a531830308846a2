//! A task definition as JSON, copied without loss.
//!
//! The types of the SDK drop fields that they do not have, and turn empty values into absent ones.
//! So a task definition stays the JSON that ECS returned, and a new revision differs only in the
//! planned paths.

use serde_json::{Map, Value};
use thiserror::Error;

use super::diff::{Change, diff};
use crate::secret::json::find_in_document;

mod compare;
mod edit;

pub use edit::{ContainerEdit, DefinitionEdit, TaskSize};

/// The prefix of the labels of a stamp.
const LABEL_PREFIX: &str = "ecs-host.";

/// The fields that `DescribeTaskDefinition` adds, and `RegisterTaskDefinition` does not accept (the
/// ECS API reference, `TaskDefinition` compared to the parameters of `RegisterTaskDefinition`).
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

/// A task definition in the form in which it is registered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskDefinition(Map<String, Value>);

/// An active revision of a family, the latest or the latest of some.
#[derive(Debug, Clone)]
pub struct LatestRevision {
    /// Its ARN.
    pub task_definition: String,
    /// The task definition itself.
    pub definition: TaskDefinition,
}

/// Why a response is no task definition, or why an edit cannot be applied to one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DefinitionError {
    /// The response of `DescribeTaskDefinition` has no such part.
    #[error("ECS returned a task definition without {0}")]
    Missing(&'static str),
    /// The definition has no such container.
    #[error("its task definition has no container `{0}`")]
    NoContainer(String),
    /// A field of a container does not have the type that ECS documents, so nothing can be set in it.
    #[error(
        "ECS returned a task definition whose container `{container}` has a `{field}` that is no {expected}"
    )]
    FieldType {
        /// The container.
        container: String,
        /// The field.
        field: &'static str,
        /// The type that ECS documents.
        expected: &'static str,
    },
    /// The copy differs at this path, where no change is planned.
    #[error(
        "the new revision would also change {0}, which is not planned, so nothing was registered; this is a defect of \
         ecs-host, please report it"
    )]
    UnplannedChange(String),
}

impl TaskDefinition {
    /// Reads the response of `DescribeTaskDefinition`.
    ///
    /// # Errors
    /// [`DefinitionError::Missing`] if it contains no task definition.
    pub fn from_response(response: Value) -> Result<Self, DefinitionError> {
        let Value::Object(mut response) = response else { return Err(DefinitionError::Missing("fields")) };
        let Some(Value::Object(mut document)) = response.remove("taskDefinition") else {
            return Err(DefinitionError::Missing("`taskDefinition`"));
        };
        document.retain(|name, _| !RESPONSE_ONLY.contains(&name.as_str()));
        // The response has tags next to the definition, the request has them inside it. ECS rejects
        // an empty list of tags.
        if let Some(tags) =
            response.remove("tags").filter(|tags| tags.as_array().is_some_and(|t| !t.is_empty()))
        {
            document.insert("tags".to_owned(), tags);
        }
        let definition = Self(document);
        if definition.0.get("family").and_then(Value::as_str).is_none() {
            return Err(DefinitionError::Missing("`family`"));
        }
        if definition.0.get("containerDefinitions").and_then(Value::as_array).is_none() {
            return Err(DefinitionError::Missing("`containerDefinitions`"));
        }
        Ok(definition)
    }

    /// The family.
    #[must_use]
    pub fn family(&self) -> &str {
        self.0.get("family").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether registering it needs `ecs:TagResource`.
    #[must_use]
    pub fn has_tags(&self) -> bool {
        self.0.contains_key("tags")
    }

    /// The name and the image of each container.
    pub fn containers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.container_values()
            .map(|container| (text_field(container, "name"), text_field(container, "image")))
    }

    /// The `logConfiguration` of a container; `None` if there is no such container, or if it has none.
    #[must_use]
    pub fn log_configuration(&self, container: &str) -> Option<&Value> {
        self.container(container)?.get("logConfiguration").filter(|value| !value.is_null())
    }

    /// The environment variables of a container, each with its value.
    pub fn variables(&self, container: &str) -> impl Iterator<Item = (&str, &str)> {
        let variables =
            self.container(container).and_then(|container| container.get("environment")?.as_array());
        let pair = |variable| (text_field(variable, "name"), text_field(variable, "value"));
        variables.into_iter().flatten().map(pair)
    }

    /// The environment variables of a container that ECS reads when a task starts, each with the ARN of its value.
    pub fn secret_references(&self, container: &str) -> impl Iterator<Item = (&str, &str)> {
        let secrets = self.container(container).and_then(|container| container.get("secrets")?.as_array());
        let pair = |secret| (text_field(secret, "name"), text_field(secret, "valueFrom"));
        secrets.into_iter().flatten().map(pair)
    }

    /// Whether a container is privileged. A value of another type than ECS documents counts as one that is.
    #[must_use]
    pub fn is_privileged(&self, container: &str) -> bool {
        match self.container(container).and_then(|container| container.get("privileged")) {
            None | Some(Value::Null) => false,
            Some(value) => value.as_bool().unwrap_or(true),
        }
    }

    /// Whether ECS stops a task when this container ends, which is the default (the ECS API reference,
    /// `ContainerDefinition`).
    #[must_use]
    pub fn is_essential(&self, container: &str) -> bool {
        let essential = self.container(container).and_then(|container| container.get("essential")?.as_bool());
        essential.unwrap_or(true)
    }

    /// A field of the definition, such as `executionRoleArn`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The value of a docker label of a container.
    #[must_use]
    pub fn label(&self, container: &str, label: &str) -> Option<&str> {
        self.container(container)?.get("dockerLabels")?.get(label)?.as_str()
    }

    fn container(&self, name: &str) -> Option<&Value> {
        self.container_values().find(|container| text_field(container, "name") == name)
    }

    fn container_values(&self) -> impl Iterator<Item = &Value> {
        self.0.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten()
    }

    /// Every secret in the definition, such as the password in a variable of a container.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        find_in_document(&self.to_value())
    }

    /// The body of a `RegisterTaskDefinition` request, as JSON.
    #[must_use]
    pub fn to_request(&self) -> String {
        self.to_value().to_string()
    }

    /// The document.
    pub(crate) fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The differences of a revision to this definition, without secrets.
    #[must_use]
    pub fn changes(&self, revision: &Self) -> Vec<Change> {
        diff(&self.0, &revision.0)
    }
}

fn text_field<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
