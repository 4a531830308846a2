//! A call to AWS that failed: what was attempted, what came back, and what to do.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use super::connection_advice::{self, connection_advice};
use super::error_sources::{innermost, sources};
use super::sdk_environment::profiles::set;
use super::web_identity::{self, WebIdentityError};
use super::{sdk_environment, sentences};
use model::exit::Exit;
use model::text::printable;

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// No region, or an invalid one.
    Region,
    /// No credentials, or ones that AWS rejects.
    Credentials,
    /// A variable that the SDK cannot use.
    Variable,
    /// The credentials lack a permission.
    Permission,
    /// The requested resource does not exist.
    Missing,
    /// The API's rate was exceeded, after all retries.
    Throttled,
    /// No response arrived.
    Network,
    /// AWS responded with an HTTP status of 5xx.
    Server,
    /// The response is not in the form of AWS: it comes from a proxy, or from an endpoint that does not
    /// implement the call.
    UnexpectedResponse,
    /// Anything else.
    Other,
}

/// An AWS call that failed, after the SDK's own retries.
#[derive(Debug, Clone, Error)]
#[error("{}{}", attempt(operation, on), with_hint(message, hint.as_deref()))]
pub struct AwsError {
    /// The IAM action, such as `ecs:DescribeServices`; a word without a colon before any call.
    pub operation: &'static str,
    /// The subject of the call.
    pub on: String,
    /// The kind of the error.
    pub kind: ErrorKind,
    /// The error code, if AWS returned one.
    pub code: Option<String>,
    /// What came back.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What was attempted, on what. Empty before any call: then the message states all of it.
fn attempt(operation: &str, on: &str) -> String {
    if operation.contains(':') { format!("{operation} for {on}: ") } else { String::new() }
}

/// What came back, and what to do: one sentence of both.
fn with_hint(message: &str, hint: Option<&str>) -> String {
    hint.map_or_else(|| message.to_owned(), |hint| format!("{}; {hint}", message.trim_end_matches('.')))
}

impl AwsError {
    /// Converts an error of the SDK to one that states what was attempted and what to do.
    pub fn new<E>(operation: &'static str, on: impl Into<String>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.as_service_error().and_then(|e| e.code()).map(str::to_owned);
        let reported = error.as_service_error().and_then(|e| e.message()).map(str::to_owned);
        let endpoint = sdk_environment::endpoint(operation);
        let the = |named: &Option<String>| named.clone().unwrap_or_else(|| "the endpoint".to_owned());
        if let Some(WebIdentityError { message, hint, code }) = web_identity::find_error(&error).cloned() {
            let (kind, hint) = (ErrorKind::Credentials, Some(hint));
            return Self { operation, on: on.into(), kind, code, message, hint };
        }
        let (kind, message) = match &error {
            SdkError::TimeoutError(_) => {
                let named = endpoint.as_ref().map(|named| format!(" from {named}")).unwrap_or_default();
                (ErrorKind::Network, format!("no response arrived in time{named}"))
            }
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => match (&code, reported) {
                (Some(code), reported) => (
                    kind_of_code(code, status),
                    reported
                        .map_or(code.clone(), |message| format!("{code}: {}", message.trim_end_matches('.'))),
                ),
                (None, _) => {
                    let status = status.map_or_else(|| "a response".to_owned(), |s| format!("HTTP {s}"));
                    (
                        ErrorKind::UnexpectedResponse,
                        format!(
                            "{} returned {status} with a body that is not an AWS response",
                            the(&endpoint)
                        ),
                    )
                }
            },
            _ if has_source::<CredentialsError>(&error) => (ErrorKind::Credentials, no_credentials(&error)),
            _ => (ErrorKind::Network, format!("{} cannot be reached: {}", the(&endpoint), innermost(&error))),
        };
        // The text of an endpoint must not forge lines of the log.
        let message = printable(&message);
        // A call may need another action than its own, such as `iam:PassRole`.
        let action = sentences::denied_action(&message).unwrap_or(operation);
        let is_https = endpoint.as_ref().is_none_or(|named| named.starts_with("https:"));
        let hint = match (kind, &endpoint) {
            (ErrorKind::Network, named) => connection_advice(&message, is_https).or_else(|| match named {
                Some(named) => Some(format!("check {named} and the network, then run it again")),
                None => hint(kind, action, code.is_some()),
            }),
            (ErrorKind::UnexpectedResponse, _) => {
                let advice = hint(kind, action, code.is_some());
                match connection_advice::proxy(is_https, set) {
                    Some(proxy) => Some(format!("check the endpoint and the proxy {proxy}")),
                    None => advice,
                }
            }
            _ => hint(kind, action, code.is_some()),
        };
        Self { operation, on: on.into(), kind, hint, code, message }
    }

    /// The error of a response that cannot be used.
    pub fn unusable(operation: &'static str, on: impl Into<String>, message: impl Into<String>) -> Self {
        let (on, message) = (on.into(), message.into());
        Self { operation, on, kind: ErrorKind::Other, code: None, message, hint: None }
    }

    /// Whether the error has one of these codes.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// What happened, without advice, for a call that is retried.
    #[must_use]
    pub fn brief(&self) -> String {
        format!("{}{}", attempt(self.operation, &self.on), self.message)
    }

    /// Whether AWS may have executed the call.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self.kind, ErrorKind::Network | ErrorKind::Server | ErrorKind::UnexpectedResponse)
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            ErrorKind::Permission | ErrorKind::Missing => false,
            // AWS rejected the credentials. Without a code, they could not be loaded this time.
            ErrorKind::Credentials => self.code.is_none(),
            _ => true,
        }
    }

    /// Whether the error shows nothing about what was called: AWS did not process the call, or not for these credentials.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self.kind {
            ErrorKind::Region
            | ErrorKind::Credentials
            | ErrorKind::Variable
            | ErrorKind::Throttled
            | ErrorKind::Network
            | ErrorKind::Server
            | ErrorKind::UnexpectedResponse => true,
            ErrorKind::Permission | ErrorKind::Missing | ErrorKind::Other => false,
        }
    }

    /// Whether the endpoint does not implement the call, or the IAM policy does not allow it. A response that
    /// is not AWS's comes from an endpoint that does not implement it.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        matches!(self.kind, ErrorKind::Permission | ErrorKind::UnexpectedResponse)
            || self.is(&["UnknownOperationException", "InvalidAction", "UnsupportedFeatureException"])
    }

    /// The exit code of a run that this error ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.kind {
            ErrorKind::Region
            | ErrorKind::Credentials
            | ErrorKind::Variable
            | ErrorKind::Permission
            | ErrorKind::Missing
            | ErrorKind::Throttled
            | ErrorKind::Network
            | ErrorKind::Server
            | ErrorKind::UnexpectedResponse
            | ErrorKind::Other => Exit::Preflight,
        }
    }

    /// The same error with other advice.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The common errors of AWS's APIs (the ECS API reference, "Common Error
/// Types"), and ECS's and ECR's own.
fn kind_of_code(code: &str, status: Option<u16>) -> ErrorKind {
    match code {
        "AccessDeniedException" | "AccessDenied" | "NotAuthorized" | "UnauthorizedOperation" => {
            ErrorKind::Permission
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "OptInRequired" => ErrorKind::Credentials,
        "ClusterNotFoundException"
        | "ServiceNotFoundException"
        | "RepositoryNotFoundException"
        | "ImageNotFoundException" => ErrorKind::Missing,
        "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
            ErrorKind::Throttled
        }
        "ServerException" | "InternalServerError" | "InternalFailure" | "ServiceUnavailable" => {
            ErrorKind::Server
        }
        _ if status.is_some_and(|status| status >= 500) => ErrorKind::Server,
        _ => ErrorKind::Other,
    }
}

fn hint(kind: ErrorKind, operation: &str, has_code: bool) -> Option<String> {
    let hint = match kind {
        ErrorKind::Region | ErrorKind::Variable | ErrorKind::Missing | ErrorKind::Other => return None,
        ErrorKind::Credentials if has_code => {
            "AWS rejected these credentials: check the key, its secret, and that they have not expired".to_owned()
        }
        ErrorKind::Credentials => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN if they are temporary), \
             or a role or profile that the AWS SDK finds"
                .to_owned()
        }
        ErrorKind::Permission => format!("allow the action `{operation}` in the IAM policy of these credentials"),
        ErrorKind::Server => "the AWS service failed to process the request; check the AWS Health Dashboard and run it again later".to_owned(),
        ErrorKind::Throttled => "the account's rate for this call is used up; run it again in a minute".to_owned(),
        ErrorKind::Network => "check the region's name and the network, then run it again".to_owned(),
        ErrorKind::UnexpectedResponse => "check the endpoint and any proxy on the way to it".to_owned(),
    };
    Some(hint)
}

fn has_source<T: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    sources(error).any(|source| source.is::<T>())
}

/// Why there are no credentials. The SDK's own list of all the places that it searched is omitted: it is longer than
/// any log line.
fn no_credentials(error: &(dyn std::error::Error + 'static)) -> String {
    let none = |source: &(dyn std::error::Error + 'static)| {
        matches!(source.downcast_ref(), Some(CredentialsError::CredentialsNotLoaded(_)))
    };
    if sources(error).any(none) {
        let none =
            "there are no AWS credentials in the environment, a profile, the container or the instance";
        return format!("{none}{}", sdk_environment::missing_profile().unwrap_or_default());
    }
    format!("no AWS credentials: {}", innermost(error))
}
