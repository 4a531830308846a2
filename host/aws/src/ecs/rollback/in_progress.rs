//! The service deployment of a service that is in progress.

use std::time::Duration;

use aws_sdk_ecs::types::{ServiceDeployment, ServiceDeploymentStatus as Status};

use crate::ecs::{DEPLOYMENTS_PER_CALL, Ecs, history};
use crate::error::AwsError;
use model::decision::ServiceName;

/// The statuses of a service deployment that has not ended.
const IN_PROGRESS: [Status; 5] = [
    Status::Pending,
    Status::InProgress,
    Status::StopRequested,
    Status::RollbackRequested,
    Status::RollbackInProgress,
];

/// The maximum number of reads of the list, a second apart: a new service deployment appears in it some seconds after
/// the update.
const MAX_READS: usize = 5;

/// A service deployment in progress.
pub(super) struct DeploymentInProgress {
    pub(super) arn: String,
    status: Status,
    /// The ARNs of the task definitions that it replaces.
    pub(super) sources: Vec<String>,
}

impl DeploymentInProgress {
    /// Whether ECS is rolling it back.
    pub(super) fn is_rollback(&self) -> bool {
        matches!(self.status, Status::RollbackRequested | Status::RollbackInProgress)
    }

    /// Whether `StopServiceDeployment` accepts it.
    pub(super) fn is_stoppable(&self) -> bool {
        matches!(self.status, Status::Pending | Status::InProgress)
    }
}

/// The response, or `None` if the endpoint or the IAM policy does not offer the call.
pub(super) fn if_offered<T>(response: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match response {
        Err(error) if error.is_unsupported() => Ok(None),
        response => response.map(Some),
    }
}

/// Finds the latest service deployment in progress that deploys a task definition, or rolls the service back to it.
/// `None` if there is none, or if service deployments are not offered.
pub(super) async fn find_deployment_in_progress(
    ecs: &Ecs,
    service: &ServiceName,
    task_definition: &str,
) -> Result<Option<DeploymentInProgress>, AwsError> {
    for read in 0..MAX_READS {
        if read > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let Some(open) = if_offered(history::list_newest_first(ecs, service, &IN_PROGRESS).await)? else {
            return Ok(None);
        };
        let Some(arn) = open.into_iter().find_map(|brief| brief.service_deployment_arn) else { continue };
        let Some(mut described) =
            if_offered(ecs.describe_service_deployments(std::slice::from_ref(&arn)).await)?
        else {
            return Ok(None);
        };
        let Some(deployment) = described.remove(&arn) else { continue };
        let (own, sources) = (own_revisions(&deployment), source_revisions(&deployment));
        let mut wanted = [own.as_slice(), sources.as_slice()].concat();
        wanted.truncate(DEPLOYMENTS_PER_CALL);
        let Some(revisions) = if_offered(ecs.describe_service_revisions(&wanted).await)? else {
            return Ok(None);
        };
        let definitions = |arns: &[String]| -> Vec<String> {
            let revision = |arn: &String| revisions.iter().find(|r| r.service_revision_arn() == Some(arn));
            arns.iter().filter_map(revision).filter_map(|r| r.task_definition()).map(str::to_owned).collect()
        };
        if definitions(&own).iter().any(|definition| definition == task_definition)
            && let Some(status) = deployment.status
        {
            return Ok(Some(DeploymentInProgress { arn, status, sources: definitions(&sources) }));
        }
    }
    Ok(None)
}

/// The ARNs of the service revisions that a deployment rolls out, and goes back to.
fn own_revisions(deployment: &ServiceDeployment) -> Vec<String> {
    let target = deployment.target_service_revision().and_then(|revision| revision.arn());
    let back = deployment.rollback().and_then(|rollback| rollback.service_revision_arn());
    [target, back].into_iter().flatten().map(str::to_owned).collect()
}

/// The ARNs of the service revisions that a deployment replaces.
fn source_revisions(deployment: &ServiceDeployment) -> Vec<String> {
    let sources = deployment.source_service_revisions().iter();
    sources.filter_map(|source| source.arn()).map(str::to_owned).collect()
}
