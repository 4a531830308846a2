//! Tokens of GitHub Actions, and of Gitea, which serves the same endpoint ("OpenID Connect reference" in the documentation
//! of GitHub Actions).

use std::time::Duration;

use serde_json::Value;

use aws::http::{BodyError, HttpClient, HttpError};
use aws::{IdentityToken, TokenError, TokenFuture, TokenSource, connection_advice};
use model::Environment;
use model::text::{abbreviate, printable};

use super::token::{self, RequestError};
use super::{AUDIENCE, OidcError};
use crate::output::Masker;

pub(super) const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
pub(super) const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// How long a response may take. A request without one is not repeated.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes of a response.
const MAX_BODY: u64 = 64 << 10;

/// The most bytes of a response without a token, for a message.
const MAX_ERROR: u64 = 4 << 10;

/// The endpoint that issues tokens to the job.
pub(super) struct GithubTokens {
    provider: String,
    /// The URL with its audience.
    url: String,
    host: String,
    /// What authorizes the requests.
    request_token: String,
    masker: Masker,
}

/// Without the token.
impl std::fmt::Debug for GithubTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GithubTokens").field("host", &self.host).finish_non_exhaustive()
    }
}

impl GithubTokens {
    pub(super) fn new(environment: &Environment, provider: &str, masker: Masker) -> Result<Self, OidcError> {
        let hint = "add `permissions: {id-token: write, contents: read}` to the job in the workflow";
        let read = |name: &str| {
            let problem = || format!("{provider} offers this job no identity token: {name} is not set");
            environment.get(name).ok_or_else(|| OidcError::NotSet(problem(), hint.to_owned()))
        };
        let (url, request_token) = (read(URL)?, read(REQUEST_TOKEN)?);
        masker.add(request_token.to_owned());
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        // The request token is sent there.
        let is_local = ["127.0.0.1", "[::1]", "localhost"].iter().any(|host| {
            authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':'))
        });
        if authority.contains('@') || !(scheme == "https" || scheme == "http" && is_local) {
            let problem = format!("{URL} is not a URL of https, to which the request token could be sent");
            return Err(OidcError::NotSet(problem, "check what sets it".to_owned()));
        }
        let separator = if rest.contains('?') { '&' } else { '?' };
        Ok(Self {
            provider: provider.to_owned(),
            url: format!("{url}{separator}audience={AUDIENCE}"),
            host: authority.to_owned(),
            request_token: request_token.to_owned(),
            masker,
        })
    }

    /// Requests a token once.
    async fn request(&self) -> Result<IdentityToken, RequestError> {
        let failed = |problem: String, hint: String| TokenError {
            message: printable(&format!("fetching an identity token from {}: {problem}", self.host)),
            hint,
            is_permanent: false,
        };
        let transient = |error: TokenError| RequestError { error, is_transient: true };
        let retry = || "run this again".to_owned();
        let is_https = self.url.starts_with("https:");
        // No proxy is on the way to this machine, and one would read the request token.
        let client = HttpClient::new(is_https).map_err(|error| failed(error.to_string(), retry()))?;
        let bearer = format!("Bearer {}", self.request_token);
        let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
        let response = client.send("GET", self.url.clone(), headers, b"").await.map_err(|error| {
            let advice = connection_advice(&error.to_string(), is_https);
            let described =
                failed(error.to_string(), advice.unwrap_or_else(|| "check the network".to_owned()));
            match error {
                HttpError::Invalid(_) => described.into(),
                // A token that was issued and lost harms nothing.
                HttpError::Connection(_) | HttpError::NoResponse(_) => transient(described),
            }
        })?;
        let status = response.status;
        if status != 200 {
            let hint = match status {
                401 | 403 => {
                    "check that the job has `permissions: id-token: write` and still runs".to_owned()
                }
                // A redirect is not followed: it would carry the request token to another host.
                300..=399 => format!("check {URL}: redirects are not followed"),
                _ => retry(),
            };
            // Without a readable body the error has only the status.
            let body = response.read(MAX_ERROR).await.unwrap_or_default();
            let answer = match String::from_utf8_lossy(&body).trim() {
                "" => format!("HTTP {status}"),
                answer => format!("HTTP {status}: {}", abbreviate(answer)),
            };
            let error = failed(answer, hint);
            return Err(if status == 429 || status >= 500 { transient(error) } else { error.into() });
        }
        let body = response.read(MAX_BODY).await.map_err(|error| match error {
            BodyError::TooLarge => {
                failed("the response is too large".to_owned(), format!("check {URL}")).into()
            }
            BodyError::Connection(reason) => transient(failed(reason, retry())),
        })?;
        let value: Option<Value> = serde_json::from_slice(&body).ok();
        let value = value.as_ref().and_then(|value| value.get("value")?.as_str());
        let text = value.ok_or_else(|| {
            failed("the response is not JSON with a `value`".to_owned(), format!("check {URL}"))
        })?;
        // What is no token is not printed, and as a secret it could mask any word.
        let token = IdentityToken::parse(text).map_err(|problem| {
            failed(format!("the response has no token: {problem}"), format!("check {URL}"))
        })?;
        self.masker.add(token.secret().to_owned());
        Ok(token)
    }
}

impl TokenSource for GithubTokens {
    fn fetch(&self) -> TokenFuture<'_> {
        let late = || format!("fetching an identity token from {}: no response", self.host);
        Box::pin(token::retry(&token::WAITS, move || token::within(TIMEOUT, self.request(), late)))
    }

    fn provider(&self) -> &str {
        &self.provider
    }

    fn fixed_by(&self) -> Option<&str> {
        None
    }
}
