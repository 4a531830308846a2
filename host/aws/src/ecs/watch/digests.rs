//! The check that the tasks of a complete rollout run the pushed images. This module makes no calls.

use aws_sdk_ecs::types::Task;

use crate::ecs::rollout::Rollout;

/// Compares the digests of running tasks with those that were pushed, and returns the number of tasks that run them.
/// Tasks of other task definitions are ignored.
///
/// # Errors
/// The failure of a task that runs another image than the pushed one.
pub(super) fn count_verified(
    requested: &[String],
    described: &[Task],
    rollout: &Rollout,
) -> Result<usize, String> {
    // One call describes the tasks of several services, which may share a task definition.
    let is_requested = |arn: &str| requested.iter().any(|task| task == arn);
    let is_own = |task: &&Task| {
        task.task_definition_arn() == Some(&rollout.task_definition)
            && task.last_status() == Some("RUNNING")
            && task.task_arn().is_some_and(is_requested)
    };
    let own: Vec<&Task> = described.iter().filter(is_own).collect();
    if let Some(reason) = own.iter().find_map(|task| digest_mismatch(task, rollout)) {
        return Err(reason);
    }
    Ok(own.into_iter().filter(|task| has_digests(task, rollout)).count())
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
