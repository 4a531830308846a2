//! What ECS remembers of a service: its service deployments, or the revisions
//! of its family where those are not offered.

use aws_sdk_ecs::types::{
    ServiceDeployment, ServiceDeploymentBrief, ServiceDeploymentStatus as Status, SortOrder,
    TaskDefinitionStatus,
};

use crate::aws::AwsError;
use crate::ecs::rates::Kind;
use crate::ecs::{Ecs, watch};
use crate::names::revision;
use crate::policy::decision::ServiceName;

/// `DescribeServiceRevisions` takes twenty a call.
const REVISIONS_A_CALL: usize = 20;

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
}

/// None where the endpoint or the IAM policy does not have the call.
fn offered<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Err(error) if watch::not_offered(&error) => Ok(None),
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
        let Some(open) = offered(list(ecs, service, &OPEN).await)? else { return Ok(None) };
        let Some(arn) = open.into_iter().find_map(|brief| brief.service_deployment_arn) else { continue };
        let Some(mut described) = offered(watch::deployments(ecs, vec![arn.clone()]).await)? else {
            return Ok(None);
        };
        let Some(deployment) = described.remove(&arn) else { continue };
        let revisions = revisions_of(&deployment);
        let Some(revisions) = offered(watch::revisions(ecs, revisions).await)? else { return Ok(None) };
        if revisions.iter().any(|revision| revision.task_definition() == Some(task_definition))
            && let Some(status) = deployment.status
        {
            return Ok(Some(Some(Ongoing { deployment: arn, status })));
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

/// The latest successful service deployment's task definition that is not
/// `but`. The outer none stands for a call that is not offered.
pub(super) async fn succeeded(
    ecs: &Ecs,
    service: &ServiceName,
    but: Option<&str>,
) -> Result<Option<Option<String>>, AwsError> {
    let Some(briefs) = offered(list(ecs, service, &[Status::Successful]).await)? else { return Ok(None) };
    let arns: Vec<String> =
        briefs.into_iter().filter_map(|brief| brief.target_service_revision_arn).collect();
    for arns in arns.chunks(REVISIONS_A_CALL) {
        let Some(found) = offered(watch::revisions(ecs, arns.to_vec()).await)? else { return Ok(None) };
        // The answer need not be in the order of the question.
        let definition = |arn: &String| {
            let of = found.iter().find(|revision| revision.service_revision_arn() == Some(arn))?;
            of.task_definition().filter(|definition| Some(*definition) != but).map(str::to_owned)
        };
        if let Some(definition) = arns.iter().find_map(definition) {
            return Ok(Some(Some(definition)));
        }
    }
    Ok(Some(None))
}

/// The service deployments with one of these statuses, the latest first.
async fn list(
    ecs: &Ecs,
    service: &ServiceName,
    statuses: &[Status],
) -> Result<Vec<ServiceDeploymentBrief>, AwsError> {
    let (mut briefs, mut page) = (Vec::new(), None);
    loop {
        ecs.rates.permit(Kind::ServiceRead).await;
        let call = ecs.client.list_service_deployments().cluster(&service.cluster).service(&service.service);
        let answer = call.set_status(Some(statuses.to_vec())).set_next_token(page).send().await;
        let answer = answer.map_err(|error| {
            AwsError::new("ecs:ListServiceDeployments", format!("service `{service}`"), error)
        })?;
        briefs.extend(answer.service_deployments.unwrap_or_default());
        page = answer.next_token;
        if page.is_none() {
            break;
        }
    }
    let made = |brief: &ServiceDeploymentBrief| brief.created_at.map(|at| (at.secs(), at.subsec_nanos()));
    briefs.sort_by_key(|brief| std::cmp::Reverse(made(brief)));
    Ok(briefs)
}

/// The next lower active revision of a task definition's family.
pub(super) async fn lower(ecs: &Ecs, task_definition: &str) -> Result<Option<String>, AwsError> {
    let Some((family, own)) = numbered(task_definition) else { return Ok(None) };
    let mut page = None;
    loop {
        ecs.rates.permit(Kind::DefinitionRead).await;
        let call = ecs.client.list_task_definitions().family_prefix(family).sort(SortOrder::Desc);
        let answer = call.status(TaskDefinitionStatus::Active).set_next_token(page).send().await;
        let answer = answer.map_err(|error| {
            AwsError::new("ecs:ListTaskDefinitions", format!("the family `{family}`"), error)
        })?;
        let is_lower = |arn: &&String| numbered(arn).is_some_and(|(of, number)| of == family && number < own);
        if let Some(arn) = answer.task_definition_arns().iter().find(is_lower) {
            return Ok(Some(arn.clone()));
        }
        page = answer.next_token;
        if page.is_none() {
            return Ok(None);
        }
    }
}

/// Family and number of a task definition's ARN.
fn numbered(arn: &str) -> Option<(&str, u32)> {
    let (family, number) = revision(arn).rsplit_once(':')?;
    Some((family, number.parse().ok()?))
}
