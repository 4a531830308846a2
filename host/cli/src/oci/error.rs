//! Why a policy could not be fetched from a registry or published to it.

use std::path::PathBuf;

use serde_json::Value;
use thiserror::Error;

use aws::{AwsError, CaBundleError};
use model::exit::Exit;
use model::names::Digest;
use model::text::{TRUNCATION_MARK, printable};

/// Why a policy could not be fetched or published.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// No connection, or it broke.
    #[error(
        "{request}: the connection to the registry failed: {reason}; {}a policy that is pinned by its digest \
         and cached by an earlier run does not require the registry",
        advice.as_deref().map(|advice| format!("{advice}; ")).unwrap_or_default()
    )]
    Unreachable {
        /// The method and the URL.
        request: String,
        /// The error of the network.
        reason: String,
        /// Which setting to check.
        advice: Option<String>,
    },
    /// The certificates to trust cannot be read.
    #[error(transparent)]
    CaBundle(#[from] CaBundleError),
    /// No response in time.
    #[error(
        "{request}: the registry did not respond within {seconds} s; check the network, then run this again"
    )]
    TimedOut {
        /// The method and the URL.
        request: String,
        /// The time limit in seconds.
        seconds: u64,
    },
    /// An unexpected status.
    #[error("{request}: the registry returned HTTP status {status}{}{}", in_parentheses(message), hint(*status))]
    UnexpectedStatus {
        /// The method and the URL.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The error message of the registry, or the beginning of the body. Can be empty.
        message: String,
    },
    /// The registry requires credentials, and there are none.
    #[error("{request}: {reason}; run `docker login {host}`")]
    MissingCredentials {
        /// The method and the URL.
        request: String,
        /// What is missing.
        reason: String,
        /// The host of the registry.
        host: String,
    },
    /// The credentials could not be read from the docker configuration or its helper.
    #[error("cannot read the credentials for {host} from `{}`: {reason}", path.display())]
    DockerConfig {
        /// The host of the registry.
        host: String,
        /// The configuration.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No token from ECR.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// An invalid response.
    #[error(
        "{subject} is invalid: {found}; use a registry that implements the OCI distribution specification, or contact its operator"
    )]
    InvalidResponse {
        /// The invalid part.
        subject: String,
        /// What was found.
        found: String,
    },
    /// An artifact that is not a WebAssembly component.
    #[error(
        "{artifact} is not a policy: {found}; publish a policy with `ecs-host push`, or with another tool \
         that writes a WebAssembly component as an OCI artifact"
    )]
    UnsupportedArtifact {
        /// The artifact.
        artifact: String,
        /// What was found.
        found: String,
    },
    /// A tag of an artifact that is not a policy.
    #[error(
        "{artifact} already exists and is not a policy: {found}; nothing was pushed: choose another tag or repository"
    )]
    TagInUse {
        /// The artifact.
        artifact: String,
        /// What was found.
        found: String,
    },
    /// A size above the limit.
    #[error(
        "{subject} is too large: it has more than {max} bytes; publish a smaller policy, or use another registry"
    )]
    TooLarge {
        /// What is too large.
        subject: String,
        /// The limit in bytes.
        max: u64,
    },
    /// A response with another digest.
    #[error(
        "{subject} has the wrong digest: expected {expected}, and the registry returned {found}; nothing was run. Run this \
         again; if it persists, the registry or a proxy changes the content"
    )]
    DigestMismatch {
        /// What was fetched.
        subject: String,
        /// The requested digest.
        expected: String,
        /// The digest of the response.
        found: Digest,
    },
    /// A redirect to a URL without TLS.
    #[error(
        "{from} redirects to {to}, which is not followed because it does not use TLS; use a registry that redirects to https"
    )]
    InsecureRedirect {
        /// The requested URL.
        from: String,
        /// The target of the redirect.
        to: String,
    },
    /// Too many redirects.
    #[error(
        "{request}: the registry redirected more than {max} times; use another registry, or contact its operator"
    )]
    TooManyRedirects {
        /// The first request.
        request: String,
        /// The maximum number of redirects.
        max: usize,
    },
    /// The time limit of the whole action.
    #[error(
        "{action} {artifact} took more than {seconds} s and was stopped; check the network, then run this again"
    )]
    TimeLimitExceeded {
        /// `fetching` or `publishing`.
        action: &'static str,
        /// The artifact.
        artifact: String,
        /// The limit in seconds.
        seconds: u64,
    },
    /// The operating system refused what the process itself requires.
    #[error("cannot connect to the registry: {0}")]
    Process(#[from] std::io::Error),
}

impl RegistryError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::Preflight
    }
}

/// What to do about a status.
fn hint(status: u16) -> &'static str {
    match status {
        401 | 403 => {
            "; run `docker login` for this registry with an account that may do this (Amazon ECR: allow it in the IAM \
             policy of these credentials)"
        }
        404 => {
            "; the policy does not exist, or the credentials are not allowed to read it; correct its name, or run \
             `docker login` for this registry with an account that may read it"
        }
        429 => "; too many requests; run this again later",
        500.. => "; the registry failed; run this again later",
        _ => "",
    }
}

fn in_parentheses(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" (`{message}`)") }
}

/// The message in the body of an error response in the format of the distribution specification. Of any other body, such
/// as an HTML page, the beginning.
pub(crate) fn error_message(body: &[u8]) -> String {
    let response: Option<Value> = serde_json::from_slice(body).ok();
    let first = response.as_ref().and_then(|response| response.get("errors")?.get(0));
    let part = |name: &str| first.and_then(|error| error.get(name)?.as_str()).unwrap_or_default();
    match (part("code"), part("message")) {
        ("", "") => super::excerpt(body),
        (code, "") | ("", code) => super::excerpt(code.as_bytes()),
        (code, message) => super::excerpt(format!("{code}: {message}").as_bytes()),
    }
}

/// The beginning of foreign text, with control characters escaped for a log.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const MAX_CHARS: usize = 160;
    let text = String::from_utf8_lossy(bytes);
    let cut: String = text.trim().chars().take(MAX_CHARS).collect();
    let mark = if cut.len() < text.trim().len() { TRUNCATION_MARK } else { "" };
    printable(&cut) + mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_the_message_of_a_registry() {
        let body = br#"{"errors":[{"code":"DENIED","message":"no\nerror: x","detail":{}}]}"#;
        assert_eq!(error_message(body), "DENIED: no\\nerror: x");
        assert_eq!(error_message(b"<html>\x1b[2J"), "<html>\\u{1b}[2J");
        assert!(error_message(&[b'a'; 10_000]).chars().count() < 200);
        let error =
            RegistryError::UnexpectedStatus { request: "GET x".into(), status: 404, message: String::new() };
        assert_eq!(
            error.to_string(),
            "GET x: the registry returned HTTP status 404; the policy does not exist, or the credentials are not \
             allowed to read it; correct its name, or run `docker login` for this registry with an account that may \
             read it"
        );
    }
}
