//! Keys without keys: the identity token that a CI provider issues to a job, for which AWS STS returns credentials.
//!
//! GitHub Actions and Buildkite issue another token on each request, so credentials are renewed as long as the job runs.
//! The others put one into a variable when the job starts: credentials are renewed until it expires.

mod agent;
mod flags;
mod forms;
mod github;
pub mod jobs;
mod token;
pub mod trust;
mod variable;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use crate::ci;
use crate::output::Masker;
use aws::{TokenSource, WebIdentity};
use model::Environment;
use model::build::PartialBuild;
use model::exit::Exit;
use model::names::RoleArn;

/// The audience of tokens for AWS, by the convention of its documentation.
pub const AUDIENCE: &str = "sts.amazonaws.com";

/// The variables with identity tokens, or with what requests them, which docker does not receive.
pub const TOKEN_VARIABLES: [&str; 6] = [
    github::URL,
    github::REQUEST_TOKEN,
    "GITLAB_OIDC_TOKEN",
    "CIRCLE_OIDC_TOKEN_V2",
    "CIRCLE_OIDC_TOKEN",
    "BITBUCKET_STEP_OIDC_TOKEN",
];

/// Why a job has no identity token.
#[derive(Debug, Error)]
pub enum OidcError {
    /// The provider issues none.
    #[error(
        "--oidc-role: {0} issues no identity token that this program knows; name the variable with one by \
         --oidc-token-variable"
    )]
    NoTokens(String),
    /// No provider is detected.
    #[error(
        "--oidc-role: this is not a job of a CI provider, which would issue an identity token; leave the flag out here, \
         or name the variable with a token by --oidc-token-variable"
    )]
    NoProvider,
    /// A variable is missing. The second field states what to do.
    #[error("--oidc-role: {0}; {1}")]
    NotSet(String, String),
}

impl OidcError {
    /// The exit code of a run that this error ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoTokens(_) | Self::NoProvider | Self::NotSet(..) => Exit::Preflight,
        }
    }
}

/// A variable with a token, and what makes the provider set it.
struct TokenVariable {
    /// The name of the provider in [`ci`].
    provider: &'static str,
    names: &'static [&'static str],
    hint: &'static str,
}

/// The providers that put a token into a variable.
const VARIABLES: [TokenVariable; 3] = [
    // "OpenID Connect (OIDC) authentication using ID tokens" in the documentation of GitLab. The name is the user's.
    TokenVariable {
        provider: "gitlab",
        names: &["GITLAB_OIDC_TOKEN"],
        hint: "add `id_tokens: {GITLAB_OIDC_TOKEN: {aud: sts.amazonaws.com}}` to the job in .gitlab-ci.yml, or name the \
               variable of another one by --oidc-token-variable",
    },
    // "Using OpenID Connect tokens in jobs" in the documentation of CircleCI.
    TokenVariable {
        provider: "circleci",
        names: &["CIRCLE_OIDC_TOKEN_V2", "CIRCLE_OIDC_TOKEN"],
        hint: "CircleCI sets it in jobs of its cloud; on a server add a context to the job",
    },
    // "Integrate Pipelines with resource servers using OIDC" in the documentation of Bitbucket.
    TokenVariable {
        provider: "bitbucket",
        names: &["BITBUCKET_STEP_OIDC_TOKEN"],
        hint: "add `oidc: true` to the step in bitbucket-pipelines.yml",
    },
];

/// The identity of this job, which assumes a role. `variable` names a variable with a token. No request is sent.
///
/// # Errors
/// [`OidcError`] if the job has no identity token, with what to set.
pub fn find(
    role: &RoleArn,
    variable: Option<&str>,
    environment: &Environment,
    masker: Masker,
) -> Result<WebIdentity, OidcError> {
    let source = find_source(variable, environment, masker)?;
    Ok(WebIdentity { role: role.clone(), session_name: session_name(environment), source })
}

fn find_source(
    variable: Option<&str>,
    environment: &Environment,
    masker: Masker,
) -> Result<Arc<dyn TokenSource>, OidcError> {
    let running = ci::log_provider(environment);
    let title = running.map_or("the job", ci::provider_title);
    if let Some(name) = variable {
        let not_set = || {
            let hint = "let the provider set it, or name another one by --oidc-token-variable".to_owned();
            OidcError::NotSet(format!("the variable {name} with the identity token is not set"), hint)
        };
        let token = environment.get(name).ok_or_else(not_set)?;
        return Ok(Arc::new(variable::VariableToken::new(name, title, token, masker)));
    }
    match running.ok_or(OidcError::NoProvider)? {
        "github-actions" | "gitea" => Ok(Arc::new(github::GithubTokens::new(environment, title, masker)?)),
        "buildkite" => Ok(Arc::new(agent::AgentTokens::new(environment, masker)?)),
        provider => {
            let known = VARIABLES.iter().find(|known| known.provider == provider);
            let known = known.ok_or_else(|| OidcError::NoTokens(title.to_owned()))?;
            let set = known.names.iter().find_map(|name| Some((name, environment.get(name)?)));
            let (name, token) = set.ok_or_else(|| {
                let first = known.names.first().copied().unwrap_or_default();
                let problem = format!("{title} has set no identity token: {first} is not set");
                OidcError::NotSet(problem, known.hint.to_owned())
            })?;
            Ok(Arc::new(variable::VariableToken::new(name, title, token, masker)))
        }
    }
}

/// The most characters of a session's name (the STS API reference, `AssumeRoleWithWebIdentity`).
const MAX_SESSION_NAME: usize = 64;

/// The name of the session, such as `ecs-host-acme-todo-57`: of the repository and the number of the build, in the grammar
/// of STS.
fn session_name(environment: &Environment) -> String {
    let sources = ci::Sources { environment, ci: None, folder: None::<&Path> };
    let build = ci::resolve(sources, PartialBuild::default(), 0).ok().map(|resolved| resolved.build);
    let repository = build.as_ref().and_then(|build| build.repository.clone()).unwrap_or_default();
    let number = build.and_then(|build| build.number).map(|number| number.to_string()).unwrap_or_default();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let clean: String = repository.chars().map(|c| if is_allowed(c) { c } else { '-' }).collect();
    // The number stays if the repository's name is long.
    let room = MAX_SESSION_NAME.saturating_sub("ecs-host--".len() + number.len());
    let parts = ["ecs-host", clean.get(..room.min(clean.len())).unwrap_or_default(), &number];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
