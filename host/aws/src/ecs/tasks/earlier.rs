//! The runs of a one-off task by earlier runs of ecs-host, found by its mark. ECS lists stopped tasks for at least an
//! hour (the ECS API reference, `ListTasks`); they are recorded nowhere else.

use aws_sdk_ecs::types::{DesiredStatus, Task};
use model::plan::TaskDefinition;

use super::OneOff;
use super::outcome::{Observation, failure_cause};
use crate::ecs::{Ecs, Retry, TaskFilter};
use crate::error::AwsError;
use crate::pages::Paging;

/// The maximum number of pages of each list, with a hundred tasks a page.
const MAX_PAGES: usize = 5;

/// The runs of the same one-off task by earlier runs of ecs-host.
#[derive(Default)]
pub(super) struct EarlierTasks {
    /// One that succeeded.
    pub(super) succeeded: Option<Task>,
    /// One that has not stopped yet.
    pub(super) running: Option<Task>,
    /// How many failed.
    pub(super) failed: usize,
}

/// Finds the runs of the same task by earlier runs of ecs-host, in any state.
///
/// # Errors
/// [`AwsError`] if the tasks cannot be listed or described.
pub(super) async fn find(
    ecs: &Ecs,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
) -> Result<EarlierTasks, AwsError> {
    let family = definition.family();
    // `ListTasks` accepts `startedBy` only as the only filter, and then lists only tasks that are to run (the ECS API
    // reference).
    let (running, stopped) = tokio::try_join!(
        list(ecs, TaskFilter::StartedBy { cluster: task.cluster, mark: task.mark }, DesiredStatus::Running),
        list(ecs, TaskFilter::Family { cluster: task.cluster, family }, DesiredStatus::Stopped),
    )?;
    let tasks = ecs.describe_tasks(task.cluster, &[running, stopped].concat(), Retry::BySdk).await?;
    let mut earlier = EarlierTasks::default();
    for other in tasks.into_iter().filter(|other| other.started_by() == Some(task.mark)) {
        if other.last_status() != Some("STOPPED") {
            earlier.running = Some(other);
        } else if failure_cause(definition, &other, task.container, &Observation::default()).is_none() {
            earlier.succeeded = Some(other);
        } else {
            earlier.failed += 1;
        }
    }
    Ok(earlier)
}

async fn list(ecs: &Ecs, filter: TaskFilter<'_>, status: DesiredStatus) -> Result<Vec<String>, AwsError> {
    Ok(ecs.list_tasks(filter, &status, Paging::AtMost(MAX_PAGES), Retry::BySdk).await?.items)
}
