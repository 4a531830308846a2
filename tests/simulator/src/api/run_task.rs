//! RunTask.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::definitions::request_tags;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::region::Region;
use crate::scheduler::TaskLaunch;

impl Region {
    pub(super) fn run_task(&mut self, request: &Value) -> ApiResult {
        let token = json::string(request, "clientToken").map(str::to_owned);
        if let Some((earlier, ids)) = token.as_ref().and_then(|token| self.client_tokens.get(token)) {
            // "Ensuring idempotency" in the API reference.
            if earlier != request {
                return Err(ApiError::new(
                    "ConflictException",
                    "The client token was used for a different request.",
                ));
            }
            let tasks =
                ids.iter().filter_map(|id| self.tasks.get(id)).map(|task| self.render_task(task, true));
            return Ok(json!({ "tasks": tasks.collect::<Vec<_>>(), "failures": [] }));
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
        if definition.is_awsvpc() && !json::is_set(request, "networkConfiguration") {
            return Err(ApiError::invalid_parameter(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ));
        }
        check_placement(request)?;
        let overrides = request.get("overrides").cloned().unwrap_or(json!({}));
        for container in json::list(&overrides, "containerOverrides") {
            let name = json::string(container, "name").unwrap_or_default();
            if !definition.containers().iter().any(|own| json::string(own, "name") == Some(name)) {
                return Err(ApiError::invalid_parameter(format!(
                    "Override for container named {name} is not a container in the TaskDefinition."
                )));
            }
        }
        let more = requested_task_fields(request)?;
        let (mut ids, mut failures) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let instance = self.clusters.get(&cluster).and_then(|cluster| cluster.instances.first()).cloned();
            let on_instance = more.get("launchType") == Some(&json!("EC2"));
            let launch = TaskLaunch {
                cluster: cluster.clone(),
                task_definition: Arc::clone(&definition),
                group: json::string(request, "group")
                    .map_or(format!("family:{}", definition.family), str::to_owned),
                started_by: json::string(request, "startedBy").map(str::to_owned),
                service: None,
                container_instance: instance.clone().filter(|_| on_instance),
                images: self.resolve_images(&definition),
                overrides: overrides.clone(),
                extra_fields: more.clone(),
            };
            match self.launch_task(launch) {
                Ok(id) => ids.push(id),
                Err(reason) => {
                    let arn =
                        instance.map(|id| self.id.ecs_arn("container-instance", &format!("{cluster}/{id}")));
                    failures.push(json!({ "arn": arn, "reason": reason }));
                }
            }
        }
        if let Some(token) = token.filter(|_| !ids.is_empty()) {
            self.client_tokens.insert(token, (request.clone(), ids.clone()));
        }
        let tasks: Vec<Value> =
            ids.iter().filter_map(|id| self.tasks.get(id)).map(|task| self.render_task(task, true)).collect();
        Ok(json!({ "tasks": tasks, "failures": failures }))
    }
}

/// The rules by which the tasks are placed ("RunTask" in the API reference).
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
    let known = |rules: &[Value], kinds: &[&str]| {
        rules.iter().all(|rule| json::string(rule, "type").is_some_and(|kind| kinds.contains(&kind)))
    };
    let fine = known(constraints, &["distinctInstance", "memberOf"]);
    if !(fine && known(strategy, &["random", "spread", "binpack"])) {
        return Err(ApiError::invalid_parameter(
            "A placement constraint or strategy has no type that there is.",
        ));
    }
    Ok(())
}

/// What the tasks' answers have of the request.
fn requested_task_fields(request: &Value) -> Result<Map<String, Value>, ApiError> {
    let mut more = Map::new();
    let strategy = json::list(request, "capacityProviderStrategy").first();
    let provider = strategy.and_then(|first| json::string(first, "capacityProvider"));
    if json::is_set(request, "launchType") && provider.is_some() {
        return Err(ApiError::invalid_parameter(
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ));
    }
    let launch = match (json::string(request, "launchType"), provider) {
        (Some(launch), _) => launch,
        (None, Some(provider)) if provider.starts_with("FARGATE") => "FARGATE",
        _ => "EC2",
    };
    more.insert("launchType".to_owned(), json!(launch));
    if let Some(provider) = provider {
        more.insert("capacityProviderName".to_owned(), json!(provider));
    }
    if launch == "FARGATE" {
        let version = json::string(request, "platformVersion").filter(|version| *version != "LATEST");
        more.insert("platformVersion".to_owned(), json!(version.unwrap_or("1.4.0")));
        more.insert("platformFamily".to_owned(), json!("Linux"));
    }
    more.insert("enableExecuteCommand".to_owned(), json!(json::boolean(request, "enableExecuteCommand")));
    let tags = request_tags(request)?;
    if !tags.is_empty() {
        more.insert("tags".to_owned(), json!(tags));
    }
    Ok(more)
}
