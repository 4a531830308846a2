//! Why a rollout fails: its stopped tasks, counted by cause, and the end of a
//! log. Explaining changes nothing and never fails: what can't be read is told.

use std::time::Duration;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{DesiredStatus, Task, TaskDefinition};

use super::causes;
use super::excerpt::why;
use super::logs;
use super::{Ecs, Paging, Retry, TASKS_PER_CALL, TaskFilter};
use model::decision::ServiceName;
use model::diagnosis::{Cause, Diagnosis};

/// How many pages of a hundred stopped tasks are read. A circuit breaker lets
/// two hundred tasks fail at most.
const PAGES: usize = 5;

/// How long explaining may take: it delays the verdict.
const LONGEST: Duration = Duration::from_secs(30);

/// A rollout that fails, or has failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedRollout<'a> {
    /// The service.
    pub service: &'a ServiceName,
    /// The ARN of the task definition that it rolls out.
    pub task_definition: &'a str,
    /// The id of the deployment, such as `ecs-svc/1234567890123456789`, where
    /// it is known.
    pub deployment: Option<&'a str>,
}

/// Tells why the tasks of a rollout stopped.
pub async fn explain(ecs: &Ecs, failing: &FailedRollout<'_>) -> Diagnosis {
    let mut explanation = Diagnosis::default();
    // What was read when the time is up stays.
    let read = tokio::time::timeout(LONGEST, read(ecs, failing, &mut explanation)).await;
    if read.is_err() {
        explanation.unread.push(format!("reading why stopped after {} s", LONGEST.as_secs()));
    }
    explanation
}

async fn read(ecs: &Ecs, failing: &FailedRollout<'_>, explanation: &mut Diagnosis) {
    let stopped = stopped(ecs, failing, &mut explanation.unread).await;
    let groups = causes::grouped(&stopped);
    explanation.causes =
        groups.iter().map(|(what, tasks)| Cause { count: tasks.len(), description: what.clone() }).collect();
    let Some(newest) = groups.first().and_then(|(_, tasks)| tasks.first()) else { return };
    match ecs.describe_parsed_task_definition(failing.task_definition).await {
        Ok(definition) => {
            logs::tails(ecs, &definition, newest, &mut explanation.logs, &mut explanation.unread).await;
        }
        Err(error) => explanation.unread.push(format!("no log was read: {}", why(&error))),
    }
}

/// Adds the ends of one task's logs.
pub(super) async fn add_logs(
    ecs: &Ecs,
    definition: &TaskDefinition,
    task: &Task,
    explanation: &mut Diagnosis,
) {
    let tails = logs::tails(ecs, definition, task, &mut explanation.logs, &mut explanation.unread);
    let read = tokio::time::timeout(LONGEST, tails).await;
    if read.is_err() {
        explanation.unread.push(format!("reading why stopped after {} s", LONGEST.as_secs()));
    }
}

/// The rollout's stopped tasks, the newest first. ECS lists them for an hour
/// at least (the ECS developer guide, "Viewing stopped task errors").
async fn stopped(ecs: &Ecs, failing: &FailedRollout<'_>, unread: &mut Vec<String>) -> Vec<Task> {
    let (filter, paging) = (TaskFilter::Service(failing.service), Paging::AtMost(PAGES));
    let arns = match ecs.list_tasks(filter, &DesiredStatus::Stopped, paging, Retry::BySdk).await {
        Ok(listed) => {
            if !listed.is_complete {
                unread.push(format!("only {} of the stopped tasks were read", listed.items.len()));
            }
            listed.items
        }
        Err(error) => {
            unread.push(format!("the stopped tasks can't be listed: {}", why(&error)));
            return Vec::new();
        }
    };
    let mut tasks = Vec::new();
    for arns in arns.chunks(TASKS_PER_CALL) {
        match ecs.describe_tasks(&failing.service.cluster, arns, Retry::BySdk).await {
            Ok(described) => tasks.extend(described),
            Err(error) => {
                unread.push(format!("the stopped tasks can't be read: {}", why(&error)));
                break;
            }
        }
    }
    tasks.retain(|task| is_of(task, failing));
    tasks.sort_by_key(|task| std::cmp::Reverse(ended(task)));
    tasks
}

/// Whether a task is of this rollout: ECS writes the deployment's id into
/// `startedBy` (the ECS API reference, `Task`).
fn is_of(task: &Task, failing: &FailedRollout<'_>) -> bool {
    task.task_definition_arn() == Some(failing.task_definition)
        && failing.deployment.is_none_or(|deployment| task.started_by() == Some(deployment))
}

fn ended(task: &Task) -> (i64, u32) {
    let time = task.stopped_at().or(task.stopping_at()).or(task.created_at());
    time.map(|time: &DateTime| (time.secs(), time.subsec_nanos())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
