//! Errors as the services report them.

use std::fmt;

/// An error response of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The error code, such as `ClusterNotFoundException`.
    pub code: String,
    /// The error message.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

impl ApiError {
    /// An error with status 400.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status: 400 }
    }

    /// An error with another status.
    pub fn with_status(code: &str, message: impl Into<String>, status: u16) -> Self {
        Self { status, ..Self::new(code, message) }
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn client_exception(message: impl Into<String>) -> Self {
        Self::new("ClientException", message)
    }

    /// "Rate exceeded". ECS reports it with status 400.
    pub(crate) fn throttling() -> Self {
        Self::new("ThrottlingException", "Rate exceeded")
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

/// The response of an action, or its error.
pub(crate) type ApiResult = Result<serde_json::Value, ApiError>;
