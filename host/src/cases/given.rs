//! The build of a case: what it names, on top of what its file and an ordinary
//! build are.

use serde::{Deserialize, Serialize};

use crate::ci::{Build, Event};

/// What a case or its file says of the build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Given {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pull_request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<u32>,
}

/// The names of its parts.
pub(super) const PARTS: [&str; 10] = [
    "provider",
    "repository",
    "branch",
    "commit",
    "commit-message",
    "event",
    "tag",
    "pull-request",
    "number",
    "job",
];

/// The providers that the contract names.
const PROVIDERS: [&str; 6] = ["travis", "github-actions", "gitlab", "circleci", "buildkite", "none"];

/// The commit of a build that names none.
const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

impl Given {
    /// This on top of something else, key by key.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            provider: self.provider.or(below.provider),
            repository: self.repository.or(below.repository),
            branch: self.branch.or(below.branch),
            commit: self.commit.or(below.commit),
            commit_message: self.commit_message.or(below.commit_message),
            event: self.event.or(below.event),
            tag: self.tag.or(below.tag),
            pull_request: self.pull_request.or(below.pull_request),
            number: self.number.or(below.number),
            job: self.job.or(below.job),
        }
    }

    /// Whether it has a part of this name.
    pub(super) fn names(&self, part: &str) -> bool {
        serde_json::to_value(self).is_ok_and(|own| own.get(part).is_some())
    }

    /// The whole build: a push of a commit to `master`, in the first job of the
    /// first build on Travis CI, where nothing else is said. A tag is its own
    /// branch, as there.
    ///
    /// # Errors
    /// A sentence where a part is nothing such a part can be.
    pub(super) fn build(self) -> Result<Build, String> {
        let provider = self.provider.as_deref().unwrap_or("travis");
        let provider = PROVIDERS.into_iter().find(|known| *known == provider).ok_or_else(|| {
            format!("`{}` is no provider: {}", provider.escape_debug(), PROVIDERS.join(", "))
        })?;
        let event = match (&self.pull_request, &self.tag) {
            (Some(_), _) => Event::PullRequest,
            (None, Some(_)) => Event::Tag,
            (None, None) => Event::Push,
        };
        let branch = self.branch.or_else(|| self.tag.clone());
        let build = Build {
            provider,
            repository: self.repository.or_else(|| Some("example/app".to_owned())),
            branch: branch.unwrap_or_else(|| "master".to_owned()),
            commit: self.commit.unwrap_or_else(|| COMMIT.to_owned()),
            commit_message: self.commit_message,
            commit_time: None,
            event: self.event.unwrap_or(event),
            tag: self.tag,
            pull_request: self.pull_request,
            number: self.number.or(Some(1)),
            job: self.job.or(Some(1)),
        };
        build.check().map_err(|error| error.to_string())?;
        Ok(build)
    }
}

impl From<&Build> for Given {
    fn from(build: &Build) -> Self {
        Self {
            provider: Some(build.provider.to_owned()),
            repository: build.repository.clone(),
            branch: Some(build.branch.clone()),
            commit: Some(build.commit.clone()),
            commit_message: build.commit_message.clone(),
            event: Some(build.event),
            tag: build.tag.clone(),
            pull_request: build.pull_request.clone(),
            number: build.number,
            job: build.job,
        }
    }
}
