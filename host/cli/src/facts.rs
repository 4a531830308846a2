//! The facts of a plan: reads the state of images from ECR, and joins what was read into [`PlanFacts`].

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use aws::ecr;
use aws::ecs::Ecs;
use aws::ecs::read::{TargetFacts, read_targets};
use aws::mutability::ImmutableTags;
use aws::{Aws, AwsError, ErrorKind};
use model::decision::{Deployment, Image};
use model::names::{Place, Region};
use model::plan::{ImageAction, ImagePlan, PlanFacts, RegistryImage, RegistryQuery, registry_query};

/// A client of ECS for every place that has a target of the deployment. Creating them calls no API.
pub async fn clients_by_place(aws: &Aws, deployment: &Deployment) -> BTreeMap<Place, Ecs> {
    let places: BTreeSet<Place> = deployment.targets.iter().map(|target| target.place(&aws.region)).collect();
    let mut clients = BTreeMap::new();
    for place in places {
        let ecs = Ecs::client_for(aws, &place).await;
        clients.insert(place, ecs);
    }
    clients
}

/// The most images that are read at the same time. ECR accepts more requests, but not thousands at once.
const CONCURRENT_READS: usize = 20;

/// Reads from ECR the state of each image, by the image's name.
///
/// # Errors
/// [`AwsError`] if a call to ECR fails.
pub async fn read_images(
    aws: &Aws,
    images: &[Image],
    commit: &str,
    rebuild: bool,
) -> Result<BTreeMap<String, RegistryImage>, AwsError> {
    let reads = images.iter().map(|image| async move {
        Ok::<_, AwsError>((image.name.clone(), read_image(aws, image, commit, rebuild).await?))
    });
    stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await
}

/// Reads from ECR the state of one image.
///
/// # Errors
/// [`AwsError`] if a call to ECR fails.
pub async fn read_image(
    aws: &Aws,
    image: &Image,
    commit: &str,
    rebuild: bool,
) -> Result<RegistryImage, AwsError> {
    let (Some(registry), Some(RegistryQuery { reference, is_reusable })) =
        (image.repository.ecr_registry(), registry_query(image, commit, rebuild))
    else {
        return Ok(RegistryImage::Unknown);
    };
    Ok(match ecr::find_image(aws, &registry, &image.repository, &reference).await? {
        RegistryImage::Present { .. } if !is_reusable => RegistryImage::Absent,
        state => state,
    })
}

/// Whether the repositories of images accept their tags.
#[derive(Debug, Default)]
pub struct TagFacts {
    /// Why an immutable repository rejects a tag, a sentence, by the image's name.
    pub conflicts: BTreeMap<String, String>,
    /// What could not be read: sentences.
    pub unread: Vec<String>,
}

/// Finds the images whose tags an immutable repository rejects, and states why. A repository that cannot be described, for
/// example because the IAM policy does not allow it, is none: a deployment does not require that permission.
pub async fn find_tag_conflicts(
    aws: &Aws,
    images: &[Image],
    states: &BTreeMap<String, RegistryImage>,
) -> TagFacts {
    let find = async |image: &Image| {
        let plan = ImagePlan::from_registry(image, states.get(&image.name)?).ok()?;
        let tags = match &plan.action {
            ImageAction::Build(_) => &image.tags,
            ImageAction::Reuse { missing_tags, .. } => missing_tags,
        };
        let registry = image.repository.ecr_registry().filter(|_| !tags.is_empty())?;
        match ImmutableTags::find(aws, &registry, &image.repository, tags).await {
            Ok(found) => Some(Ok((image.name.clone(), found?.describe_conflict(&image.repository)?))),
            Err(error) => {
                // A missing permission is named by what to do about it.
                let hint = error.hint.as_ref().filter(|_| error.kind == ErrorKind::Permission);
                let reason = hint.cloned().unwrap_or_else(|| error.to_string());
                Some(Err(format!(
                    "whether the repository of image `{}` accepts its tags was not checked: {reason}",
                    image.name
                )))
            }
        }
    };
    let mut facts = TagFacts::default();
    for found in join_all(images.iter().map(find)).await.into_iter().flatten() {
        match found {
            Ok((image, conflict)) => {
                facts.conflicts.insert(image, conflict);
            }
            Err(sentence) => facts.unread.push(sentence),
        }
    }
    facts
}

/// What a plan is made from: the states of the images, whether their repositories accept the tags, and the targets.
pub type Readings = (BTreeMap<String, RegistryImage>, TagFacts, TargetFacts);

/// Reads everything that a plan is made from.
///
/// # Errors
/// [`AwsError`] if a call that a deployment requires fails.
pub async fn read(
    aws: &Aws,
    places: &BTreeMap<Place, Ecs>,
    deployment: &Deployment,
    commit: &str,
    rebuild: bool,
) -> Result<Readings, AwsError> {
    let images = async {
        let states = read_images(aws, &deployment.images, commit, rebuild).await?;
        let tags = find_tag_conflicts(aws, &deployment.images, &states).await;
        Ok((states, tags))
    };
    let targets = read_targets(places, deployment, &aws.region);
    let ((images, tags), targets) = tokio::try_join!(images, targets)?;
    Ok((images, tags, targets))
}

/// Joins what was read into the facts of a plan. `build_problems` states, by the image's name, why an image cannot be built
/// here.
#[must_use]
pub fn assemble(
    region: &Region,
    images: BTreeMap<String, RegistryImage>,
    build_problems: BTreeMap<String, String>,
    tags: TagFacts,
    ecs: TargetFacts,
) -> PlanFacts {
    PlanFacts {
        region: region.clone(),
        images,
        build_problems,
        tag_conflicts: tags.conflicts,
        unread: tags.unread,
        services: ecs.services,
        families: ecs.families,
        triggers: ecs.triggers,
    }
}
