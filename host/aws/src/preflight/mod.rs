//! What a deployment needs of AWS, checked without changing anything: reads are made for real, writes are made
//! so that AWS has to refuse them.

pub mod keep;
pub mod logs;
pub mod permissions;
pub mod repository;

use crate::{AwsError, ErrorKind};
use model::check::Check;

/// A call that is made so that AWS has to refuse it, and what its answer tells
/// of the permission. AWS authorizes a request before it carries it out (the IAM
/// user guide, "How IAM works").
pub enum ProbeResult {
    /// It was refused for its parameters: the permission is there.
    Allowed,
    /// It was refused for the permission.
    Denied(AwsError),
    /// The answer tells nothing.
    Unknown(String),
}

impl ProbeResult {
    /// What an answer tells, if these are the codes by which AWS refuses the
    /// parameters.
    pub(crate) fn from_response<T>(answer: Result<T, AwsError>, refusals: &[&str]) -> Self {
        match answer {
            Ok(_) => Self::Unknown("the endpoint took a call that AWS refuses".to_owned()),
            Err(error) if error.kind == ErrorKind::Permission => Self::Denied(error),
            Err(error) if error.is(refusals) => Self::Allowed,
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    /// The check of a permission that a run requires.
    pub fn into_check(self, name: String) -> Check {
        match self {
            Self::Allowed => Check::ok(name, "allowed"),
            Self::Denied(error) => Check::failed(name, error.to_string()),
            Self::Unknown(why) => Check::skipped(name, format!("not known: {why}")),
        }
    }

    /// The check of a permission without which a run goes another way.
    pub fn into_optional_check(self, name: String, instead: &str) -> Check {
        match self {
            Self::Denied(error) => {
                let hint = error.hint.unwrap_or_default();
                Check::skipped(name, format!("not allowed, and {instead}; {hint}"))
            }
            other => other.into_check(name),
        }
    }
}
