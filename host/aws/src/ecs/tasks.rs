//! One-off tasks: started with a service's new task definition and its network configuration, then watched until
//! they stop.

mod earlier;
mod error;
mod outcome;
mod poller;
mod start;

use std::time::Duration;

use aws_sdk_ecs::types::Task;
use tokio::time::{Instant, timeout, timeout_at};

use super::diagnose::add_logs;
use super::{Ecs, Retry};
use crate::ecs::retry::MAX_REJECTED_POLLS;
use crate::error::AwsError;
pub use error::TaskError;
use model::diagnosis::Diagnosis;
use model::names::task_id;
use model::one_off::OneOffTaskChange;
use model::plan::TaskDefinition;
use model::plan::facts::LaunchSettings;
use model::time::format_seconds;
use outcome::Observation;
use poller::PollResult;
pub use poller::TaskPoller;
use start::StartResult;

/// How long `DescribeTasks` may not return a task after its start: responses are eventually consistent (the ECS API
/// reference, `RunTask`).
const VISIBILITY_DELAY: Duration = Duration::from_secs(60);

/// The timeout of `StopTask`.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// The timeout of the last poll, after the deadline of the task.
const LAST_POLL_TIMEOUT: Duration = Duration::from_secs(5);

/// A one-off task to run.
#[derive(Debug, Clone, Copy)]
pub struct OneOff<'a> {
    /// The name or ARN of the cluster.
    pub cluster: &'a str,
    /// The ARN of the task definition.
    pub task_definition: &'a str,
    /// Launch type, network and placement, as of the service.
    pub launch: &'a LaunchSettings,
    /// The name of the one-off task in messages.
    pub name: &'a str,
    /// The container whose command is replaced.
    pub container: &'a str,
    /// The command that replaces that of the container.
    pub command: &'a [String],
    /// Environment variables to set.
    pub environment: &'a [(String, String)],
    /// The timeout, counted from the call that starts the task.
    pub timeout: Duration,
    /// The task's `startedBy`, by which a later run finds it: letters, digits, `-`, `_` and `/`, at most 128.
    pub mark: &'a str,
}

/// Runs a task until it stops, once for each mark: a task with the same mark that an earlier run started is followed,
/// and not started again if it succeeded. `outcome` states when a task succeeds.
///
/// Requires that [`TaskPoller::run`] runs concurrently. If the future is dropped, the task continues to run.
///
/// # Errors
/// [`TaskError`] if the task does not start, does not stop in time, or fails.
pub async fn run(
    poller: &TaskPoller<'_>,
    task: &OneOff<'_>,
    mut report: impl FnMut(OneOffTaskChange),
) -> Result<(), TaskError> {
    let ecs = poller.ecs;
    let deadline = Instant::now() + task.timeout;
    let definition = ecs.describe_task_definition(task.task_definition).await;
    let definition = definition.map_err(|error| TaskError::not_started(task, error, false))?;
    let id = |task: &Task| task_id(task.task_arn().unwrap_or_default()).to_owned();
    let started = match start::start_once(poller, task, &definition, deadline, &mut report).await? {
        StartResult::Succeeded(earlier) => {
            report(OneOffTaskChange::AlreadySucceeded { task: id(&earlier) });
            return Ok(());
        }
        StartResult::Running(earlier) => {
            report(OneOffTaskChange::Resumed { task: id(&earlier) });
            earlier
        }
        StartResult::Started(started) => {
            report(OneOffTaskChange::Started { task: id(&started) });
            started
        }
    };
    let arn = started.task_arn().unwrap_or_default().to_owned();
    let mut observed = Observation::default();
    match watch(poller, task, started, deadline, &mut report, |poll| {
        observed.add(&definition, poll, task.container);
    })
    .await
    {
        TaskWatchEnd::Stopped(stopped) => {
            let cause = outcome::failure_cause(&definition, &stopped, task.container, &observed);
            report(OneOffTaskChange::Ended { task: task_id(&arn).to_owned(), succeeded: cause.is_none() });
            let Some(cause) = cause else { return Ok(()) };
            let mut diagnosis = Diagnosis { causes: vec![cause], ..Diagnosis::default() };
            add_logs(ecs, &definition, &stopped, &mut diagnosis).await;
            Err(TaskError::Failed {
                name: task.name.to_owned(),
                task: task_id(&arn).to_owned(),
                diagnosis: Box::new(diagnosis),
            })
        }
        TaskWatchEnd::TimedOut(last) => Err(stop(ecs, task, &definition, &last, &arn).await),
        TaskWatchEnd::Lost(error) => Err(TaskError::Lost {
            name: task.name.to_owned(),
            task: task_id(&arn).to_owned(),
            error: Box::new(error),
        }),
    }
}

/// How the watch of a task ended.
enum TaskWatchEnd {
    /// The task has stopped.
    Stopped(Task),
    /// The deadline passed; this is the last known state of the task.
    TimedOut(Task),
    /// A poll failed with an error that a retry does not resolve.
    Lost(AwsError),
}

async fn watch(
    poller: &TaskPoller<'_>,
    task: &OneOff<'_>,
    started: Task,
    deadline: Instant,
    report: &mut impl FnMut(OneOffTaskChange),
    mut observe: impl FnMut(&Task),
) -> TaskWatchEnd {
    let (started_at, mut rejected) = (Instant::now(), 0);
    let arn = started.task_arn().unwrap_or_default().to_owned();
    let mut polls = poller.subscribe(task.cluster, &arn);
    let mut last = started;
    loop {
        observe(&last);
        if last.last_status() == Some("STOPPED") {
            return TaskWatchEnd::Stopped(last);
        }
        if deadline <= Instant::now() {
            return TaskWatchEnd::TimedOut(last);
        }
        let poll = match timeout_at(deadline, polls.recv()).await {
            Ok(Some(poll)) => poll,
            Ok(None) => {
                return TaskWatchEnd::Lost(AwsError::unusable(
                    "ecs:DescribeTasks",
                    arn,
                    "the poller stopped",
                ));
            }
            // The task may have stopped since the last poll.
            Err(_) => last_poll(poller.ecs, task.cluster, &arn).await,
        };
        match poll {
            Ok(Some(now)) => {
                // `run` reports the state STOPPED together with the outcome.
                let is_new = |state: &&str| Some(*state) != last.last_status() && *state != "STOPPED";
                if let Some(state) = now.last_status().filter(is_new) {
                    report(OneOffTaskChange::StateChanged {
                        task: task_id(&arn).to_owned(),
                        state: state.to_owned(),
                    });
                }
                (last, rejected) = (now, 0);
            }
            Ok(None) if started_at.elapsed() < VISIBILITY_DELAY => {}
            Ok(None) => {
                let on = format!("cluster `{}`", task.cluster);
                return TaskWatchEnd::Lost(AwsError::unusable(
                    "ecs:DescribeTasks",
                    on,
                    "ECS returns no such task",
                ));
            }
            Err(error) if !error.is_transient() && rejected >= MAX_REJECTED_POLLS => {
                return TaskWatchEnd::Lost(error);
            }
            // The same warning is not repeated.
            Err(error) if !error.is_transient() && rejected > 0 => rejected += 1,
            Err(error) => {
                rejected += u32::from(!error.is_transient());
                report(OneOffTaskChange::Warning { message: format!("{error}; retrying") });
            }
        }
    }
}

async fn last_poll(ecs: &Ecs, cluster: &str, task: &str) -> PollResult {
    let tasks = [task.to_owned()];
    match timeout(LAST_POLL_TIMEOUT, ecs.describe_tasks(cluster, &tasks, Retry::ByCaller)).await {
        Ok(tasks) => tasks.map(|tasks| tasks.into_iter().next()),
        Err(_) => Ok(None),
    }
}

/// Stops a task whose deadline passed. The error states whether ECS accepted that.
async fn stop(
    ecs: &Ecs,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
    last: &Task,
    arn: &str,
) -> TaskError {
    let seconds = task.timeout.as_secs_f64();
    let call = async {
        // ECS limits a reason to 255 characters.
        let name: String = task.name.chars().take(100).collect();
        let reason =
            format!("ecs-host: one-off task `{name}` did not stop within {} s", format_seconds(seconds));
        ecs.stop_task(task.cluster, arn, Some(reason)).await
    };
    let no_response = || {
        AwsError::unusable(
            "ecs:StopTask",
            format!("task {}", model::names::short_task_id(task_id(arn))),
            "no response within the timeout",
        )
    };
    let stopped = timeout(STOP_TIMEOUT, call).await.unwrap_or_else(|_| Err(no_response()));
    let mut diagnosis = Diagnosis::default();
    add_logs(ecs, definition, last, &mut diagnosis).await;
    TaskError::TimedOut {
        name: task.name.to_owned(),
        task: task_id(arn).to_owned(),
        seconds,
        stop_error: stopped.err().map(Box::new),
        diagnosis: Box::new(diagnosis),
    }
}

#[cfg(test)]
mod tests;
