//! Whether AWS takes the credentials, in every account and region.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use aws::ecs::{Ecs, Paging, read};
use aws::{Aws, ErrorKind};
use model::check::Check;
use model::decision::Deployment;
use model::names::{EcsResource, Place, Region};

/// A place, and ECS in it where its credentials are good.
pub struct Reached {
    /// The place.
    pub place: Place,
    /// ECS there.
    pub ecs: Option<Ecs>,
}

/// Makes a call in every place that a deployment has a target in, or in the
/// run's own.
pub async fn reach(aws: &Aws, deployment: Option<&Deployment>, tell: impl Fn(Check)) -> Vec<Reached> {
    let targets = deployment.into_iter().flat_map(|deployment| &deployment.targets);
    let mut places: BTreeSet<Place> = targets.map(|target| target.place(&aws.region)).collect();
    if places.is_empty() {
        places.insert(aws.place());
    }
    let reached = join_all(places.into_iter().map(async |place| {
        let ecs = aws::ecs::Ecs::connect(&aws, &place).await;
        let check = credentials(&ecs, &place, &aws.region).await;
        (place, ecs, check)
    }));
    let mut all = Vec::new();
    for (place, ecs, check) in reached.await {
        let is_good = check.state == model::check::CheckState::Ok;
        tell(check);
        all.push(Reached { place, ecs: is_good.then_some(ecs) });
    }
    all
}

/// Lists one cluster. Whether that is allowed does not matter: who is denied
/// something was recognized before.
async fn credentials(ecs: &Ecs, place: &Place, own: &Region) -> Check {
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
                account.map_or("AWS takes them".to_owned(), |account| format!("account {account}")),
            )
        }
        Err(error) => match error.trouble {
            ErrorKind::Credentials
            | ErrorKind::Network
            | ErrorKind::Foreign
            | ErrorKind::Server
            | ErrorKind::Region => Check::failed(name, read::told_from(error, place, own).to_string()),
            _ => Check::ok(name, "AWS takes them"),
        },
    }
}
