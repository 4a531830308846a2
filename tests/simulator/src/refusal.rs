//! How an operation is refused.

use std::fmt;

/// An error as the service answers it: its name, its sentence, its HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error's name, such as `ClusterNotFoundException`.
    pub code: String,
    /// What it says.
    pub message: String,
    /// The status of the HTTP answer.
    pub status: u16,
}

impl Refusal {
    /// An error of the client's.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status: 400 }
    }

    /// An error of the service's.
    pub fn server(code: &str, message: impl Into<String>, status: u16) -> Self {
        Self { status, ..Self::new(code, message) }
    }

    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn client(message: impl Into<String>) -> Self {
        Self::new("ClientException", message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

/// What an operation gives.
pub(crate) type Answer = Result<serde_json::Value, Refusal>;
