//! What a service runs.

use serde::Serialize;

use crate::plan::{Stamp, TargetName};
use crate::progress::Progress;
use crate::time::Time;

/// A service, as ECS has it now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceStatus {
    /// Its name, `cluster/service`, and where it is, if that is not the own place.
    pub service: TargetName,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Tasks that it is to have, of all revisions.
    pub desired: i32,
    /// Its tasks that run, of all revisions.
    pub running: i32,
    /// Its tasks that start.
    pub pending: i32,
    /// What it runs: the revision before, while a rollout goes on.
    pub runs: Option<Deployed>,
    /// A rollout that goes on, or that failed and was left so.
    pub rollout: Option<RolloutStatus>,
    /// The latest rollout, where it did not come to its end.
    pub ended: Option<EndedRollout>,
}

/// A revision that a service has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deployed {
    /// The ARN of the task definition.
    pub task_definition: String,
    /// Its own tasks, where ECS lists its deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Tasks>,
    /// When its deployment was complete, or was made where that is not known.
    pub since: Option<Time>,
    /// Whether the service went back to it then.
    pub went_back: bool,
    /// The image of each container.
    pub containers: Vec<ContainerImage>,
    /// The build that it came from, where `ecs-host` deployed it.
    pub build: Option<Stamp>,
    /// Why nothing more is known of it.
    pub unread: Option<String>,
}

/// The tasks of one revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tasks {
    /// Those that run.
    pub running: i32,
    /// Those that there are to be.
    pub desired: i32,
}

/// A container and its image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerImage {
    /// The container's name.
    pub name: String,
    /// The image, as the task definition names it.
    pub image: String,
}

/// A rollout that is not complete.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RolloutStatus {
    /// What it rolls out, and since when.
    #[serde(flatten)]
    pub deployed: Deployed,
    /// The deployment's id.
    pub deployment: Option<String>,
    /// Whether it has failed.
    pub has_failed: bool,
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
    /// What ECS says of it.
    pub reason: Option<String>,
}

/// A rollout that was rolled back or stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndedRollout {
    /// What became of it, such as `ROLLBACK_SUCCESSFUL`.
    pub outcome: String,
    /// The ARN of the task definition that it rolled out.
    pub task_definition: Option<String>,
    /// When it ended.
    pub at: Option<Time>,
    /// Why, in ECS's words.
    pub reason: Option<String>,
}
