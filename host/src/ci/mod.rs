//! Stage 1: what the CI provider says is being built.
//!
//! ```
//! use ecs_host::ci::{Build, Environment, Given};
//! let environment = Environment::from_iter([
//!     ("TRAVIS_BRANCH", "master"),
//!     ("TRAVIS_COMMIT", "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20"),
//!     ("TRAVIS_JOB_NUMBER", "12.1"),
//! ]);
//! let build = Build::read(&environment, &Given::default()).unwrap();
//! assert_eq!((build.provider, build.branch.as_str(), build.job), ("travis", "master", Some(1)));
//! ```

mod commit_time;
mod environment;
mod travis;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::cli::values::{job, natural, repository};
pub use environment::Environment;

/// What started a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A push to a branch.
    Push,
    /// A pull request was opened or changed.
    PullRequest,
    /// A git tag was pushed.
    Tag,
    /// A schedule, as in a nightly build.
    Schedule,
    /// A person or an API call, or a provider that does not tell.
    Manual,
}

/// What is being built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    /// The CI provider: `travis`, or `none` where the command line tells all.
    pub provider: &'static str,
    /// `owner/name` of the repository.
    pub repository: Option<String>,
    /// The branch; for a pull request the one it would be merged into; for a
    /// tag what the provider gives as the branch (Travis: the tag itself).
    pub branch: String,
    /// The full hash of the commit.
    pub commit: String,
    /// The commit's message.
    pub commit_message: Option<String>,
    /// When it was committed, in seconds since 1970, where that is known.
    pub commit_time: Option<u64>,
    /// What started the build.
    pub event: Event,
    /// The git tag being built.
    pub tag: Option<String>,
    /// The number of the pull request being built.
    pub pull_request: Option<String>,
    /// The build's number, which counts up within the repository.
    pub number: Option<u64>,
    /// The job of the build's matrix, from 1.
    pub job: Option<u32>,
}

/// The parts of a [`Build`] that the command line gives. Each one wins over
/// what the provider says.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The build, where no CI provider tells it or tells it otherwise")]
pub struct Given {
    /// Branch being built
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Full hash of the commit
    #[arg(long, value_name = "HASH")]
    pub commit: Option<String>,
    /// The commit's message
    #[arg(long, value_name = "TEXT")]
    pub commit_message: Option<String>,
    /// When the commit was made, in seconds since 1970, to tell older builds
    /// from newer ones where they have no numbers; git tells it where it can
    #[arg(long, value_name = "SECONDS", value_parser = natural)]
    pub commit_time: Option<u64>,
    /// Repository being built
    #[arg(long, value_name = "OWNER/NAME", value_parser = repository)]
    pub repository: Option<String>,
    /// What started the build
    #[arg(long)]
    pub event: Option<Event>,
    /// Git tag being built
    #[arg(long = "git-tag", value_name = "NAME")]
    pub tag: Option<String>,
    /// Number of the pull request being built
    #[arg(long, value_name = "NUMBER")]
    pub pull_request: Option<String>,
    /// The build's number
    #[arg(long, value_name = "NUMBER", value_parser = natural)]
    pub build_number: Option<u64>,
    /// Job of the build's matrix, from 1
    #[arg(long, value_name = "NUMBER", value_parser = job)]
    pub job: Option<u32>,
}

/// Why the build can't be told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// Neither the provider nor the command line tells what is built.
    #[error(
        "what is being built is not known: Travis CI tells it by TRAVIS_BRANCH and TRAVIS_COMMIT; \
         elsewhere name it with {}",
        flags.join(" ")
    )]
    Unknown {
        /// The flags that tell it, with an example of their values.
        flags: Vec<&'static str>,
    },
    /// A part that is not what it should be.
    #[error("`{}` is no valid {part}: {rule}", text.escape_debug())]
    Invalid {
        /// What the text should have been.
        part: &'static str,
        /// The text as it came.
        text: String,
        /// The rule it breaks.
        rule: &'static str,
    },
}

impl Build {
    /// Reads the build from the provider's variables and the command line.
    ///
    /// # Errors
    /// [`BuildError`] where branch or commit are not known, or a part is
    /// nothing such a part can be.
    pub fn read(environment: &Environment, given: &Given) -> Result<Self, BuildError> {
        let told = if travis::is_here(environment) { travis::read(environment)? } else { Told::default() };
        // A tag that the command line names is its own branch, as Travis CI has it.
        let branch = given.branch.clone().or(told.branch).or_else(|| given.tag.clone());
        let commit = given.commit.clone().or(told.commit);
        let (Some(branch), Some(commit)) = (branch.clone(), commit.clone()) else {
            let flags = [(branch, "--branch NAME"), (commit, "--commit \"$(git rev-parse HEAD)\"")];
            let flags = flags.into_iter().filter(|(part, _)| part.is_none()).map(|(_, flag)| flag);
            return Err(BuildError::Unknown { flags: flags.collect() });
        };
        let pull_request = given.pull_request.clone().or(told.pull_request);
        let tag = given.tag.clone().or(told.tag);
        let implied = match (&pull_request, &tag) {
            (Some(_), _) => Some(Event::PullRequest),
            (None, Some(_)) => Some(Event::Tag),
            (None, None) => None,
        };
        let build = Self {
            provider: told.provider,
            repository: given.repository.clone().or(told.repository),
            branch,
            commit,
            commit_message: given.commit_message.clone().or(told.commit_message),
            commit_time: given.commit_time,
            event: given.event.or(implied).or(told.event).unwrap_or(Event::Manual),
            tag,
            pull_request,
            number: given.build_number.or(told.number),
            job: given.job.or(told.job),
        };
        build.check()?;
        Ok(build)
    }

    /// Asks git for the commit's time, in the working directory, where neither
    /// a number nor the command line tells which of two builds is the newer
    /// one. Without git or a repository it stays unknown.
    pub fn ask_git(&mut self) {
        if self.number.is_none() && self.commit_time.is_none() {
            self.commit_time = commit_time::of(std::path::Path::new("."), &self.commit);
        }
    }

    /// The commit's first twelve digits, for people.
    #[must_use]
    pub fn short_commit(&self) -> &str {
        self.commit.get(..12).unwrap_or(&self.commit)
    }

    /// Holds every part against its rule.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if ![40, 64].contains(&self.commit.len()) || !self.commit.chars().all(hex) {
            let rule = "the full hash, 40 (SHA-1) or 64 (SHA-256) of 0-9 a-f";
            return Err(BuildError::Invalid { part: "commit", text: self.commit.clone(), rule });
        }
        let plain = [
            ("branch", Some(&self.branch)),
            ("git tag", self.tag.as_ref()),
            ("repository", self.repository.as_ref()),
            ("pull request", self.pull_request.as_ref()),
        ];
        for (part, text) in plain {
            if let Some(text) =
                text.filter(|t| t.is_empty() || t.len() > 1024 || t.contains(char::is_control))
            {
                let rule = "1 to 1024 bytes without control characters";
                return Err(BuildError::Invalid { part, text: text.clone(), rule });
            }
        }
        Ok(())
    }
}

/// What a provider tells; nothing where no provider is.
struct Told {
    provider: &'static str,
    repository: Option<String>,
    branch: Option<String>,
    commit: Option<String>,
    commit_message: Option<String>,
    event: Option<Event>,
    tag: Option<String>,
    pull_request: Option<String>,
    number: Option<u64>,
    job: Option<u32>,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            provider: "none",
            repository: None,
            branch: None,
            commit: None,
            commit_message: None,
            event: None,
            tag: None,
            pull_request: None,
            number: None,
            job: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

    fn given() -> Given {
        Given { branch: Some("master".into()), commit: Some(COMMIT.into()), ..Given::default() }
    }

    #[test]
    fn the_command_line_alone_tells_a_build() {
        let build = Build::read(&Environment::default(), &given()).unwrap();
        assert_eq!((build.provider, build.event, build.job), ("none", Event::Manual, None));
    }

    #[test]
    fn the_command_line_wins_over_the_provider() {
        let environment =
            Environment::from_iter([("TRAVIS_BRANCH", "develop"), ("TRAVIS_BUILD_NUMBER", "7")]);
        let build = Build::read(&environment, &given()).unwrap();
        assert_eq!((build.provider, build.branch.as_str(), build.number), ("travis", "master", Some(7)));
    }

    #[test]
    fn a_missing_part_names_its_flag() {
        let error = Build::read(&Environment::default(), &Given::default()).unwrap_err();
        assert!(error.to_string().contains("--branch"), "{error}");
    }

    #[test]
    fn a_short_hash_is_no_commit() {
        let short = Given { commit: Some("3f2a9c1".into()), ..given() };
        assert!(matches!(
            Build::read(&Environment::default(), &short),
            Err(BuildError::Invalid { part: "commit", .. })
        ));
    }

    #[test]
    fn control_characters_in_a_branch_are_refused() {
        let forged = Given { branch: Some("a\u{1b}[2J".into()), ..given() };
        assert!(Build::read(&Environment::default(), &forged).is_err());
    }
}
