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
//! let build = ci::resolve(&environment, PartialBuild::default(), 1_767_225_600).unwrap();
//! assert_eq!((build.provider, build.branch.as_str(), build.job), ("travis", "master", Some(1)));
//! ```

mod travis;

use std::path::Path;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::git::{GitError, GitRepository};
use model::Environment;
use model::build::{Build, BuildEvent, InvalidBuild, PartialBuild};
use model::exit::Exit;

/// The fields of a build that a CI provider sets, and its name.
#[derive(Debug, PartialEq, Eq)]
struct ProviderBuild {
    provider: &'static str,
    fields: PartialBuild,
}

/// Why a build cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Neither the provider nor the command line sets the branch or the commit.
    #[error(
        "cannot detect the {} of the build: neither the variables of Travis CI (TRAVIS_BRANCH, TRAVIS_COMMIT) nor the \
         flags set {}; outside of Travis CI pass {}",
        fields.join(" and "),
        if fields.len() == 1 { "it" } else { "them" },
        flags.join(" ")
    )]
    Unknown {
        /// The missing fields.
        fields: Vec<&'static str>,
        /// The flags that set them, each with an example of its value.
        flags: Vec<&'static str>,
    },
    /// A variable of the provider whose value is not UTF-8.
    #[error("{0} is not UTF-8, so what it is set to is not known; correct it where it is set, or unset it")]
    Undecodable(String),
    /// A field with an invalid value.
    #[error("{0}{sources}", sources = sources(.0.field))]
    Invalid(#[from] InvalidBuild),
}

impl BuildError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unknown { .. } | Self::Undecodable(_) | Self::Invalid(_) => Exit::Usage,
        }
    }
}

/// The variable and the flag that set a field, for the error about its value. The field of an error about a variable is
/// the variable itself.
fn sources(field: &str) -> &'static str {
    match field {
        "branch" => " (from TRAVIS_BRANCH or --branch)",
        "commit" => " (from TRAVIS_COMMIT or --commit)",
        "git tag" => " (from TRAVIS_TAG or --git-tag)",
        "repository" => " (from TRAVIS_REPO_SLUG or --repository)",
        "pull request" => " (from TRAVIS_PULL_REQUEST or --pull-request)",
        "source branch" => " (from TRAVIS_PULL_REQUEST_BRANCH or --source-branch)",
        "base commit" => " (from --base-commit)",
        "actor" => " (from --actor)",
        "number scope" => " (from --build-scope)",
        _ => "",
    }
}

/// Resolves the build from the provider's variables and from `overrides`, which the command line sets. `started_at` is the
/// start of the run, in seconds since 1970.
///
/// # Errors
/// [`BuildError`] if the branch or the commit is not known, or a field is invalid.
pub fn resolve(
    environment: &Environment,
    overrides: PartialBuild,
    started_at: u64,
) -> Result<Build, BuildError> {
    if let Some((name, _)) = environment.undecodable().find(|(name, _)| travis::is_variable(name)) {
        return Err(BuildError::Undecodable(name.to_owned()));
    }
    let ProviderBuild { provider, fields } = detect(environment)?;
    let (event, detected_event, named_tag) = (overrides.event, fields.event, overrides.tag.clone());
    let merged = overrides.or(fields);
    let implied_event = merged.implied_event();
    // Without a branch, the tag that the command line names is the branch, as on Travis CI.
    let branch = merged.branch.or(named_tag);
    let (Some(branch), Some(commit)) = (branch.clone(), merged.commit.clone()) else {
        let missing_branch = branch.is_none().then_some(("branch", "--branch NAME"));
        let missing_commit =
            merged.commit.is_none().then_some(("commit", "--commit \"$(git rev-parse HEAD)\""));
        let (fields, flags) = [missing_branch, missing_commit].into_iter().flatten().unzip();
        return Err(BuildError::Unknown { fields, flags });
    };
    let build = Build {
        provider,
        branch,
        commit,
        event: event.or(implied_event).or(detected_event).unwrap_or(BuildEvent::Manual),
        repository: merged.repository,
        commit_message: merged.commit_message,
        commit_time: merged.commit_time,
        base_commit: merged.base_commit,
        provider_event: merged.provider_event,
        tag: merged.tag,
        pull_request: merged.pull_request.complete(),
        number: merged.number,
        number_scope: merged.number_scope,
        job: merged.job,
        actor: merged.actor,
        started_at: merged.started_at.unwrap_or(started_at),
    };
    build.check()?;
    Ok(build)
}

/// How long git may take to read one commit, which takes milliseconds.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Reads the commit's time from git, if the build has none. Without a number, the time alone states which of two builds is
/// newer.
///
/// # Errors
/// A warning, if that order cannot be checked because git does not read the repository.
pub fn read_commit_time(build: &mut Build) -> Result<(), String> {
    if build.commit_time.is_some() {
        return Ok(());
    }
    let repository = GitRepository::containing(Path::new("."));
    match repository.commit_time(&build.commit, Instant::now() + COMMIT_TIMEOUT) {
        Ok(time) => build.commit_time = Some(time),
        Err(error @ GitError::DubiousOwnership { .. }) if build.number.is_none() => {
            return Err(format!(
                "an older build is not recognized, because the time of commit {} is not known: {error}",
                build.short_commit()
            ));
        }
        // There is no git, no repository, or no such commit.
        Err(_) => {}
    }
    Ok(())
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
        let build = resolve(&Environment::default(), overrides(), 1).unwrap();
        assert_eq!((build.provider, build.event, build.job), ("none", BuildEvent::Manual, None));
    }

    #[test]
    fn the_command_line_overrides_the_provider() {
        let environment =
            Environment::from_iter([("TRAVIS_BRANCH", "develop"), ("TRAVIS_BUILD_NUMBER", "7")]);
        let build = resolve(&environment, overrides(), 1).unwrap();
        assert_eq!((build.provider, build.branch.as_str(), build.number), ("travis", "master", Some(7)));
    }

    #[test]
    fn an_error_names_the_flag_of_a_missing_field() {
        let error = resolve(&Environment::default(), PartialBuild::default(), 1).unwrap_err();
        assert!(error.to_string().contains("--branch"), "{error}");
    }

    #[test]
    fn a_short_commit_hash_is_rejected() {
        let short = PartialBuild { commit: Some("3f2a9c1".into()), ..overrides() };
        assert!(matches!(
            resolve(&Environment::default(), short, 1),
            Err(BuildError::Invalid(InvalidBuild { field: "commit", .. }))
        ));
    }

    #[test]
    fn control_characters_in_a_branch_are_rejected() {
        let forged = PartialBuild { branch: Some("a\u{1b}[2J".into()), ..overrides() };
        assert!(resolve(&Environment::default(), forged, 1).is_err());
    }
}
