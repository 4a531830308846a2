//! Task definitions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::includes_tags;
use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::TaskDefinition;
use crate::model::task_definition::requires_fargate;
use crate::region::Region;

/// The IAM user that calls the API.
const CALLER: &str = "ci";

impl Region {
    pub(super) fn register_task_definition(&mut self, request: &Value) -> ApiResult {
        let definition = self.register_definition(request, CALLER)?;
        Ok(self.render_with_tags(&definition, true))
    }

    /// Checks a task definition as ECS does, and registers it as this IAM user. Unknown members are kept.
    pub(crate) fn register_definition(
        &mut self,
        request: &Value,
        user: &str,
    ) -> Result<Arc<TaskDefinition>, ApiError> {
        let family = json::string(request, "family").unwrap_or_default();
        let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if family.is_empty() {
            return Err(ApiError::client_exception("Family cannot be null or empty."));
        }
        if family.len() > 255 || !family.chars().all(is_valid) {
            return Err(ApiError::client_exception(
                "Family contains invalid characters. Up to 255 letters (uppercase and lowercase), numbers, \
                 underscores, and hyphens are allowed.",
            ));
        }
        let containers = json::list(request, "containerDefinitions");
        if containers.is_empty() {
            return Err(ApiError::client_exception("Container list cannot be empty."));
        }
        let mut names: Vec<&str> = Vec::new();
        for container in containers {
            let name = json::string(container, "name").unwrap_or_default();
            if name.is_empty() {
                return Err(ApiError::client_exception("Container.name should not be null or empty."));
            }
            if json::string(container, "image").unwrap_or_default().is_empty() {
                return Err(ApiError::client_exception("Container.image should not be null or empty."));
            }
            if names.contains(&name) {
                return Err(ApiError::client_exception(format!(
                    "Container list has duplicate names: {name}"
                )));
            }
            names.push(name);
        }
        if !containers.iter().any(TaskDefinition::is_essential) {
            return Err(ApiError::client_exception(
                "A task definition must have at least one essential container.",
            ));
        }
        check_fargate(request)?;
        let tags = request_tags(request)?;
        let mut body = json::into_members(request.clone());
        body.remove("tags");
        let options = |container: &Value| container.get("logConfiguration")?.get("options").cloned();
        for options in containers.iter().filter_map(options) {
            if let Some(group) = json::string(&options, "awslogs-group") {
                self.log_groups.create(group);
            }
        }
        self.mark_changed();
        Ok(self.task_definitions.register(&self.id, family, Value::Object(body), tags, (self.now, user)))
    }

    fn render_with_tags(&self, definition: &TaskDefinition, includes_tags: bool) -> Value {
        let mut response = json!({ "taskDefinition": self.render_task_definition(definition) });
        if includes_tags {
            json::insert(&mut response, "tags", json!(definition.tags));
        }
        response
    }

    pub(super) fn describe_task_definition(&self, request: &Value) -> ApiResult {
        let name = json::string(request, "taskDefinition").unwrap_or_default();
        let definition = self
            .task_definitions
            .find(name)
            .ok_or_else(|| ApiError::client_exception("Unable to describe task definition."))?;
        Ok(self.render_with_tags(definition, includes_tags(request)))
    }

    pub(super) fn deregister_task_definition(&mut self, request: &Value) -> ApiResult {
        let name = json::string(request, "taskDefinition").unwrap_or_default();
        if !name.rsplit('/').next().is_some_and(|name| name.contains(':')) {
            return Err(ApiError::client_exception("Invalid revision number. Number: null"));
        }
        let definition = self
            .task_definitions
            .find(name)
            .ok_or_else(|| ApiError::client_exception("The specified task definition does not exist."))?;
        let mut definition = TaskDefinition::clone(definition);
        definition.deregistered_at.get_or_insert(self.now);
        let definition = self.task_definitions.replace(definition);
        self.mark_changed();
        Ok(self.render_with_tags(&definition, false))
    }

    pub(super) fn list_task_definitions(&self, request: &Value) -> ApiResult {
        // `familyPrefix` is the full name of a family (ListTaskDefinitions in the API reference).
        let family = json::string(request, "familyPrefix");
        let is_active = json::string(request, "status").unwrap_or("ACTIVE") == "ACTIVE";
        let matches = |definition: &&Arc<TaskDefinition>| {
            family.is_none_or(|family| family == definition.family) && definition.is_active() == is_active
        };
        let arns = self.task_definitions.iter().filter(matches).map(|definition| json!(definition.arn));
        let arns: Vec<Value> =
            if json::string(request, "sort") == Some("DESC") { arns.rev().collect() } else { arns.collect() };
        page(request, "taskDefinitionArns", arns, 100)
    }

    pub(super) fn list_task_definition_families(&self, request: &Value) -> ApiResult {
        let prefix = json::string(request, "familyPrefix").unwrap_or_default();
        let status = json::string(request, "status").unwrap_or("ACTIVE");
        let matches = |revisions: &[Arc<TaskDefinition>]| {
            let is_active = revisions.iter().any(|definition| definition.is_active());
            status == "ALL" || is_active == (status == "ACTIVE")
        };
        let families = self.task_definitions.families();
        let families = families.filter(|(name, revisions)| name.starts_with(prefix) && matches(revisions));
        page(request, "families", families.map(|(name, _)| json!(name)).collect(), 100)
    }
}

/// The checks of RegisterTaskDefinition for compatibility with Fargate.
fn check_fargate(request: &Value) -> Result<(), ApiError> {
    if !requires_fargate(request) {
        return Ok(());
    }
    if json::string(request, "networkMode") != Some("awsvpc") {
        return Err(ApiError::client_exception("Fargate only supports network mode 'awsvpc'."));
    }
    for name in ["cpu", "memory"] {
        if !json::is_set(request, name) {
            let message = format!("Fargate requires that '{name}' be defined at the task level.");
            return Err(ApiError::client_exception(message));
        }
    }
    Ok(())
}

/// The tags of a request. An empty list is an error.
pub(super) fn request_tags(request: &Value) -> Result<Vec<Value>, ApiError> {
    match request.get("tags") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(tags)) if !tags.is_empty() => Ok(tags.clone()),
        Some(_) => Err(ApiError::invalid_parameter("Tags can not be empty.")),
    }
}
