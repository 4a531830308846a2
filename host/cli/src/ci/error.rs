//! Why a build cannot be resolved.

use model::build::InvalidBuild;
use model::exit::Exit;
use model::text::printable;
use thiserror::Error;

use super::variables::FieldVariables;
use super::{GIT, NONE, provider_title};

/// Why a build cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Nothing sets the branch or the commit.
    #[error("cannot detect the {} of the build: {reason}; pass {}", fields.join(" and "), flags.join(" "))]
    Unknown {
        /// The missing fields.
        fields: Vec<&'static str>,
        /// The flags that set them, each with an example of its value.
        flags: Vec<&'static str>,
        /// Why nothing sets them.
        reason: String,
    },
    /// A flag that describes a pull request, without a pull request.
    #[error(
        "{0} describes a pull request, and the build is of none: neither the CI provider nor --pull-request sets its \
         number; pass --pull-request NUMBER, or remove {0}"
    )]
    NoPullRequest(&'static str),
    /// Two flags that describe two kinds of builds.
    #[error("{one} contradicts {other}: {reason}")]
    Contradiction {
        /// A flag.
        one: &'static str,
        /// The other one.
        other: &'static str,
        /// Why, and what to do.
        reason: &'static str,
    },
    /// An event that is one of a tag or a pull request, without it.
    #[error(
        "--event {event} requires the {subject}: neither the CI provider nor a flag sets it; pass {flag}, or another event"
    )]
    MissingSubject {
        /// The event.
        event: &'static str,
        /// What is missing.
        subject: &'static str,
        /// The flag that sets it.
        flag: &'static str,
    },
    /// A variable of the provider whose value is not UTF-8.
    #[error("{0} is not UTF-8, so what it is set to is not known; correct it where it is set, or unset it")]
    Undecodable(String),
    /// The payload of the event that started the build, without which a pull request is not known.
    #[error(
        "cannot read the payload of the event of this pull request, `{}`: {reason}; GITHUB_EVENT_PATH names it, and a \
         job in a container needs a mount of its folder",
        printable(path)
    )]
    Payload {
        /// The file.
        path: String,
        /// What the system or the parser returned.
        reason: String,
    },
    /// A field with an invalid value.
    #[error("{error}{sources}")]
    Invalid {
        /// The field, its value and the rule.
        error: InvalidBuild,
        /// What may have set it: ` (from VARIABLE or --flag)`; empty if the field is a variable itself.
        sources: String,
    },
}

impl BuildError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unknown { .. }
            | Self::NoPullRequest(_)
            | Self::Contradiction { .. }
            | Self::MissingSubject { .. }
            | Self::Undecodable(_)
            | Self::Payload { .. }
            | Self::Invalid { .. } => Exit::Usage,
        }
    }

    /// The error about the value of a field that a variable or a flag has set.
    pub(super) fn invalid(error: InvalidBuild, variable: Option<&str>) -> Self {
        let sources = match (variable, flag(error.field)) {
            (Some(variable), Some(flag)) => format!(" (from {variable} or {flag})"),
            (Some(source), None) | (None, Some(source)) => format!(" (from {source})"),
            (None, None) => String::new(),
        };
        Self::Invalid { error, sources }
    }

    /// The error about a missing branch or commit, which these variables of the provider set. `reason` is why the working tree has neither.
    pub(super) fn unknown(
        branch: bool,
        commit: bool,
        provider: &str,
        variables: &FieldVariables,
        reason: Option<String>,
    ) -> Self {
        let branch = branch.then_some(("branch", "--branch NAME"));
        let commit = commit.then_some(("commit", "--commit \"$(git rev-parse HEAD)\""));
        let (fields, flags): (Vec<&'static str>, _) = [branch, commit].into_iter().flatten().unzip();
        let reason = match provider {
            NONE => format!(
                "the variables of no CI provider are set{}",
                reason.map(|reason| format!(", and {reason}")).unwrap_or_default()
            ),
            GIT => reason.unwrap_or_else(|| "the git repository has none".to_owned()),
            _ => {
                let names = fields.iter().filter_map(|field| variables.get(field)).flatten();
                let names = names.copied().collect::<Vec<_>>().join(", ");
                format!("{} sets none of its variables for that ({names})", provider_title(provider))
            }
        };
        Self::Unknown { fields, flags, reason }
    }
}

/// The flag that sets a field.
fn flag(field: &str) -> Option<&'static str> {
    Some(match field {
        "branch" => "--branch",
        "commit" => "--commit",
        "git tag" => "--git-tag",
        "repository" => "--repository",
        "pull request" => "--pull-request",
        "source branch" => "--source-branch",
        "base commit" => "--base-commit",
        "actor" => "--actor",
        "number scope" => "--build-scope",
        "commit time" => "--commit-time",
        _ => return None,
    })
}
