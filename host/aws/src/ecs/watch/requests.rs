//! The calls of a watch. The SDK does not retry them, because the next tick does.

use std::collections::BTreeMap;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{DesiredStatus, Service, ServiceDeploymentBrief};

use crate::AwsError;
use crate::ecs::{DeploymentFilter, Ecs, Paging, Retry, Rollout, TaskFilter};

/// The tolerance between the creation times of a deployment in the lists of ECS, in seconds.
const CLOCK_MARGIN: i64 = 60;

/// The service deployments since the update of a service.
pub(super) async fn deployments_since_update(
    ecs: &Ecs,
    rollout: &Rollout,
) -> Result<Vec<ServiceDeploymentBrief>, AwsError> {
    let created_after = rollout.created_at.map(|time| DateTime::from_secs(time.secs() - CLOCK_MARGIN));
    let filter = DeploymentFilter { created_after, ..DeploymentFilter::default() };
    // The newest ones are on the first page.
    ecs.list_service_deployments(&rollout.service, filter, Paging::AtMost(1), Retry::ByCaller).await
}

/// Services of a cluster by their names, at most as many as one request accepts.
pub(super) async fn services(
    ecs: &Ecs,
    cluster: &str,
    names: &[String],
) -> Result<BTreeMap<String, Service>, AwsError> {
    let services = ecs.describe_services(cluster, names, Retry::ByCaller).await?;
    Ok(services.into_iter().filter_map(|s| Some((s.service_name()?.to_owned(), s))).collect())
}

/// The ARNs of the running tasks of a service.
pub(super) async fn running_tasks(ecs: &Ecs, rollout: &Rollout) -> Result<Vec<String>, AwsError> {
    let filter = TaskFilter::Service(&rollout.service);
    let tasks = ecs.list_tasks(filter, &DesiredStatus::Running, Paging::All, Retry::ByCaller).await?;
    Ok(tasks.items)
}
