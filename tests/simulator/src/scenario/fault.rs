//! Errors and broken connections.

use serde::{Deserialize, Serialize};

/// A fault, and the calls that it affects.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A pattern for the action, such as `ecs:Describe*`.
    pub action: String,
    /// The number of matching calls to skip first; 0 by default.
    #[serde(default)]
    pub skip: usize,
    /// The number of calls after those that can be affected; 1 by default.
    #[serde(default = "default_limit")]
    pub limit: usize,
    /// The probability for each of these calls, from 0 to 1, by the scenario's seed; 1 by default.
    #[serde(default)]
    pub probability: Option<f64>,
    /// The kind of fault.
    pub kind: FaultKind,
}

fn default_limit() -> usize {
    1
}

impl Fault {
    /// A fault that affects the first call of an action only.
    #[must_use]
    pub fn once(action: &str, kind: FaultKind) -> Self {
        Self { action: action.to_owned(), skip: 0, limit: 1, probability: None, kind }
    }
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The call is not executed; the response is `ServerException` with status 500.
    #[serde(rename = "500")]
    Internal,
    /// The call is not executed; the response is `ServiceUnavailableException` with status 503.
    #[serde(rename = "503")]
    Unavailable,
    /// The call is not executed; the connection is closed without a response.
    DropRequest,
    /// The call is executed; the connection is closed without a response.
    DropResponse,
    /// The call is executed after this many seconds of real time.
    Slow(f64),
    /// The call is executed; the second half of the response's body is missing.
    TruncateResponse,
    /// The call is not executed; the response is an HTML page with status 502.
    Html,
    /// The call is not executed; the response is an empty JSON object with status 200.
    Empty,
    /// The call is not executed; the response is `ThrottlingException`.
    Throttle,
    /// The call is not executed; the response is this error with status 400.
    Error {
        /// The error's code.
        code: String,
        /// The error's message.
        message: String,
    },
}
