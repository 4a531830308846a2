//! How a service goes back to an earlier revision.

use serde::Serialize;

/// How a service goes back to an earlier revision, as events name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackMethod {
    /// Nothing is done: the service runs the revision already.
    Settled,
    /// Nothing is done: the service is going back already, and is watched.
    UnderWay,
    /// The rollout in progress is stopped, and ECS goes back.
    Stop,
    /// The service is updated to the revision.
    Update,
}
