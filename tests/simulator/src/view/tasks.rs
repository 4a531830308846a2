//! Tasks and their containers as JSON.

use serde_json::{Map, Value, json};

use crate::json;
use crate::model::{Container, HealthStatus, Task, TaskStatus};
use crate::region::Region;

impl Region {
    pub(crate) fn render_task(&self, task: &Task, includes_tags: bool) -> Value {
        let mut members = task.extra_fields.clone();
        if !includes_tags {
            members.remove("tags");
        }
        let containers: Value =
            task.containers.iter().map(|container| self.render_container(task, container)).collect();
        let definition = &task.task_definition;
        json::extend(
            &mut members,
            [
                ("taskArn", json!(task.arn)),
                ("clusterArn", json!(self.id.ecs_arn("cluster", &task.cluster))),
                ("taskDefinitionArn", json!(definition.arn)),
                ("group", json!(task.group)),
                ("lastStatus", json!(task.last_status.as_str())),
                ("desiredStatus", json!(if task.is_desired_running { "RUNNING" } else { "STOPPED" })),
                ("healthStatus", json!(task.health_status.as_str())),
                ("containers", containers),
                ("connectivity", json!("CONNECTED")),
                ("createdAt", self.timestamp(task.times.created)),
                ("availabilityZone", json!(format!("{}a", self.id.region))),
                ("cpu", json!(json::string(&definition.body, "cpu").unwrap_or("256"))),
                ("memory", json!(json::string(&definition.body, "memory").unwrap_or("512"))),
                ("version", json!(task.version)),
                ("attributes", json!([{ "name": "ecs.cpu-architecture", "value": "x86_64" }])),
            ],
        );
        members.entry("attachments").or_insert(json!([]));
        let instance = task.container_instance.as_ref();
        let instance_arn =
            instance.map(|id| self.id.ecs_arn("container-instance", &format!("{}/{id}", task.cluster)));
        json::insert_some(&mut members, "containerInstanceArn", instance_arn);
        json::insert_some(&mut members, "startedBy", task.started_by.clone());
        json::insert_some(&mut members, "stopCode", task.stop_code);
        json::insert_some(&mut members, "stoppedReason", task.stopped_reason.clone());
        for (name, time) in [
            ("connectivityAt", task.times.connected),
            ("pullStartedAt", task.times.pull_started),
            ("pullStoppedAt", task.times.pull_stopped),
            ("startedAt", task.times.started),
            ("stoppingAt", task.times.stopping),
            ("executionStoppedAt", task.times.execution_stopped),
            ("stoppedAt", task.times.stopped),
        ] {
            json::insert_some(&mut members, name, time.map(|time| self.timestamp(time)));
        }
        Value::Object(members)
    }

    fn render_container(&self, task: &Task, container: &Container) -> Value {
        let status = match task.last_status {
            TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating => "PENDING",
            _ if container.exit_code.is_some() || task.last_status >= TaskStatus::Deprovisioning => "STOPPED",
            _ => "RUNNING",
        };
        let health = if container.has_health_check { task.health_status } else { HealthStatus::Unknown };
        let name = format!("{}/{}/{}", task.cluster, task.id, container.id);
        let mut members = Map::new();
        json::extend(
            &mut members,
            [
                ("containerArn", json!(self.id.ecs_arn("container", &name))),
                ("taskArn", json!(task.arn)),
                ("name", json!(container.name)),
                ("image", json!(container.image)),
                ("lastStatus", json!(status)),
                ("healthStatus", json!(health.as_str())),
                ("networkInterfaces", json!([])),
                ("cpu", json!("0")),
            ],
        );
        if task.times.pull_stopped.is_some() {
            json::insert_some(&mut members, "imageDigest", container.image_digest.clone());
            members.insert("runtimeId".to_owned(), json!(container.runtime_id));
        }
        json::insert_some(&mut members, "exitCode", container.exit_code);
        json::insert_some(&mut members, "reason", container.reason.clone());
        Value::Object(members)
    }
}
