//! Stage 1: what is being built.
//!
//! ```
//! use ecs_host::ci;
//! use model::Environment;
//! use model::build::PartialBuild;
//!
//! let environment = Environment::from_iter([
//!     ("TRAVIS_BRANCH", "master"),
//!     ("TRAVIS_COMMIT", "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20"),
//!     ("TRAVIS_JOB_NUMBER", "12.1"),
//! ]);
//! let build = ci::resolve(&environment, PartialBuild::default()).unwrap();
//! assert_eq!((build.provider, build.branch.as_str(), build.job), ("travis", "master", Some(1)));
//! ```

mod commit_time;
mod travis;

use std::path::Path;

use thiserror::Error;

use model::Environment;
use model::build::{Build, BuildEvent, InvalidBuild, PartialBuild};
use model::exit::Exit;

/// The fields of a build that a CI provider sets, and its name.
#[derive(Debug, PartialEq, Eq)]
struct ProviderBuild {
    provider: &'static str,
    fields: PartialBuild,
}

/// Why a build can't be resolved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Neither the provider nor the command line sets the branch or the commit.
    #[error(
        "cannot detect the build: Travis CI sets TRAVIS_BRANCH and TRAVIS_COMMIT; elsewhere pass {}",
        flags.join(" ")
    )]
    Unknown {
        /// The missing flags, each with an example of its value.
        flags: Vec<&'static str>,
    },
    /// A field with an invalid value.
    #[error(transparent)]
    Invalid(#[from] InvalidBuild),
}

impl BuildError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unknown { .. } | Self::Invalid(_) => Exit::Usage,
        }
    }
}

/// Resolves the build from the provider's variables and from `overrides`, which the command line sets.
///
/// # Errors
/// [`BuildError`] if the branch or the commit is not known, or a field is invalid.
pub fn resolve(environment: &Environment, overrides: PartialBuild) -> Result<Build, BuildError> {
    let ProviderBuild { provider, fields } = detect(environment)?;
    let event = overrides.event;
    let PartialBuild { branch, commit, .. } = overrides.clone().or(fields.clone());
    // A tag that the command line names is its own branch, as on Travis CI.
    let branch = branch.or_else(|| overrides.tag.clone());
    let (Some(branch), Some(commit)) = (branch.clone(), commit.clone()) else {
        let flags = [(branch, "--branch NAME"), (commit, "--commit \"$(git rev-parse HEAD)\"")];
        let flags = flags.into_iter().filter(|(field, _)| field.is_none()).map(|(_, flag)| flag);
        return Err(BuildError::Unknown { flags: flags.collect() });
    };
    let detected_event = fields.event;
    let merged = overrides.or(fields);
    let build = Build {
        provider,
        branch,
        commit,
        event: event.or(merged.implied_event()).or(detected_event).unwrap_or(BuildEvent::Manual),
        repository: merged.repository,
        commit_message: merged.commit_message,
        commit_time: merged.commit_time,
        tag: merged.tag,
        pull_request: merged.pull_request,
        number: merged.number,
        job: merged.job,
    };
    build.check()?;
    Ok(build)
}

/// Reads the commit's time from git, if the build has neither a number nor a time.
pub fn read_commit_time(build: &mut Build) {
    if build.number.is_none() && build.commit_time.is_none() {
        build.commit_time = commit_time::read(Path::new("."), &build.commit);
    }
}

/// Reads the variables of the provider that runs this process.
fn detect(environment: &Environment) -> Result<ProviderBuild, InvalidBuild> {
    if travis::is_active(environment) {
        travis::read(environment)
    } else {
        Ok(ProviderBuild { provider: "none", fields: PartialBuild::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

    fn overrides() -> PartialBuild {
        PartialBuild { branch: Some("master".into()), commit: Some(COMMIT.into()), ..PartialBuild::default() }
    }

    #[test]
    fn the_command_line_alone_is_enough() {
        let build = resolve(&Environment::default(), overrides()).unwrap();
        assert_eq!((build.provider, build.event, build.job), ("none", BuildEvent::Manual, None));
    }

    #[test]
    fn the_command_line_overrides_the_provider() {
        let environment =
            Environment::from_iter([("TRAVIS_BRANCH", "develop"), ("TRAVIS_BUILD_NUMBER", "7")]);
        let build = resolve(&environment, overrides()).unwrap();
        assert_eq!((build.provider, build.branch.as_str(), build.number), ("travis", "master", Some(7)));
    }

    #[test]
    fn an_error_names_the_flag_of_a_missing_field() {
        let error = resolve(&Environment::default(), PartialBuild::default()).unwrap_err();
        assert!(error.to_string().contains("--branch"), "{error}");
    }

    #[test]
    fn a_short_commit_hash_is_rejected() {
        let short = PartialBuild { commit: Some("3f2a9c1".into()), ..overrides() };
        assert!(matches!(
            resolve(&Environment::default(), short),
            Err(BuildError::Invalid(InvalidBuild { field: "commit", .. }))
        ));
    }

    #[test]
    fn control_characters_in_a_branch_are_rejected() {
        let forged = PartialBuild { branch: Some("a\u{1b}[2J".into()), ..overrides() };
        assert!(resolve(&Environment::default(), forged).is_err());
    }
}
