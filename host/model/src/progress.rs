//! The progress of a rollout.

use serde::Serialize;

use crate::lifecycle::Hook;

/// The progress of a rollout, as ECS reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Progress {
    /// Desired tasks of the new revision.
    pub desired: i32,
    /// Running tasks of the new revision.
    pub running: i32,
    /// Tasks of the new revision that are starting.
    pub pending: i32,
    /// Tasks of the new revision that failed to start.
    pub failed: i32,
    /// The state of the deployment in ECS, such as `IN_PROGRESS`, and its lifecycle stage if it
    /// has one.
    pub state: String,
    /// The lifecycle hooks that it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<Hook>,
}

impl Progress {
    /// Whether ECS is rolling the deployment back, or has done so. The counts are then those of the revision
    /// that is rolled back.
    #[must_use]
    pub fn is_rollback(&self) -> bool {
        self.state.starts_with("ROLLBACK_")
    }

    /// The pauses that the deployment waits for.
    pub fn pauses(&self) -> impl Iterator<Item = &Hook> {
        self.hooks.iter().filter(|hook| hook.is_pause())
    }

    /// The pause that the deployment waits for. If there are several, the one that ends first.
    #[must_use]
    pub fn pause(&self) -> Option<&Hook> {
        self.pauses().min_by_key(|hook| hook.expires_at)
    }
}
