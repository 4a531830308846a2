//! The runs of a one-off task by earlier runs of ecs-host, found by its mark. ECS lists stopped tasks for at least an
//! hour (the ECS API reference, `ListTasks`); they are recorded nowhere else.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ecs::types::{DesiredStatus, Task};
use model::plan::TaskDefinition;
use tokio::time::Instant;

use super::outcome::{Observation, failure_cause};
use super::poller::TaskPoller;
use super::{OneOff, TaskError, VISIBILITY_DELAY};
use crate::ecs::{Ecs, Retry, TaskFilter};
use crate::error::AwsError;
use crate::pages::Paging;

/// The maximum number of pages of each list, with a hundred tasks a page.
const MAX_PAGES: usize = 5;

/// The time between two lists of tasks after a conflict.
const CONFLICT_INTERVAL: Duration = Duration::from_secs(1);

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
    // A task that has just stopped may be in both lists. Counted twice, its attempt would have another client token than
    // in a run at the same time, and both would start it.
    let arns: Vec<String> = BTreeSet::from_iter([running, stopped].concat()).into_iter().collect();
    let tasks = ecs.describe_tasks(task.cluster, &arns, Retry::BySdk).await?;
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

/// Whether ECS stops a task that has not stopped yet.
pub(super) fn is_stopping(task: &Task) -> bool {
    task.desired_status() == Some("STOPPED")
}

/// Waits until ECS has stopped a task of an earlier run, whose end is that of its command or of a request to stop it:
/// then it has succeeded or is run again.
pub(super) async fn wait_for_stop(
    poller: &TaskPoller<'_>,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
    deadline: Instant,
    mut earlier: EarlierTasks,
) -> EarlierTasks {
    while earlier.running.as_ref().is_some_and(is_stopping) && Instant::now() < deadline {
        tokio::time::sleep(poller.poll).await;
        if let Ok(found) = find(poller.ecs, task, definition).await {
            earlier = found;
        }
    }
    earlier
}

/// The task of an attempt that another run of the same build has started with other parameters, such as another
/// revision. `None` if it failed.
///
/// # Errors
/// The conflict, if ECS does not list the task in time.
pub(super) async fn find_conflicting(
    ecs: &Ecs,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
    attempt: usize,
    conflict: TaskError,
) -> Result<Option<Task>, TaskError> {
    let until = Instant::now() + VISIBILITY_DELAY;
    while Instant::now() < until {
        let earlier = find(ecs, task, definition).await.unwrap_or_default();
        let found = earlier.running.or(earlier.succeeded);
        if found.is_some() || earlier.failed > attempt {
            return Ok(found);
        }
        tokio::time::sleep(CONFLICT_INTERVAL).await;
    }
    Err(conflict)
}

async fn list(ecs: &Ecs, filter: TaskFilter<'_>, status: DesiredStatus) -> Result<Vec<String>, AwsError> {
    Ok(ecs.list_tasks(filter, &status, Paging::AtMost(MAX_PAGES), Retry::BySdk).await?.items)
}
