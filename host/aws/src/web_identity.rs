//! The credentials of a role that is assumed with an identity token of a CI provider.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use crate::error_sources::{innermost, sources};
use crate::identity_token::{IdentityToken, TokenClaims};
use model::names::RoleArn;
use model::text::printable;

/// A token that is being fetched.
pub type TokenFuture<'a> = Pin<Box<dyn Future<Output = Result<IdentityToken, TokenError>> + Send + 'a>>;

/// Where identity tokens come from.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Fetches a token: another one at each call, if the provider issues one on request.
    fn fetch(&self) -> TokenFuture<'_>;

    /// The name of the provider.
    fn provider(&self) -> &str;

    /// Why the token of a later call is the same; `None` if each call fetches another one.
    fn fixed_by(&self) -> Option<&str>;
}

/// A token that could not be fetched.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct TokenError {
    /// What was attempted, on what, and what came back.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Whether a later attempt fails, too.
    pub is_permanent: bool,
}

/// A role, and the identity that it is assumed with.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    /// The role.
    pub role: RoleArn,
    /// The name of the session, which CloudTrail records.
    pub session_name: String,
    /// The source of identity tokens.
    pub source: Arc<dyn TokenSource>,
}

/// Why there are no credentials of the role.
#[derive(Debug, Clone)]
pub(crate) struct WebIdentityError {
    /// What was attempted, on what, and what came back.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: String,
    /// The error code, if a later attempt fails, too.
    pub(crate) code: Option<String>,
}

impl fmt::Display for WebIdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for WebIdentityError {}

/// The first error of this kind among the sources of another one.
pub(crate) fn find_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e WebIdentityError> {
    sources(error).find_map(|error| error.downcast_ref())
}

/// A provider that exchanges an identity token for credentials. The SDK asks it again shortly before they expire.
#[derive(Debug)]
pub(crate) struct WebIdentityProvider {
    pub(crate) identity: WebIdentity,
    pub(crate) sts: aws_sdk_sts::Client,
}

impl ProvideCredentials for WebIdentityProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.load().await.map_err(CredentialsError::provider_error) })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        None
    }
}

impl WebIdentityProvider {
    async fn load(&self) -> Result<Credentials, WebIdentityError> {
        let WebIdentity { role, session_name, source } = &self.identity;
        let token = source.fetch().await.map_err(|error| WebIdentityError {
            message: error.message,
            hint: error.hint,
            code: error.is_permanent.then(|| "IdentityToken".to_owned()),
        })?;
        let request = self.sts.assume_role_with_web_identity().role_arn(role.as_str());
        let request = request.role_session_name(session_name).web_identity_token(token.secret());
        let (response, claims) = (request.send().await, token.claims());
        let response = response.map_err(|error| {
            let service = error.as_service_error();
            let code = service.and_then(|error| error.code()).map(str::to_owned);
            let reported = service.and_then(|error| error.message()).unwrap_or_default();
            self.describe(code, reported, &innermost(&error), claims)
        })?;
        let credentials =
            response.credentials.ok_or_else(|| self.describe(None, "", "no credentials", claims))?;
        let expires_at = SystemTime::try_from(credentials.expiration).ok();
        Ok(Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            expires_at,
            "identity token",
        ))
    }

    /// The error of a response of STS (the STS API reference, `AssumeRoleWithWebIdentity`, "Errors").
    fn describe(
        &self,
        code: Option<String>,
        reported: &str,
        cause: &str,
        claims: &TokenClaims,
    ) -> WebIdentityError {
        let WebIdentity { role, source, .. } = &self.identity;
        let provider = source.provider();
        let attempt = format!("sts:AssumeRoleWithWebIdentity for {role}");
        let hint = match code.as_deref() {
            Some("AccessDenied" | "AccessDeniedException") => format!(
                "the trust policy of the role does not match the identity token of {provider}, which has {claims}, or the \
                 role does not exist; `ecs-host iam --oidc` prints the trust policy"
            ),
            Some("InvalidIdentityToken" | "IDPRejectedClaim") => format!(
                "create the identity provider of {provider} in account {}, for the issuer and the audience of the identity \
                 token, which has {claims}; `ecs-host iam --oidc` prints the command",
                role.account()
            ),
            Some("ExpiredTokenException") if source.fixed_by().is_some() => {
                "this job cannot renew it: check the clock of this machine, let the token be issued for longer, or start \
                 this in another job"
                    .to_owned()
            }
            Some("ExpiredTokenException") => "check the clock of this machine, and run this again".to_owned(),
            _ => "check the network and the region, then run this again".to_owned(),
        };
        let answer = match &code {
            Some(code) => format!("{code}: {}", reported.trim_end_matches('.')),
            None => cause.to_owned(),
        };
        let is_transient = matches!(code.as_deref(), None | Some("IDPCommunicationError" | "Throttling"));
        WebIdentityError {
            message: printable(&format!("{attempt}: {answer}")),
            hint,
            code: code.filter(|_| !is_transient),
        }
    }
}
