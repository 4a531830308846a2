//! Stage 3: the plan, made from a decision and from facts of AWS.
//!
//! A plan is complete and valid before a run changes anything. It is made in four steps:
//!
//! 1. [`registry_query`] determines what to read about each image, and the other crates read the
//!    [`PlanFacts`], which changes nothing.
//! 2. [`ImagePlan`]: an image is built, reused, or promoted.
//! 3. [`TargetPlan`]: the revision to start from, the containers that get an image, and the changes
//!    to the task definition.
//! 4. [`Plan`]: all of them, or a [`PlanError`] with every problem at once.

mod bake;
mod base_revision;
mod containers;
pub mod definition;
pub mod diff;
pub mod facts;
mod image;
mod newer;
mod paused_rollout;
mod programs;
mod rebase;
mod revision;
mod stamp;
mod target;
mod target_error;
mod target_name;
mod target_stamps;
mod task_mark;
pub mod trigger;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use containers::ContainerPlan;
pub use definition::{
    ContainerEdit, DefinitionEdit, DefinitionError, LatestRevision, TaskDefinition, TaskSize,
};
pub use diff::{Change, ChangePath, Step};
pub use facts::{PlanFacts, RegistryImage, RolloutState};
pub(crate) use image::known_digests;
pub use image::{ImageAction, ImagePlan, RegistryQuery, registry_query};
pub use rebase::NewBase;
pub(crate) use revision::DIGEST_PLACEHOLDER;
pub use revision::RevisionKey;
pub use stamp::Stamp;
pub use target::TargetPlan;
pub use target_error::TargetError;
pub use target_name::TargetName;

use crate::decision::{Deployment, FailureAction, Image, RevisionBase};
use crate::exit::Exit;
use crate::names::{Region, TaskDefinitionArn};
use crate::review::GuardReview;
use crate::text::limited_list;

/// What a run would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plan {
    /// The run's own region.
    pub region: Region,
    /// The build that it deploys, as new revisions are stamped with it.
    pub build: Stamp,
    /// The images, in the order of the decision.
    pub images: Vec<ImagePlan>,
    /// The targets, in the order of the decision.
    pub targets: Vec<TargetPlan>,
    /// The reviews of the guards, in the order in which they are named.
    pub reviews: Vec<GuardReview>,
    /// What could not be read and a run does not require, such as for a missing permission: sentences.
    pub unread: Vec<String>,
}

/// What the operator allows or requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Deploy even if a newer build of the same repository is deployed.
    pub allow_older: bool,
    /// Deploy a service again even if nothing changes.
    pub force: bool,
    /// The revision that a service's new revision is made from, unless the policy sets it.
    pub base: RevisionBase,
    /// What the run does with a rollout that fails or times out, unless the policy sets it. `None` if the run waits for
    /// no rollout, so that it does nothing.
    pub on_failure: Option<FailureAction>,
}

/// Everything that a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// The decision.
    pub deployment: &'a Deployment,
    /// What was read from AWS.
    pub facts: &'a PlanFacts,
    /// The stamp of this build.
    pub stamp: &'a Stamp,
    /// The operator's options.
    pub options: &'a PlanOptions,
}

/// Why a decision cannot be deployed: all problems at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("this build cannot be deployed, and nothing was changed:{}", limited_list(problems))]
pub struct PlanError {
    /// The problems. Each states what is wrong, on what, and what to do.
    pub problems: Vec<String>,
    /// Whether the only problem is that a newer build is deployed.
    pub superseded: bool,
}

impl PlanError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.superseded { Exit::Superseded } else { Exit::Preflight }
    }
}

impl Plan {
    /// Makes the plan of a decision.
    ///
    /// # Errors
    /// [`PlanError`] with every problem of every image and target.
    pub fn new(input: PlanInput<'_>) -> Result<Self, PlanError> {
        let mut problems = Vec::new();
        let mut images = Vec::new();
        for image in &input.deployment.images {
            match ImagePlan::new(image, input.facts) {
                Ok(plan) => images.push(plan),
                Err(problem) => problems.push(problem),
            }
        }
        let mut targets = Vec::new();
        let mut superseded = 0;
        for target in &input.deployment.targets {
            match TargetPlan::new(target, &images, input) {
                Ok(plan) => targets.push(plan),
                Err(TargetError::Problems(found)) => problems.extend(found),
                Err(TargetError::Superseded(problem)) => {
                    problems.push(problem);
                    superseded += 1;
                }
            }
        }
        problems.extend(find_duplicates(&targets));
        // A target with a problem has no containers, so its images would be unused.
        if problems.is_empty() {
            problems.extend(find_unused_images(input.deployment, &targets));
        }
        if problems.is_empty() {
            let (region, unread) = (input.facts.region.clone(), input.facts.unread.clone());
            Ok(Self { region, build: input.stamp.clone(), images, targets, reviews: Vec::new(), unread })
        } else {
            let superseded = problems.len() == superseded;
            Err(PlanError { problems, superseded })
        }
    }

    /// The targets by wave, the lowest wave first.
    #[must_use]
    pub fn waves(&self) -> BTreeMap<u32, Vec<&TargetPlan>> {
        let mut waves: BTreeMap<u32, Vec<&TargetPlan>> = BTreeMap::new();
        for target in &self.targets {
            waves.entry(target.wave).or_default().push(target);
        }
        waves
    }

    /// Whether a guard denies it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.reviews.iter().any(|review| review.denials().next().is_some())
    }

    /// Whether every image is in the registry with all its tags, and every target is up to date.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        self.images.iter().all(ImagePlan::is_up_to_date) && self.targets.iter().all(TargetPlan::is_up_to_date)
    }
}

/// A problem for each target that is the same as an earlier one, reached by another role or named without its region.
fn find_duplicates(targets: &[TargetPlan]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let duplicates = targets.iter().filter(|target| {
        let arn = TaskDefinitionArn::parse(&target.base).ok();
        let account = arn.map(|arn| arn.account().to_owned());
        !seen.insert((&target.destination, &target.place.region, account))
    });
    let problem = |target: &TargetPlan| {
        format!(
            "{}: the decision has this target twice, by another role or without its region; return it once",
            target.name
        )
    };
    duplicates.map(problem).collect()
}

/// The most targets that a problem lists.
const NAMED_TARGETS: usize = 10;

/// A problem for each image that no container of any target gets.
fn find_unused_images(deployment: &Deployment, targets: &[TargetPlan]) -> Vec<String> {
    let used: BTreeSet<&str> = targets
        .iter()
        .flat_map(|target| &target.containers)
        .filter_map(|plan| plan.image.as_deref())
        .collect();
    let is_unused = |image: &&Image| !image.publish_only && !used.contains(image.name.as_str());
    let unused = deployment.images.iter().filter(is_unused);
    let problem = |image: &Image| {
        let mut containers: Vec<String> =
            targets.iter().take(NAMED_TARGETS).map(TargetPlan::describe_containers).collect();
        if let Some(more @ 1..) = targets.len().checked_sub(NAMED_TARGETS) {
            containers.push(format!("and those of {more} more targets"));
        }
        format!(
            "image `{}` is deployed to no container ({}); assign it in the policy, or do not return it",
            image.name,
            containers.join("; ")
        )
    };
    unused.map(problem).collect()
}

#[cfg(test)]
mod tests;
