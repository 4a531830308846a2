//! The flags of `new`.

use clap::{Args, ValueEnum};

use crate::project::{Language, Template};
use sandbox::ComponentKind;

/// The flags of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Name of the policy or guard and of its new folder: 1 to 64 of a-z 0-9 -, not starting with a hyphen; `.` for this folder,
    /// whose name it gets
    #[arg(value_name = "NAME", value_parser = place)]
    pub place: Option<Place>,
    /// Programming language; that of a guard is Rust by default
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<LanguageArg>,
    /// Write rules for the built-in policy `rules` instead of a program: deploy-rules.toml
    #[arg(long, conflicts_with = "lang")]
    pub rules: bool,
    /// Write a guard, which reviews plans, instead of a policy
    #[arg(long, conflicts_with = "rules")]
    pub guard: bool,
}

impl NewArgs {
    /// Where the project is created, and its kind.
    ///
    /// # Errors
    /// A message, if one of them is not set.
    pub fn project(&self) -> Result<(&Place, Template), String> {
        let language = self.lang.map(Language::from);
        let template = match (self.guard, language) {
            (true, _) => Some(Template::Program(ComponentKind::Guard, language.unwrap_or(Language::Rust))),
            (false, Some(language)) => Some(Template::Program(ComponentKind::Policy, language)),
            (false, None) => self.rules.then_some(Template::Rules),
        };
        let missing = match (&self.place, template) {
            (Some(place), Some(template)) => return Ok((place, template)),
            (Some(_), None) => "a kind of project",
            (None, Some(_)) => "a name",
            (None, None) => "a name and a kind of project",
        };
        let languages = LanguageArg::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let languages: Vec<String> = languages.map(|language| language.get_name().to_owned()).collect();
        Err(format!(
            "`ecs-host new` requires {missing}:\n  \
             ecs-host new NAME --rules                      rules in a file, without code\n  \
             ecs-host new NAME --lang LANGUAGE              a policy as a program\n  \
             ecs-host new NAME --guard [--lang LANGUAGE]    a guard, which reviews plans\n\
             LANGUAGE is one of {}; NAME is that of a new folder,\n\
             or `.` for this one\n",
            languages.join(", ")
        ))
    }
}

/// Where a project is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A new folder of this name, which is also that of the policy.
    NewFolder(String),
    /// The working folder.
    WorkingFolder,
}

/// A [`Language`] as a flag's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageArg {
    /// Rust, built with cargo alone
    Rust,
    /// JavaScript, built with componentize-qjs from npm
    Javascript,
    /// Python, built with componentize-py from PyPI
    Python,
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::Rust => Self::Rust,
            LanguageArg::Javascript => Self::Javascript,
            LanguageArg::Python => Self::Python,
        }
    }
}

fn place(text: &str) -> Result<Place, String> {
    match text {
        "." | "./" => Ok(Place::WorkingFolder),
        name if sandbox::is_component_name(name) => Ok(Place::NewFolder(name.to_owned())),
        _ => {
            Err("expected 1 to 64 lower-case letters, digits or -, not starting with a hyphen; or `.`"
                .to_owned())
        }
    }
}
