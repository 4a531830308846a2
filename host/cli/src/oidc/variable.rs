//! A token that the provider put into a variable when the job started.

use aws::{TokenError, TokenFuture, TokenSource};
use model::time::Time;

use super::token;
use crate::output::Masker;

/// The token of one variable.
pub(super) struct VariableToken {
    variable: String,
    provider: String,
    token: String,
    fixed_by: String,
}

/// Without the token.
impl std::fmt::Debug for VariableToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VariableToken").field("variable", &self.variable).finish_non_exhaustive()
    }
}

impl VariableToken {
    pub(super) fn new(variable: &str, provider: &str, token: &str, masker: Masker) -> Self {
        let token = token.trim().to_owned();
        if token::check(&token).is_ok() {
            masker.add(token.clone());
        }
        let end = token::expires_at(&token).map(|end| format!(" until {}", token::clock(end)));
        let end = end.unwrap_or_default();
        let fixed_by =
            format!("the identity token in {variable} is valid{end} and cannot be renewed in this job");
        Self { variable: variable.to_owned(), provider: provider.to_owned(), token, fixed_by }
    }

    fn check(&self) -> Result<String, TokenError> {
        let Self { variable, token, fixed_by, .. } = self;
        if let Err(problem) = token::check(token) {
            return Err(TokenError {
                message: format!("the identity token in {variable} cannot be used: {problem}"),
                hint: "check what sets the variable".to_owned(),
                is_permanent: true,
            });
        }
        match token::expires_at(token) {
            Some(end) if end <= Time::now().unix_seconds() => Err(TokenError {
                message: format!("the identity token in {variable} expired at {}", token::clock(end)),
                hint: format!("{fixed_by}: let it be issued for longer, or start this in another job"),
                is_permanent: true,
            }),
            _ => Ok(token.clone()),
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
        Some(&self.fixed_by)
    }
}
