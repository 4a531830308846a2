//! The stamp of a revision: which build it came from, and which of two builds is newer.

use serde::{Deserialize, Serialize};

use super::definition::TaskDefinition;
use crate::build::{Build, check_time, is_same_repository};
use crate::text::printable;

const REPOSITORY: &str = "ecs-host.repository";
const COMMIT: &str = "ecs-host.commit";
const COMMIT_TIME: &str = "ecs-host.committed";
const NUMBER: &str = "ecs-host.build";
const NUMBER_SCOPE: &str = "ecs-host.build-scope";
const POLICY: &str = "ecs-host.policy";
const GUARDS: &str = "ecs-host.guards";

/// The build, the policy and the guards that a revision came from. It is written as docker labels on the
/// containers that get an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Stamp {
    /// `owner/name` of the repository; label `ecs-host.repository`.
    pub repository: Option<String>,
    /// The full hash of the commit; label `ecs-host.commit`.
    pub commit: String,
    /// The commit's time in seconds since the start of 1970 (UTC); label `ecs-host.committed`.
    pub commit_time: Option<u64>,
    /// The build's number; label `ecs-host.build`.
    pub number: Option<u64>,
    /// What the number counts within, if the build is not of Travis CI; label `ecs-host.build-scope`.
    pub number_scope: Option<String>,
    /// The policy's name, `@`, and its digest; label `ecs-host.policy`.
    pub policy: String,
    /// The name, `@` and the digest of each guard that reviewed the plan; label `ecs-host.guards`, with a space between
    /// two.
    pub guards: Vec<String>,
}

impl Stamp {
    /// The stamp of a build that a policy deploys.
    #[must_use]
    pub fn new(build: &Build, policy: &str, digest: &str) -> Self {
        Self {
            repository: build.repository.clone(),
            commit: build.commit.clone(),
            commit_time: build.commit_time,
            number: build.number,
            number_scope: build.number_scope.clone().filter(|_| build.number.is_some()),
            policy: format!("{policy}@{digest}"),
            guards: Vec::new(),
        }
    }

    /// The same stamp of a plan that guards have reviewed.
    #[must_use]
    pub fn with_guards(mut self, guards: Vec<String>) -> Self {
        self.guards = guards;
        self
    }

    /// The stamp of a container; `None` if it has no valid commit label. Anyone can write labels,
    /// so a label with an invalid value is ignored.
    #[must_use]
    pub fn from_container(definition: &TaskDefinition, container: &str) -> Option<Self> {
        let label = |name| definition.label(container, name);
        let is_line = |text: &&str| !text.is_empty() && printable(text) == **text;
        let is_hash = |text: &&str| text.len() >= 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Self {
            repository: label(REPOSITORY).filter(is_line).map(str::to_owned),
            commit: label(COMMIT).filter(is_hash)?.to_owned(),
            commit_time: label(COMMIT_TIME)
                .and_then(|text| text.parse().ok())
                .filter(|time| check_time(*time).is_ok()),
            number: label(NUMBER).and_then(|text| text.parse().ok()),
            number_scope: label(NUMBER_SCOPE).filter(is_line).map(str::to_owned),
            policy: label(POLICY).filter(is_line).unwrap_or_default().to_owned(),
            guards: label(GUARDS)
                .filter(is_line)
                .map(|text| text.split(' ').map(str::to_owned).collect())
                .unwrap_or_default(),
        })
    }

    /// The stamp of the first container that has one.
    #[must_use]
    pub fn from_definition(definition: &TaskDefinition) -> Option<Self> {
        definition.containers().find_map(|(container, _)| Self::from_container(definition, container))
    }

    /// The docker labels, by name.
    #[must_use]
    pub fn to_labels(&self) -> Vec<(String, String)> {
        let labels = [
            (REPOSITORY, self.repository.clone()),
            (COMMIT, Some(self.commit.clone())),
            (COMMIT_TIME, self.commit_time.map(|seconds| seconds.to_string())),
            (NUMBER, self.number.map(|number| number.to_string())),
            (NUMBER_SCOPE, self.number_scope.clone()),
            (POLICY, Some(self.policy.clone())),
            (GUARDS, Some(self.guards.join(" ")).filter(|guards| !guards.is_empty())),
        ];
        labels.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// Whether this stamp is of a newer build than `other`. Builds of one repository are ordered by
    /// their numbers, or by their commits' times if one has no number or they are counted in two
    /// scopes. Builds of two repositories, and two builds of one commit, have no order.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        let repositories = self.repository.as_deref().zip(other.repository.as_deref());
        let is_same_repository = repositories.is_some_and(|(own, other)| is_same_repository(own, other));
        if !is_same_repository || self.commit == other.commit {
            return false;
        }
        match (self.numbers(other), self.commit_time, other.commit_time) {
            (Some((number, other)), _, _) => number > other,
            (None, Some(time), Some(other)) => time > other,
            _ => false,
        }
    }

    /// The numbers of both builds, if they are counted within one scope.
    fn numbers(&self, other: &Self) -> Option<(u64, u64)> {
        self.number.zip(other.number).filter(|_| self.number_scope == other.number_scope)
    }

    /// The end of a problem's sentence: that this stamp is of a newer build than the run's own.
    pub(super) fn describe_newer_than(&self, own: &Self) -> String {
        let repository = self.repository.as_deref().unwrap_or("the repository");
        let (commit, own_commit) = (self.short_commit(), own.short_commit());
        let newer = match self.numbers(own) {
            Some((number, own)) => {
                format!("build {number} (commit {commit}) of {repository}, newer than this build {own}")
            }
            None => format!("commit {commit} of {repository}, newer than this commit {own_commit}"),
        };
        let advice = "use --allow-older to deploy this build anyway";
        if self.has_restarted_numbers(own) {
            return format!(
                "{newer}; but this commit {own_commit} is newer than that one, so the numbers of builds have probably \
                 restarted: {advice}"
            );
        }
        format!("{newer}; {advice}")
    }

    /// Whether this build has the higher number, and `own` the newer commit: as if builds were counted from 1 again, after
    /// the CI system or its project was replaced.
    fn has_restarted_numbers(&self, own: &Self) -> bool {
        let numbers = self.numbers(own).is_some_and(|(number, own)| number > own);
        numbers && self.commit_time.zip(own.commit_time).is_some_and(|(time, own)| time < own)
    }

    /// The first twelve digits of the commit's hash.
    #[must_use]
    pub fn short_commit(&self) -> &str {
        self.commit.get(..12).unwrap_or(&self.commit)
    }
}
