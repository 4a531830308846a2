//! The method of a rollback.

use serde::Serialize;

/// How a service returns to an earlier revision, as events name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RollbackMethod {
    /// Nothing is done: the service runs the revision already.
    Settled,
    /// Nothing is done: the service already returns to the revision, and is watched.
    InProgress,
    /// The rollout in progress is stopped, and ECS rolls back.
    Stop,
    /// The service is updated to the revision.
    Update,
}
