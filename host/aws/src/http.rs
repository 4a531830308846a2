//! HTTP on the SDK's stack: TLS by rustls with the machine's own roots and those of `AWS_CA_BUNDLE`, and the proxy of
//! `HTTPS_PROXY` and `NO_PROXY`.

use std::error::Error;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use thiserror::Error;

use crate::error_sources::{innermost, sources};
use crate::tls::{self, CaBundleError};
use model::exit::Exit;

/// A client for requests that are not AWS API calls.
pub struct HttpClient {
    connector: Connector,
}

/// A request that failed before a response began.
#[derive(Debug, Error)]
pub enum HttpError {
    /// A part of the request that HTTP does not allow.
    #[error("{0}")]
    Invalid(String),
    /// The innermost cause of why there is no connection.
    #[error("{0}")]
    Connection(String),
    /// The innermost cause of a connection that broke before a response. The server may have received the request.
    #[error("{0}")]
    NoResponse(String),
}

impl HttpError {
    /// The exit code of a run that this error ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Invalid(_) | Self::Connection(_) | Self::NoResponse(_) => Exit::Preflight,
        }
    }
}

/// The status and the headers of a response. Its body is still to be read.
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    headers: Headers,
    body: ByteStream,
}

/// Why a response's body could not be read.
#[derive(Debug, Error)]
pub enum BodyError {
    /// It has more bytes than the limit.
    #[error("the body is larger than the limit")]
    TooLarge,
    /// The innermost cause of a broken connection.
    #[error("{0}")]
    Connection(String),
}

impl BodyError {
    /// The exit code of a run that this error ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::TooLarge | Self::Connection(_) => Exit::Preflight,
        }
    }
}

impl HttpClient {
    /// A client that uses the proxy of the environment, or none.
    ///
    /// # Errors
    /// [`CaBundleError`] if `AWS_CA_BUNDLE` or its like names a file without certificates.
    pub fn new(uses_proxy: bool) -> Result<Self, CaBundleError> {
        let proxy = if uses_proxy { ProxyConfig::from_env() } else { ProxyConfig::disabled() };
        let provider = Provider::Rustls(CryptoMode::Ring);
        let connector = Connector::builder().proxy_config(proxy).tls_provider(provider);
        Ok(Self { connector: connector.tls_context(tls::context()?).build() })
    }

    /// Sends a request once, without a time limit.
    ///
    /// # Errors
    /// [`HttpError`]. An error about a header names the header and never its value, which may be a secret.
    pub async fn send<'h>(
        &self,
        method: &str,
        uri: String,
        headers: impl IntoIterator<Item = (&'static str, &'h str)>,
        body: &[u8],
    ) -> Result<HttpResponse, HttpError> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).map_err(|error| HttpError::Invalid(error.to_string()))?;
        request.set_uri(uri).map_err(|error| HttpError::Invalid(error.to_string()))?;
        for (name, value) in headers {
            let inserted = request.headers_mut().try_insert(name, value.to_owned());
            inserted.map_err(|_| HttpError::Invalid(format!("invalid value of the header `{name}`")))?;
        }
        let response = self.connector.call(request).await;
        let mut response = response.map_err(|error| {
            let reason = innermost(&error);
            if was_sent(&error) { HttpError::NoResponse(reason) } else { HttpError::Connection(reason) }
        })?;
        Ok(HttpResponse {
            status: response.status().as_u16(),
            body: ByteStream::new(response.take_body()),
            headers: std::mem::take(response.headers_mut()),
        })
    }
}

impl HttpResponse {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// The values of a header that may be there more than once.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name)
    }

    /// Reads the body, if it has at most this number of bytes.
    ///
    /// # Errors
    /// [`BodyError`].
    pub async fn read(mut self, max_bytes: u64) -> Result<Vec<u8>, BodyError> {
        let announced = self.header("content-length").and_then(|length| length.parse::<u64>().ok());
        if announced.is_some_and(|length| length > max_bytes) {
            return Err(BodyError::TooLarge);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = self.body.next().await {
            let chunk = chunk.map_err(|error| BodyError::Connection(innermost(&error)))?;
            if (bytes.len() + chunk.len()) as u64 > max_bytes {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Whether a connection was made, so that the server may have received the request. The HTTP client states it in a text
/// only: its error has the kind `Connect` for what happens before.
fn was_sent(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(|source| source.to_string().contains("(SendRequest)"))
}
