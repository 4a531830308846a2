//! Tasks.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::paging::page;
use super::{includes_tags, missing_failure, required_strings};
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::{Task, short_name};
use crate::region::Region;

impl Region {
    pub(super) fn list_tasks(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let text = |name: &str| json::string(request, name);
        if text("serviceName").is_some() {
            self.service(request, "serviceName")?;
        }
        let is_desired_running = match text("desiredStatus").unwrap_or("RUNNING") {
            "RUNNING" => Some(true),
            "STOPPED" => Some(false),
            // "Amazon ECS never sets the desired status of a task to that value."
            _ => None,
        };
        let group = text("serviceName").map(|name| format!("service:{}", short_name(name)));
        let matches = |task: &&Task| {
            task.cluster == cluster.name
                && Some(task.is_desired_running) == is_desired_running
                && group.as_deref().is_none_or(|group| task.group == group)
                && text("family").is_none_or(|family| task.task_definition.family == family)
                && text("startedBy").is_none_or(|name| task.started_by.as_deref() == Some(name))
                && text("containerInstance")
                    .is_none_or(|id| task.container_instance.as_deref() == Some(short_name(id)))
                && text("launchType").is_none_or(|launch_type| {
                    task.extra_fields.get("launchType") == Some(&json!(launch_type))
                })
        };
        let mut tasks: Vec<&Task> = self.tasks.values().filter(matches).collect();
        tasks.sort_by_key(|task| Reverse(task.times.created));
        page(request, "taskArns", tasks.into_iter().map(|task| json!(task.arn)).collect(), 100)
    }

    pub(super) fn describe_tasks(&self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?;
        let names = required_strings(request, "tasks", "Tasks", 100)?;
        let includes_tags = includes_tags(request);
        let (mut tasks, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            let id = short_name(&name);
            match self.tasks.get(id).filter(|task| task.cluster == cluster.name) {
                Some(task) => tasks.push(self.render_task(task, includes_tags)),
                None => {
                    let arn = self.id.ecs_arn("task", &format!("{}/{id}", cluster.name));
                    failures.push(missing_failure(&arn));
                }
            }
        }
        Ok(json!({ "tasks": tasks, "failures": failures }))
    }

    pub(super) fn stop_task(&mut self, request: &Value) -> ApiResult {
        let cluster = self.cluster(request)?.name.clone();
        let id = short_name(json::string(request, "task").unwrap_or_default()).to_owned();
        if self.tasks.get(&id).is_none_or(|task| task.cluster != cluster) {
            return Err(ApiError::invalid_parameter("The referenced task was not found."));
        }
        let reason = json::string(request, "reason").unwrap_or("Task stopped by user").to_owned();
        self.begin_stop(&id, "UserInitiated", &reason);
        self.reconcile_owner(&id);
        let response = self.tasks.get(&id).map(|task| self.render_task(task, false));
        Ok(json!({ "task": response }))
    }
}
