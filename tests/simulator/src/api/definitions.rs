//! Task definitions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::TaskDefinition;
use crate::region::Region;

impl Region {
    pub(super) fn register_task_definition(&mut self, request: &Value) -> ApiResult {
        let definition = self.register_definition(request)?;
        Ok(self.render_with_tags(&definition, true))
    }

    /// Registers a definition after the checks that ECS makes. What ECS does not know stays.
    pub(crate) fn register_definition(&mut self, request: &Value) -> Result<Arc<TaskDefinition>, ApiError> {
        let family = json::string(request, "family").unwrap_or_default();
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if family.is_empty() {
            return Err(ApiError::client_exception("Family cannot be null or empty."));
        }
        if family.len() > 255 || !family.chars().all(fine) {
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
        self.check_fargate(request)?;
        let tags = request_tags(request)?;
        let mut body = json::into_members(request.clone());
        body.remove("tags");
        let options = |container: &Value| container.get("logConfiguration")?.get("options").cloned();
        for options in containers.iter().filter_map(options) {
            if let Some(group) = json::string(&options, "awslogs-group") {
                self.logs.groups.entry(group.to_owned()).or_default();
            }
        }
        self.mark_changed();
        let site = self.id.clone();
        Ok(self.task_definitions.register(&site, family, Value::Object(body), tags, self.now))
    }

    fn check_fargate(&self, request: &Value) -> Result<(), ApiError> {
        if !json::strings(request, "requiresCompatibilities").iter().any(|name| name == "FARGATE") {
            return Ok(());
        }
        if json::string(request, "networkMode") != Some("awsvpc") {
            return Err(ApiError::client_exception("Fargate only supports network mode 'awsvpc'."));
        }
        for name in ["cpu", "memory"] {
            if !json::is_set(request, name) {
                return Err(ApiError::client_exception(format!(
                    "Fargate requires that '{name}' be defined at the task level."
                )));
            }
        }
        Ok(())
    }

    fn render_with_tags(&self, definition: &TaskDefinition, tags: bool) -> Value {
        let mut answer = json!({ "taskDefinition": self.render_task_definition(definition) });
        if tags {
            json::insert(&mut answer, "tags", json!(definition.tags));
        }
        answer
    }

    pub(super) fn describe_task_definition(&self, request: &Value) -> ApiResult {
        let name = json::string(request, "taskDefinition").unwrap_or_default();
        let found = self
            .task_definitions
            .find(name)
            .ok_or_else(|| ApiError::client_exception("Unable to describe task definition."))?;
        let tags = json::strings(request, "include").iter().any(|part| part == "TAGS");
        Ok(self.render_with_tags(found, tags))
    }

    pub(super) fn deregister_task_definition(&mut self, request: &Value) -> ApiResult {
        let name = json::string(request, "taskDefinition").unwrap_or_default();
        if !name.rsplit('/').next().is_some_and(|name| name.contains(':')) {
            return Err(ApiError::client_exception("Invalid revision number. Number: null"));
        }
        let found = self.task_definitions.find(name);
        let mut definition =
            TaskDefinition::clone(found.ok_or_else(|| {
                ApiError::client_exception("The specified task definition does not exist.")
            })?);
        definition.deregistered_at.get_or_insert(self.now);
        let definition = self.task_definitions.replace(definition);
        self.mark_changed();
        Ok(self.render_with_tags(&definition, false))
    }

    pub(super) fn list_task_definitions(&self, request: &Value) -> ApiResult {
        // The prefix is the full name of a family (ListTaskDefinitions in the API reference).
        let family = json::string(request, "familyPrefix");
        let active = json::string(request, "status").unwrap_or("ACTIVE") == "ACTIVE";
        let fits = |own: &&Arc<TaskDefinition>| {
            family.is_none_or(|family| family == own.family) && own.is_active() == active
        };
        let arns = self.task_definitions.iter().filter(fits).map(|own| json!(own.arn));
        let arns: Vec<Value> =
            if json::string(request, "sort") == Some("DESC") { arns.rev().collect() } else { arns.collect() };
        page(request, "taskDefinitionArns", arns, 100)
    }

    pub(super) fn list_task_definition_families(&self, request: &Value) -> ApiResult {
        let prefix = json::string(request, "familyPrefix").unwrap_or_default();
        let status = json::string(request, "status").unwrap_or("ACTIVE");
        let fits = |revisions: &[Arc<TaskDefinition>]| {
            let active = revisions.iter().any(|own| own.is_active());
            status == "ALL" || active == (status == "ACTIVE")
        };
        let families = self.task_definitions.families();
        let families = families.filter(|(name, revisions)| name.starts_with(prefix) && fits(revisions));
        page(request, "families", families.map(|(name, _)| json!(name)).collect(), 100)
    }
}

/// The tags of a request. An empty list is refused.
pub(super) fn request_tags(request: &Value) -> Result<Vec<Value>, ApiError> {
    match request.get("tags") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(tags)) if !tags.is_empty() => Ok(tags.clone()),
        Some(_) => Err(ApiError::invalid_parameter("Tags can not be empty.")),
    }
}
