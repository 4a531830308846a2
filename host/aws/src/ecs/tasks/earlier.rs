//! A one-off task that an earlier run started. ECS lists stopped tasks for an
//! hour at least (the ECS API reference, `ListTasks`); nobody else remembers.

use aws_sdk_ecs::types::{DesiredStatus, Task, TaskDefinition};
use futures_util::future::try_join_all;

use super::{OneOff, end, start};
use crate::AwsError;
use crate::ecs::family::family;
use crate::ecs::{Ecs, Paging, Retry, TaskFilter};

/// How many pages of a hundred tasks are read.
const PAGES: usize = 5;

/// What became of it.
pub(super) enum Earlier {
    /// It has succeeded.
    Succeeded(Task),
    /// It is there, and has not come to its end.
    GoesOn(Task),
    /// None has succeeded, as far as ECS remembers.
    None,
}

/// Looks for a task as this one would be, started by an earlier run.
pub(super) async fn find(
    ecs: &Ecs,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
) -> Result<Earlier, AwsError> {
    // `startedBy` must be the only filter, and then those that run are all.
    let listed = try_join_all([DesiredStatus::Running, DesiredStatus::Stopped].map(|s| list(ecs, task, s)));
    let arns = listed.await?.concat();
    let tasks = ecs.describe_tasks(task.cluster, &arns, Retry::BySdk).await?.into_iter();
    let (ended, open): (Vec<Task>, Vec<Task>) =
        tasks.filter(|other| is_of(other, task)).partition(|other| other.last_status() == Some("STOPPED"));
    let succeeded = |other: &Task| end::failure(definition, other, task.container).is_none();
    Ok(match (ended.into_iter().find(succeeded), open.into_iter().next()) {
        (Some(ended), _) => Earlier::Succeeded(ended),
        (None, Some(open)) => Earlier::GoesOn(open),
        (None, None) => Earlier::None,
    })
}

/// Whether a task was started for the same purpose, and does the same.
fn is_of(other: &Task, task: &OneOff<'_>) -> bool {
    let overrides = other.overrides().map(|overrides| overrides.container_overrides()).unwrap_or_default();
    let own = |o: &&aws_sdk_ecs::types::ContainerOverride| o.name() == Some(task.container);
    other.task_definition_arn() == Some(task.task_definition)
        && other.started_by() == Some(&start::started_by(task.started_by))
        && overrides.iter().find(own).is_some_and(|own| own.command() == task.command)
}

async fn list(ecs: &Ecs, task: &OneOff<'_>, status: DesiredStatus) -> Result<Vec<String>, AwsError> {
    let family = family(task.task_definition);
    let filter = TaskFilter::Family { cluster: task.cluster, family: &family };
    Ok(ecs.list_tasks(filter, &status, Paging::AtMost(PAGES), Retry::BySdk).await?.items)
}
