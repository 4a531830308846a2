//! Requests to one repository, with the login that its registry wants.

use std::cell::RefCell;

use serde_json::Value;

use super::RegistryError;
use super::credentials;
use super::http::{Http, Request, Response};
use super::url::Url;
use model::Environment;
use model::names::Repository;

/// How often a registry may lead elsewhere for one thing: its storage, once or twice.
const REDIRECTS: usize = 3;

/// A token's answer is a few kilobytes.
const TOKEN: u64 = 1 << 20;

/// A conversation about one repository. The login is looked for when the
/// registry wants one, and goes to that registry alone.
pub(super) struct Session<'e> {
    http: Http,
    repository: &'e Repository,
    environment: &'e Environment,
    /// What a token is to allow: `pull`, or `pull,push`.
    actions: &'static str,
    authorization: RefCell<Option<String>>,
}

impl<'e> Session<'e> {
    pub(super) fn new(
        repository: &'e Repository,
        environment: &'e Environment,
        actions: &'static str,
    ) -> Self {
        let http = Http::to(&Url::of_registry(repository.host(), String::new()));
        Self { http, repository, environment, actions, authorization: RefCell::new(None) }
    }

    /// The address of something of the repository, such as `blobs/sha256:…`.
    pub(super) fn url(&self, of: &str) -> Url {
        let path = format!("/v2/{}/{of}", self.repository.path());
        Url::of_registry(self.repository.host(), path)
    }

    /// Sends a request, with a login where the registry wants one.
    pub(super) async fn send(&self, mut request: Request<'_>) -> Result<Response, RegistryError> {
        let own = request.url.is_of(&self.url(""));
        let known = self.authorization.borrow().clone().filter(|_| own);
        let had_one = known.is_some();
        if let Some(authorization) = known {
            request = request.header("authorization", authorization);
        }
        let response = self.http.send(&request).await?;
        if response.status() != 401 || !own || had_one {
            return Ok(response);
        }
        let authorization = self.log_in(&response).await?;
        *self.authorization.borrow_mut() = Some(authorization.clone());
        self.http.send(&request.header("authorization", authorization)).await
    }

    /// Gets something, from wherever the registry keeps it.
    pub(super) async fn get(&self, url: Url, accept: Option<&str>) -> Result<Response, RegistryError> {
        let mut to = url.clone();
        for _ in 0..=REDIRECTS {
            let mut request = Request::get(to.clone());
            if let Some(accept) = accept {
                request = request.header("accept", accept);
            }
            let response = self.send(request).await?;
            if !matches!(response.status(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            to = to.join(response.header("location").unwrap_or_default())?;
        }
        Err(RegistryError::Redirects { what: format!("GET {url}"), times: REDIRECTS })
    }

    /// What the registry wants to see, by its challenge.
    async fn log_in(&self, refusal: &Response) -> Result<String, RegistryError> {
        let challenges: Vec<&str> = refusal.header_values("www-authenticate").collect();
        let named = |scheme: &str| {
            challenges.iter().find_map(|challenge| {
                let (found, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
                found.eq_ignore_ascii_case(scheme).then_some(parameters)
            })
        };
        let missing = |why: &str| RegistryError::Login {
            what: refusal.to.clone(),
            why: why.to_owned(),
            host: self.repository.host().to_owned(),
        };
        let (bearer, basic) = (named("bearer"), named("basic"));
        if bearer.is_none() && basic.is_none() {
            return Err(missing("the registry refuses it, and does not say which login it wants"));
        }
        let login = credentials::find(self.environment, self.repository).await?;
        match (bearer, login) {
            (Some(parameters), login) => self.token(parameters, login.map(|basic| basic.header())).await,
            (None, Some(basic)) => Ok(basic.header()),
            (None, None) => Err(missing("the registry wants a login, and docker has none for it")),
        }
    }

    /// A token of the service that the registry names (the distribution
    /// project's token authentication).
    async fn token(&self, parameters: &str, login: Option<String>) -> Result<String, RegistryError> {
        let realm = parameter(parameters, "realm").unwrap_or_default();
        let mut url = self.url("").join(&realm)?;
        if let Some(service) = parameter(parameters, "service") {
            url = url.with("service", &service);
        }
        url = url.with("scope", &format!("repository:{}:{}", self.repository.path(), self.actions));
        let mut request = Request::get(url);
        if let Some(login) = login {
            request = request.header("authorization", login);
        }
        let response = self.http.send(&request).await?.expect(&[200]).await?;
        let what = format!("the answer to {}", response.to);
        let body = response.read(TOKEN).await?;
        let told: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = ["token", "access_token"].iter().find_map(|name| told.get(name)?.as_str());
        let token = token.filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
        token.map(|token| format!("Bearer {token}")).ok_or_else(|| RegistryError::InvalidAnswer {
            what,
            // Nothing of it is shown: it may hold a token all the same.
            found: "it holds no token".to_owned(),
        })
    }
}

/// A parameter of a challenge: `name="value"`, with others beside it.
pub(crate) fn parameter(parameters: &str, name: &str) -> Option<String> {
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
    fn a_challenge_is_read_whatever_its_order() {
        let challenge =
            r#"service="registry, of a team" ,scope="repository:a:pull,push",realm="https://t/x""#;
        assert_eq!(parameter(challenge, "realm").as_deref(), Some("https://t/x"));
        assert_eq!(parameter(challenge, "Service").as_deref(), Some("registry, of a team"));
        assert_eq!(parameter("realm=https://t,service=s", "service").as_deref(), Some("s"));
        for broken in ["", "realm", "realm=\"", "x=\"a\""] {
            assert_eq!(parameter(broken, "realm"), None, "{broken}");
        }
    }
}
