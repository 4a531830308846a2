//! The checks of what a deployment requires of AWS. They change nothing: reads are real requests, and writes are
//! requests that AWS must reject.

pub mod logs;
pub mod permissions;
pub mod prune;
pub mod repository;
pub mod triggers;

use crate::error::{AwsError, ErrorKind};
use model::check::Check;

/// The result of a request that AWS must reject, which shows whether the permission exists: AWS authorizes a request
/// before it executes it (the IAM user guide, "How IAM works").
pub enum ProbeResult {
    /// AWS rejected the parameters, so the permission exists.
    Allowed,
    /// AWS rejected the request for a missing permission.
    Denied(AwsError),
    /// The response does not show whether the permission exists. Contains the reason.
    Unknown(String),
}

impl ProbeResult {
    /// The result of a response. `rejections` are the error codes with which AWS rejects the parameters.
    pub(crate) fn from_response<T>(response: Result<T, AwsError>, rejections: &[&str]) -> Self {
        match response {
            Ok(_) => Self::Unknown("the endpoint accepted a request that AWS rejects".to_owned()),
            Err(error) if error.kind == ErrorKind::Permission => Self::Denied(error),
            Err(error) if error.is(rejections) => Self::Allowed,
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    /// The check of a permission that a run requires.
    pub fn into_check(self, name: String) -> Check {
        match self {
            Self::Allowed => Check::ok(name, "allowed"),
            Self::Denied(error) => Check::failed(name, error.to_string()),
            Self::Unknown(reason) => Check::skipped(name, format!("could not check: {reason}")),
        }
    }

    /// The check of an optional permission. `fallback` states what a run does without it.
    pub fn into_optional_check(self, name: String, fallback: &str) -> Check {
        match self {
            Self::Denied(error) => {
                let hint = error.hint.unwrap_or_default();
                Check::skipped(name, format!("not allowed, so {fallback}; {hint}"))
            }
            other => other.into_check(name),
        }
    }
}
