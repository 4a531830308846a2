//! Task definitions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::Definition;
use crate::region::Region;

impl Region {
    pub(super) fn register_task_definition(&mut self, request: &Value) -> ApiResult {
        let definition = self.register(request)?;
        Ok(self.shown_with_tags(&definition, true))
    }

    /// Registers a definition after the checks that ECS makes. What ECS does not know stays.
    pub(crate) fn register(&mut self, request: &Value) -> Result<Arc<Definition>, ApiError> {
        let family = json::text(request, "family").unwrap_or_default();
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
            let name = json::text(container, "name").unwrap_or_default();
            if name.is_empty() {
                return Err(ApiError::client_exception("Container.name should not be null or empty."));
            }
            if json::text(container, "image").unwrap_or_default().is_empty() {
                return Err(ApiError::client_exception("Container.image should not be null or empty."));
            }
            if names.contains(&name) {
                return Err(ApiError::client_exception(format!(
                    "Container list has duplicate names: {name}"
                )));
            }
            names.push(name);
        }
        if !containers.iter().any(Definition::is_essential) {
            return Err(ApiError::client_exception(
                "A task definition must have at least one essential container.",
            ));
        }
        self.check_fargate(request)?;
        let tags = tags(request)?;
        let mut body = json::members(request.clone());
        body.remove("tags");
        let options = |container: &Value| container.get("logConfiguration")?.get("options").cloned();
        for options in containers.iter().filter_map(options) {
            if let Some(group) = json::text(&options, "awslogs-group") {
                self.logs.groups.entry(group.to_owned()).or_default();
            }
        }
        self.touch();
        let site = self.site.clone();
        Ok(self.families.register(&site, family, Value::Object(body), tags, self.now))
    }

    fn check_fargate(&self, request: &Value) -> Result<(), ApiError> {
        if !json::texts(request, "requiresCompatibilities").iter().any(|name| name == "FARGATE") {
            return Ok(());
        }
        if json::text(request, "networkMode") != Some("awsvpc") {
            return Err(ApiError::client_exception("Fargate only supports network mode 'awsvpc'."));
        }
        for name in ["cpu", "memory"] {
            if !json::given(request, name) {
                return Err(ApiError::client_exception(format!(
                    "Fargate requires that '{name}' be defined at the task level."
                )));
            }
        }
        Ok(())
    }

    fn shown_with_tags(&self, definition: &Definition, tags: bool) -> Value {
        let mut answer = json!({ "taskDefinition": self.show_definition(definition) });
        if tags {
            json::set(&mut answer, "tags", json!(definition.tags));
        }
        answer
    }

    pub(super) fn describe_task_definition(&self, request: &Value) -> ApiResult {
        let name = json::text(request, "taskDefinition").unwrap_or_default();
        let found = self
            .families
            .find(name)
            .ok_or_else(|| ApiError::client_exception("Unable to describe task definition."))?;
        let tags = json::texts(request, "include").iter().any(|part| part == "TAGS");
        Ok(self.shown_with_tags(found, tags))
    }

    pub(super) fn deregister_task_definition(&mut self, request: &Value) -> ApiResult {
        let name = json::text(request, "taskDefinition").unwrap_or_default();
        if !name.rsplit('/').next().is_some_and(|name| name.contains(':')) {
            return Err(ApiError::client_exception("Invalid revision number. Number: null"));
        }
        let found = self.families.find(name);
        let mut definition =
            Definition::clone(found.ok_or_else(|| {
                ApiError::client_exception("The specified task definition does not exist.")
            })?);
        definition.deregistered.get_or_insert(self.now);
        let definition = self.families.replace(definition);
        self.touch();
        Ok(self.shown_with_tags(&definition, false))
    }

    pub(super) fn list_task_definitions(&self, request: &Value) -> ApiResult {
        // The prefix is the full name of a family (ListTaskDefinitions in the API reference).
        let family = json::text(request, "familyPrefix");
        let active = json::text(request, "status").unwrap_or("ACTIVE") == "ACTIVE";
        let fits = |own: &&Arc<Definition>| {
            family.is_none_or(|family| family == own.family) && own.is_active() == active
        };
        let arns = self.families.all().filter(fits).map(|own| json!(own.arn));
        let arns: Vec<Value> =
            if json::text(request, "sort") == Some("DESC") { arns.rev().collect() } else { arns.collect() };
        page(request, "taskDefinitionArns", arns, 100)
    }

    pub(super) fn list_families(&self, request: &Value) -> ApiResult {
        let prefix = json::text(request, "familyPrefix").unwrap_or_default();
        let status = json::text(request, "status").unwrap_or("ACTIVE");
        let fits = |revisions: &[Arc<Definition>]| {
            let active = revisions.iter().any(|own| own.is_active());
            status == "ALL" || active == (status == "ACTIVE")
        };
        let families = self.families.families();
        let families = families.filter(|(name, revisions)| name.starts_with(prefix) && fits(revisions));
        page(request, "families", families.map(|(name, _)| json!(name)).collect(), 100)
    }
}

/// The tags of a request. An empty list is refused.
pub(super) fn tags(request: &Value) -> Result<Vec<Value>, ApiError> {
    match request.get("tags") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(tags)) if !tags.is_empty() => Ok(tags.clone()),
        Some(_) => Err(ApiError::invalid_parameter("Tags can not be empty.")),
    }
}
