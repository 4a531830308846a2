//! The flags of `new`.

use clap::{Args, ValueEnum};

use crate::project::Template;

/// The flags of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Name of the policy or guard and of its new folder: 1 to 64 of a-z 0-9 -, not starting with a hyphen; `.` for this folder,
    /// whose name it gets
    #[arg(value_name = "NAME", value_parser = place)]
    pub place: Option<Place>,
    /// Programming language
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<LanguageArg>,
    /// Write rules for the built-in policy `rules` instead of a program: deploy-rules.toml
    #[arg(long, conflicts_with = "lang")]
    pub rules: bool,
    /// Write a guard, which reviews plans, instead of a policy; in Rust
    #[arg(long, conflicts_with = "rules")]
    pub guard: bool,
}

impl NewArgs {
    /// Where the project is created, and its kind.
    ///
    /// # Errors
    /// A message, if one of them is not set.
    pub fn project(&self) -> Result<(&Place, Template), String> {
        let template = match (self.guard, self.lang) {
            (true, None | Some(LanguageArg::Rust)) => Some(Template::RustGuard),
            (true, Some(LanguageArg::Javascript | LanguageArg::Python)) => {
                return Err("the project of a guard is in Rust: use `ecs-host new NAME --guard --lang rust`; a component in \
                            any language that exports `ecs-host:policy/guard` is a guard\n"
                    .to_owned());
            }
            (false, lang) => lang.map(Template::from).or(self.rules.then_some(Template::Rules)),
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
             ecs-host new NAME --rules            rules in a file, without code\n  \
             ecs-host new NAME --lang LANGUAGE    a program in {}\n  \
             ecs-host new NAME --guard            a guard, which reviews plans, in Rust\n\
             NAME is that of a new folder, or `.` for this one\n",
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
