//! The requests of a watch, and their responses. The SDK does not retry them, because the next tick does.

use std::collections::BTreeMap;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{
    DesiredStatus, Service, ServiceDeployment, ServiceDeploymentBrief, ServiceRevision, Task,
};

use super::schedule::Call;
use super::{WatchedRollout, Watcher};
use crate::ecs::rollout::Rollout;
use crate::ecs::{DeploymentFilter, Ecs, Retry, TaskFilter};
use crate::error::AwsError;
use crate::pages::Paging;

/// How far before the update the list is requested, in seconds. `find_candidates` filters it more closely.
const CLOCK_MARGIN: i64 = 60;

/// The response to one call, for all rollouts of the call.
pub(super) enum ApiResponse {
    ServiceDeploymentBriefs(Vec<ServiceDeploymentBrief>),
    ServiceRevisions(Vec<ServiceRevision>),
    ServiceDeployments(BTreeMap<String, ServiceDeployment>),
    Services(BTreeMap<String, Service>),
    TaskArns(Vec<String>),
    Tasks(Vec<Task>),
}

impl Watcher<'_> {
    /// Makes a call of the schedule.
    pub(super) async fn request(
        &self,
        rollouts: &[WatchedRollout],
        call: Call,
    ) -> (Call, Result<ApiResponse, AwsError>) {
        let rollouts: Vec<&WatchedRollout> =
            call.indices().iter().filter_map(|index| rollouts.get(*index)).collect();
        let response = match &call {
            Call::ListServiceDeployments(_) => match rollouts.first() {
                Some(watched) => list_deployments_since_update(self.ecs, &watched.rollout)
                    .await
                    .map(ApiResponse::ServiceDeploymentBriefs),
                None => Ok(ApiResponse::ServiceDeploymentBriefs(Vec::new())),
            },
            Call::ListTasks(_) => match rollouts.first() {
                Some(watched) => {
                    list_running_tasks(self.ecs, &watched.rollout).await.map(ApiResponse::TaskArns)
                }
                None => Ok(ApiResponse::TaskArns(Vec::new())),
            },
            Call::DescribeServiceRevisions(_) => {
                let arns: Vec<String> =
                    rollouts.iter().flat_map(|watched| watched.stage.service_revision_arns()).collect();
                self.ecs.describe_service_revisions(&arns).await.map(ApiResponse::ServiceRevisions)
            }
            Call::DescribeServiceDeployments(_) => {
                let arns: Vec<String> = rollouts
                    .iter()
                    .filter_map(|r| r.stage.described_deployment().map(str::to_owned))
                    .collect();
                self.ecs.describe_service_deployments(&arns).await.map(ApiResponse::ServiceDeployments)
            }
            Call::DescribeServices { cluster, .. } => {
                let names: Vec<String> =
                    rollouts.iter().map(|watched| watched.rollout.service.service.clone()).collect();
                describe_services(self.ecs, cluster, &names).await.map(ApiResponse::Services)
            }
            Call::DescribeTasks { cluster, .. } => {
                let arns: Vec<String> = rollouts.iter().flat_map(|watched| watched.tasks()).collect();
                self.ecs.describe_tasks(cluster, &arns, Retry::ByCaller).await.map(ApiResponse::Tasks)
            }
        };
        (call, response)
    }
}

/// The service deployments since the update of a service.
pub(super) async fn list_deployments_since_update(
    ecs: &Ecs,
    rollout: &Rollout,
) -> Result<Vec<ServiceDeploymentBrief>, AwsError> {
    let created_after = rollout.created_at.map(|time| DateTime::from_secs(time.secs() - CLOCK_MARGIN));
    let filter = DeploymentFilter { created_after, ..DeploymentFilter::default() };
    // The newest ones are on the first page.
    ecs.list_service_deployments(&rollout.service, filter, Paging::AtMost(1), Retry::ByCaller).await
}

/// Services of a cluster by their names, at most as many as one request accepts.
async fn describe_services(
    ecs: &Ecs,
    cluster: &str,
    names: &[String],
) -> Result<BTreeMap<String, Service>, AwsError> {
    let services = ecs.describe_services(cluster, names, Retry::ByCaller).await?;
    Ok(services.into_iter().filter_map(|s| Some((s.service_name()?.to_owned(), s))).collect())
}

/// The ARNs of the running tasks of a service.
async fn list_running_tasks(ecs: &Ecs, rollout: &Rollout) -> Result<Vec<String>, AwsError> {
    let filter = TaskFilter::Service(&rollout.service);
    let tasks = ecs.list_tasks(filter, &DesiredStatus::Running, Paging::All, Retry::ByCaller).await?;
    Ok(tasks.items)
}
