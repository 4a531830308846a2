//! The check that the tasks of a complete rollout run the pushed images. This module makes no calls.

use aws_sdk_ecs::types::Task;

use super::WatchEnd;
use super::stage::{Stage, Step};
use crate::ecs::{Rollout, TASKS_PER_CALL};

/// The number of polls after which no running task of the rollout is waited for.
pub(super) const MAX_VERIFY_ATTEMPTS: u32 = 3;

/// Compares the digests of running tasks with those that were pushed. Tasks of other task definitions are ignored.
pub(super) fn verify_digests(
    deployment: Option<&str>,
    tasks: &[String],
    verified: usize,
    attempts: u32,
    described: &[Task],
    rollout: &Rollout,
) -> Step {
    // One call describes the tasks of several services, which may share a task definition.
    let is_requested = |arn: &str| tasks.iter().take(TASKS_PER_CALL).any(|task| task == arn);
    let is_own = |task: &&Task| {
        task.task_definition_arn() == Some(&rollout.task_definition)
            && task.last_status() == Some("RUNNING")
            && task.task_arn().is_some_and(is_requested)
    };
    let own: Vec<&Task> = described.iter().filter(is_own).collect();
    if let Some(reason) = own.iter().find_map(|task| digest_mismatch(task, rollout)) {
        return Step::finish(WatchEnd::Failed { reason });
    }
    let verified = verified + own.into_iter().filter(|task| has_digests(task, rollout)).count();
    let rest: Vec<String> = tasks.iter().skip(TASKS_PER_CALL).cloned().collect();
    let deployment = deployment.map(str::to_owned);
    if !rest.is_empty() {
        return Step::advance_to(Stage::Verify { deployment, tasks: Some(rest), verified, attempts });
    }
    // `ListTasks` is eventually consistent, so it is retried. Without a service deployment, the watch read the
    // service itself, and does not retry.
    if verified > 0 || attempts >= MAX_VERIFY_ATTEMPTS || deployment.is_none() {
        return Step::finish(WatchEnd::Deployed);
    }
    let next = Stage::Verify { deployment, tasks: None, verified: 0, attempts };
    Step { next: Some(next), ..Step::default() }
}

/// Whether ECS reports the digests of all containers with a pushed image.
fn has_digests(task: &Task, rollout: &Rollout) -> bool {
    let has_digest =
        |name: &str| task.containers().iter().any(|c| c.name() == Some(name) && c.image_digest().is_some());
    rollout.digests.iter().all(|(container, _)| has_digest(container))
}

/// The failure of a task that runs another image than the pushed one.
fn digest_mismatch(task: &Task, rollout: &Rollout) -> Option<String> {
    task.containers().iter().find_map(|container| {
        let (name, running) = (container.name()?, container.image_digest()?);
        let (_, pushed) = rollout.digests.iter().find(|(container, _)| container == name)?;
        (running != pushed.as_str()).then(|| {
            let id = task.task_arn().and_then(|arn| arn.rsplit('/').next()).unwrap_or("with unknown id");
            format!(
                "ECS reports the rollout as complete, but container `{name}` of task {id} runs {running} instead of {}",
                pushed.as_str()
            )
        })
    })
}
