//! The service deployment of a service that is not at its end.

use aws_sdk_ecs::types::{ServiceDeployment, ServiceDeploymentStatus as Status};

use crate::AwsError;
use crate::ecs::{DEPLOYMENTS_PER_CALL, Ecs, history};
use model::decision::ServiceName;

/// A service deployment that is not at its end.
const OPEN: [Status; 5] = [
    Status::Pending,
    Status::InProgress,
    Status::StopRequested,
    Status::RollbackRequested,
    Status::RollbackInProgress,
];

/// How often a rollout is looked for that is not in the list yet.
const LOOKS: usize = 5;

/// A rollout that goes on.
pub(super) struct Ongoing {
    pub(super) deployment: String,
    pub(super) status: Status,
    /// The task definitions that it replaces.
    pub(super) sources: Vec<String>,
}

/// None where the endpoint or the IAM policy does not have the call.
pub(super) fn offered<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Err(error) if error.is_unsupported() => Ok(None),
        answer => answer.map(Some),
    }
}

/// The service deployment that brings the service this task definition, or
/// brings it back: the latest one that is open. The outer none stands for a
/// call that is not offered.
pub(super) async fn ongoing(
    ecs: &Ecs,
    service: &ServiceName,
    task_definition: &str,
) -> Result<Option<Option<Ongoing>>, AwsError> {
    for look in 0..LOOKS {
        if look > 0 {
            // A new one comes into the list some seconds after the update.
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        let Some(open) = offered(history::list(ecs, service, &OPEN).await)? else { return Ok(None) };
        let Some(arn) = open.into_iter().find_map(|brief| brief.service_deployment_arn) else { continue };
        let Some(mut described) = offered(ecs.describe_service_deployments(std::slice::from_ref(&arn)).await)? else {
            return Ok(None);
        };
        let Some(deployment) = described.remove(&arn) else { continue };
        let (own, sources) = (revisions_of(&deployment), sources_of(&deployment));
        let mut wanted = [own.as_slice(), sources.as_slice()].concat();
        wanted.truncate(DEPLOYMENTS_PER_CALL);
        let Some(revisions) = offered(ecs.describe_service_revisions(&wanted).await)? else { return Ok(None) };
        let definitions = |arns: &[String]| -> Vec<String> {
            let of = |arn: &String| revisions.iter().find(|r| r.service_revision_arn() == Some(arn));
            arns.iter().filter_map(of).filter_map(|r| r.task_definition()).map(str::to_owned).collect()
        };
        if definitions(&own).iter().any(|definition| definition == task_definition)
            && let Some(status) = deployment.status
        {
            return Ok(Some(Some(Ongoing { deployment: arn, status, sources: definitions(&sources) })));
        }
    }
    Ok(Some(None))
}

/// The revision that a deployment rolls out, and the one that it goes back to.
fn revisions_of(deployment: &ServiceDeployment) -> Vec<String> {
    let target = deployment.target_service_revision().and_then(|revision| revision.arn());
    let back = deployment.rollback().and_then(|rollback| rollback.service_revision_arn());
    [target, back].into_iter().flatten().map(str::to_owned).collect()
}

/// The revisions that a deployment replaces.
fn sources_of(deployment: &ServiceDeployment) -> Vec<String> {
    let sources = deployment.source_service_revisions().iter();
    sources.filter_map(|source| source.arn()).map(str::to_owned).collect()
}
