//! Listing, describing and stopping tasks.

use serde_json::{Value, json};

use super::clusters::missing;
use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::Task;
use crate::model::names::last;
use crate::region::Region;

impl Region {
    pub(super) fn list_tasks(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let text = |name: &str| json::text(request, name);
        if text("serviceName").is_some() {
            self.service(request, "serviceName")?;
        }
        let wanted = match text("desiredStatus").unwrap_or("RUNNING") {
            "RUNNING" => Some(true),
            "STOPPED" => Some(false),
            // "Amazon ECS never sets the desired status of a task to that value."
            _ => None,
        };
        let group = text("serviceName").map(|name| format!("service:{}", last(name)));
        let fits = |task: &&Task| {
            task.cluster == cluster.name
                && Some(task.wanted) == wanted
                && group.as_deref().is_none_or(|group| task.group == group)
                && text("family").is_none_or(|family| task.definition.family == family)
                && text("startedBy").is_none_or(|by| task.started_by.as_deref() == Some(by))
                && text("containerInstance").is_none_or(|id| task.instance.as_deref() == Some(last(id)))
                && text("launchType").is_none_or(|kind| task.more.get("launchType") == Some(&json!(kind)))
        };
        let mut tasks: Vec<&Task> = self.tasks.values().filter(fits).collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.times.created));
        page(request, "taskArns", tasks.into_iter().map(|task| json!(task.arn)).collect(), 100)
    }

    pub(super) fn describe_tasks(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let names = json::texts(request, "tasks");
        if names.is_empty() {
            return Err(ApiError::invalid_parameter("Tasks cannot be empty."));
        }
        if names.len() > 100 {
            return Err(ApiError::invalid_parameter("Tasks cannot be longer than 100."));
        }
        let tags = json::texts(request, "include").iter().any(|part| part == "TAGS");
        let (mut shown, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            match self.tasks.get(last(&name)).filter(|task| task.cluster == cluster.name) {
                Some(task) => shown.push(self.show_task(task, tags)),
                None => failures
                    .push(missing(&self.site.arn("task", &format!("{}/{}", cluster.name, last(&name))))),
            }
        }
        Ok(json!({ "tasks": shown, "failures": failures }))
    }

    pub(super) fn stop_task(&mut self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?.name.clone();
        let id = last(json::text(request, "task").unwrap_or_default()).to_owned();
        if self.tasks.get(&id).is_none_or(|task| task.cluster != cluster) {
            return Err(ApiError::invalid_parameter("The referenced task was not found."));
        }
        let reason = json::text(request, "reason").unwrap_or("Task stopped by user").to_owned();
        self.stop(&id, "UserInitiated", &reason);
        let service = self.tasks.get(&id).and_then(|task| task.service.clone());
        if let Some((key, _)) = service {
            self.reconcile(&key);
        }
        let shown = self.tasks.get(&id).map(|task| self.show_task(task, false));
        Ok(json!({ "task": shown }))
    }
}
