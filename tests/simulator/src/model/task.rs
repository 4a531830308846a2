//! Tasks and their containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{ServiceKey, TaskDefinition};
use crate::clock::Moment;
use crate::scenario::TaskBehaviour;

/// The last status of a task ("Amazon ECS task lifecycle" in the developer guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TaskStatus {
    Provisioning,
    Pending,
    Activating,
    Running,
    Deactivating,
    Stopping,
    Deprovisioning,
    Stopped,
}

impl TaskStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Activating => "ACTIVATING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HealthStatus {
    Unknown,
    Healthy,
    Unhealthy,
}

impl HealthStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Healthy => "HEALTHY",
            Self::Unhealthy => "UNHEALTHY",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) image: String,
    pub(crate) image_digest: Option<String>,
    pub(crate) runtime_id: String,
    pub(crate) exit_code: Option<i32>,
    pub(crate) reason: Option<String>,
    pub(crate) is_essential: bool,
    pub(crate) has_health_check: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) cluster: String,
    pub(crate) task_definition: Arc<TaskDefinition>,
    pub(crate) group: String,
    pub(crate) started_by: Option<String>,
    /// `None` for a one-off task.
    pub(crate) owner: Option<TaskOwner>,
    /// The id of the container instance.
    pub(crate) container_instance: Option<String>,
    /// Further members of the task in responses: overrides, launch type, tags and others.
    pub(crate) extra_fields: Map<String, Value>,
    pub(crate) last_status: TaskStatus,
    /// Whether the desired status is RUNNING.
    pub(crate) is_desired_running: bool,
    pub(crate) health_status: HealthStatus,
    /// Whether the task runs and passed its health checks, or ran for long enough without one.
    pub(crate) is_healthy: bool,
    /// Whether a load balancer must deregister the task before it is stopped.
    pub(crate) is_load_balanced: bool,
    pub(crate) containers: Vec<Container>,
    pub(crate) behaviour: TaskBehaviour,
    /// Increases when the task is stopped, which makes earlier timers void.
    pub(crate) generation: u32,
    pub(crate) version: u64,
    pub(crate) times: TaskTimes,
    pub(crate) stop_code: Option<&'static str>,
    pub(crate) stopped_reason: Option<String>,
}

/// The deployment of a service that started a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskOwner {
    pub(crate) service: ServiceKey,
    pub(crate) deployment_id: String,
}

/// The times of a task's transitions.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskTimes {
    pub(crate) created: Moment,
    pub(crate) connected: Option<Moment>,
    pub(crate) pull_started: Option<Moment>,
    pub(crate) pull_stopped: Option<Moment>,
    pub(crate) started: Option<Moment>,
    pub(crate) stopping: Option<Moment>,
    pub(crate) execution_stopped: Option<Moment>,
    pub(crate) stopped: Option<Moment>,
}

impl Task {
    /// Whether the task runs or starts, and is not to be stopped. Such tasks count against the maximum
    /// percent.
    pub(crate) fn is_live(&self) -> bool {
        self.is_desired_running && self.last_status <= TaskStatus::Running
    }

    pub(crate) fn is_running(&self) -> bool {
        self.is_desired_running && self.last_status == TaskStatus::Running
    }

    pub(crate) fn belongs_to(&self, key: &ServiceKey) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.service == *key)
    }

    pub(crate) fn deployment_id(&self) -> Option<&str> {
        self.owner.as_ref().map(|owner| owner.deployment_id.as_str())
    }

    /// The image digests by container name.
    pub(crate) fn image_digests(&self) -> BTreeMap<String, String> {
        let digest = |container: &Container| Some((container.name.clone(), container.image_digest.clone()?));
        self.containers.iter().filter_map(digest).collect()
    }
}
