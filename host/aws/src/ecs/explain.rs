//! Why a rollout fails: its stopped tasks, counted by cause, and the end of a
//! log. Explaining changes nothing and never fails: what can't be read is told.

use std::time::Duration;

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{DesiredStatus, Task, TaskDefinition};

use super::causes;
use super::excerpt::why;
use super::logs;
use super::rates::Kind;
use super::{Ecs, TASKS_A_CALL};
use crate::AwsError;
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
    match definition(ecs, failing.task_definition).await {
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

/// Reads a task definition for its log options and its essential containers;
/// never to register it again, for which these types would lose fields.
pub(super) async fn definition(ecs: &Ecs, arn: &str) -> Result<TaskDefinition, AwsError> {
    let operation = "ecs:DescribeTaskDefinition";
    ecs.rates.permit(Kind::DefinitionRead).await;
    let answer = ecs
        .client
        .describe_task_definition()
        .task_definition(arn)
        .send()
        .await
        .map_err(|error| AwsError::new(operation, arn, error))?;
    answer
        .task_definition
        .ok_or_else(|| AwsError::unusable(operation, arn, "the answer has no task definition"))
}

/// The rollout's stopped tasks, the newest first. ECS lists them for an hour
/// at least (the ECS developer guide, "Viewing stopped task errors").
async fn stopped(ecs: &Ecs, failing: &FailedRollout<'_>, unread: &mut Vec<String>) -> Vec<Task> {
    let arns = match list(ecs, failing.service).await {
        Ok((arns, whole)) => {
            if !whole {
                unread.push(format!("only {} of the stopped tasks were read", arns.len()));
            }
            arns
        }
        Err(error) => {
            unread.push(format!("the stopped tasks can't be listed: {}", why(&error)));
            return Vec::new();
        }
    };
    let mut tasks = Vec::new();
    for arns in arns.chunks(TASKS_A_CALL) {
        match describe(ecs, &failing.service.cluster, arns).await {
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

async fn list(ecs: &Ecs, service: &ServiceName) -> Result<(Vec<String>, bool), AwsError> {
    let mut arns = Vec::new();
    let mut token = None;
    for _ in 0..PAGES {
        ecs.rates.permit(Kind::TaskRead).await;
        let answer = ecs
            .client
            .list_tasks()
            .cluster(&service.cluster)
            .service_name(&service.service)
            .desired_status(DesiredStatus::Stopped)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| AwsError::new("ecs:ListTasks", format!("service `{service}`"), error))?;
        arns.extend(answer.task_arns.unwrap_or_default());
        token = answer.next_token;
        if token.is_none() {
            return Ok((arns, true));
        }
    }
    Ok((arns, false))
}

/// Reads tasks, a hundred at most.
pub(crate) async fn describe(ecs: &Ecs, cluster: &str, arns: &[String]) -> Result<Vec<Task>, AwsError> {
    ecs.rates.permit(Kind::TaskRead).await;
    let answer = ecs
        .client
        .describe_tasks()
        .cluster(cluster)
        .set_tasks(Some(arns.to_vec()))
        .send()
        .await
        .map_err(|error| AwsError::new("ecs:DescribeTasks", format!("cluster `{cluster}`"), error))?;
    Ok(answer.tasks.unwrap_or_default())
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
