//! What a policy may look up of ECS: services, what they run, and by which
//! build. Read only.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::Service as EcsService;
use futures_util::future::try_join_all;

use super::status::{no_cluster, services_of};
use super::{Ecs, Retry};
use crate::{AwsError, ErrorKind};
use model::lookup::{DeployedBy, RunningContainer, Service};
use model::names::{EcsResource, Region};
use model::plan::{Stamp, TaskDefinition};

/// The active services of a cluster, in the order of their names. The cluster
/// is named or an ARN; `own` is the region that is asked.
///
/// # Errors
/// A sentence that says why they can't be told.
pub async fn services(ecs: &Ecs, own: &Region, cluster: &str) -> Result<Vec<Service>, String> {
    let short = here("cluster", cluster, own)?;
    let told = |error| told(error, &short, own);
    let names = services_of(ecs, cluster).await.map_err(told)?;
    let names: Vec<&str> = names.iter().map(|name| name.service.as_str()).collect();
    let mut services = read(ecs, cluster, &short, &names).await.map_err(told)?;
    services.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(services)
}

/// One service, by its name or ARN; none where the cluster has no active
/// service of that name.
///
/// # Errors
/// A sentence that says why it can't be told.
pub async fn service(ecs: &Ecs, own: &Region, cluster: &str, name: &str) -> Result<Option<Service>, String> {
    let short = here("cluster", cluster, own)?;
    here("service", name, own)?;
    let found = read(ecs, cluster, &short, &[name]).await.map_err(|error| told(error, &short, own))?;
    Ok(found.into_iter().next())
}

/// The short name of a resource of this region.
fn here(kind: &'static str, text: &str, own: &Region) -> Result<String, String> {
    let resource = EcsResource::parse(kind, text).map_err(|error| error.to_string())?;
    match resource.scope {
        Some(scope) if scope.region != *own => {
            let other = scope.region;
            Err(format!("{kind} `{text}` is of {other}, and this run looks things up in {own}"))
        }
        _ => Ok(resource.name),
    }
}

fn told(error: AwsError, cluster: &str, own: &Region) -> String {
    match error.kind {
        ErrorKind::Missing => no_cluster(cluster, own),
        _ => error.to_string(),
    }
}

async fn read(ecs: &Ecs, cluster: &str, short: &str, names: &[&str]) -> Result<Vec<Service>, AwsError> {
    let mut services = ecs.describe_services_with_tags(cluster, names, Retry::BySdk).await?;
    services.retain(|service| service.status() == Some("ACTIVE"));

    let wanted: BTreeSet<&str> = services.iter().filter_map(EcsService::task_definition).collect();
    let definitions = try_join_all(wanted.iter().map(|arn| ecs.describe_task_definition(arn))).await?;
    let definitions: BTreeMap<&str, TaskDefinition> = wanted.iter().copied().zip(definitions).collect();
    Ok(services.iter().map(|service| fact(service, short, &definitions)).collect())
}

fn fact(service: &EcsService, cluster: &str, definitions: &BTreeMap<&str, TaskDefinition>) -> Service {
    // A service of another controller than ECS may have no task definition of its own.
    let definition = service.task_definition().and_then(|arn| definitions.get(arn));
    let container =
        |(name, image): (&str, &str)| RunningContainer { name: name.to_owned(), image: image.to_owned() };
    let tags = service.tags().iter();
    Service {
        cluster: cluster.to_owned(),
        name: service.service_name().unwrap_or_default().to_owned(),
        tags: tags
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
            .collect(),
        containers: definition.iter().flat_map(|definition| definition.containers()).map(container).collect(),
        deployed_by: definition.and_then(Stamp::from_definition).map(|stamp| DeployedBy {
            repository: stamp.repository,
            commit: stamp.commit,
            number: stamp.number,
        }),
    }
}
