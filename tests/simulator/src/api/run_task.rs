//! RunTask.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::check_network;
use super::task_definitions::request_tags;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::region::{Region, RunTaskCall};
use crate::scheduler::TaskLaunch;

impl Region {
    pub(super) fn run_task(&mut self, request: &Value) -> ApiResult {
        let token = json::string(request, "clientToken");
        let has_task = |call: &&RunTaskCall| call.task_ids.iter().any(|id| self.tasks.contains_key(id));
        if let Some(earlier) = token.and_then(|token| self.client_tokens.get(token)).filter(has_task) {
            // "Ensuring idempotency" in the API reference. A token expires an hour after its task, at most a day
            // after the call.
            if earlier.request != *request {
                let message = "The client token was used for a different request.";
                return Err(ApiError::new("ConflictException", message));
            }
            return Ok(json!({ "tasks": self.render_tasks(&earlier.task_ids), "failures": [] }));
        }
        let cluster = self.cluster(request)?.name.clone();
        let name = json::string(request, "taskDefinition").unwrap_or_default();
        let definition = self.task_definitions.find(name).filter(|definition| definition.is_active());
        let definition =
            Arc::clone(definition.ok_or_else(|| ApiError::client_exception("TaskDefinition not found."))?);
        let count = json::integer(request, "count").unwrap_or(1);
        if !(1..=10).contains(&count) {
            return Err(ApiError::invalid_parameter("Count must be between 1 and 10."));
        }
        check_network(&definition, request)?;
        check_placement(request)?;
        let overrides = request.get("overrides").cloned().unwrap_or(json!({}));
        for container in json::list(&overrides, "containerOverrides") {
            let name = json::string(container, "name").unwrap_or_default();
            if !definition.containers().iter().any(|other| json::string(other, "name") == Some(name)) {
                return Err(ApiError::invalid_parameter(format!(
                    "Override for container named {name} is not a container in the TaskDefinition."
                )));
            }
        }
        let extra_fields = requested_task_fields(request)?;
        let is_on_instance = extra_fields.get("launchType") == Some(&json!("EC2"));
        let group = json::string(request, "group")
            .map_or_else(|| format!("family:{}", definition.family), str::to_owned);
        let (mut task_ids, mut failures) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let instances = self.clusters.get(&cluster).map(|cluster| &cluster.container_instances);
            let instance = instances.and_then(|instances| instances.first()).cloned();
            let launch = TaskLaunch {
                cluster: cluster.clone(),
                task_definition: Arc::clone(&definition),
                group: group.clone(),
                started_by: json::string(request, "startedBy").map(str::to_owned),
                owner: None,
                container_instance: instance.clone().filter(|_| is_on_instance),
                images: self.resolve_images(&definition),
                overrides: overrides.clone(),
                extra_fields: extra_fields.clone(),
            };
            match self.launch_task(launch) {
                Ok(id) => task_ids.push(id),
                Err(reason) => {
                    let arn =
                        instance.map(|id| self.id.ecs_arn("container-instance", &format!("{cluster}/{id}")));
                    failures.push(json!({ "arn": arn, "reason": reason }));
                }
            }
        }
        let tasks = self.render_tasks(&task_ids);
        if let Some(token) = token.filter(|_| !task_ids.is_empty()) {
            let call = RunTaskCall { request: request.clone(), task_ids };
            self.client_tokens.insert(token.to_owned(), call);
        }
        Ok(json!({ "tasks": tasks, "failures": failures }))
    }

    fn render_tasks(&self, ids: &[String]) -> Value {
        ids.iter().filter_map(|id| self.tasks.get(id)).map(|task| self.render_task(task, true)).collect()
    }
}

/// Checks the placement constraints and strategies ("RunTask" in the API reference).
fn check_placement(request: &Value) -> Result<(), ApiError> {
    let (constraints, strategy) =
        (json::list(request, "placementConstraints"), json::list(request, "placementStrategy"));
    if json::string(request, "launchType") == Some("FARGATE") && constraints.len() + strategy.len() > 0 {
        return Err(ApiError::invalid_parameter(
            "Placement constraints and strategies are not supported with FARGATE launch type.",
        ));
    }
    if constraints.len() > 10 || strategy.len() > 5 {
        return Err(ApiError::invalid_parameter("There are too many placement constraints or strategies."));
    }
    let have_types = |rules: &[Value], types: &[&str]| {
        rules.iter().all(|rule| json::string(rule, "type").is_some_and(|name| types.contains(&name)))
    };
    if !have_types(constraints, &["distinctInstance", "memberOf"])
        || !have_types(strategy, &["random", "spread", "binpack"])
    {
        return Err(ApiError::invalid_parameter("Invalid type of a placement constraint or strategy."));
    }
    Ok(())
}

/// The members of the tasks that are parameters of the request.
fn requested_task_fields(request: &Value) -> Result<Map<String, Value>, ApiError> {
    let mut fields = Map::new();
    let strategy = json::list(request, "capacityProviderStrategy").first();
    let provider = strategy.and_then(|first| json::string(first, "capacityProvider"));
    if json::is_set(request, "launchType") && provider.is_some() {
        return Err(ApiError::invalid_parameter(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ));
    }
    let launch_type = match (json::string(request, "launchType"), provider) {
        (Some(launch_type), _) => launch_type,
        (None, Some(provider)) if provider.starts_with("FARGATE") => "FARGATE",
        _ => "EC2",
    };
    fields.insert("launchType".to_owned(), json!(launch_type));
    json::insert_some(&mut fields, "capacityProviderName", provider);
    if launch_type == "FARGATE" {
        let version = json::string(request, "platformVersion").filter(|version| *version != "LATEST");
        fields.insert("platformVersion".to_owned(), json!(version.unwrap_or("1.4.0")));
        fields.insert("platformFamily".to_owned(), json!("Linux"));
    }
    fields.insert("enableExecuteCommand".to_owned(), json!(json::boolean(request, "enableExecuteCommand")));
    let tags = request_tags(request)?;
    if !tags.is_empty() {
        fields.insert("tags".to_owned(), json!(tags));
    }
    Ok(fields)
}
