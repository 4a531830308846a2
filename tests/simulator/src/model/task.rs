//! Tasks and their containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{ServiceKey, TaskDefinition};
use crate::clock::Moment;
use crate::scenario::TaskBehaviour;

/// How far a task is in its life ("Amazon ECS task lifecycle" in the developer guide).
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

/// A task's health.
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

/// A container of a task.
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

/// A task.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) cluster: String,
    pub(crate) task_definition: Arc<TaskDefinition>,
    pub(crate) group: String,
    pub(crate) started_by: Option<String>,
    /// The service that it belongs to, and that service's deployment.
    pub(crate) service: Option<(ServiceKey, String)>,
    pub(crate) container_instance: Option<String>,
    /// What its answer has besides: overrides, launch type, tags and the like.
    pub(crate) extra_fields: serde_json::Map<String, Value>,
    pub(crate) last_status: TaskStatus,
    /// Whether its desired status is RUNNING.
    pub(crate) is_desired_running: bool,
    pub(crate) health_status: HealthStatus,
    /// It runs, and passed its health checks or ran long enough.
    pub(crate) is_healthy: bool,
    /// A load balancer sends it requests, so that it is drained before it stops.
    pub(crate) is_load_balanced: bool,
    pub(crate) containers: Vec<Container>,
    pub(crate) behaviour: TaskBehaviour,
    /// Counts changes of plan, so that an old plan's timer is known as old.
    pub(crate) generation: u32,
    pub(crate) version: u64,
    pub(crate) times: TaskTimes,
    pub(crate) stop_code: Option<&'static str>,
    pub(crate) stopped_reason: Option<String>,
}

/// When a task did what.
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
    /// It counts against the maximum percent: it runs or is about to, and is wanted.
    pub(crate) fn is_live(&self) -> bool {
        self.is_desired_running && self.last_status <= TaskStatus::Running
    }

    pub(crate) fn is_running(&self) -> bool {
        self.is_desired_running && self.last_status == TaskStatus::Running
    }

    pub(crate) fn belongs_to(&self, key: &ServiceKey) -> bool {
        self.service.as_ref().is_some_and(|(own, _)| own == key)
    }

    pub(crate) fn deployment_id(&self) -> Option<&str> {
        self.service.as_ref().map(|(_, deployment)| deployment.as_str())
    }

    pub(crate) fn image_digests(&self) -> BTreeMap<String, String> {
        let digest = |c: &Container| Some((c.name.clone(), c.image_digest.clone()?));
        self.containers.iter().filter_map(digest).collect()
    }
}
