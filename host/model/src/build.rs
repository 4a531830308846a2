//! Stage 1: the build, as the CI provider and the command line describe it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::abbreviate;

/// The event that started a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// The build: what a policy decides on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    /// The CI provider, such as `travis`, or `none` if only the command line describes the build.
    pub provider: &'static str,
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
    /// The event that started the build.
    pub event: BuildEvent,
    /// The git tag.
    pub tag: Option<String>,
    /// The number of the pull request.
    pub pull_request: Option<String>,
    /// The build's number, which increases within the repository.
    pub number: Option<u64>,
    /// The number of the job in the build's matrix, from 1.
    pub job: Option<u32>,
}

/// The fields of a build that one source provides: a CI provider, the command line, or a policy
/// test. It is read from case files and written to them, so its names have `-` as in WIT.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartialBuild {
    /// See [`Build::provider`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// See [`Build::repository`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// See [`Build::branch`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// See [`Build::commit`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// See [`Build::commit_message`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_message: Option<String>,
    /// See [`Build::commit_time`]. A policy never receives it, so no policy test sets it.
    #[serde(skip)]
    pub commit_time: Option<u64>,
    /// See [`Build::event`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<BuildEvent>,
    /// See [`Build::tag`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// See [`Build::pull_request`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<String>,
    /// See [`Build::number`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// See [`Build::job`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<u32>,
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

impl PartialBuild {
    /// These fields, and for absent ones those of `fallback`.
    #[must_use]
    pub fn or(self, fallback: Self) -> Self {
        Self {
            provider: self.provider.or(fallback.provider),
            repository: self.repository.or(fallback.repository),
            branch: self.branch.or(fallback.branch),
            commit: self.commit.or(fallback.commit),
            commit_message: self.commit_message.or(fallback.commit_message),
            commit_time: self.commit_time.or(fallback.commit_time),
            event: self.event.or(fallback.event),
            tag: self.tag.or(fallback.tag),
            pull_request: self.pull_request.or(fallback.pull_request),
            number: self.number.or(fallback.number),
            job: self.job.or(fallback.job),
        }
    }

    /// The event that a pull request or a git tag implies.
    #[must_use]
    pub fn implied_event(&self) -> Option<BuildEvent> {
        match (&self.pull_request, &self.tag) {
            (Some(_), _) => Some(BuildEvent::PullRequest),
            (None, Some(_)) => Some(BuildEvent::Tag),
            (None, None) => None,
        }
    }
}

impl From<&Build> for PartialBuild {
    fn from(build: &Build) -> Self {
        Self {
            provider: Some(build.provider.to_owned()),
            repository: build.repository.clone(),
            branch: Some(build.branch.clone()),
            commit: Some(build.commit.clone()),
            commit_message: build.commit_message.clone(),
            commit_time: build.commit_time,
            event: Some(build.event),
            tag: build.tag.clone(),
            pull_request: build.pull_request.clone(),
            number: build.number,
            job: build.job,
        }
    }
}

impl Build {
    /// The first twelve digits of the commit's hash.
    #[must_use]
    pub fn short_commit(&self) -> &str {
        self.commit.get(..12).unwrap_or(&self.commit)
    }

    /// Checks the fields that become labels, arguments and lines of a log.
    ///
    /// # Errors
    /// [`InvalidBuild`] for the first invalid field.
    pub fn check(&self) -> Result<(), InvalidBuild> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if ![40, 64].contains(&self.commit.len()) || !self.commit.chars().all(hex) {
            let rule = "expected the full hash, 40 or 64 lower-case hexadecimal digits";
            return Err(InvalidBuild { field: "commit", value: self.commit.clone(), rule });
        }
        let fields = [
            ("branch", Some(&self.branch)),
            ("git tag", self.tag.as_ref()),
            ("repository", self.repository.as_ref()),
            ("pull request", self.pull_request.as_ref()),
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
