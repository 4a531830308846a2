//! The calls of a watch. Each is made once: the next tick is the retry.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{
    CreatedAt, DesiredStatus, Service, ServiceDeployment, ServiceDeploymentBrief, ServiceRevision, Task,
};

use crate::ecs::rates::Kind;
use crate::ecs::{Ecs, Rollout};
use crate::{AwsError, ErrorKind};

/// `ListServiceDeployments`: those of a service that began since its update.
pub(super) async fn begun(ecs: &Ecs, started: &Rollout) -> Result<Vec<ServiceDeploymentBrief>, AwsError> {
    ecs.rates.permit(Kind::ServiceDeployment).await;
    // The deployment's time in the two lists may differ by a moment.
    let after = started.created_at.map(|time| aws_sdk_ecs::primitives::DateTime::from_secs(time.secs() - 60));
    let call = ecs
        .once
        .list_service_deployments()
        .cluster(&started.service.cluster)
        .service(&started.service.service)
        .set_created_at(after.map(|after| CreatedAt::builder().after(after).build()));
    let answer = call.send().await.map_err(|error| {
        AwsError::new("ecs:ListServiceDeployments", format!("service `{}`", started.service), error)
    })?;
    Ok(answer.service_deployments.unwrap_or_default())
}

/// `DescribeServiceRevisions`, twenty at most.
pub(crate) async fn revisions(ecs: &Ecs, arns: Vec<String>) -> Result<Vec<ServiceRevision>, AwsError> {
    ecs.rates.permit(Kind::ServiceRevision).await;
    let on = arns.first().cloned().unwrap_or_default();
    let answer = ecs.once.describe_service_revisions().set_service_revision_arns(Some(arns)).send().await;
    let answer = answer.map_err(|error| AwsError::new("ecs:DescribeServiceRevisions", on, error))?;
    Ok(answer.service_revisions.unwrap_or_default())
}

/// `DescribeServiceDeployments`, twenty at most, by their ARNs.
pub(crate) async fn deployments(
    ecs: &Ecs,
    arns: Vec<String>,
) -> Result<BTreeMap<String, ServiceDeployment>, AwsError> {
    ecs.rates.permit(Kind::ServiceDeployment).await;
    let on = arns.first().cloned().unwrap_or_default();
    let answer = ecs.once.describe_service_deployments().set_service_deployment_arns(Some(arns)).send().await;
    let answer = answer.map_err(|error| AwsError::new("ecs:DescribeServiceDeployments", on, error))?;
    let deployments = answer.service_deployments.unwrap_or_default();
    Ok(deployments.into_iter().filter_map(|d| Some((d.service_deployment_arn()?.to_owned(), d))).collect())
}

/// `DescribeServices`, ten of a cluster at most, by their names.
pub(crate) async fn services(
    ecs: &Ecs,
    cluster: &str,
    names: Vec<String>,
) -> Result<BTreeMap<String, Service>, AwsError> {
    ecs.rates.permit(Kind::ServiceRead).await;
    let answer = ecs.once.describe_services().cluster(cluster).set_services(Some(names)).send().await;
    let answer = answer
        .map_err(|error| AwsError::new("ecs:DescribeServices", format!("cluster `{cluster}`"), error))?;
    let services = answer.services.unwrap_or_default();
    Ok(services.into_iter().filter_map(|s| Some((s.service_name()?.to_owned(), s))).collect())
}

/// `ListTasks`: the ARNs of a service's tasks that run.
pub(super) async fn running_tasks(ecs: &Ecs, started: &Rollout) -> Result<Vec<String>, AwsError> {
    let mut arns = Vec::new();
    let mut page = None;
    loop {
        ecs.rates.permit(Kind::TaskRead).await;
        let call = ecs.once.list_tasks().cluster(&started.service.cluster);
        let call = call.service_name(&started.service.service).desired_status(DesiredStatus::Running);
        let answer = call.set_next_token(page).send().await.map_err(|error| {
            AwsError::new("ecs:ListTasks", format!("service `{}`", started.service), error)
        })?;
        arns.extend(answer.task_arns.unwrap_or_default());
        page = answer.next_token;
        if page.is_none() {
            return Ok(arns);
        }
    }
}

/// `DescribeTasks`, a hundred of a cluster at most.
pub(crate) async fn tasks(ecs: &Ecs, cluster: &str, arns: Vec<String>) -> Result<Vec<Task>, AwsError> {
    ecs.rates.permit(Kind::TaskRead).await;
    let answer = ecs.once.describe_tasks().cluster(cluster).set_tasks(Some(arns)).send().await;
    let answer =
        answer.map_err(|error| AwsError::new("ecs:DescribeTasks", format!("cluster `{cluster}`"), error))?;
    Ok(answer.tasks.unwrap_or_default())
}

/// Whether the endpoint or the IAM policy does not have the call at all. An
/// answer that is not AWS's at all comes from an endpoint that lacks it.
pub(crate) fn not_offered(error: &AwsError) -> bool {
    matches!(error.trouble, ErrorKind::Permission | ErrorKind::Foreign)
        || error.is(&["UnknownOperationException", "InvalidAction", "UnsupportedFeatureException"])
}

/// Whether looking again can't help.
pub(crate) fn lasts(error: &AwsError) -> bool {
    match error.trouble {
        ErrorKind::Permission | ErrorKind::Missing => true,
        // AWS's own word on them lasts; that they could not be had just now does not.
        ErrorKind::Credentials => error.code.is_some(),
        _ => false,
    }
}
