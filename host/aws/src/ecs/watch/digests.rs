//! The check that the tasks of a complete rollout run the pushed images. This module makes no calls.

use aws_sdk_ecs::types::Task;

use crate::ecs::rollout::Rollout;
use model::names::short_revision;

/// What the running tasks prove about the images of a rollout.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Proof {
    /// No running task of the rollout was seen.
    NoTask,
    /// ECS reports no digest for this container of a running task: an old agent does not report it, and neither do
    /// some registries.
    NoDigest {
        /// The container's name.
        container: String,
    },
    /// A running task has the pushed digests.
    Proven,
}

impl Proof {
    /// The stronger of two proofs.
    pub(super) fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (_, Self::Proven) | (Self::NoTask, _) => other,
            _ => self,
        }
    }

    /// What is not proven, as a clause, or `None` if everything is.
    pub(super) fn missing(&self, rollout: &Rollout) -> Option<String> {
        match self {
            Self::NoTask => {
                Some(format!("ECS lists no running task of {}", short_revision(&rollout.task_definition)))
            }
            Self::NoDigest { container } => {
                Some(format!("ECS reports no image digest for container `{container}` of its tasks"))
            }
            Self::Proven => None,
        }
    }
}

/// Compares the digests of running tasks with those that were pushed. Tasks of other task definitions are ignored, and
/// tasks of an earlier deployment of the same one: they may run an earlier image of the same tag.
///
/// # Errors
/// The failure of a task that runs another image than the pushed one.
pub(super) fn compare_digests(
    requested: &[String],
    described: &[Task],
    rollout: &Rollout,
) -> Result<Proof, String> {
    // One call describes the tasks of several services, which may share a task definition.
    let is_requested = |arn: &str| requested.iter().any(|task| task == arn);
    let is_new = |task: &Task| {
        let times = task.created_at().zip(rollout.created_at.as_ref());
        times.is_none_or(|(task, rollout)| task >= rollout)
    };
    let is_own = |task: &&Task| {
        task.task_definition_arn() == Some(&rollout.task_definition)
            && task.last_status() == Some("RUNNING")
            && task.task_arn().is_some_and(is_requested)
            && is_new(task)
    };
    let mut proof = Proof::NoTask;
    for task in described.iter().filter(is_own) {
        if let Some(reason) = digest_mismatch(task, rollout) {
            return Err(reason);
        }
        proof = proof.or(prove(task, rollout));
    }
    Ok(proof)
}

/// What a task without a mismatch proves.
fn prove(task: &Task, rollout: &Rollout) -> Proof {
    let has_digest =
        |name: &str| task.containers().iter().any(|c| c.name() == Some(name) && c.image_digest().is_some());
    match rollout.digests.iter().find(|(container, _)| !has_digest(container)) {
        Some((container, _)) => Proof::NoDigest { container: container.clone() },
        None => Proof::Proven,
    }
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
