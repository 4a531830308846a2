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

mod commit;
mod contradiction;
mod travis;

use thiserror::Error;

pub use commit::resolve_commit;
use model::Environment;
use model::build::{Build, BuildEvent, InvalidBuild, PartialBuild, PartialPullRequest};
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
    /// A flag that describes a pull request, without a pull request.
    #[error(
        "{0} describes a pull request, and the build is of none: neither TRAVIS_PULL_REQUEST nor --pull-request sets its \
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
        "--event {event} requires the {subject}: neither {variable} nor a flag sets it; pass {flag}, or another event"
    )]
    MissingSubject {
        /// The event.
        event: &'static str,
        /// What is missing.
        subject: &'static str,
        /// The variable of the provider that sets it.
        variable: &'static str,
        /// The flag that sets it.
        flag: &'static str,
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
            Self::Unknown { .. }
            | Self::NoPullRequest(_)
            | Self::Contradiction { .. }
            | Self::MissingSubject { .. }
            | Self::Undecodable(_)
            | Self::Invalid(_) => Exit::Usage,
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
        "commit time" => " (from --commit-time)",
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
    let PartialPullRequest { source_branch, is_fork, .. } = &overrides.pull_request;
    let pull_request_flag = source_branch.as_ref().map(|_| "--source-branch").or(is_fork.map(|_| "--fork"));
    let merged = overrides.clone().or(fields);
    contradiction::check(&overrides, &merged)?;
    if let Some(flag) = pull_request_flag.filter(|_| merged.pull_request.number.is_none()) {
        return Err(BuildError::NoPullRequest(flag));
    }
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
    Ok(build.checked()?)
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
    fn fields_of_a_pull_request_require_one() {
        let request = PartialPullRequest { is_fork: Some(true), ..PartialPullRequest::default() };
        let fork = PartialBuild { pull_request: request, ..overrides() };
        let error = resolve(&Environment::default(), fork.clone(), 1).unwrap_err();
        assert_eq!(error, BuildError::NoPullRequest("--fork"));
        let travis = Environment::from_iter([("TRAVIS_BRANCH", "master"), ("TRAVIS_PULL_REQUEST", "7")]);
        let request = resolve(&travis, fork, 1).unwrap().pull_request.unwrap();
        assert_eq!((request.number.as_str(), request.is_fork), ("7", Some(true)));
        // Travis CI sets the variables of pull requests, to empty values, in every build.
        let push = [("TRAVIS_BRANCH", "master"), ("TRAVIS_PULL_REQUEST", "false"), ("TRAVIS_COMMIT", COMMIT)];
        let push = push.into_iter().chain([("TRAVIS_PULL_REQUEST_BRANCH", "x")]).collect();
        assert_eq!(resolve(&push, PartialBuild::default(), 1).unwrap().pull_request, None);
    }

    #[test]
    fn a_base_commit_of_zeros_and_a_scope_without_a_number_are_absent() {
        for zeros in ["0".repeat(40), "0".repeat(64)] {
            let own =
                PartialBuild { base_commit: Some(zeros), number_scope: Some("x".into()), ..overrides() };
            let build = resolve(&Environment::default(), own.clone(), 1).unwrap();
            assert_eq!((build.base_commit, build.number_scope), (None, None));
            let numbered =
                resolve(&Environment::default(), PartialBuild { number: Some(1), ..own }, 1).unwrap();
            assert_eq!(numbered.number_scope.as_deref(), Some("x"));
        }
        let zeros = PartialBuild { commit: Some("0".repeat(40)), ..overrides() };
        assert!(resolve(&Environment::default(), zeros, 1).is_err());
    }

    #[test]
    fn a_time_beyond_that_of_the_contract_is_rejected() {
        for (time, expected) in [(1 << 32, "up to 4294967295"), (1_767_225_600_000, "milliseconds")] {
            let own = PartialBuild { commit_time: Some(time), ..overrides() };
            let error = resolve(&Environment::default(), own, 1).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("--commit-time"), "{error}");
        }
    }

    #[test]
    fn control_characters_in_a_branch_are_rejected() {
        let forged = PartialBuild { branch: Some("a\u{1b}[2J".into()), ..overrides() };
        assert!(resolve(&Environment::default(), forged, 1).is_err());
    }
}
