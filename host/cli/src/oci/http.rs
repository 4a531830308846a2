//! HTTP requests to a registry, with limits on the size and time of responses.

use std::time::Duration;

use aws::connection_advice;
use aws::http::{BodyError, HttpClient, HttpError, HttpResponse};

use super::url::Url;
use super::{RegistryError, TIME_LIMIT};

/// The time limit for the head of a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);

/// The maximum number of attempts of a request that only reads.
const MAX_ATTEMPTS: u32 = 3;

/// The client of one registry.
pub(super) struct Http {
    client: HttpClient,
}

/// A request.
pub(super) struct Request<'r> {
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: &'r [u8],
}

impl Request<'_> {
    /// A `GET` request.
    pub(super) fn get(url: Url) -> Self {
        Self { method: "GET", url, headers: Vec::new(), body: &[] }
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The method and the URL, for messages.
    pub(super) fn description(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

/// The head of a response. [`Response::read`] reads the body.
pub(super) struct Response {
    /// The description of the request.
    pub(super) request: String,
    response: HttpResponse,
}

impl Http {
    /// A client for a registry. It uses the proxy of `HTTPS_PROXY` and `NO_PROXY`, unless the registry is on this machine.
    pub(super) fn new(registry: &Url) -> Result<Self, RegistryError> {
        Ok(Self { client: HttpClient::new(!registry.is_local())? })
    }

    /// Sends a request. A request that only reads is repeated if the connection fails or the registry is busy.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response, RegistryError> {
        let is_read = matches!(request.method, "GET" | "HEAD");
        for attempt in 1.. {
            let result = self.send_once(request).await;
            let is_busy = match &result {
                Ok(response) => response.status() == 429 || response.status() >= 500,
                Err(error) => matches!(error, RegistryError::Unreachable { .. }),
            };
            if !is_busy || !is_read || attempt == MAX_ATTEMPTS {
                return result;
            }
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
        Err(RegistryError::TimedOut { request: request.description(), seconds: RESPONSE_TIMEOUT.as_secs() })
    }

    async fn send_once(&self, request: &Request<'_>) -> Result<Response, RegistryError> {
        // An upload can take as long as the whole action.
        let timeout = if request.body.is_empty() { RESPONSE_TIMEOUT } else { TIME_LIMIT };
        let user_agent = concat!("ecs-host/", env!("CARGO_PKG_VERSION"));
        let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers = headers.chain([("user-agent", user_agent)]);
        let call = self.client.send(request.method, request.url.to_full_string(), headers, request.body);
        let result = tokio::time::timeout(timeout, call).await;
        let seconds = timeout.as_secs();
        let result =
            result.map_err(|_| RegistryError::TimedOut { request: request.description(), seconds })?;
        let response = result.map_err(|error| match error {
            // Unreachable: the parts of the request have been validated.
            HttpError::Invalid(found) => RegistryError::InvalidResponse {
                subject: format!("the request {}", request.description()),
                found,
            },
            HttpError::Connection(reason) | HttpError::NoResponse(reason) => {
                unreachable(&request.description(), &reason)
            }
        })?;
        Ok(Response { request: request.description(), response })
    }
}

fn unreachable(request: &str, reason: &str) -> RegistryError {
    let advice = connection_advice(reason, request.contains(" https://"));
    RegistryError::Unreachable {
        request: request.to_owned(),
        reason: super::excerpt(reason.as_bytes()),
        advice,
    }
}

impl Response {
    pub(super) fn status(&self) -> u16 {
        self.response.status
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// The values of a header that can occur more than once.
    pub(super) fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.response.header_values(name)
    }

    /// Reads the body, of at most `max` bytes.
    pub(super) async fn read(self, max: u64) -> Result<Vec<u8>, RegistryError> {
        let request = self.request;
        self.response.read(max).await.map_err(|error| match error {
            BodyError::TooLarge => {
                RegistryError::TooLarge { subject: format!("the response to {request}"), max }
            }
            BodyError::Connection(reason) => unreachable(&request, &reason),
        })
    }

    /// Returns the response if it has one of these statuses.
    pub(super) async fn expect_status(self, statuses: &[u16]) -> Result<Self, RegistryError> {
        if statuses.contains(&self.status()) {
            return Ok(self);
        }
        let (request, status) = (self.request.clone(), self.status());
        // Without a readable body the error has only the status.
        let body = self.read(64 << 10).await.unwrap_or_default();
        Err(RegistryError::UnexpectedStatus { request, status, message: super::error::error_message(&body) })
    }
}
