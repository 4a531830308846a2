//! The flags of `new`.

use clap::{Args, ValueEnum};

use crate::project::Template;

/// The flags of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Name of the policy and of its new folder: 1 to 64 of a-z 0-9 -, not starting with a hyphen
    #[arg(value_name = "NAME", value_parser = name)]
    pub name: String,
    /// Programming language of the policy
    #[arg(long, value_name = "LANGUAGE", required_unless_present = "rules")]
    pub lang: Option<LanguageArg>,
    /// Write rules for the built-in policy `rules` instead of a program: deploy-rules.toml
    #[arg(long, conflicts_with = "lang")]
    pub rules: bool,
}

impl NewArgs {
    /// The kind of the project. Without a language, it is one of rules.
    #[must_use]
    pub fn template(&self) -> Template {
        self.lang.map_or(Template::Rules, Template::from)
    }
}

/// A language with a [`Template`], as a flag's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageArg {
    /// Rust, built with cargo alone
    Rust,
    /// JavaScript, built with componentize-qjs from npm
    Javascript,
    /// Python, built with componentize-py from PyPI
    Python,
}

impl From<LanguageArg> for Template {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::Rust => Self::Rust,
            LanguageArg::Javascript => Self::Javascript,
            LanguageArg::Python => Self::Python,
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    if sandbox::is_policy_name(text) {
        Ok(text.to_owned())
    } else {
        Err("expected 1 to 64 lower-case letters, digits or -, not starting with a hyphen".to_owned())
    }
}
