//! How far a rollout is.

use serde::Serialize;

/// How far a rollout is, as ECS reports it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Desired tasks of the new revision.
    pub desired: i32,
    /// Running tasks of the new revision.
    pub running: i32,
    /// Tasks of the new revision that are starting.
    pub pending: i32,
    /// Tasks of the new revision that failed to start.
    pub failed: i32,
    /// The state of the deployment in ECS, such as `IN_PROGRESS`, and its lifecycle stage where it
    /// has one.
    pub state: String,
}

impl Progress {
    /// Whether ECS rolls the deployment back, or did so. The counts are then those of the revision
    /// that is rolled back.
    #[must_use]
    pub fn is_rollback(&self) -> bool {
        self.state.starts_with("ROLLBACK_")
    }
}
