//! Tasks in answers.

use serde_json::{Value, json};

use super::insert_some;
use crate::json;
use crate::model::task::Container;
use crate::model::{HealthStatus, Task, TaskStatus};
use crate::region::Region;

impl Region {
    pub(crate) fn render_task(&self, task: &Task, tags: bool) -> Value {
        let mut shown = task.extra_fields.clone();
        if !tags {
            shown.remove("tags");
        }
        let containers: Value =
            task.containers.iter().map(|container| self.render_container(task, container)).collect();
        let parts = [
            ("taskArn", json!(task.arn)),
            ("clusterArn", json!(self.id.ecs_arn("cluster", &task.cluster))),
            ("taskDefinitionArn", json!(task.task_definition.arn)),
            ("group", json!(task.group)),
            ("lastStatus", json!(task.last_status.as_str())),
            ("desiredStatus", json!(if task.is_desired_running { "RUNNING" } else { "STOPPED" })),
            ("healthStatus", json!(task.health_status.as_str())),
            ("containers", containers),
            ("connectivity", json!("CONNECTED")),
            ("createdAt", self.timestamp(task.times.created)),
            ("availabilityZone", json!(format!("{}a", self.id.region))),
            ("cpu", json::string(&task.task_definition.body, "cpu").unwrap_or("256").into()),
            ("memory", json::string(&task.task_definition.body, "memory").unwrap_or("512").into()),
            ("version", json!(task.version)),
            ("attributes", json!([{ "name": "ecs.cpu-architecture", "value": "x86_64" }])),
        ];
        shown.extend(parts.map(|(name, value)| (name.to_owned(), value)));
        shown.entry("attachments").or_insert(json!([]));
        let instance = task.container_instance.as_ref();
        let arn = instance.map(|id| self.id.ecs_arn("container-instance", &format!("{}/{id}", task.cluster)));
        insert_some(&mut shown, "containerInstanceArn", arn);
        insert_some(&mut shown, "startedBy", task.started_by.clone());
        insert_some(&mut shown, "stopCode", task.stop_code);
        insert_some(&mut shown, "stoppedReason", task.stopped_reason.clone());
        for (name, time) in [
            ("connectivityAt", task.times.connected),
            ("pullStartedAt", task.times.pull_started),
            ("pullStoppedAt", task.times.pull_stopped),
            ("startedAt", task.times.started),
            ("stoppingAt", task.times.stopping),
            ("executionStoppedAt", task.times.execution_stopped),
            ("stoppedAt", task.times.stopped),
        ] {
            insert_some(&mut shown, name, time.map(|time| self.timestamp(time)));
        }
        Value::Object(shown)
    }

    fn render_container(&self, task: &Task, own: &Container) -> Value {
        let status = match task.last_status {
            TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating => "PENDING",
            _ if own.exit_code.is_some() || task.last_status >= TaskStatus::Deprovisioning => "STOPPED",
            _ => "RUNNING",
        };
        let health = if own.has_health_check { task.health_status } else { HealthStatus::Unknown };
        let mut shown = json!({
            "containerArn": self.id.ecs_arn("container", &format!("{}/{}/{}", task.cluster, task.id, own.id)),
            "taskArn": task.arn,
            "name": own.name,
            "image": own.image,
            "lastStatus": status,
            "healthStatus": health.as_str(),
            "networkInterfaces": [],
            "cpu": "0",
        });
        if let Some(shown) = shown.as_object_mut() {
            if task.times.pull_stopped.is_some() {
                insert_some(shown, "imageDigest", own.image_digest.clone());
                insert_some(shown, "runtimeId", Some(own.runtime_id.clone()));
            }
            insert_some(shown, "exitCode", own.exit_code);
            insert_some(shown, "reason", own.reason.clone());
        }
        shown
    }
}
