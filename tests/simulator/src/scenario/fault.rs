//! What goes wrong with calls.

use serde::{Deserialize, Serialize};

/// A fault, and the calls that it befalls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// A pattern of the actions, such as `ecs:Describe*`.
    pub action: String,
    /// The first of the matching calls, counted from 0.
    #[serde(default)]
    pub from: usize,
    /// How many of them; 1 without it.
    #[serde(default = "once")]
    pub times: usize,
    /// The share of those that it befalls, from 0 to 1, by the scenario's seed; all without it.
    #[serde(default)]
    pub chance: Option<f64>,
    /// What goes wrong.
    pub kind: FaultKind,
}

fn once() -> usize {
    1
}

impl Fault {
    /// A fault of the first call of an action.
    #[must_use]
    pub fn first(action: &str, kind: FaultKind) -> Self {
        Self { action: action.to_owned(), from: 0, times: 1, chance: None, kind }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// `ServerException` with status 500, as JSON; nothing is done.
    #[serde(rename = "500")]
    Internal,
    /// `ServiceUnavailableException` with status 503; nothing is done.
    #[serde(rename = "503")]
    Unavailable,
    /// The connection is closed; nothing is done.
    Close,
    /// The call is done, and its answer is lost with the connection.
    CloseAfter,
    /// The call is done after this many seconds of the wall clock.
    Slow(f64),
    /// The call is done, and its answer breaks off in the middle.
    Malformed,
    /// A page of HTML with status 502; nothing is done.
    Html,
    /// `ThrottlingException`; nothing is done.
    Throttle,
    /// This error; nothing is done.
    Error {
        /// Its name.
        code: String,
        /// What it says.
        message: String,
    },
}
