//! The state of a service, a schedule or a rule, for `status`.

mod condition;
mod drift;

pub use condition::{ServiceCondition, ServiceCounts};
pub use drift::{Drift, DriftKind, RegisteredRevision};

use serde::Serialize;

use crate::plan::trigger::StartCondition;
use crate::plan::{Stamp, TargetName};
use crate::progress::Progress;
use crate::time::Time;

/// A service as ECS reports it now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ServiceStatus {
    /// `cluster/service`, and region and role if they are not the run's own.
    pub service: TargetName,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// What it does.
    pub condition: ServiceCondition,
    /// Desired tasks of all revisions.
    pub desired: i32,
    /// Running tasks of all revisions.
    pub running: i32,
    /// Tasks of all revisions that are starting.
    pub pending: i32,
    /// The revision that the service runs: during a rollout, the one that it replaces.
    pub runs: Option<DeployedRevision>,
    /// The rollout that is in progress, or that failed and was left so.
    pub rollout: Option<RolloutStatus>,
    /// The latest rollout, if it was rolled back or stopped.
    pub ended: Option<EndedRollout>,
    /// What somebody else has deployed after ecs-host did.
    pub drift: Option<Drift>,
}

/// A schedule or a rule as EventBridge reports it now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TriggerStatus {
    /// Its kind and name, and region and role if they are not the run's own.
    pub trigger: TargetName,
    /// When it starts tasks.
    #[serde(flatten)]
    pub start: StartCondition,
    /// The revision that it starts.
    pub starts: Option<DeployedRevision>,
    /// Why there is no such revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A revision of a task definition in a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeployedRevision {
    /// The ARN of the task definition.
    pub task_definition: String,
    /// The tasks of this revision; absent if ECS does not list its deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TaskCounts>,
    /// When its deployment completed, or was created if that is not reported.
    pub since: Option<Time>,
    /// Whether the service was rolled back to this revision then.
    pub rolled_back: bool,
    /// The image of each container.
    pub containers: Vec<ContainerImage>,
    /// The build that it came from; `None` if `ecs-host` did not deploy it.
    pub build: Option<Stamp>,
    /// Why its task definition could not be read; containers and build are then not known.
    pub read_error: Option<String>,
}

/// The numbers of tasks of one revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskCounts {
    /// Running tasks.
    pub running: i32,
    /// Desired tasks.
    pub desired: i32,
}

/// A container and its image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContainerImage {
    /// The container's name.
    pub name: String,
    /// The image as the task definition names it.
    pub image: String,
}

/// A rollout that is not complete.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RolloutStatus {
    /// The new revision; `since` is when the rollout started.
    #[serde(flatten)]
    pub revision: DeployedRevision,
    /// The deployment's id, such as `ecs-svc/0123456789`.
    pub deployment: Option<String>,
    /// Whether it failed.
    pub has_failed: bool,
    /// Its progress.
    #[serde(flatten)]
    pub progress: Progress,
    /// ECS's reason for its state.
    pub reason: Option<String>,
}

/// A rollout that was rolled back or stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EndedRollout {
    /// The status of its service deployment: `ROLLBACK_SUCCESSFUL`, `ROLLBACK_FAILED` or `STOPPED`.
    pub outcome: String,
    /// The ARN of the task definition that it rolled out.
    pub task_definition: Option<String>,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// ECS's reason.
    pub reason: Option<String>,
}
