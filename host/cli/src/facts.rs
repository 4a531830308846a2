//! The facts of a plan: reads the state of images from ECR, and joins what was read into [`PlanFacts`].

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use aws::ecr;
use aws::ecs::{Ecs, read::TargetFacts};
use aws::mutability::ImmutableTags;
use aws::{Aws, AwsError};
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

/// Finds the images whose tags an immutable repository rejects, and states why, by the image's name. An image whose
/// repository cannot be described, for example because the IAM policy does not allow it, is left out: a deployment does
/// not require that permission.
pub async fn find_tag_conflicts(
    aws: &Aws,
    images: &[Image],
    states: &BTreeMap<String, RegistryImage>,
) -> BTreeMap<String, String> {
    let find = async |image: &Image| {
        let plan = ImagePlan::from_registry(image, states.get(&image.name)?).ok()?;
        let tags = match &plan.action {
            ImageAction::Build(_) => &image.tags,
            ImageAction::Reuse { missing_tags, .. } => missing_tags,
        };
        let registry = image.repository.ecr_registry().filter(|_| !tags.is_empty())?;
        let found = ImmutableTags::find(aws, &registry, &image.repository, tags).await.ok()??;
        Some((image.name.clone(), found.describe_conflict(&image.repository)?))
    };
    join_all(images.iter().map(find)).await.into_iter().flatten().collect()
}

/// Joins what was read into the facts of a plan. `build_problems` and `tag_conflicts` state, by the image's name, why an
/// image cannot be built here, and why it cannot be tagged.
#[must_use]
pub fn assemble(
    region: &Region,
    images: BTreeMap<String, RegistryImage>,
    build_problems: BTreeMap<String, String>,
    tag_conflicts: BTreeMap<String, String>,
    ecs: TargetFacts,
) -> PlanFacts {
    PlanFacts {
        region: region.clone(),
        images,
        build_problems,
        tag_conflicts,
        services: ecs.services,
        families: ecs.families,
        triggers: ecs.triggers,
    }
}
