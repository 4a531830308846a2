//! The outcome of a stopped one-off task: it is that of its own container, whose command was replaced.
//!
//! | what proves it | outcome |
//! |---|---|
//! | its own container did not exit with 0 | failed |
//! | a poll saw its own container exit with 0 while ECS had not begun to stop the task | succeeded |
//! | a poll saw an essential container end while its own container ran: ECS stops the task then | failed |
//! | the stop code names another cause than an essential container that exited | failed |
//! | an essential container has a `reason`, such as `OutOfMemoryError`: ECS sets none for one that it stops | failed |
//! | its own container is not essential, and no essential one exited with 0: one of them failed by itself | failed |
//! | none of these | succeeded |
//!
//! `DescribeTasks` has no times of containers, so the order of two ends is known only from polls. The last line is of a
//! container that exits with 0, and of others that have any exit code by the same poll: ECS stops them after it, with
//! SIGTERM and then SIGKILL, and what they exit with then says nothing about the task.

use aws_sdk_ecs::types::{Container, Task, TaskStopCode};
use model::diagnosis::Cause;
use model::plan::TaskDefinition;

use crate::ecs::causes::{describe_cause, external_cause};

/// What polls of a task saw of the order in which its containers ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Observation {
    /// Nothing of the order.
    #[default]
    None,
    /// The task's own container ended before all essential ones, and before ECS stopped the task.
    OwnEndedFirst,
    /// The essential container of this name ended while the task's own container ran.
    OtherEndedFirst(String),
}

impl Observation {
    /// Adds a poll. Only the first end that a poll sees counts.
    pub(super) fn add(&mut self, definition: &TaskDefinition, task: &Task, container: &str) {
        if *self != Self::None {
            return;
        }
        let has_ended =
            |other: &&Container| other.last_status() == Some("STOPPED") || other.exit_code().is_some();
        let (own, others): (Vec<&Container>, Vec<&Container>) =
            task.containers().iter().partition(|other| other.name() == Some(container));
        let own_has_ended = own.iter().any(has_ended);
        let is_essential =
            |other: &&Container| other.name().is_some_and(|name| definition.is_essential(name));
        let other = others.into_iter().filter(is_essential).find(has_ended);
        *self = match other {
            None if own_has_ended && task.desired_status() == Some("RUNNING") => Self::OwnEndedFirst,
            Some(other) if !own_has_ended => {
                Self::OtherEndedFirst(other.name().unwrap_or_default().to_owned())
            }
            _ => Self::None,
        };
    }
}

/// Why a stopped task failed, or `None` if it succeeded. The table at the top of the file states what proves it.
pub(super) fn failure_cause(
    definition: &TaskDefinition,
    task: &Task,
    container: &str,
    observed: &Observation,
) -> Option<Cause> {
    let description = describe_failure(definition, task, container, observed)?;
    Some(Cause { count: 1, description })
}

fn describe_failure(
    definition: &TaskDefinition,
    task: &Task,
    container: &str,
    observed: &Observation,
) -> Option<String> {
    let own = find_container(task, container);
    let essential = essential_containers(definition, task, container);
    if own.exit_code() != Some(0) {
        let failed = essential.iter().filter(|other| other.exit_code() != Some(0));
        return Some(describe_cause(task, &[&own].into_iter().chain(failed).collect::<Vec<_>>()));
    }
    if *observed == Observation::OwnEndedFirst {
        return None;
    }
    if let Observation::OtherEndedFirst(other) = observed {
        return Some(describe_other(task, &find_container(task, other), container));
    }
    let is_external = task.stop_code().is_some_and(|code| external_cause(code).is_some());
    if is_external || !matches!(task.stop_code(), None | Some(TaskStopCode::EssentialContainerExited)) {
        return Some(describe_cause(task, &essential.iter().collect::<Vec<_>>()));
    }
    let failed = essential.iter().find(|other| other.reason().is_some_and(|reason| !reason.is_empty()));
    let is_stopped_by_other =
        !definition.is_essential(container) && essential.iter().all(|other| other.exit_code() != Some(0));
    let failed = failed.or(essential.first().filter(|_| is_stopped_by_other))?;
    Some(describe_other(task, failed, container))
}

fn describe_other(task: &Task, other: &Container, container: &str) -> String {
    let description = describe_cause(task, &[other]);
    format!("{description} before `{container}` had ended, so ECS stopped `{container}`, which exited 0")
}

/// The essential containers but the task's own.
fn essential_containers(definition: &TaskDefinition, task: &Task, container: &str) -> Vec<Container> {
    let names = definition.containers().map(|(name, _)| name);
    let essential = names.filter(|name| *name != container && definition.is_essential(name));
    essential.map(|name| find_container(task, name)).collect()
}

/// The container of this name; one without an exit code if ECS reports none.
fn find_container(task: &Task, name: &str) -> Container {
    let found = task.containers().iter().find(|container| container.name() == Some(name));
    found.cloned().unwrap_or_else(|| Container::builder().name(name).build())
}

#[cfg(test)]
mod tests;
