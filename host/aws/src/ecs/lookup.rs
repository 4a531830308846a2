//! The lookups of a policy in ECS: services, the images that they run, and the build that deployed them. They only
//! read.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::Service as EcsService;
use futures_util::future::try_join_all;
use thiserror::Error;

use super::status::{list_services, no_cluster};
use super::{Ecs, Retry};
use crate::error::{AwsError, ErrorKind};
use model::lookup::{DeployedBy, RunningContainer, Service};
use model::names::{EcsResource, Region};
use model::plan::{Stamp, TaskDefinition};

/// Why a fact cannot be read.
#[derive(Debug, Error)]
pub enum FactError {
    /// The query is invalid, or what it names does not exist.
    #[error("{0}")]
    Query(String),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// The active services of a cluster, in the order of their names. `cluster` is a name or an ARN, and `region` is
/// the region of the run.
///
/// # Errors
/// [`FactError`].
pub async fn read_services(ecs: &Ecs, region: &Region, cluster: &str) -> Result<Vec<Service>, FactError> {
    let short = local_name("cluster", cluster, region)?;
    let to_error = |error| to_error(error, &short, region);
    let names = list_services(ecs, cluster).await.map_err(to_error)?;
    let names: Vec<&str> = names.iter().map(|name| name.service.as_str()).collect();
    let mut services = read(ecs, cluster, &short, &names).await.map_err(to_error)?;
    services.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(services)
}

/// The service of this name or ARN, or `None` if the cluster has no active service of that name.
///
/// # Errors
/// [`FactError`].
pub async fn read_service(
    ecs: &Ecs,
    region: &Region,
    cluster: &str,
    name: &str,
) -> Result<Option<Service>, FactError> {
    let short = local_name("cluster", cluster, region)?;
    local_name("service", name, region)?;
    let found = read(ecs, cluster, &short, &[name]).await.map_err(|error| to_error(error, &short, region))?;
    Ok(found.into_iter().next())
}

/// The name of a resource, by its name or by an ARN of this region.
fn local_name(kind: &'static str, text: &str, region: &Region) -> Result<String, FactError> {
    let resource = EcsResource::parse(kind, text).map_err(|error| FactError::Query(error.to_string()))?;
    match resource.scope {
        Some(scope) if scope.region != *region => {
            let other = scope.region;
            let problem =
                format!("the region {other} of {kind} `{text}` conflicts with the run's region {region}");
            Err(FactError::Query(problem))
        }
        _ => Ok(resource.name),
    }
}

fn to_error(error: AwsError, cluster: &str, region: &Region) -> FactError {
    match error.kind {
        ErrorKind::Missing => FactError::Query(no_cluster(cluster, region)),
        _ => error.into(),
    }
}

async fn read(ecs: &Ecs, cluster: &str, short: &str, names: &[&str]) -> Result<Vec<Service>, AwsError> {
    let mut services = ecs.describe_services_with_tags(cluster, names, Retry::BySdk).await?;
    services.retain(|service| service.status() == Some("ACTIVE"));

    let arns: BTreeSet<&str> = services.iter().filter_map(EcsService::task_definition).collect();
    let definitions = try_join_all(arns.iter().map(|arn| ecs.describe_task_definition(arn))).await?;
    let definitions: BTreeMap<&str, TaskDefinition> = arns.iter().copied().zip(definitions).collect();
    Ok(services.iter().map(|service| to_service(service, short, &definitions)).collect())
}

fn to_service(service: &EcsService, cluster: &str, definitions: &BTreeMap<&str, TaskDefinition>) -> Service {
    // A service with another deployment controller than ECS may have no task definition.
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
            commit_time: stamp.commit_time,
            number: stamp.number,
            number_scope: stamp.number_scope,
        }),
    }
}
