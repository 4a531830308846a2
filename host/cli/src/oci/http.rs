//! Requests to a registry, whose answers are bounded in size and time.

use std::time::Duration;

use aws::http::{BodyError, HttpClient, HttpError, HttpResponse};

use super::url::Url;
use super::{RegistryError, TIME};

/// How long a registry may take to begin its answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often something is asked where the connection breaks or the registry is busy.
const ATTEMPTS: u32 = 3;

/// The client of one registry.
pub(super) struct Http {
    client: HttpClient,
}

/// What is asked.
pub(super) struct Request<'r> {
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: &'r [u8],
}

impl Request<'_> {
    /// A request that only reads.
    pub(super) fn get(url: Url) -> Self {
        Self { method: "GET", url, headers: Vec::new(), body: &[] }
    }

    /// The request with one more header.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What a sentence calls it.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

/// What comes back. The body is still to be read.
pub(super) struct Response {
    /// What was asked.
    pub(super) to: String,
    response: HttpResponse,
}

impl Http {
    /// A client for a registry. The proxy of `HTTPS_PROXY` and `NO_PROXY` is
    /// for what is not on this machine.
    pub(super) fn to(registry: &Url) -> Self {
        Self { client: HttpClient::new(!registry.is_local()) }
    }

    /// Sends a request. What only reads is sent again where the connection
    /// breaks or the registry is busy.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response, RegistryError> {
        let reads = matches!(request.method, "GET" | "HEAD");
        for attempt in 1.. {
            let answer = self.once(request).await;
            let busy = match &answer {
                Ok(response) => response.status() == 429 || response.status() >= 500,
                Err(error) => matches!(error, RegistryError::Unreachable { .. }),
            };
            if !busy || !reads || attempt == ATTEMPTS {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
        }
        Err(RegistryError::Slow { what: request.name() })
    }

    async fn once(&self, request: &Request<'_>) -> Result<Response, RegistryError> {
        // What is sent takes what the line takes; the whole has its own bound.
        let patience = if request.body.is_empty() { PATIENCE } else { TIME };
        let user_agent = concat!("ecs-host/", env!("CARGO_PKG_VERSION"));
        let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers = headers.chain([("user-agent", user_agent)]);
        let call = self.client.send(request.method, request.url.whole(), headers, request.body);
        let answer = tokio::time::timeout(patience, call).await;
        let answer = answer.map_err(|_| RegistryError::Slow { what: request.name() })?;
        let response = answer.map_err(|error| match error {
            // Everything in it has been checked: this is for the compiler.
            HttpError::Invalid(found) => {
                RegistryError::InvalidAnswer { what: format!("the request {}", request.name()), found }
            }
            HttpError::Connection(why) => unreachable(&request.name(), &why),
        })?;
        Ok(Response { to: request.name(), response })
    }
}

fn unreachable(what: &str, why: &str) -> RegistryError {
    RegistryError::Unreachable { what: what.to_owned(), why: super::excerpt(why.as_bytes()) }
}

impl Response {
    pub(super) fn status(&self) -> u16 {
        self.response.status
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// The values of a header that may be there more than once.
    pub(super) fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.response.header_values(name)
    }

    /// Reads the body, which has at most so many bytes.
    pub(super) async fn read(self, most: u64) -> Result<Vec<u8>, RegistryError> {
        let to = self.to;
        self.response.read(most).await.map_err(|error| match error {
            BodyError::TooLarge => RegistryError::TooLarge { what: format!("the answer to {to}"), most },
            BodyError::Connection(why) => unreachable(&to, &why),
        })
    }

    /// The response where it has one of these statuses.
    pub(super) async fn expect(self, statuses: &[u16]) -> Result<Self, RegistryError> {
        if statuses.contains(&self.status()) {
            return Ok(self);
        }
        let (what, status) = (self.to.clone(), self.status());
        // The words of a registry are for its own errors; what is not read says nothing.
        let said = self.read(64 << 10).await.unwrap_or_default();
        Err(RegistryError::Refused { what, status, said: super::error::said(&said) })
    }
}
