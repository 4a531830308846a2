//! The history of a service: its service deployments.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use aws_sdk_ecs::types::{ServiceDeploymentBrief, ServiceDeploymentStatus as Status};

use super::{DEPLOYMENTS_PER_CALL, DeploymentFilter, Ecs, Retry};
use crate::error::AwsError;
use crate::pages::Paging;
use model::decision::ServiceName;

/// A service deployment.
pub(super) struct PastDeployment<'a> {
    /// Its ARN.
    pub(super) service_deployment: &'a str,
    /// Its status.
    pub(super) status: &'a Status,
    /// The ARN of the task definition that it rolled out.
    pub(super) task_definition: &'a str,
}

/// The ARN of the task definition of the latest successful service deployment that `matches`. ECS's own rollbacks go to
/// the latest one.
///
/// # Errors
/// [`AwsError`] if a call fails, or is not offered.
pub(super) async fn find_successful(
    ecs: &Ecs,
    service: &ServiceName,
    mut matches: impl FnMut(PastDeployment<'_>) -> bool,
) -> Result<Option<String>, AwsError> {
    let visit = |deployed: PastDeployment<'_>| {
        let task_definition = deployed.task_definition.to_owned();
        if matches(deployed) { ControlFlow::Break(task_definition) } else { ControlFlow::Continue(()) }
    };
    find_map(ecs, service, &[Status::Successful], visit).await
}

/// The first result of `visit` for the service deployments with one of these statuses, the latest first. Their service
/// revisions are read only as far as that requires, twenty a call.
///
/// # Errors
/// [`AwsError`] if a call fails, or is not offered.
pub(super) async fn find_map<T>(
    ecs: &Ecs,
    service: &ServiceName,
    statuses: &[Status],
    mut visit: impl FnMut(PastDeployment<'_>) -> ControlFlow<T>,
) -> Result<Option<T>, AwsError> {
    let briefs = list_newest_first(ecs, service, statuses).await?;
    for briefs in briefs.chunks(DEPLOYMENTS_PER_CALL) {
        let arns: Vec<String> =
            briefs.iter().filter_map(|brief| brief.target_service_revision_arn.clone()).collect();
        // The response may be in another order than the request.
        let found: BTreeMap<String, String> = ecs
            .describe_service_revisions(&arns)
            .await?
            .into_iter()
            .filter_map(|revision| Some((revision.service_revision_arn?, revision.task_definition?)))
            .collect();
        for brief in briefs {
            let task_definition = brief.target_service_revision_arn().and_then(|arn| found.get(arn));
            let Some(task_definition) = task_definition else { continue };
            let service_deployment = brief.service_deployment_arn().unwrap_or_default();
            let Some(status) = brief.status() else { continue };
            if let ControlFlow::Break(found) =
                visit(PastDeployment { service_deployment, status, task_definition })
            {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// The service deployments with one of these statuses, the latest first.
///
/// # Errors
/// [`AwsError`] if a call fails, or is not offered.
pub(super) async fn list_newest_first(
    ecs: &Ecs,
    service: &ServiceName,
    statuses: &[Status],
) -> Result<Vec<ServiceDeploymentBrief>, AwsError> {
    let filter = DeploymentFilter { statuses, created_after: None };
    let mut briefs = ecs.list_service_deployments(service, filter, Paging::All, Retry::BySdk).await?;
    let made = |brief: &ServiceDeploymentBrief| brief.created_at.map(|at| (at.secs(), at.subsec_nanos()));
    briefs.sort_by_key(|brief| std::cmp::Reverse(made(brief)));
    Ok(briefs)
}
