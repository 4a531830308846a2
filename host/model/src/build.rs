//! Stage 1: the build, as the CI provider and the command line describe it.

mod partial;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use partial::{PartialBuild, PartialPullRequest};

use crate::text::abbreviate;

/// The event that started a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BuildEvent {
    /// A push to a branch.
    Push,
    /// A pull request was opened or changed.
    PullRequest,
    /// A git tag was pushed.
    Tag,
    /// A schedule, as in a nightly build.
    Schedule,
    /// A person, an API call, or an unknown event.
    Manual,
}

/// What can describe a build, as the contract names it: the CI providers, `git` and `none`.
pub const PROVIDERS: [&str; 14] = [
    "travis",
    "github-actions",
    "gitea",
    "gitlab",
    "circleci",
    "buildkite",
    "bitbucket",
    "codebuild",
    "azure-pipelines",
    "drone",
    "woodpecker",
    "jenkins",
    "git",
    "none",
];

/// The build: what a policy decides on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Build {
    /// The CI provider, such as `travis`; `git` if the git repository describes the build, and `none` if only the
    /// command line does.
    pub provider: Cow<'static, str>,
    /// `owner/name` of the repository.
    pub repository: Option<String>,
    /// The branch. For a pull request it is the target branch; for a git tag it is what the provider
    /// sets (Travis CI: the tag).
    pub branch: String,
    /// The full hash of the commit.
    pub commit: String,
    /// The commit's message.
    pub commit_message: Option<String>,
    /// The commit's time in seconds since the start of 1970 (UTC).
    pub commit_time: Option<u64>,
    /// The full hash of the commit that the provider compares the build with. It is not all zeros.
    pub base_commit: Option<String>,
    /// The event that started the build.
    pub event: BuildEvent,
    /// The provider's own word for the event, such as `workflow_dispatch`.
    pub provider_event: Option<String>,
    /// The git tag.
    pub tag: Option<String>,
    /// The pull request.
    pub pull_request: Option<PullRequest>,
    /// The build's number, which increases within `number_scope`.
    pub number: Option<u64>,
    /// The workflow, job, pipeline or provider that the number counts within; `None` on Travis CI, or without a number.
    pub number_scope: Option<String>,
    /// The number of the job in the build's matrix, from 1.
    pub job: Option<u32>,
    /// The account that started the build, as the provider names it.
    pub actor: Option<String>,
    /// When the run started, in seconds since the start of 1970 (UTC).
    pub started_at: u64,
}

/// The first twelve digits of a commit's hash.
#[must_use]
pub fn short_commit(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// A pull request, or a merge request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PullRequest {
    /// Its number.
    pub number: String,
    /// The branch with the changes.
    pub source_branch: Option<String>,
    /// Whether that branch is in a fork of the repository.
    pub is_fork: Option<bool>,
}

/// A field of a build with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid {field} \"{}\": {rule}", abbreviate(value))]
pub struct InvalidBuild {
    /// The field, such as `commit`.
    pub field: &'static str,
    /// The value as it was read.
    pub value: String,
    /// The rule that the value breaks.
    pub rule: &'static str,
}

impl Build {
    /// The first twelve digits of the commit's hash.
    #[must_use]
    pub fn short_commit(&self) -> &str {
        short_commit(&self.commit)
    }

    /// Checks the fields that become labels, arguments and lines of a log, and removes those that describe nothing:
    /// - a base commit of zeros, which git and GitHub use for the commit before the first one of a branch
    /// - the scope of a number if there is no number
    ///
    /// # Errors
    /// [`InvalidBuild`] for the first invalid field.
    pub fn checked(mut self) -> Result<Self, InvalidBuild> {
        self.base_commit = self.base_commit.filter(|hash| !is_null_hash(hash));
        self.check()?;
        self.number_scope = self.number_scope.filter(|_| self.number.is_some());
        Ok(self)
    }

    fn check(&self) -> Result<(), InvalidBuild> {
        for (field, hash) in [("commit", Some(&self.commit)), ("base commit", self.base_commit.as_ref())] {
            if let Some(hash) = hash.filter(|hash| !is_commit_hash(hash) || is_null_hash(hash)) {
                let rule =
                    "expected the full hash, 40 or 64 lower-case hexadecimal digits that are not all zeros";
                return Err(InvalidBuild { field, value: hash.clone(), rule });
            }
        }
        let times = [("commit time", self.commit_time), ("start of the run", Some(self.started_at))];
        for (field, time) in times.into_iter().filter_map(|(field, time)| Some((field, time?))) {
            check_time(time).map_err(|rule| InvalidBuild { field, value: time.to_string(), rule })?;
        }
        if self.job == Some(0) {
            let rule = "expected a position in the build matrix, counted from 1";
            return Err(InvalidBuild { field: "job", value: "0".to_owned(), rule });
        }
        let request = self.pull_request.as_ref();
        let fields = [
            ("git tag", self.tag.as_ref()),
            ("branch", Some(&self.branch)),
            ("repository", self.repository.as_ref()),
            ("pull request", request.map(|request| &request.number)),
            ("source branch", request.and_then(|request| request.source_branch.as_ref())),
            ("event of the provider", self.provider_event.as_ref()),
            ("number scope", self.number_scope.as_ref()),
            ("actor", self.actor.as_ref()),
        ];
        for (field, text) in fields {
            if let Some(text) =
                text.filter(|t| t.is_empty() || t.len() > 1024 || t.contains(char::is_control))
            {
                let rule = "expected 1 to 1024 bytes without control characters";
                return Err(InvalidBuild { field, value: text.clone(), rule });
            }
        }
        Ok(())
    }
}

/// Checks that a number of seconds since 1970 is one of the contract, whose times have 32 bits.
///
/// # Errors
/// The rule.
pub fn check_time(seconds: u64) -> Result<(), &'static str> {
    /// September 2001, in milliseconds.
    const MILLISECONDS: u64 = 1_000_000_000_000;
    let is_time = |seconds| u32::try_from(seconds).is_ok();
    match is_time(seconds) {
        true => Ok(()),
        false if seconds >= MILLISECONDS && is_time(seconds / 1000) => Err(
            "expected seconds since 1970, and this is later than the year 2106; it looks like milliseconds",
        ),
        false => Err("expected seconds since 1970, up to 4294967295, which is in the year 2106"),
    }
}

/// Whether a hash has zeros only, as git writes it for no commit.
fn is_null_hash(text: &str) -> bool {
    is_commit_hash(text) && text.bytes().all(|byte| byte == b'0')
}

/// Whether two names are of one repository of source code. GitHub, GitLab and Bitbucket, and so the CI providers that
/// report their names, do not distinguish upper and lower case.
#[must_use]
pub fn is_same_repository(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Whether a text is the full hash of a commit, in SHA-1 or SHA-256.
#[must_use]
pub fn is_commit_hash(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}
