//! The diagnosis of a failed rollout: its stopped tasks, counted by cause, and the end of a log.
//!
//! A diagnosis only reads, and never fails: [`Diagnosis::unread`] lists the reads that failed.

use std::time::Duration;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{DesiredStatus, Task};
use tokio::time::timeout;

use super::causes;
use super::excerpt::brief_error;
use super::logs;
use super::{Ecs, Retry, TASKS_PER_CALL, TaskFilter};
use crate::pages::Paging;
use model::decision::ServiceName;
use model::diagnosis::{Cause, Diagnosis};
use model::plan::TaskDefinition;

/// The maximum number of pages of stopped tasks, with a hundred tasks a page. A circuit breaker ends a rollout
/// after at most two hundred failed tasks.
const MAX_PAGES: usize = 5;

/// The timeout of a diagnosis, which delays the verdict.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A rollout that fails or has failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedRollout<'a> {
    /// The service that is updated.
    pub service: &'a ServiceName,
    /// The ARN of the task definition that it rolls out.
    pub task_definition: &'a str,
    /// The id of the deployment, such as `ecs-svc/1234567890123456789`, if it is known.
    pub deployment_id: Option<&'a str>,
}

/// Reads why the tasks of a rollout stopped.
pub async fn diagnose(ecs: &Ecs, rollout: &FailedRollout<'_>) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    // After a timeout, the diagnosis contains what was read until then.
    let read = timeout(TIMEOUT, read(ecs, rollout, &mut diagnosis)).await;
    if read.is_err() {
        diagnosis.unread.push(format!("the diagnosis timed out after {} s", TIMEOUT.as_secs()));
    }
    diagnosis
}

async fn read(ecs: &Ecs, rollout: &FailedRollout<'_>, diagnosis: &mut Diagnosis) {
    let tasks = read_stopped_tasks(ecs, rollout, &mut diagnosis.unread).await;
    let groups = causes::group_by_cause(&tasks);
    diagnosis.causes = groups
        .iter()
        .map(|(description, tasks)| Cause { count: tasks.len(), description: description.clone() })
        .collect();
    let Some(newest) = groups.first().and_then(|(_, tasks)| tasks.first()) else { return };
    match ecs.describe_task_definition(rollout.task_definition).await {
        Ok(definition) => {
            logs::read_tails(ecs, &definition, newest, &mut diagnosis.logs, &mut diagnosis.unread).await;
        }
        Err(error) => diagnosis.unread.push(format!("the logs cannot be read: {}", brief_error(&error))),
    }
}

/// Adds the last log lines of one task to a diagnosis.
pub(super) async fn add_logs(ecs: &Ecs, definition: &TaskDefinition, task: &Task, diagnosis: &mut Diagnosis) {
    let tails = logs::read_tails(ecs, definition, task, &mut diagnosis.logs, &mut diagnosis.unread);
    let read = timeout(TIMEOUT, tails).await;
    if read.is_err() {
        diagnosis.unread.push(format!("the diagnosis timed out after {} s", TIMEOUT.as_secs()));
    }
}

/// The rollout's stopped tasks, the newest first. ECS lists a stopped task for at least an hour (the ECS
/// developer guide, "Viewing stopped task errors").
pub(super) async fn read_stopped_tasks(
    ecs: &Ecs,
    rollout: &FailedRollout<'_>,
    unread: &mut Vec<String>,
) -> Vec<Task> {
    let (filter, paging) = (TaskFilter::Service(rollout.service), Paging::AtMost(MAX_PAGES));
    let arns = match ecs.list_tasks(filter, &DesiredStatus::Stopped, paging, Retry::BySdk).await {
        Ok(listed) => {
            if !listed.is_complete {
                unread.push(format!("only the first {} stopped tasks were read", listed.items.len()));
            }
            listed.items
        }
        Err(error) => {
            unread.push(format!("the stopped tasks cannot be listed: {}", brief_error(&error)));
            return Vec::new();
        }
    };
    let mut tasks = Vec::new();
    for arns in arns.chunks(TASKS_PER_CALL) {
        match ecs.describe_tasks(&rollout.service.cluster, arns, Retry::BySdk).await {
            Ok(described) => tasks.extend(described),
            Err(error) => {
                unread.push(format!("the stopped tasks cannot be read: {}", brief_error(&error)));
                break;
            }
        }
    }
    tasks.retain(|task| belongs_to(task, rollout));
    tasks.sort_by_key(|task| std::cmp::Reverse(end_time(task)));
    tasks
}

/// Whether a task belongs to this rollout: ECS writes the deployment's id into `startedBy` (the ECS API
/// reference, `Task`).
fn belongs_to(task: &Task, rollout: &FailedRollout<'_>) -> bool {
    task.task_definition_arn() == Some(rollout.task_definition)
        && rollout.deployment_id.is_none_or(|id| task.started_by() == Some(id))
}

/// The seconds since 1970, and nanoseconds, at which a task stopped.
fn end_time(task: &Task) -> (i64, u32) {
    let time = task.stopped_at().or(task.stopping_at()).or(task.created_at());
    time.map(|time: &DateTime| (time.secs(), time.subsec_nanos())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
