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
    /// The full hash of the commit that the provider compares the build with.
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
    /// The workflow, job or pipeline that the number counts within; `None` for the repository.
    pub number_scope: Option<String>,
    /// The number of the job in the build's matrix, from 1.
    pub job: Option<u32>,
    /// The account that started the build, as the provider names it.
    pub actor: Option<String>,
    /// When the run started, in seconds since the start of 1970 (UTC).
    pub started_at: u64,
}

/// A pull request, or a merge request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PullRequest {
    /// Its number.
    pub number: String,
    /// The branch with the changes.
    pub source_branch: Option<String>,
    /// Whether that branch is in a fork of the repository.
    pub is_fork: Option<bool>,
}

/// The fields of a pull request that one source provides. Without a number there is no pull request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a table, such as `pull-request = { number = \"12\" }`")]
pub struct PartialPullRequest {
    /// See [`PullRequest::number`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// See [`PullRequest::source_branch`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_branch: Option<String>,
    /// See [`PullRequest::is_fork`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_fork: Option<bool>,
}

impl PartialPullRequest {
    /// Whether no field is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These fields, and for absent ones those of `fallback`.
    #[must_use]
    pub fn or(self, fallback: Self) -> Self {
        Self {
            number: self.number.or(fallback.number),
            source_branch: self.source_branch.or(fallback.source_branch),
            is_fork: self.is_fork.or(fallback.is_fork),
        }
    }

    /// The pull request, if there is a number.
    #[must_use]
    pub fn complete(self) -> Option<PullRequest> {
        let Self { number, source_branch, is_fork } = self;
        Some(PullRequest { number: number?, source_branch, is_fork })
    }
}

impl From<&PullRequest> for PartialPullRequest {
    fn from(request: &PullRequest) -> Self {
        let PullRequest { number, source_branch, is_fork } = request.clone();
        Self { number: Some(number), source_branch, is_fork }
    }
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
    /// See [`Build::commit_time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_time: Option<u64>,
    /// See [`Build::base_commit`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_commit: Option<String>,
    /// See [`Build::event`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<BuildEvent>,
    /// See [`Build::provider_event`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_event: Option<String>,
    /// See [`Build::tag`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// See [`Build::number`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// See [`Build::number_scope`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_scope: Option<String>,
    /// See [`Build::job`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<u32>,
    /// See [`Build::actor`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// See [`Build::started_at`]. The host sets it, and cases do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<u64>,
    /// See [`Build::pull_request`].
    #[serde(skip_serializing_if = "PartialPullRequest::is_empty", default)]
    pub pull_request: PartialPullRequest,
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
            base_commit: self.base_commit.or(fallback.base_commit),
            event: self.event.or(fallback.event),
            provider_event: self.provider_event.or(fallback.provider_event),
            tag: self.tag.or(fallback.tag),
            pull_request: self.pull_request.or(fallback.pull_request),
            number: self.number.or(fallback.number),
            number_scope: self.number_scope.or(fallback.number_scope),
            job: self.job.or(fallback.job),
            actor: self.actor.or(fallback.actor),
            started_at: self.started_at.or(fallback.started_at),
        }
    }

    /// The event that a pull request or a git tag implies.
    #[must_use]
    pub fn implied_event(&self) -> Option<BuildEvent> {
        match (&self.pull_request.number, &self.tag) {
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
            base_commit: build.base_commit.clone(),
            event: Some(build.event),
            provider_event: build.provider_event.clone(),
            tag: build.tag.clone(),
            pull_request: build.pull_request.as_ref().map(PartialPullRequest::from).unwrap_or_default(),
            number: build.number,
            number_scope: build.number_scope.clone(),
            job: build.job,
            actor: build.actor.clone(),
            started_at: Some(build.started_at),
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
        for (field, hash) in [("commit", Some(&self.commit)), ("base commit", self.base_commit.as_ref())] {
            if let Some(hash) = hash.filter(|hash| !is_commit_hash(hash)) {
                let rule = "expected the full hash, 40 or 64 lower-case hexadecimal digits";
                return Err(InvalidBuild { field, value: hash.clone(), rule });
            }
        }
        let request = self.pull_request.as_ref();
        let fields = [
            ("branch", Some(&self.branch)),
            ("git tag", self.tag.as_ref()),
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

/// Whether a text is the full hash of a commit, in SHA-1 or SHA-256.
#[must_use]
pub fn is_commit_hash(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}
