//! The calls for tasks.

use aws_sdk_ecs::operation::run_task::RunTaskOutput;
use aws_sdk_ecs::operation::run_task::builders::RunTaskInputBuilder;
use aws_sdk_ecs::types::{DesiredStatus, Task};
use futures_util::future::try_join_all;

use super::{Ecs, RateBucket, Retry, TASKS_PER_CALL};
use crate::error::AwsError;
use crate::pages::{Pages, Paging, read_pages};
use model::decision::ServiceName;
use model::names::{short_task_id, task_id};

/// Which tasks to list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TaskFilter<'f> {
    /// The tasks of a service.
    Service(&'f ServiceName),
    /// The tasks of a task definition family in a cluster.
    Family {
        /// The cluster.
        cluster: &'f str,
        /// The family.
        family: &'f str,
    },
    /// The tasks in a cluster that have this `startedBy`, and are to run.
    StartedBy {
        /// The cluster.
        cluster: &'f str,
        /// The `startedBy`.
        mark: &'f str,
    },
}

impl TaskFilter<'_> {
    fn subject(&self) -> String {
        match self {
            Self::Service(service) => format!("service `{service}`"),
            Self::Family { cluster, .. } | Self::StartedBy { cluster, .. } => format!("cluster `{cluster}`"),
        }
    }
}

impl Ecs {
    /// `ListTasks`: the ARNs of tasks.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn list_tasks(
        &self,
        filter: TaskFilter<'_>,
        status: &DesiredStatus,
        paging: Paging,
        retry: Retry,
    ) -> Result<Pages<String>, AwsError> {
        read_pages(paging, "ecs:ListTasks", filter.subject(), async |token| {
            let request = self.permitted(RateBucket::TaskRead, retry).await.list_tasks();
            let request = match filter {
                TaskFilter::Service(service) => {
                    request.cluster(&service.cluster).service_name(&service.service)
                }
                TaskFilter::Family { cluster, family } => request.cluster(cluster).family(family),
                TaskFilter::StartedBy { cluster, mark } => request.cluster(cluster).started_by(mark),
            };
            let request = match filter {
                // It is accepted only as the only filter (the ECS API reference, `ListTasks`).
                TaskFilter::StartedBy { .. } => request,
                _ => request.desired_status(status.clone()),
            };
            let request = request.set_max_results(paging.page_size());
            let response = request.set_next_token(token).send().await;
            let response =
                response.map_err(|error| AwsError::new("ecs:ListTasks", filter.subject(), error))?;
            Ok((response.task_arns, response.next_token))
        })
        .await
    }

    /// `DescribeTasks`: tasks of a cluster by their ARNs. The result has no entry for a task that ECS does not
    /// know.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails.
    pub(crate) async fn describe_tasks(
        &self,
        cluster: &str,
        arns: &[String],
        retry: Retry,
    ) -> Result<Vec<Task>, AwsError> {
        let requests = arns.chunks(TASKS_PER_CALL).map(async |arns| {
            let client = self.permitted(RateBucket::TaskRead, retry).await;
            let request = client.describe_tasks().cluster(cluster).set_tasks(Some(arns.to_vec()));
            let response = request
                .send()
                .await
                .map_err(|error| AwsError::new("ecs:DescribeTasks", format!("cluster `{cluster}`"), error))?;
            Ok::<_, AwsError>(response.tasks.unwrap_or_default())
        });
        Ok(try_join_all(requests).await?.into_iter().flatten().collect())
    }

    /// `RunTask`: starts a task.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails. A task that ECS could not place is among the response's failures.
    pub(crate) async fn run_task(
        &self,
        request: RunTaskInputBuilder,
        retry: Retry,
    ) -> Result<RunTaskOutput, AwsError> {
        let subject = format!("cluster `{}`", request.get_cluster().as_deref().unwrap_or("default"));
        let client = self.permitted(RateBucket::TaskModify, retry).await;
        request.send_with(client).await.map_err(|error| AwsError::new("ecs:RunTask", subject, error))
    }

    /// `StopTask`: stops a task, by its ARN or its id. ECS accepts 255 characters of a reason.
    ///
    /// # Errors
    /// [`AwsError`] if the request fails.
    pub(crate) async fn stop_task(
        &self,
        cluster: &str,
        task: &str,
        reason: Option<String>,
    ) -> Result<(), AwsError> {
        let client = self.permitted(RateBucket::TaskModify, Retry::BySdk).await;
        let response = client.stop_task().cluster(cluster).task(task).set_reason(reason).send().await;
        let subject = || format!("task {}", short_task_id(task_id(task)));
        response.map(drop).map_err(|error| AwsError::new("ecs:StopTask", subject(), error))
    }
}
