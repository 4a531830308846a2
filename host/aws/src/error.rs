//! A call to AWS that failed: what was tried, what came back, what to do.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use super::{sdk_environment, sentences};
use model::exit::Exit;
use model::text::printable;

/// What kind of error an AWS call ended in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// No region, or one that is none.
    Region,
    /// No credentials, or ones that AWS does not take.
    Credentials,
    /// The credentials lack a permission.
    Permission,
    /// What was asked for does not exist.
    Missing,
    /// The API's rate was exceeded, after all retries.
    Throttled,
    /// No answer came.
    Network,
    /// AWS answered with an HTTP status of 5xx.
    Server,
    /// The response is not in the form of AWS: it comes from a proxy, or from an endpoint that does not
    /// implement the call.
    UnexpectedResponse,
    /// Anything else.
    Other,
}

/// An AWS call that failed, after the SDK's own retries.
#[derive(Debug, Clone, Error)]
#[error("{operation} for {on}: {}", with_hint(message, hint.as_deref()))]
pub struct AwsError {
    /// The action's name as IAM spells it, such as `ecs:DescribeServices`.
    pub operation: &'static str,
    /// What it was called on.
    pub on: String,
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// The error code, where AWS gave one.
    pub code: Option<String>,
    /// What came back.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What came back, and what to do: one sentence of both.
fn with_hint(message: &str, hint: Option<&str>) -> String {
    hint.map_or_else(|| message.to_owned(), |hint| format!("{}; {hint}", message.trim_end_matches('.')))
}

impl AwsError {
    /// Makes an error of the SDK's into one that says what was tried and what to do.
    pub fn new<E>(operation: &'static str, on: impl Into<String>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.as_service_error().and_then(|e| e.code()).map(str::to_owned);
        let said = error.as_service_error().and_then(|e| e.message()).map(str::to_owned);
        let endpoint = sdk_environment::endpoint(operation);
        let the = |named: &Option<String>| named.clone().unwrap_or_else(|| "the endpoint".to_owned());
        let (kind, message) = match &error {
            SdkError::TimeoutError(_) => {
                let named = endpoint.as_ref().map(|named| format!(" from {named}")).unwrap_or_default();
                (ErrorKind::Network, format!("no answer came in time{named}"))
            }
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => match (&code, said) {
                (Some(code), said) => (
                    kind_of_code(code, status),
                    said.map_or(code.clone(), |said| format!("{code}: {}", said.trim_end_matches('.'))),
                ),
                (None, _) => {
                    let status = status.map_or_else(|| "something".to_owned(), |s| format!("HTTP {s}"));
                    (
                        ErrorKind::UnexpectedResponse,
                        format!("{} answered {status} in a form that is not AWS's", the(&endpoint)),
                    )
                }
            },
            _ if has_source::<CredentialsError>(&error) => (ErrorKind::Credentials, no_credentials(&error)),
            _ => (ErrorKind::Network, format!("{} can't be reached: {}", the(&endpoint), innermost(&error))),
        };
        // What an endpoint says may not forge lines of the log.
        let message = printable(&message);
        // A call may need another action than its own, such as `iam:PassRole`.
        let action = sentences::denied_action(&message).unwrap_or(operation);
        let hint = match (kind, &endpoint) {
            (ErrorKind::Network, Some(named)) => {
                Some(format!("check {named} and the network, then run it again"))
            }
            _ => hint(kind, action, code.is_some()),
        };
        Self { operation, on: on.into(), kind, hint, code, message }
    }

    /// An answer that came and can't be used.
    pub fn unusable(operation: &'static str, on: impl Into<String>, message: impl Into<String>) -> Self {
        let (on, message) = (on.into(), message.into());
        Self { operation, on, kind: ErrorKind::Other, code: None, message, hint: None }
    }

    /// Whether the error has one of these codes.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// What happened, without advice: for what is tried again by itself.
    #[must_use]
    pub fn brief(&self) -> String {
        format!("{} for {}: {}", self.operation, self.on, self.message)
    }

    /// Whether the call may have been carried out all the same.
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

fn hint(kind: ErrorKind, operation: &str, answered: bool) -> Option<String> {
    let hint = match kind {
        ErrorKind::Region | ErrorKind::Missing | ErrorKind::Other => return None,
        ErrorKind::Credentials if answered => {
            "AWS does not take these credentials: check the key, its secret, and that they have not expired".to_owned()
        }
        ErrorKind::Credentials => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN where they are temporary), \
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

fn sources<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

fn has_source<T: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    sources(error).any(|source| source.is::<T>())
}

/// Why there are no credentials. The SDK's own list of all the places where it
/// found none is left out: it is longer than any log line.
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

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let Some(last) = sources(error).last() else { return String::new() };
    // An answer of AWS's to another call than the one that failed, as STS's to
    // `AssumeRole`; its own text is made for debugging.
    match last.downcast_ref::<ErrorMetadata>().map(|answer| (answer.code(), answer.message())) {
        Some((Some(code), Some(message))) => format!("{code}: {}", message.trim_end_matches('.')),
        _ => last.to_string(),
    }
}
