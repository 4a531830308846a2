//! Authenticated requests to a repository.

use std::cell::RefCell;

use serde_json::Value;

use super::credentials;
use super::http::{Http, Request, Response};
use super::url::Url;
use super::{Login, RegistryError};
use model::names::Repository;

/// The maximum number of redirects of a request. Registries redirect to their storage once or twice.
const MAX_REDIRECTS: usize = 3;

/// The maximum size of a token response, in bytes. A usual one has a few kilobytes.
const MAX_TOKEN_SIZE: u64 = 1 << 20;

/// Requests to one repository. Credentials are read when the registry requires them, and are sent to that registry alone.
pub(super) struct Session<'e> {
    http: Http,
    repository: &'e Repository,
    login: Login<'e>,
    /// The actions that a token must allow: `pull`, or `pull,push`.
    actions: &'static str,
    authorization: RefCell<Option<String>>,
}

impl<'e> Session<'e> {
    pub(super) fn new(
        repository: &'e Repository,
        login: Login<'e>,
        actions: &'static str,
    ) -> Result<Self, RegistryError> {
        let http = Http::new(&Url::in_registry(repository.host(), String::new()))?;
        Ok(Self { http, repository, login, actions, authorization: RefCell::new(None) })
    }

    /// The URL of a path in the repository, such as `blobs/sha256:…`.
    pub(super) fn url(&self, suffix: &str) -> Url {
        let path = format!("/v2/{}/{suffix}", self.repository.path());
        Url::in_registry(self.repository.host(), path)
    }

    /// Sends a request, with credentials if the registry requires them.
    pub(super) async fn send(&self, mut request: Request<'_>) -> Result<Response, RegistryError> {
        let is_registry = request.url.has_same_origin(&self.url(""));
        let known = self.authorization.borrow().clone().filter(|_| is_registry);
        let was_authorized = known.is_some();
        if let Some(authorization) = known {
            request = request.header("authorization", authorization);
        }
        let response = self.http.send(&request).await?;
        if response.status() != 401 || !is_registry || was_authorized {
            return Ok(response);
        }
        let authorization = self.authorize(&response).await?;
        *self.authorization.borrow_mut() = Some(authorization.clone());
        self.http.send(&request.header("authorization", authorization)).await
    }

    /// Sends a `GET` request and follows redirects.
    pub(super) async fn get(&self, url: Url, accept: Option<&str>) -> Result<Response, RegistryError> {
        let mut target = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = Request::get(target.clone());
            if let Some(accept) = accept {
                request = request.header("accept", accept);
            }
            let response = self.send(request).await?;
            if !matches!(response.status(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            target = target.join(response.header("location").unwrap_or_default())?;
        }
        Err(RegistryError::TooManyRedirects { request: format!("GET {url}"), max: MAX_REDIRECTS })
    }

    /// The header `authorization` for the challenge of a 401 response.
    async fn authorize(&self, response: &Response) -> Result<String, RegistryError> {
        let challenges: Vec<&str> = response.header_values("www-authenticate").collect();
        let find_challenge = |scheme: &str| {
            challenges.iter().find_map(|challenge| {
                let (found, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
                found.eq_ignore_ascii_case(scheme).then_some(parameters)
            })
        };
        let missing = |reason: &str| RegistryError::MissingCredentials {
            request: response.request.clone(),
            reason: reason.to_owned(),
            host: self.repository.host().to_owned(),
        };
        let (bearer, basic) = (find_challenge("bearer"), find_challenge("basic"));
        if bearer.is_none() && basic.is_none() {
            return Err(missing(
                "the registry returned HTTP status 401 without a supported authentication scheme",
            ));
        }
        let credentials = credentials::find(self.login, self.repository).await?;
        match (bearer, credentials) {
            (Some(parameters), credentials) => {
                self.fetch_token(parameters, credentials.map(|basic| basic.header())).await
            }
            (None, Some(basic)) => Ok(basic.header()),
            (None, None) => {
                let unread = credentials::unread_config(self.login.environment);
                Err(missing(&format!(
                    "the registry requires credentials, and docker has none for it{unread}"
                )))
            }
        }
    }

    /// Fetches a token from the service that the challenge names (token authentication of the distribution project).
    async fn fetch_token(&self, parameters: &str, basic: Option<String>) -> Result<String, RegistryError> {
        let realm = challenge_parameter(parameters, "realm").unwrap_or_default();
        let mut url = self.url("").join(&realm)?;
        if let Some(service) = challenge_parameter(parameters, "service") {
            url = url.with_parameter("service", &service);
        }
        url = url.with_parameter("scope", &format!("repository:{}:{}", self.repository.path(), self.actions));
        let mut request = Request::get(url);
        if let Some(basic) = basic {
            request = request.header("authorization", basic);
        }
        let response = self.http.send(&request).await?.expect_status(&[200]).await?;
        let subject = format!("the response to {}", response.request);
        let body = response.read(MAX_TOKEN_SIZE).await?;
        let reply: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = ["token", "access_token"].iter().find_map(|name| reply.get(name)?.as_str());
        let token = token.filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
        token.map(|token| format!("Bearer {token}")).ok_or_else(|| RegistryError::InvalidResponse {
            subject,
            // The body is omitted, since it can contain a token in another field.
            found: "it contains no token".to_owned(),
        })
    }
}

/// The value of a parameter `name="value"` of a challenge.
pub(crate) fn challenge_parameter(parameters: &str, name: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        if key.trim_matches([' ', ',']).eq_ignore_ascii_case(name) {
            return Some(value.to_owned());
        }
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_challenge_in_any_order() {
        let challenge =
            r#"service="registry, of a team" ,scope="repository:a:pull,push",realm="https://t/x""#;
        assert_eq!(challenge_parameter(challenge, "realm").as_deref(), Some("https://t/x"));
        assert_eq!(challenge_parameter(challenge, "Service").as_deref(), Some("registry, of a team"));
        assert_eq!(challenge_parameter("realm=https://t,service=s", "service").as_deref(), Some("s"));
        for broken in ["", "realm", "realm=\"", "x=\"a\""] {
            assert_eq!(challenge_parameter(broken, "realm"), None, "{broken}");
        }
    }
}
