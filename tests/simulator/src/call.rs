//! The record of a call.

use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use crate::scenario::FaultKind;

/// A call that the server received.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The action, such as `ecs:UpdateService`.
    pub action: String,
    /// The access key in the request's signature.
    pub access_key: String,
    /// Its account.
    pub account: String,
    /// The region in the request's signature.
    pub region: String,
    /// The request's body.
    pub body: Value,
    /// When the call arrived, in simulated seconds.
    pub at: f64,
    /// The HTTP status of the response; 0 before a response is sent, and if none is sent.
    pub status: u16,
    /// The code of the error in the response.
    pub error: Option<String>,
    /// The actions of IAM that the call required and was allowed, its own first.
    pub authorized: Vec<String>,
    /// The fault that affected the call.
    pub fault: Option<FaultKind>,
    /// When the call arrived, in real time.
    #[serde(skip)]
    pub instant: Instant,
}

impl Call {
    /// The action without its service, such as `UpdateService`.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.action.split_once(':').map_or(self.action.as_str(), |(_, operation)| operation)
    }
}
