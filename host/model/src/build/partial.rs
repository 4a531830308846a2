//! The fields of a build that one source provides: a CI provider, the command line, or a case.

use serde::{Deserialize, Serialize};

use super::{Build, BuildEvent, PullRequest};

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
            provider: Some(build.provider.clone().into_owned()),
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
