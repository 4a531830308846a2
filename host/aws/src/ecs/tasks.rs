//! One-off tasks: started with a service's new task definition and in its
//! network, then watched to their end.

mod earlier;
mod end;
mod error;
mod looks;
mod start;

use std::time::Duration;

use aws_sdk_ecs::types::{Task, TaskDefinition};
use tokio::time::{Instant, timeout, timeout_at};

use super::diagnose::add_logs;
use super::{Ecs, Retry};
use crate::AwsError;
use earlier::Earlier;
pub use error::TaskError;
use looks::Look;
pub use looks::TaskPoller;
use model::diagnosis::Diagnosis;
use model::names::task_id;
use model::one_off::OneOffTaskChange;
use model::plan::facts::LaunchSettings;

/// How long ECS may not know a task yet that it has just started (the ECS API
/// reference, `RunTask`: answers are eventually consistent).
const UNKNOWN: Duration = Duration::from_secs(60);

/// How long stopping a task may take to be answered.
const STOPPING: Duration = Duration::from_secs(15);

/// How long the last look may take, when the time is over already.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// A task to run once.
#[derive(Debug, Clone, Copy)]
pub struct OneOff<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// The ARN of the task definition.
    pub task_definition: &'a str,
    /// Where and on what it runs.
    pub launch: &'a LaunchSettings,
    /// What logs call it.
    pub name: &'a str,
    /// The container whose command is replaced.
    pub container: &'a str,
    /// That command.
    pub command: &'a [String],
    /// How long it may take, from the call that starts it.
    pub timeout: Duration,
    /// What ECS keeps as the task's `startedBy`, to find it by.
    pub started_by: &'a str,
    /// Whether one that an earlier run started, by the same `started_by`, is
    /// as good: it is not started again where that has succeeded or goes on.
    pub once: bool,
}

/// Runs a task to its end. It has succeeded when the container whose command
/// was replaced and every essential container ended with exit code 0.
///
/// The looks come while [`TaskPoller::run`] runs. A dropped future leaves the task running.
///
/// # Errors
/// [`TaskError`] where the task did not start, did not end in time or has failed.
pub async fn run(
    looks: &TaskPoller<'_>,
    task: &OneOff<'_>,
    mut tell: impl FnMut(OneOffTaskChange),
) -> Result<(), TaskError> {
    let ecs = looks.ecs;
    let deadline = Instant::now() + task.timeout;
    let definition = ecs.describe_parsed_task_definition(task.task_definition).await;
    let definition = definition.map_err(|error| TaskError::not_started(task, error, false))?;
    let earlier = if task.once { earlier::find(ecs, task, &definition).await } else { Ok(Earlier::None) };
    let id = |task: &Task| task_id(task.task_arn().unwrap_or_default()).to_owned();
    let started = match earlier {
        Ok(Earlier::Succeeded(earlier)) => {
            tell(OneOffTaskChange::AlreadySucceeded { task: id(&earlier) });
            return Ok(());
        }
        Ok(Earlier::GoesOn(earlier)) => {
            tell(OneOffTaskChange::Resumed { task: id(&earlier) });
            earlier
        }
        Ok(Earlier::None) => started(ecs, task, deadline, &mut tell).await?,
        // Once too often is better than never.
        Err(error) => {
            tell(OneOffTaskChange::Warning {
                message: format!("{error}; running `{}` in any case", task.name),
            });
            started(ecs, task, deadline, &mut tell).await?
        }
    };
    let arn = started.task_arn().unwrap_or_default().to_owned();
    match watch(looks, task, started, deadline, &mut tell).await {
        Watched::Ended(ended) => {
            let cause = end::failure(&definition, &ended, task.container);
            tell(OneOffTaskChange::Ended { task: task_id(&arn).to_owned(), succeeded: cause.is_none() });
            let Some(cause) = cause else { return Ok(()) };
            let mut explanation = Diagnosis { causes: vec![cause], ..Diagnosis::default() };
            add_logs(ecs, &definition, &ended, &mut explanation).await;
            Err(TaskError::Failed {
                name: task.name.to_owned(),
                task: task_id(&arn).to_owned(),
                explanation: Box::new(explanation),
            })
        }
        Watched::InTime(last) => Err(stop(ecs, task, &definition, &last, &arn).await),
        Watched::Lost(error) => Err(TaskError::Lost {
            name: task.name.to_owned(),
            task: task_id(&arn).to_owned(),
            error: Box::new(error),
        }),
    }
}

async fn started(
    ecs: &Ecs,
    task: &OneOff<'_>,
    deadline: Instant,
    tell: &mut impl FnMut(OneOffTaskChange),
) -> Result<Task, TaskError> {
    let started = start::start(ecs, task, deadline, tell).await?;
    tell(OneOffTaskChange::Started { task: task_id(started.task_arn().unwrap_or_default()).to_owned() });
    Ok(started)
}

/// How a watch ended.
enum Watched {
    /// The task has stopped.
    Ended(Task),
    /// The time is up; this is how the task was seen last.
    InTime(Task),
    /// Looking again can't help.
    Lost(AwsError),
}

async fn watch(
    looks: &TaskPoller<'_>,
    task: &OneOff<'_>,
    started: Task,
    deadline: Instant,
    tell: &mut impl FnMut(OneOffTaskChange),
) -> Watched {
    let begun = Instant::now();
    let arn = started.task_arn().unwrap_or_default().to_owned();
    let mut told = looks.at(task.cluster, &arn);
    let mut last = started;
    loop {
        if last.last_status() == Some("STOPPED") {
            return Watched::Ended(last);
        }
        if deadline <= Instant::now() {
            return Watched::InTime(last);
        }
        let look = match timeout_at(deadline, told.recv()).await {
            Ok(Some(look)) => look,
            Ok(None) => {
                return Watched::Lost(AwsError::unusable("ecs:DescribeTasks", arn, "nobody looks any more"));
            }
            // Before its time is called over, it is looked at once more.
            Err(_) => last_look(looks.ecs, task.cluster, &arn).await,
        };
        match look {
            Ok(Some(now)) => {
                // How it ended is told when that is known.
                let news = |state: &&str| Some(*state) != last.last_status() && *state != "STOPPED";
                if let Some(state) = now.last_status().filter(news) {
                    tell(OneOffTaskChange::StateChanged {
                        task: task_id(&arn).to_owned(),
                        state: state.to_owned(),
                    });
                }
                last = now;
            }
            Ok(None) if begun.elapsed() < UNKNOWN => {}
            Ok(None) => {
                let on = format!("cluster `{}`", task.cluster);
                return Watched::Lost(AwsError::unusable("ecs:DescribeTasks", on, "ECS knows no such task"));
            }
            Err(error) if !error.is_transient() => return Watched::Lost(error),
            Err(error) => tell(OneOffTaskChange::Warning { message: format!("{error}; looking again") }),
        }
    }
}

async fn last_look(ecs: &Ecs, cluster: &str, task: &str) -> Look {
    let tasks = [task.to_owned()];
    match timeout(LAST_LOOK, ecs.describe_tasks(cluster, &tasks, Retry::ByCaller)).await {
        Ok(tasks) => tasks.map(|tasks| tasks.into_iter().next()),
        Err(_) => Ok(None),
    }
}

/// Stops a task whose time is up, and says whether that worked.
async fn stop(
    ecs: &Ecs,
    task: &OneOff<'_>,
    definition: &TaskDefinition,
    last: &Task,
    arn: &str,
) -> TaskError {
    let seconds = task.timeout.as_secs();
    let call = async {
        // ECS takes 255 characters of a reason.
        let name: String = task.name.chars().take(100).collect();
        let reason = format!("ecs-host: one-off task `{name}` did not end within {seconds} s");
        ecs.stop_task(task.cluster, arn, Some(reason)).await
    };
    let no_answer = || {
        AwsError::unusable(
            "ecs:StopTask",
            format!("task {}", model::names::short_task_id(task_id(arn))),
            "no answer came in time",
        )
    };
    let stopped = timeout(STOPPING, call).await.unwrap_or_else(|_| Err(no_answer()));
    let mut explanation = Diagnosis::default();
    add_logs(ecs, definition, last, &mut explanation).await;
    TaskError::TimedOut {
        name: task.name.to_owned(),
        task: task_id(arn).to_owned(),
        seconds,
        not_stopped: stopped.err().map(Box::new),
        explanation: Box::new(explanation),
    }
}

#[cfg(test)]
mod tests;
