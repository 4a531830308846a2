//! The credentials in every account and region.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use aws::Paging;
use aws::ecs::{Ecs, read};
use aws::{Aws, ErrorKind};
use model::check::{Check, CheckState};
use model::decision::Deployment;
use model::names::{EcsResource, Place, Region};

/// A place, and ECS there if its credentials are good.
pub struct PlaceAccess {
    /// The place.
    pub place: Place,
    /// ECS there.
    pub ecs: Option<Ecs>,
}

/// Makes a call in every place that has a target of the deployment; without a deployment, in the run's own place.
pub async fn check_places(
    aws: &Aws,
    deployment: Option<&Deployment>,
    emit: impl Fn(Check),
) -> Vec<PlaceAccess> {
    let targets = deployment.into_iter().flat_map(|deployment| &deployment.targets);
    let mut places: BTreeSet<Place> = targets.map(|target| target.place(&aws.region)).collect();
    if places.is_empty() {
        places.insert(aws.place());
    }
    let checked = join_all(places.into_iter().map(async |place| {
        let ecs = Ecs::client_for(aws, &place).await;
        let check = check_credentials(&ecs, &place, &aws.region).await;
        (place, ecs, check)
    }));
    let mut accesses = Vec::new();
    for (place, ecs, check) in checked.await {
        let is_good = check.state == CheckState::Ok;
        emit(check);
        accesses.push(PlaceAccess { place, ecs: is_good.then_some(ecs) });
    }
    accesses
}

/// Lists one cluster. The credentials are good even if this call is denied: AWS authenticates a request before it
/// authorizes it.
async fn check_credentials(ecs: &Ecs, place: &Place, own: &Region) -> Check {
    let name = match &place.role {
        Some(role) => format!("role {role} in {}", place.region),
        None => format!("credentials in {}", place.region),
    };
    match ecs.list_clusters(Paging::OneItem).await {
        Ok(clusters) => {
            let cluster = clusters.first().and_then(|arn| EcsResource::parse("cluster", arn).ok());
            let account = cluster.and_then(|cluster| cluster.scope).map(|scope| scope.account);
            Check::ok(
                name,
                account.map_or("AWS accepts them".to_owned(), |account| format!("account {account}")),
            )
        }
        Err(error) => match error.kind {
            ErrorKind::Credentials
            | ErrorKind::Network
            | ErrorKind::UnexpectedResponse
            | ErrorKind::Server
            | ErrorKind::Region => Check::failed(name, read::add_place(error, place, own).to_string()),
            _ => Check::ok(name, "AWS accepts them"),
        },
    }
}
