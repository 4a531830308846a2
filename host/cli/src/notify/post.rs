//! The request to an address, with its repetitions.

use std::time::Duration;

use thiserror::Error;
use tokio::time::Instant;

use super::NotifyUrl;
use aws::connection_advice;
use aws::http::{HttpClient, HttpError, HttpResponse};
use model::text::{abbreviate, printable};

/// The waits before the second and the third attempt.
const WAITS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// The most bytes of a response that are read, for a message.
const MAX_RESPONSE: u64 = 4 << 10;

/// How long an address may take in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The time limit of all attempts.
    pub total: Duration,
    /// Whether a request is repeated if the connection fails or the server is busy.
    pub repeats: bool,
}

/// Why an address was not notified. No variant contains more of it than its host, and none ends a run: it has no exit
/// code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotifyError {
    /// The HTTP client cannot be configured.
    #[error("{0}")]
    Client(String),
    /// No connection.
    #[error("the connection failed: {reason}{}", .advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default())]
    Unreachable {
        /// The innermost cause.
        reason: String,
        /// What to check.
        advice: Option<String>,
    },
    /// The connection broke after the request was sent.
    #[error("it did not answer: {reason}; it may have received the notification")]
    NoResponse {
        /// The innermost cause.
        reason: String,
    },
    /// The server rejected the request, or was busy at every attempt.
    #[error("it returned HTTP status {status}{}", if message.is_empty() { String::new() } else { format!(": {message}") })]
    Status {
        /// The status of the last attempt.
        status: u16,
        /// The start of the response.
        message: String,
    },
    /// The server redirects to another address.
    #[error(
        "it returned HTTP status {status}, and redirects are not followed; pass the address that it redirects to"
    )]
    Redirected {
        /// The status.
        status: u16,
    },
    /// The time limit is over.
    #[error("it did not answer within {:.0} s", .limit.as_secs_f64())]
    TimedOut {
        /// The time limit.
        limit: Duration,
    },
}

/// Posts a JSON document to an address. The request is repeated at most twice, if there is no connection and after the HTTP
/// statuses 429 and 5xx; not if it was sent and there is no response, because the server may have received it.
///
/// # Errors
/// [`NotifyError`] of the last attempt.
pub async fn post(url: &NotifyUrl, body: &str, patience: Patience) -> Result<(), NotifyError> {
    let client = HttpClient::new(!url.url().is_local());
    let client = client.map_err(|error| NotifyError::Client(printable(&error.to_string())))?;
    let until = Instant::now() + patience.total;
    let waits = if patience.repeats { &WAITS[..] } else { &[] };
    let mut waits = waits.iter();
    loop {
        let attempt = tokio::time::timeout_at(until, post_once(&client, url, body)).await;
        let (error, retry_after) = match attempt {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => failure,
            Err(_) => return Err(NotifyError::TimedOut { limit: patience.total }),
        };
        let is_transient = match &error {
            NotifyError::Unreachable { .. } => true,
            NotifyError::Status { status, .. } => *status == 429 || *status >= 500,
            // The server may have received the request.
            NotifyError::NoResponse { .. } | NotifyError::TimedOut { .. } => false,
            NotifyError::Client(_) | NotifyError::Redirected { .. } => false,
        };
        let Some(wait) = waits.next().filter(|_| is_transient) else { return Err(error) };
        // Two jobs that a server rejected at once do not come back at once.
        let wait = wait.mul_f64(0.75 + fastrand::f64() / 2.0).max(retry_after.unwrap_or_default());
        // The server's number of seconds may be any.
        if wait >= until.saturating_duration_since(Instant::now()) {
            return Err(error);
        }
        tokio::time::sleep(wait).await;
    }
}

/// One attempt. The error has the wait that the server requests.
async fn post_once(
    client: &HttpClient,
    url: &NotifyUrl,
    body: &str,
) -> Result<(), (NotifyError, Option<Duration>)> {
    let user_agent = concat!("ecs-host/", env!("CARGO_PKG_VERSION"));
    let headers = [("content-type", "application/json; charset=utf-8"), ("user-agent", user_agent)];
    let response = client.send("POST", url.url().to_full_string(), headers, body.as_bytes()).await;
    // Redacted before it is cut, which could leave a part of a token.
    let excerpt = |text: &str| abbreviate(&url.redact(text));
    let response = response.map_err(|error| match error {
        // The parts of the request were validated, and the text may contain the address.
        HttpError::Invalid(_) => (NotifyError::Client("the address is not valid".to_owned()), None),
        HttpError::Connection(reason) => {
            let advice = connection_advice(&reason, url.url().is_secure());
            (NotifyError::Unreachable { reason: excerpt(&reason), advice }, None)
        }
        HttpError::NoResponse(reason) => (NotifyError::NoResponse { reason: excerpt(&reason) }, None),
    })?;
    match response.status {
        200..=299 => Ok(()),
        status @ 300..=399 => Err((NotifyError::Redirected { status }, None)),
        status => {
            let retry_after = retry_after(&response);
            // Without a readable body the error has only the status.
            let body = response.read(MAX_RESPONSE).await.unwrap_or_default();
            let message = excerpt(String::from_utf8_lossy(&body).trim());
            Err((NotifyError::Status { status, message }, retry_after))
        }
    }
}

/// The seconds of `Retry-After` (RFC 9110, section 10.2.3). A date there is ignored.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    response.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}
