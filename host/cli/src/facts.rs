//! The facts of a plan: reads the state of images from ECR, and joins what was read into [`PlanFacts`].

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use aws::ecr;
use aws::ecs::{Ecs, read::TargetFacts};
use aws::{Aws, AwsError};
use model::decision::{Deployment, Image};
use model::names::{Place, Region};
use model::plan::{PlanFacts, RegistryImage, RegistryQuery, registry_query};

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

/// Joins what was read into the facts of a plan. `build_problems` states, by the image's name, why an image cannot be
/// built here.
#[must_use]
pub fn assemble(
    region: &Region,
    images: BTreeMap<String, RegistryImage>,
    build_problems: BTreeMap<String, String>,
    ecs: TargetFacts,
) -> PlanFacts {
    PlanFacts {
        region: region.clone(),
        images,
        build_problems,
        services: ecs.services,
        families: ecs.families,
    }
}
