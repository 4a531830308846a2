//! Requests to a registry, whose answers are bounded in size and time.

use std::error::Error;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::url::Url;
use super::{RegistryError, TIME};

/// How long a registry may take to begin its answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often something is asked where the connection breaks or the registry is busy.
const ATTEMPTS: u32 = 3;

/// The client, the same that AWS is called with: TLS by rustls with the
/// machine's own roots.
pub(super) struct Http {
    connector: Connector,
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

    fn build(&self) -> Result<HttpRequest, RegistryError> {
        // Everything in it has been checked: this is for the compiler.
        let invalid =
            |found: String| RegistryError::Nonsense { what: format!("the request {}", self.name()), found };
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(self.method).map_err(|error| invalid(error.to_string()))?;
        request.set_uri(self.url.whole()).map_err(|error| invalid(error.to_string()))?;
        let own = ("user-agent", concat!("ecs-host/", env!("CARGO_PKG_VERSION")).to_owned());
        for (name, value) in self.headers.iter().chain([&own]) {
            let inserted = request.headers_mut().try_insert(*name, value.clone());
            // The value may be a secret, so it is not shown.
            inserted.map_err(|_| invalid(format!("a value that the header `{name}` can't have")))?;
        }
        Ok(request)
    }
}

/// What comes back. The body is still to be read.
pub(super) struct Response {
    /// What was asked.
    pub(super) to: String,
    pub(super) status: u16,
    pub(super) headers: Headers,
    body: ByteStream,
}

impl Http {
    /// A client for a registry. The proxy of `HTTPS_PROXY` and `NO_PROXY` is
    /// for what is not on this machine.
    pub(super) fn to(registry: &Url) -> Self {
        let proxy = if registry.is_local() { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        let tls = Provider::Rustls(CryptoMode::Ring);
        Self { connector: Connector::builder().proxy_config(proxy).tls_provider(tls).build() }
    }

    /// Sends a request. What only reads is sent again where the connection
    /// breaks or the registry is busy.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Response, RegistryError> {
        let reads = matches!(request.method, "GET" | "HEAD");
        for attempt in 1.. {
            let answer = self.once(request).await;
            let busy = match &answer {
                Ok(response) => response.status == 429 || response.status >= 500,
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
        let call = tokio::time::timeout(patience, self.connector.call(request.build()?));
        let answer = call.await.map_err(|_| RegistryError::Slow { what: request.name() })?;
        let mut response = answer
            .map_err(|error| RegistryError::Unreachable { what: request.name(), why: innermost(&error) })?;
        Ok(Response {
            to: request.name(),
            status: response.status().as_u16(),
            body: ByteStream::new(response.take_body()),
            headers: std::mem::take(response.headers_mut()),
        })
    }
}

/// What the lowest layer said: those above it say that something failed.
fn innermost(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    super::excerpt(inner.to_string().as_bytes())
}

impl Response {
    /// Reads the body, which has at most so many bytes.
    pub(super) async fn read(mut self, most: u64) -> Result<Vec<u8>, RegistryError> {
        let large = || RegistryError::TooLarge { what: format!("the answer to {}", self.to), most };
        let announced = self.headers.get("content-length").and_then(|length| length.parse::<u64>().ok());
        if announced.is_some_and(|length| length > most) {
            return Err(large());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = self.body.next().await {
            let broken = |error| RegistryError::Unreachable { what: self.to.clone(), why: innermost(&error) };
            let chunk = chunk.map_err(broken)?;
            if (bytes.len() + chunk.len()) as u64 > most {
                return Err(large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// The response where it has one of these statuses.
    pub(super) async fn expect(self, statuses: &[u16]) -> Result<Self, RegistryError> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        let (what, status) = (self.to.clone(), self.status);
        // The words of a registry are for its own errors; what is not read says nothing.
        let said = self.read(64 << 10).await.unwrap_or_default();
        Err(RegistryError::Refused { what, status, said: super::error::said(&said) })
    }
}
