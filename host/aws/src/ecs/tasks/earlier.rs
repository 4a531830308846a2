//! One-off tasks of earlier runs. ECS lists stopped tasks for at least an hour (the ECS API reference, `ListTasks`);
//! they are recorded nowhere else.

use aws_sdk_ecs::types::{DesiredStatus, Task, TaskDefinition};
use futures_util::future::try_join_all;

use super::{OneOff, outcome, start};
use crate::ecs::family::family;
use crate::ecs::{Ecs, Paging, Retry, TaskFilter};
use crate::error::AwsError;

/// The maximum number of pages of each list, with a hundred tasks a page.
const MAX_PAGES: usize = 5;

/// The same one-off task, started by an earlier run.
pub(super) enum EarlierTask {
    /// It succeeded.
    Succeeded(Task),
    /// It has not stopped yet.
    Running(Task),
    /// ECS lists no such task that is running or succeeded.
    None,
}

/// Finds the same task, started by an earlier run.
///
/// # Errors
/// [`AwsError`] if the tasks cannot be listed or described.
pub(super) async fn find(
    ecs: &Ecs,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
) -> Result<EarlierTask, AwsError> {
    // `ListTasks` accepts `startedBy` only as the only filter, and then lists only running tasks.
    let listed = try_join_all([DesiredStatus::Running, DesiredStatus::Stopped].map(|s| list(ecs, task, s)));
    let arns = listed.await?.concat();
    let tasks = ecs.describe_tasks(task.cluster, &arns, Retry::BySdk).await?.into_iter();
    let (stopped, running): (Vec<Task>, Vec<Task>) =
        tasks.filter(|other| is_same(other, task)).partition(|other| other.last_status() == Some("STOPPED"));
    let succeeded = |other: &Task| outcome::failure_cause(definition, other, task.container).is_none();
    Ok(match (stopped.into_iter().find(succeeded), running.into_iter().next()) {
        (Some(succeeded), _) => EarlierTask::Succeeded(succeeded),
        (None, Some(running)) => EarlierTask::Running(running),
        (None, None) => EarlierTask::None,
    })
}

/// Whether another task has the same `startedBy`, task definition and command.
fn is_same(other: &Task, task: &OneOff<'_>) -> bool {
    let overrides = other.overrides().map(|overrides| overrides.container_overrides()).unwrap_or_default();
    let own = |o: &&aws_sdk_ecs::types::ContainerOverride| o.name() == Some(task.container);
    other.task_definition_arn() == Some(task.task_definition)
        && other.started_by() == Some(&start::started_by(task.started_by))
        && overrides.iter().find(own).is_some_and(|own| own.command() == task.command)
}

async fn list(ecs: &Ecs, task: &OneOff<'_>, status: DesiredStatus) -> Result<Vec<String>, AwsError> {
    let family = family(task.task_definition);
    let filter = TaskFilter::Family { cluster: task.cluster, family: &family };
    Ok(ecs.list_tasks(filter, &status, Paging::AtMost(MAX_PAGES), Retry::BySdk).await?.items)
}
