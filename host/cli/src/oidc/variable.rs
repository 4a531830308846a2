//! A token that the provider put into a variable when the job started.

use aws::{IdentityToken, TokenError, TokenFuture, TokenSource};
use model::time::Time;

use super::token;
use crate::output::Masker;

/// The token of one variable.
pub(super) struct VariableToken {
    variable: String,
    provider: String,
    /// The token, or what is wrong with the text.
    token: Result<IdentityToken, &'static str>,
    /// `None` if the token could not be used when the job started: the error states what is wrong, and nothing else does.
    fixed_by: Option<String>,
}

/// Without the token.
impl std::fmt::Debug for VariableToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VariableToken").field("variable", &self.variable).finish_non_exhaustive()
    }
}

/// When a token expired; `None` while it is valid.
fn expired_at(token: &IdentityToken) -> Option<u64> {
    token.claims().expires_at.filter(|end| *end <= Time::now().unix_seconds())
}

impl VariableToken {
    pub(super) fn new(variable: &str, provider: &str, text: &str, masker: Masker) -> Self {
        let token = IdentityToken::parse(text.trim());
        let fixed_by = token.as_ref().ok().filter(|token| expired_at(token).is_none()).map(|token| {
            let end = token.claims().expires_at.map(|end| format!(" until {}", token::clock(end)));
            let end = end.unwrap_or_default();
            format!("the identity token in {variable} is valid{end} and cannot be renewed in this job")
        });
        if let Ok(token) = &token {
            masker.add(token.secret().to_owned());
        }
        Self { variable: variable.to_owned(), provider: provider.to_owned(), token, fixed_by }
    }

    fn check(&self) -> Result<IdentityToken, TokenError> {
        let variable = &self.variable;
        let failed =
            |message: String, hint: &str| TokenError { message, hint: hint.to_owned(), is_permanent: true };
        let token = self.token.as_ref().map_err(|problem| {
            let message = format!("the identity token in {variable} cannot be used: {problem}");
            failed(message, "check what sets the variable")
        })?;
        match expired_at(token) {
            Some(end) => Err(failed(
                format!("the identity token in {variable} expired at {}", token::clock(end)),
                "this job cannot renew it: let it be issued for longer, or start this in another job",
            )),
            None => Ok(token.clone()),
        }
    }
}

impl TokenSource for VariableToken {
    fn fetch(&self) -> TokenFuture<'_> {
        Box::pin(std::future::ready(self.check()))
    }

    fn provider(&self) -> &str {
        &self.provider
    }

    fn fixed_by(&self) -> Option<&str> {
        self.fixed_by.as_deref()
    }
}
