//! Tasks in answers.

use serde_json::{Value, json};

use super::put;
use crate::json;
use crate::model::task::Container;
use crate::model::{Health, Phase, Task};
use crate::region::Region;

impl Region {
    pub(crate) fn show_task(&self, task: &Task, tags: bool) -> Value {
        let mut shown = task.more.clone();
        if !tags {
            shown.remove("tags");
        }
        let containers: Value =
            task.containers.iter().map(|container| self.show_container(task, container)).collect();
        let parts = [
            ("taskArn", json!(task.arn)),
            ("clusterArn", json!(self.site.arn("cluster", &task.cluster))),
            ("taskDefinitionArn", json!(task.definition.arn)),
            ("group", json!(task.group)),
            ("lastStatus", json!(task.phase.name())),
            ("desiredStatus", json!(if task.wanted { "RUNNING" } else { "STOPPED" })),
            ("healthStatus", json!(task.health.name())),
            ("containers", containers),
            ("connectivity", json!("CONNECTED")),
            ("createdAt", self.stamp(task.times.created)),
            ("availabilityZone", json!(format!("{}a", self.site.region))),
            ("cpu", json::text(&task.definition.body, "cpu").unwrap_or("256").into()),
            ("memory", json::text(&task.definition.body, "memory").unwrap_or("512").into()),
            ("version", json!(task.version)),
            ("attributes", json!([{ "name": "ecs.cpu-architecture", "value": "x86_64" }])),
        ];
        shown.extend(parts.map(|(name, value)| (name.to_owned(), value)));
        shown.entry("attachments").or_insert(json!([]));
        let instance = task.instance.as_ref();
        let arn = instance.map(|id| self.site.arn("container-instance", &format!("{}/{id}", task.cluster)));
        put(&mut shown, "containerInstanceArn", arn);
        put(&mut shown, "startedBy", task.started_by.clone());
        put(&mut shown, "stopCode", task.stop_code);
        put(&mut shown, "stoppedReason", task.stopped_reason.clone());
        for (name, time) in [
            ("connectivityAt", task.times.connected),
            ("pullStartedAt", task.times.pull_started),
            ("pullStoppedAt", task.times.pull_stopped),
            ("startedAt", task.times.started),
            ("stoppingAt", task.times.stopping),
            ("executionStoppedAt", task.times.execution_stopped),
            ("stoppedAt", task.times.stopped),
        ] {
            put(&mut shown, name, time.map(|time| self.stamp(time)));
        }
        Value::Object(shown)
    }

    fn show_container(&self, task: &Task, own: &Container) -> Value {
        let status = match task.phase {
            Phase::Provisioning | Phase::Pending | Phase::Activating => "PENDING",
            _ if own.exit.is_some() || task.phase >= Phase::Deprovisioning => "STOPPED",
            _ => "RUNNING",
        };
        let health = if own.checked { task.health } else { Health::Unknown };
        let mut shown = json!({
            "containerArn": self.site.arn("container", &format!("{}/{}/{}", task.cluster, task.id, own.id)),
            "taskArn": task.arn,
            "name": own.name,
            "image": own.image,
            "lastStatus": status,
            "healthStatus": health.name(),
            "networkInterfaces": [],
            "cpu": "0",
        });
        if let Some(shown) = shown.as_object_mut() {
            if task.times.pull_stopped.is_some() {
                put(shown, "imageDigest", own.digest.clone());
                put(shown, "runtimeId", Some(own.runtime.clone()));
            }
            put(shown, "exitCode", own.exit);
            put(shown, "reason", own.reason.clone());
        }
        shown
    }
}
