//! The reads behind a continuation. They change nothing.

use std::time::Duration;

use aws_sdk_ecs::types::{
    Service, ServiceDeployment, ServiceDeploymentBrief, ServiceDeploymentStatus as Status,
};

use super::{ContinueError, EndedDeployment, LONGEST_WAIT, LatestRollout, MAX_READS, OpenDeployment};
use crate::ecs::bake_time::bake_time;
use crate::ecs::hooks::open_hooks;
use crate::ecs::rollout::{Purpose, Rollout};
use crate::ecs::status::no_cluster;
use crate::ecs::{Ecs, Retry, history, primary_deployment};
use crate::error::{AwsError, ErrorKind};
use model::decision::ServiceName;
use model::lifecycle::Hook;
use model::names::compare_revisions;

impl LatestRollout {
    /// Reads the latest service deployment of a service. A new one appears in the list some seconds after the update, so
    /// one that has ended is believed after some reads, `wait` apart and at most a second.
    ///
    /// # Errors
    /// [`ContinueError`] if the service or its deployments cannot be read.
    pub async fn read(ecs: &Ecs, name: &ServiceName, wait: Duration) -> Result<Self, ContinueError> {
        let mut ended = Self::read_once(ecs, name).await?;
        for _ in 1..MAX_READS {
            if !matches!(ended, Self::Ended(_)) {
                break;
            }
            tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
            ended = Self::read_once(ecs, name).await?;
        }
        Ok(ended)
    }

    async fn read_once(ecs: &Ecs, name: &ServiceName) -> Result<Self, ContinueError> {
        let service = describe_service(ecs, name).await?;
        let latest = history::list_newest_first(ecs, name, &[]).await?.into_iter().next();
        let is_rollback = match latest.as_ref().and_then(|latest| latest.status()) {
            Some(Status::Pending | Status::InProgress) => false,
            Some(Status::RollbackRequested | Status::RollbackInProgress) => true,
            status => {
                return Ok(Self::Ended(EndedDeployment {
                    status: status.map(|status| status.as_str().to_owned()),
                    service_revision: latest
                        .as_ref()
                        .and_then(|latest| latest.target_service_revision_arn.clone()),
                    service_deployment: latest.and_then(|latest| latest.service_deployment_arn),
                    runs: service.task_definition().unwrap_or_default().to_owned(),
                }));
            }
        };
        let open = match &latest {
            Some(latest) => Box::new(read_open(ecs, name, &service, latest).await?),
            None => return Err(ContinueError::no_rollout(ecs, name, None)),
        };
        Ok(if is_rollback { Self::RollingBack(open) } else { Self::Open(open) })
    }
}

async fn describe_service(ecs: &Ecs, name: &ServiceName) -> Result<Service, ContinueError> {
    let missing = |why: String| ContinueError::Missing { service: name.clone(), why };
    match ecs.describe_service(name, Retry::BySdk).await {
        Ok(Some(service)) => Ok(service),
        Ok(None) => Err(missing(format!(
            "its cluster in {} has no such service; check its name and the region",
            ecs.region()
        ))),
        Err(error) if error.kind == ErrorKind::Missing => {
            Err(missing(no_cluster(&name.cluster, ecs.region())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads a service deployment in progress.
async fn read_open(
    ecs: &Ecs,
    name: &ServiceName,
    service: &Service,
    latest: &ServiceDeploymentBrief,
) -> Result<OpenDeployment, ContinueError> {
    let arn = latest.service_deployment_arn().unwrap_or_default().to_owned();
    let deployment = describe(ecs, &arn).await?;
    let target = latest.target_service_revision_arn().unwrap_or_default();
    let source =
        deployment.as_ref().and_then(|deployment| deployment.source_service_revisions().first()?.arn());
    let task_definition = read_task_definition(ecs, target).await?.unwrap_or_default();
    let source = match source {
        Some(source) => read_task_definition(ecs, source).await?,
        None => None,
    };
    // A rollout to an older revision is a rollback.
    let is_older =
        |source: &String| compare_revisions(&task_definition, source).is_some_and(|order| order.is_lt());
    let purpose = match source.filter(is_older) {
        Some(source) => Purpose::Rollback { restores: Some(source) },
        None => Purpose::Deployment,
    };
    let primary = primary_deployment(service);
    Ok(OpenDeployment {
        rollout: Rollout {
            created_at: primary.and_then(|primary| primary.created_at()).copied(),
            service_deployment: Some(arn.clone()),
            purpose,
            ..Rollout::new(name, &task_definition, primary.and_then(|primary| primary.id()))
        },
        pauses: deployment.iter().flat_map(open_hooks).filter(Hook::is_pause).collect(),
        service_deployment: arn,
        bake_time: bake_time(service),
    })
}

/// A service deployment by its ARN.
pub(super) async fn describe(ecs: &Ecs, arn: &str) -> Result<Option<ServiceDeployment>, AwsError> {
    let arn = arn.to_owned();
    Ok(ecs.describe_service_deployments(std::slice::from_ref(&arn)).await?.remove(&arn))
}

/// The ARN of the task definition of a service revision.
pub(super) async fn read_task_definition(ecs: &Ecs, revision: &str) -> Result<Option<String>, AwsError> {
    let revisions = ecs.describe_service_revisions(std::slice::from_ref(&revision.to_owned())).await?;
    Ok(revisions.into_iter().next().and_then(|revision| revision.task_definition))
}
