//! The record of calls.

use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use crate::scenario::FaultKind;

/// A call that came over the wire.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The action, such as `ecs:UpdateService`.
    pub action: String,
    /// The account whose credentials signed it.
    pub account: String,
    /// The region that it was signed for.
    pub region: String,
    /// The request.
    pub body: Value,
    /// When it came, in simulated seconds.
    pub at: f64,
    /// The status of the answer; 0 where none was sent, or is not sent yet.
    pub status: u16,
    /// The name of the error that was answered.
    pub error: Option<String>,
    /// The fault that befell it.
    pub fault: Option<FaultKind>,
    /// When it came, by the wall clock.
    #[serde(skip)]
    pub instant: Instant,
}

impl Call {
    /// The operation alone, such as `UpdateService`.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.action.split_once(':').map_or(self.action.as_str(), |(_, operation)| operation)
    }
}
