//! What happens to an image: it is built and pushed, or reused from the registry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::facts::{PlanFacts, RegistryImage};
use crate::decision::{DockerBuild, Image, ImageSource, Reference};
use crate::names::{Digest, Tag};

/// What happens to one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImagePlan {
    /// The image of the decision.
    #[serde(flatten)]
    pub image: Image,
    /// What the run does.
    pub action: ImageAction,
}

/// What the run does so that the registry contains an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ImageAction {
    /// It is built here and pushed with all its tags.
    Build(DockerBuild),
    /// The registry contains it.
    Reuse {
        /// Its digest.
        digest: Digest,
        /// The tags that the run adds.
        missing_tags: Vec<Tag>,
    },
}

/// What to read from the registry about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryQuery {
    /// The tag or digest to look for.
    pub reference: Reference,
    /// Whether the plan reuses an image that is found. Otherwise the query only determines whether
    /// the repository exists.
    pub is_reusable: bool,
}

/// What to read about an image: the promoted reference, or the tag of the commit, or, if the image
/// is built in any case, any of its tags. With `rebuild` an image of the commit is not reused.
/// `None` for an image without tags.
#[must_use]
pub fn registry_query(image: &Image, commit: &str, rebuild: bool) -> Option<RegistryQuery> {
    match &image.source {
        ImageSource::Pushed(reference) => {
            Some(RegistryQuery { reference: reference.clone(), is_reusable: true })
        }
        ImageSource::Dockerfile | ImageSource::Build(_) => {
            let commit_tag = commit_tag(image, commit).filter(|_| !rebuild);
            let tag = commit_tag.or(image.tags.first())?;
            Some(RegistryQuery { reference: Reference::Tag(tag.clone()), is_reusable: commit_tag.is_some() })
        }
    }
}

/// The tag of an image that names the commit.
fn commit_tag<'i>(image: &'i Image, commit: &str) -> Option<&'i Tag> {
    image.tags.iter().find(|tag| is_commit_tag(tag, commit))
}

/// Whether a tag contains at least the first twelve digits of the commit's hash: an image with it was built from this
/// commit.
fn is_commit_tag(tag: &Tag, commit: &str) -> bool {
    commit.get(..12).is_some_and(|start| tag.as_str().contains(start))
}

/// The digests of the images that the registry contains, by their names.
pub(crate) fn known_digests(images: &[ImagePlan]) -> BTreeMap<String, Digest> {
    let digest = |plan: &ImagePlan| match &plan.action {
        ImageAction::Reuse { digest, .. } => Some((plan.image.name.clone(), digest.clone())),
        ImageAction::Build(_) => None,
    };
    images.iter().filter_map(digest).collect()
}

impl ImagePlan {
    /// The tags that the run pushes or adds, in the order in which it does: those of the commit first. A tag that moves,
    /// such as that of a branch, then never names an image whose own tag is missing, and a run that ends between two
    /// tags has moved nothing.
    #[must_use]
    pub fn tags_in_order(&self, commit: &str) -> Vec<Tag> {
        let tags = match &self.action {
            ImageAction::Build(_) => &self.image.tags,
            ImageAction::Reuse { missing_tags, .. } => missing_tags,
        };
        let (mut ordered, moving): (Vec<Tag>, Vec<Tag>) =
            tags.iter().cloned().partition(|tag| is_commit_tag(tag, commit));
        ordered.extend(moving);
        ordered
    }

    /// The plan of one image.
    ///
    /// # Errors
    /// The problem, a sentence.
    pub fn new(image: &Image, facts: &PlanFacts) -> Result<Self, String> {
        let found = facts.images.get(&image.name).unwrap_or(&RegistryImage::Unknown);
        let plan = Self::from_registry(image, found)?;
        if let Some(conflict) = facts.tag_conflicts.get(&image.name).filter(|_| !plan.is_up_to_date()) {
            return Err(format!("image `{}`: {conflict}", image.name));
        }
        match facts.build_problems.get(&image.name) {
            Some(problem) if matches!(plan.action, ImageAction::Build(_)) => {
                Err(format!("image `{}`: {problem}", image.name))
            }
            _ => Ok(plan),
        }
    }

    /// The plan of one image from its state in the registry, whether or not it can be built here.
    ///
    /// # Errors
    /// The problem, a sentence.
    pub fn from_registry(image: &Image, found: &RegistryImage) -> Result<Self, String> {
        let Image { name, repository, tags, source, .. } = image;
        let action = match (source, found) {
            (_, RegistryImage::NoRepository) => return Err(missing_repository(image)),
            (_, RegistryImage::Present { digest, tags: existing }) => {
                let is_missing = |tag: &&Tag| !existing.iter().any(|existing| existing == tag.as_str());
                let missing_tags = tags.iter().filter(is_missing).cloned().collect();
                ImageAction::Reuse { digest: digest.clone(), missing_tags }
            }
            (ImageSource::Dockerfile, _) => ImageAction::Build(DockerBuild::default()),
            (ImageSource::Build(build), _) => ImageAction::Build(build.clone()),
            (ImageSource::Pushed(reference), RegistryImage::Absent) => {
                let image = reference.image_name(repository);
                return Err(format!("image `{name}`: {image} does not exist; push it before it is promoted"));
            }
            (ImageSource::Pushed(_), RegistryImage::Unknown) => {
                return Err(format!(
                    "image `{name}`: an image is promoted only in Amazon ECR, and {repository} is another registry"
                ));
            }
        };
        Ok(Self { image: image.clone(), action })
    }

    /// Whether the registry contains the image with all its tags.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        matches!(&self.action, ImageAction::Reuse { missing_tags, .. } if missing_tags.is_empty())
    }
}

fn missing_repository(image: &Image) -> String {
    let Image { name, repository, .. } = image;
    let region = repository.ecr_registry().map(|registry| format!(" --region {}", registry.region));
    format!(
        "image `{name}`: the repository {repository} does not exist; create it with \
         `aws ecr create-repository{} --repository-name {}`, or correct its name",
        region.unwrap_or_default(),
        repository.path()
    )
}
