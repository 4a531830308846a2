//! What ECS remembers of a service: its service deployments, or the revisions
//! of its family where those are not offered.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_ecs::types::{
    ServiceDeployment, ServiceDeploymentBrief, ServiceDeploymentStatus as Status, SortOrder,
    TaskDefinitionStatus,
};

use crate::aws::AwsError;
use crate::ecs::rates::Kind;
use crate::ecs::{Ecs, watch};
use crate::names::{compared, numbered};
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

/// A service deployment that is at its end.
const ENDED: [Status; 4] =
    [Status::Successful, Status::Stopped, Status::RollbackSuccessful, Status::RollbackFailed];

/// A rollout that goes on.
pub(super) struct Ongoing {
    pub(super) deployment: String,
    pub(super) status: Status,
    /// The task definitions that it replaces.
    pub(super) sources: Vec<String>,
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
        let (own, sources) = (revisions_of(&deployment), sources_of(&deployment));
        let mut wanted = [own.as_slice(), sources.as_slice()].concat();
        wanted.truncate(REVISIONS_A_CALL);
        let Some(revisions) = offered(watch::revisions(ecs, wanted).await)? else { return Ok(None) };
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
    deployment
        .source_service_revisions()
        .iter()
        .filter_map(|source| source.arn())
        .map(str::to_owned)
        .collect()
}

/// The latest successful service deployment's task definition. The outer none
/// stands for a call that is not offered.
pub(super) async fn succeeded(ecs: &Ecs, service: &ServiceName) -> Result<Option<Option<String>>, AwsError> {
    let Some(mut briefs) = offered(list(ecs, service, &[Status::Successful]).await)? else { return Ok(None) };
    briefs.truncate(1);
    let Some(definitions) = offered(definitions(ecs, &briefs).await)? else { return Ok(None) };
    Ok(Some(definitions.into_iter().next().map(|(_, definition)| definition)))
}

/// What there was before what a service is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Past {
    /// The service went back to what it is set to from this task definition.
    WentBack(String),
    /// This task definition was the last that it ran besides.
    Ran(String),
    /// Nothing else was rolled out with success.
    Nothing,
}

/// What there was before. None stands for a call that is not offered.
pub(super) async fn past(ecs: &Ecs, service: &ServiceName, own: &str) -> Result<Option<Past>, AwsError> {
    let Some(briefs) = offered(list(ecs, service, &ENDED).await)? else { return Ok(None) };
    let mut is_latest = true;
    for briefs in briefs.chunks(REVISIONS_A_CALL) {
        let Some(found) = offered(definitions(ecs, briefs).await)? else { return Ok(None) };
        for (status, definition) in found.into_iter().filter(|(_, definition)| definition != own) {
            if std::mem::take(&mut is_latest) && is_left_behind(&status, &definition, own) {
                return Ok(Some(Past::WentBack(definition)));
            }
            if status == Status::Successful {
                return Ok(Some(Past::Ran(definition)));
            }
        }
    }
    Ok(Some(Past::Nothing))
}

/// Whether a service that is set to `own` went back to it from the task
/// definition of the latest deployment of another one: that is the newer one,
/// or, where numbers can't tell, ECS says that it was taken back. An older one
/// that ECS took back was itself a way back, which failed.
fn is_left_behind(status: &Status, definition: &str, own: &str) -> bool {
    match compared(definition, own) {
        Some(order) => order.is_gt(),
        None => matches!(status, Status::RollbackSuccessful | Status::RollbackFailed),
    }
}

/// The status of each deployment and the task definition that it rolled out,
/// in their order.
async fn definitions(
    ecs: &Ecs,
    briefs: &[ServiceDeploymentBrief],
) -> Result<Vec<(Status, String)>, AwsError> {
    let arns: BTreeSet<String> =
        briefs.iter().filter_map(|brief| brief.target_service_revision_arn.clone()).collect();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let found = watch::revisions(ecs, arns.into_iter().collect()).await?;
    // The answer need not be in the order of the question.
    let told = |brief: &ServiceDeploymentBrief| {
        let arn = brief.target_service_revision_arn();
        let of = found.iter().find(|revision| revision.service_revision_arn() == arn)?;
        Some((brief.status.clone()?, of.task_definition()?.to_owned()))
    };
    Ok(briefs.iter().filter_map(told).collect())
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

/// What the active revisions of a family say of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beside {
    /// This one is newer.
    Newer(String),
    /// It is the newest, and this one comes before it.
    Lower(String),
    /// It is the only one.
    Nothing,
}

/// What there is beside a task definition, by the numbers of its family.
pub(super) async fn beside(ecs: &Ecs, task_definition: &str) -> Result<Beside, AwsError> {
    let Some((family, _)) = numbered(task_definition) else { return Ok(Beside::Nothing) };
    let mut page = None;
    loop {
        ecs.rates.permit(Kind::DefinitionRead).await;
        let call = ecs.client.list_task_definitions().family_prefix(family).sort(SortOrder::Desc);
        let answer = call.status(TaskDefinitionStatus::Active).set_next_token(page).send().await;
        let answer = answer.map_err(|error| {
            AwsError::new("ecs:ListTaskDefinitions", format!("the family `{family}`"), error)
        })?;
        for arn in answer.task_definition_arns() {
            match compared(arn, task_definition) {
                Some(Ordering::Greater) => return Ok(Beside::Newer(arn.clone())),
                Some(Ordering::Less) => return Ok(Beside::Lower(arn.clone())),
                Some(Ordering::Equal) | None => {}
            }
        }
        page = answer.next_token;
        if page.is_none() {
            return Ok(Beside::Nothing);
        }
    }
}
