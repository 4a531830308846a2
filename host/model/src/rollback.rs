//! How a service gets back.

use serde::Serialize;

/// A [`Way`]'s name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RollbackMethod {
    /// See [`Way::Settled`].
    Settled,
    /// See [`Way::UnderWay`].
    UnderWay,
    /// See [`Way::Stop`].
    Stop,
    /// See [`Way::Update`].
    Update,
}
