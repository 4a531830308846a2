//! The flags of identity tokens.

use clap::Args;

use super::values::{role, variable};
use model::names::RoleArn;

/// The flags of the role that a job assumes with its identity token.
#[derive(Debug, Clone, Default, Args)]
pub struct OidcArgs {
    /// IAM role to assume with the identity token of this CI job, instead of any other credentials
    #[arg(long, value_name = "ARN", value_parser = role)]
    pub oidc_role: Option<RoleArn>,
    /// Variable with the identity token [default: the CI provider's own, or a request to it]
    #[arg(long, value_name = "NAME", value_parser = variable)]
    pub oidc_token_variable: Option<String>,
}
