//! Proving that the tasks of a complete rollout run what was pushed. No calls here.

use aws_sdk_ecs::types::Task;

use super::WatchEnd;
use super::stage::{Stage, Step};
use crate::ecs::{Rollout, TASKS_PER_CALL};

/// Looks at the running tasks, where none of the rollout's shows up.
pub(super) const PROVED: u32 = 3;

/// Holds running tasks against the digests that were pushed. Tasks of other
/// deployments say nothing of this one.
pub(super) fn proof(
    deployment: Option<&str>,
    tasks: &[String],
    proven: usize,
    looks: u32,
    described: &[Task],
    started: &Rollout,
) -> Step {
    // One call describes the tasks of several services, which may share a definition.
    let asked = |arn: &str| tasks.iter().take(TASKS_PER_CALL).any(|task| task == arn);
    let own = |task: &&Task| {
        task.task_definition_arn() == Some(&started.task_definition)
            && task.last_status() == Some("RUNNING")
            && task.task_arn().is_some_and(asked)
    };
    let own: Vec<&Task> = described.iter().filter(own).collect();
    if let Some(reason) = own.iter().find_map(|task| other_digest(task, started)) {
        return Step::end(WatchEnd::Failed { reason });
    }
    let proven = proven + own.into_iter().filter(|task| has_digests(task, started)).count();
    let rest: Vec<String> = tasks.iter().skip(TASKS_PER_CALL).cloned().collect();
    let deployment = deployment.map(str::to_owned);
    if !rest.is_empty() {
        return Step::to(Stage::Prove { deployment, tasks: Some(rest), proven, looks });
    }
    // The lists of tasks may lag behind; the service's own list has no more to say.
    if proven > 0 || looks >= PROVED || deployment.is_none() {
        return Step::end(WatchEnd::Deployed);
    }
    let next = Stage::Prove { deployment, tasks: None, proven: 0, looks };
    Step { next: Some(next), ..Step::default() }
}

/// Whether a task tells the digest of every container that got an image.
fn has_digests(task: &Task, started: &Rollout) -> bool {
    let told =
        |name: &str| task.containers().iter().any(|c| c.name() == Some(name) && c.image_digest().is_some());
    started.digests.iter().all(|(container, _)| told(container))
}

/// What is wrong with a task that runs another image than the one that was pushed.
fn other_digest(task: &Task, started: &Rollout) -> Option<String> {
    task.containers().iter().find_map(|container| {
        let (name, runs) = (container.name()?, container.image_digest()?);
        let (_, pushed) = started.digests.iter().find(|(container, _)| container == name)?;
        (runs != pushed.as_str()).then(|| {
            let id = task.task_arn().and_then(|arn| arn.rsplit('/').next()).unwrap_or("of unknown id");
            format!(
                "ECS calls it complete, but container `{name}` of task {id} runs {runs} instead of {}",
                pushed.as_str()
            )
        })
    })
}
