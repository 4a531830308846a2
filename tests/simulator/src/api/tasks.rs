//! Listing, describing and stopping tasks.

use serde_json::{Value, json};

use super::clusters::missing_failure;
use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::Task;
use crate::model::names::short_name;
use crate::region::Region;

impl Region {
    pub(super) fn list_tasks(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let text = |name: &str| json::string(request, name);
        if text("serviceName").is_some() {
            self.service(request, "serviceName")?;
        }
        let wanted = match text("desiredStatus").unwrap_or("RUNNING") {
            "RUNNING" => Some(true),
            "STOPPED" => Some(false),
            // "Amazon ECS never sets the desired status of a task to that value."
            _ => None,
        };
        let group = text("serviceName").map(|name| format!("service:{}", short_name(name)));
        let fits = |task: &&Task| {
            task.cluster == cluster.name
                && Some(task.is_desired_running) == wanted
                && group.as_deref().is_none_or(|group| task.group == group)
                && text("family").is_none_or(|family| task.task_definition.family == family)
                && text("startedBy").is_none_or(|by| task.started_by.as_deref() == Some(by))
                && text("containerInstance")
                    .is_none_or(|id| task.container_instance.as_deref() == Some(short_name(id)))
                && text("launchType")
                    .is_none_or(|kind| task.extra_fields.get("launchType") == Some(&json!(kind)))
        };
        let mut tasks: Vec<&Task> = self.tasks.values().filter(fits).collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.times.created));
        page(request, "taskArns", tasks.into_iter().map(|task| json!(task.arn)).collect(), 100)
    }

    pub(super) fn describe_tasks(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let names = json::strings(request, "tasks");
        if names.is_empty() {
            return Err(ApiError::invalid_parameter("Tasks cannot be empty."));
        }
        if names.len() > 100 {
            return Err(ApiError::invalid_parameter("Tasks cannot be longer than 100."));
        }
        let tags = json::strings(request, "include").iter().any(|part| part == "TAGS");
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            match self.tasks.get(short_name(&name)).filter(|task| task.cluster == cluster.name) {
                Some(task) => shown.push(self.render_task(task, tags)),
                None => failures.push(missing_failure(
                    &self.id.ecs_arn("task", &format!("{}/{}", cluster.name, short_name(&name))),
                )),
            }
        }
        Ok(json!({ "tasks": shown, "failures": failures }))
    }

    pub(super) fn stop_task(&mut self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?.name.clone();
        let id = short_name(json::string(request, "task").unwrap_or_default()).to_owned();
        if self.tasks.get(&id).is_none_or(|task| task.cluster != cluster) {
            return Err(ApiError::invalid_parameter("The referenced task was not found."));
        }
        let reason = json::string(request, "reason").unwrap_or("Task stopped by user").to_owned();
        self.begin_stop(&id, "UserInitiated", &reason);
        let service = self.tasks.get(&id).and_then(|task| task.service.clone());
        if let Some((key, _)) = service {
            self.reconcile(&key);
        }
        let shown = self.tasks.get(&id).map(|task| self.render_task(task, false));
        Ok(json!({ "task": shown }))
    }
}
