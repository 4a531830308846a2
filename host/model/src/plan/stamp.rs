//! Which build a revision came from, and which of two builds is the newer one.

use serde::Serialize;

use super::definition::TaskDefinition;
use crate::build::Build;
use crate::text::printable;

/// What the docker labels of a stamp begin with.
pub(super) const PREFIX: &str = "ecs-host.";

const REPOSITORY: &str = "ecs-host.repository";
const COMMIT: &str = "ecs-host.commit";
const COMMITTED: &str = "ecs-host.committed";
const BUILD: &str = "ecs-host.build";
const POLICY: &str = "ecs-host.policy";

/// Which build and which policy a revision came from; written as docker labels
/// on the containers that get an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// `owner/name` of the repository.
    pub repository: Option<String>,
    /// The full hash of the commit.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub committed: Option<u64>,
    /// The build's number.
    pub build: Option<u64>,
    /// The policy's name and digest.
    pub policy: String,
}

impl Stamp {
    /// The stamp of a build that a policy deploys.
    #[must_use]
    pub fn new(build: &Build, policy: &str, digest: &str) -> Self {
        Self {
            repository: build.repository.clone(),
            commit: build.commit.clone(),
            committed: build.commit_time,
            build: build.number,
            policy: format!("{policy}@{digest}"),
        }
    }

    /// The stamp that a container of a definition has. Labels are anybody's to
    /// write: what is no commit or no line is left out.
    #[must_use]
    pub fn of(definition: &TaskDefinition, container: &str) -> Option<Self> {
        let label = |name| definition.label(container, name);
        let line = |text: &&str| !text.is_empty() && printable(text) == **text;
        let hex = |text: &&str| text.len() >= 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Self {
            repository: label(REPOSITORY).filter(line).map(str::to_owned),
            commit: label(COMMIT).filter(hex)?.to_owned(),
            committed: label(COMMITTED).and_then(|text| text.parse().ok()),
            build: label(BUILD).and_then(|text| text.parse().ok()),
            policy: label(POLICY).filter(line).unwrap_or_default().to_owned(),
        })
    }

    /// The stamp of a definition's first container that has one.
    #[must_use]
    pub fn first_of(definition: &TaskDefinition) -> Option<Self> {
        definition.containers().find_map(|(container, _)| Self::of(definition, container))
    }

    /// The docker labels.
    #[must_use]
    pub fn labels(&self) -> Vec<(String, String)> {
        let labels = [
            (REPOSITORY, self.repository.clone()),
            (COMMIT, Some(self.commit.clone())),
            (COMMITTED, self.committed.map(|seconds| seconds.to_string())),
            (BUILD, self.build.map(|number| number.to_string())),
            (POLICY, Some(self.policy.clone())),
        ];
        labels.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// Whether this is of a newer build than another stamp. Only builds of one
    /// repository have an order: that of their numbers, or of their commits'
    /// times where one has no number. Two builds of one commit are equals.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        if self.repository.is_none() || self.repository != other.repository || self.commit == other.commit {
            return false;
        }
        match (self.numbers(other), self.committed, other.committed) {
            (Some((own, others)), _, _) => own > others,
            (None, Some(own), Some(others)) => own > others,
            _ => false,
        }
    }

    /// The numbers of two builds, where both have one.
    fn numbers(&self, other: &Self) -> Option<(u64, u64)> {
        self.build.zip(other.build)
    }

    /// Says that this stamp is of a newer build than the run's own.
    pub(super) fn newer_than(&self, own: &Self) -> String {
        let repository = self.repository.as_deref().unwrap_or("the repository");
        let (short, own_short) = (self.short_commit(), own.short_commit());
        let newer = match self.numbers(own) {
            Some((number, own)) => format!(
                "build {number} (commit {short}) of {repository}, which is newer than this build {own}"
            ),
            None => format!("commit {short} of {repository}, which is newer than this commit {own_short}"),
        };
        format!("{newer}; `--allow-older` deploys it all the same")
    }

    /// The commit's first twelve digits, for people.
    #[must_use]
    pub fn short_commit(&self) -> &str {
        self.commit.get(..12).unwrap_or(&self.commit)
    }
}
