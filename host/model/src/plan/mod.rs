//! Stage 3: the decision held against the facts.
//!
//! A plan says everything that a run would do, and is known and valid before
//! the run does any of it.

mod base;
mod containers;
pub mod definition;
pub mod diff;
pub mod facts;
mod name;
mod stamp;
mod target;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use thiserror::Error;

pub use containers::ContainerPlan;
pub use definition::{Edit, TaskDefinition};
pub use diff::Change;
pub use facts::{Facts, RegistryImage, RolloutState};
pub use name::TargetName;
pub use stamp::Stamp;
pub use target::{RevisionKey, TargetPlan};

use target::{PlanInput, Refused};

use crate::decision::Deployment;
use crate::decision::{DockerBuild, Image, ImageSource, Reference, Target};
use crate::names::{Digest, Region, Tag, TaskDefinitionArn};

/// What a run would do.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The region that it deploys to.
    pub region: Region,
    /// What happens to each image.
    pub images: Vec<ImagePlan>,
    /// What happens to each target.
    pub targets: Vec<TargetPlan>,
}

/// What the operator wants of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Deploy even where a newer build of the same repository is.
    pub allow_older: bool,
    /// Deploy again even where nothing changes.
    pub force: bool,
}

/// What happens to one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImagePlan {
    /// The image.
    #[serde(flatten)]
    pub image: Image,
    /// What is done about it.
    pub action: ImageAction,
}

/// What is done about an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageAction {
    /// It is built here and pushed under all its tags.
    Build(DockerBuild),
    /// It is in the registry already.
    Reuse {
        /// Its digest.
        digest: Digest,
        /// Tags that it does not have yet, and gets.
        missing_tags: Vec<Tag>,
    },
}

/// Why a decision can't be carried out: every reason at once.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("this can't be deployed, and nothing was changed:{}", problems.iter().map(|p| format!("\n  - {p}")).collect::<String>())]
pub struct PlanError {
    /// The reasons, as sentences that say what to do.
    pub problems: Vec<String>,
    /// Whether all of them are that a newer build is there already.
    pub superseded: bool,
}

/// The tag by which a registry knows this very commit, where an image has one:
/// a tag that holds the commit's hash, twelve digits of it at least.
#[must_use]
pub fn commit_tag<'i>(image: &'i Image, commit: &str) -> Option<&'i Tag> {
    let start = commit.get(..12)?;
    image.tags.iter().find(|tag| tag.as_str().contains(start))
}

/// What a registry is asked for, and whether what it has is used: the commit's
/// tag, or what is promoted. An image that is built in any case is asked for by
/// any tag: its repository must be there.
#[must_use]
pub fn wanted(image: &Image, commit: &str, rebuild: bool) -> Option<(Reference, bool)> {
    match &image.source {
        ImageSource::Pushed(reference) => Some((reference.clone(), true)),
        ImageSource::Dockerfile(_) => {
            let own = commit_tag(image, commit).filter(|_| !rebuild);
            let tag = own.or(image.tags.first())?;
            Some((Reference::Tag(tag.clone()), own.is_some()))
        }
    }
}

impl Plan {
    /// Holds a decision against the facts.
    ///
    /// # Errors
    /// [`PlanError`] with every reason why it can't be carried out.
    pub fn new(
        deployment: &Deployment,
        facts: &Facts,
        stamp: &Stamp,
        options: &Options,
    ) -> Result<Self, PlanError> {
        let mut problems = Vec::new();
        let mut older = 0;
        let mut images = Vec::new();
        for image in &deployment.images {
            match self::image(image, facts.images.get(&image.name).unwrap_or(&RegistryImage::Unknown)) {
                Ok(plan) => {
                    problems.extend(unbuildable(&plan, facts));
                    images.push(plan);
                }
                Err(problem) => problems.push(problem),
            }
        }
        let mut targets = Vec::new();
        let held = PlanInput { deployment, images: &images, facts, stamp, options };
        for target in &deployment.targets {
            match TargetPlan::new(target, held) {
                Ok(plan) => targets.push(plan),
                Err(Refused::Problems(found)) => problems.extend(found),
                Err(Refused::Older(problem)) => {
                    problems.push(problem);
                    older += 1;
                }
            }
        }
        problems.extend(twice(&targets));
        if problems.is_empty() {
            problems.extend(containers::unused(deployment, &targets));
        }
        if problems.is_empty() {
            Ok(Self { region: facts.region.clone(), images, targets })
        } else {
            let superseded = problems.len() == older;
            Err(PlanError { problems, superseded })
        }
    }

    /// The targets by their waves, lowest first.
    #[must_use]
    pub fn waves(&self) -> BTreeMap<u32, Vec<&TargetPlan>> {
        let mut waves: BTreeMap<u32, Vec<&TargetPlan>> = BTreeMap::new();
        for target in &self.targets {
            waves.entry(target.wave).or_default().push(target);
        }
        waves
    }

    /// Whether every image is in the registry and every target runs it.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        let image = |plan: &ImagePlan| matches!(&plan.action, ImageAction::Reuse { missing_tags, .. } if missing_tags.is_empty());
        self.images.iter().all(image) && self.targets.iter().all(TargetPlan::is_settled)
    }
}

/// Why an image that is to be built can't be.
fn unbuildable(plan: &ImagePlan, facts: &Facts) -> Option<String> {
    let lacking = facts.lacking.get(&plan.image.name)?;
    matches!(plan.action, ImageAction::Build(_)).then(|| format!("image `{}`: {lacking}", plan.image.name))
}

/// Targets that are one and the same, reached by two roles.
fn twice(targets: &[TargetPlan]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let again = targets.iter().filter(|target| {
        let arn = TaskDefinitionArn::parse(&target.task_definition).ok();
        let account = arn.map(|arn| arn.account().to_owned());
        !seen.insert((&target.destination, &target.place.region, account))
    });
    let problem = |target: &TargetPlan| {
        format!("{}: another target is this very one, reached by another role; name it once", target.name)
    };
    again.map(problem).collect()
}

/// One target held against the facts by itself.
///
/// # Errors
/// Every reason why it can't be deployed to.
pub fn target(
    target: &Target,
    deployment: &Deployment,
    images: &[ImagePlan],
    facts: &Facts,
    stamp: &Stamp,
    options: &Options,
) -> Result<TargetPlan, Vec<String>> {
    TargetPlan::new(target, PlanInput { deployment, images, facts, stamp, options }).map_err(|refused| {
        match refused {
            Refused::Problems(problems) => problems,
            Refused::Older(problem) => vec![problem],
        }
    })
}

/// One image held against what its registry has.
///
/// # Errors
/// Why it can't be had.
pub fn image(image: &Image, pushed: &RegistryImage) -> Result<ImagePlan, String> {
    let missing = |tags: &[String]| -> Vec<Tag> {
        image.tags.iter().filter(|tag| !tags.iter().any(|there| there == tag.as_str())).cloned().collect()
    };
    let action = match (&image.source, pushed) {
        (_, RegistryImage::NoRepository) => return Err(no_repository(image)),
        (_, RegistryImage::Present { digest, tags }) => {
            ImageAction::Reuse { digest: digest.clone(), missing_tags: missing(tags) }
        }
        (ImageSource::Dockerfile(build), _) => ImageAction::Build(build.clone()),
        (ImageSource::Pushed(reference), RegistryImage::Absent) => {
            let reference = match reference {
                Reference::Tag(tag) => tag.as_str(),
                Reference::Digest(digest) => digest.as_str(),
            };
            return Err(format!(
                "image `{}`: {} has no `{reference}` to promote",
                image.name, image.repository
            ));
        }
        (ImageSource::Pushed(_), RegistryImage::Unknown) => {
            return Err(format!(
                "image `{}`: promotion works with Amazon ECR; {} is another registry",
                image.name, image.repository
            ));
        }
    };
    Ok(ImagePlan { image: image.clone(), action })
}

fn no_repository(image: &Image) -> String {
    let region = image.repository.ecr_registry().map(|registry| format!(" --region {}", registry.region));
    format!(
        "image `{}`: there is no repository {}; create it with \
         `aws ecr create-repository{} --repository-name {}`, or correct its name",
        image.name,
        image.repository,
        region.unwrap_or_default(),
        image.repository.path()
    )
}

#[cfg(test)]
mod tests;
