//! The flags of `new`.

use clap::Args;

use crate::project::Language;

/// The flags of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The policy's name, and that of the folder it gets: a-z, 0-9 and hyphens
    #[arg(value_name = "NAME", value_parser = name)]
    pub name: String,
    /// The language it is written in
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Language,
}

fn name(text: &str) -> Result<String, String> {
    if sandbox::is_policy_name(text) {
        Ok(text.to_owned())
    } else {
        Err("a policy's name is 1 to 64 of a-z 0-9 -, no hyphen first".to_owned())
    }
}
