//! The facts behind a plan: what ECR, ECS and the working folder contain. Reading them changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::docker::context;
use aws::Aws;
use aws::ecs::{Ecs, read::TargetFacts};
use model::decision::{Deployment, Image};
use model::names::{Place, Region};
use model::plan::{PlanFacts, RegistryImage};

/// Connects to ECS in every place that has a target of the deployment. No call is made yet.
pub async fn connect_places(aws: &Aws, deployment: &Deployment) -> BTreeMap<Place, Ecs> {
    let places: BTreeSet<Place> = deployment.targets.iter().map(|target| target.place(&aws.region)).collect();
    let mut connections = BTreeMap::new();
    for place in places {
        let ecs = Ecs::client_for(aws, &place).await;
        connections.insert(place, ecs);
    }
    connections
}

/// Assembles the facts of a deployment from what was read of ECR and ECS, and from the working folder.
#[must_use]
pub fn assemble(
    region: &Region,
    deployment: &Deployment,
    images: BTreeMap<String, RegistryImage>,
    ecs: TargetFacts,
) -> PlanFacts {
    let missing = |image: &Image| Some((image.name.clone(), context::find_problem(image)?));
    PlanFacts {
        region: region.clone(),
        images,
        build_problems: deployment.images.iter().filter_map(missing).collect(),
        services: ecs.services,
        families: ecs.families,
    }
}
