//! What a verb about one service is going to do.

use serde::Serialize;

use crate::lifecycle::{Hook, HookAction};
use crate::plan::{Stamp, TargetName};
use crate::review::GuardReview;
use crate::rollback::RollbackMethod;

/// The plan of `rollback`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RollbackPlanned {
    /// The target.
    pub target: TargetName,
    /// The ARN of the task definition that the service is set to.
    pub from: String,
    /// The ARN of the task definition to go back to.
    pub to: String,
    /// The build that `to` came from; `None` if `ecs-host` did not deploy it.
    pub build: Option<Stamp>,
    /// How the service gets there.
    pub method: RollbackMethod,
    /// The ARN of the newer task definition that the service was rolled back from already, or is being rolled back from.
    pub rolled_back_from: Option<String>,
    /// The reviews of the guards that review rollbacks; empty if nothing is to be done.
    pub reviews: Vec<GuardReview>,
    /// Whether the run ends here: `--dry-run`.
    pub dry_run: bool,
}

/// The plan of `continue`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContinuePlanned {
    /// The target.
    pub target: TargetName,
    /// The ARN of the task definition that rolls out.
    pub task_definition: String,
    /// The pause.
    #[serde(flatten)]
    pub hook: Hook,
    /// What the run requests.
    pub action: HookAction,
    /// Whether the run ends here: `--dry-run`.
    pub dry_run: bool,
}
