//! The check that the tasks of a complete rollout run the pushed images. This module makes no calls.

use std::fmt;

use aws_sdk_ecs::types::Task;

use crate::ecs::rollout::Rollout;
use model::names::{Digest, short_revision, task_id};
use model::text::printable;

/// A container of a running task whose digest is not the pushed one. The pushed image may be an index that lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherDigest {
    /// The container's name.
    pub container: String,
    /// The id of a task that runs it.
    pub task: String,
    /// The digest that ECS reports for the container.
    pub running: String,
    /// The digest that was pushed.
    pub pushed: Digest,
}

impl fmt::Display for OtherDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { container, task, running, pushed } = self;
        write!(f, "container `{container}` of task {task} runs {} instead of {pushed}", printable(running))
    }
}

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
    /// Tasks run these other digests, each named once.
    Other(Vec<OtherDigest>),
}

impl Proof {
    /// What two tasks prove together: another digest counts more than the pushed one, which counts more than none.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Other(mut all), Self::Other(more)) => {
                let is_known = |new: &OtherDigest| {
                    all.iter().any(|old| old.container == new.container && old.running == new.running)
                };
                let more: Vec<OtherDigest> = more.into_iter().filter(|new| !is_known(new)).collect();
                all.extend(more);
                Self::Other(all)
            }
            (found @ Self::Other(_), _) | (_, found @ Self::Other(_)) => found,
            (Self::Proven, _) | (_, Self::Proven) => Self::Proven,
            (Self::NoTask, other) => other,
            (one, _) => one,
        }
    }

    /// What is not proven, as a clause. `None` if everything is, or if there are other digests.
    pub(super) fn missing(&self, rollout: &Rollout) -> Option<String> {
        match self {
            Self::NoTask => {
                Some(format!("ECS lists no running task of {}", short_revision(&rollout.task_definition)))
            }
            Self::NoDigest { container } => {
                Some(format!("ECS reports no image digest for container `{container}` of its tasks"))
            }
            Self::Proven | Self::Other(_) => None,
        }
    }
}

/// Compares the digests of running tasks with those that were pushed. Tasks of other task definitions are ignored, and
/// tasks of an earlier deployment of the same one: they may run an earlier image of the same tag.
pub(super) fn compare_digests(requested: &[String], described: &[Task], rollout: &Rollout) -> Proof {
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
    let own = described.iter().filter(is_own);
    own.map(|task| prove(task, rollout)).fold(Proof::NoTask, Proof::and)
}

/// What a task proves.
fn prove(task: &Task, rollout: &Rollout) -> Proof {
    let reported = |name: &str| {
        let container = task.containers().iter().find(|container| container.name() == Some(name));
        container.and_then(|container| container.image_digest())
    };
    let mut proof = Proof::Proven;
    for (container, pushed) in &rollout.digests {
        proof = match reported(container) {
            Some(running) if running == pushed.as_str() => proof,
            Some(running) => {
                let other = OtherDigest {
                    container: container.clone(),
                    task: task.task_arn().map_or_else(String::new, |arn| task_id(arn).to_owned()),
                    running: running.to_owned(),
                    pushed: pushed.clone(),
                };
                match proof {
                    Proof::Other(_) => proof.and(Proof::Other(vec![other])),
                    _ => Proof::Other(vec![other]),
                }
            }
            None if proof == Proof::Proven => Proof::NoDigest { container: container.clone() },
            None => proof,
        };
    }
    proof
}
