//! What the end of a one-off task means.

use aws_sdk_ecs::types::{Container, Task, TaskDefinition};

use crate::ecs::causes::{SIGNALLED, cause, from_outside};
use model::diagnosis::Cause;

/// Why a stopped task has failed; none where it has succeeded: the container
/// whose command was replaced and every essential one ended with exit code 0,
/// and nothing from outside ended the task before it was done.
pub(super) fn failure(definition: &TaskDefinition, task: &Task, container: &str) -> Option<Cause> {
    let failed: Vec<Container> =
        counted(definition, container).into_iter().filter_map(|name| not_ended_well(task, name)).collect();
    let from_outside = task.stop_code().is_some_and(|code| from_outside(code).is_some());
    if failed.is_empty() && !from_outside {
        return None;
    }
    let mut what = cause(task, &failed.iter().collect::<Vec<_>>());
    // ECS stops the other containers once an essential one has ended, so a
    // sidecar that ends by a signal is a trap that deserves a word.
    let signalled =
        |c: &Container| c.reason().is_none() && c.exit_code().is_some_and(|code| SIGNALLED.contains(&code));
    if !from_outside && failed.iter().all(signalled) && failed.iter().all(|c| c.name() != Some(container)) {
        what = format!(
            "{what} once `{container}` had exited 0: an essential container has to end with 0 when it is stopped"
        );
    }
    Some(Cause { count: 1, description: what })
}

/// The containers whose exit codes count. One is essential where the
/// definition does not say (the ECS API reference, `ContainerDefinition`).
fn counted<'d>(definition: &'d TaskDefinition, container: &'d str) -> Vec<&'d str> {
    let essential = definition.container_definitions().iter().filter(|c| c.essential().unwrap_or(true));
    let others = essential.filter_map(|c| c.name()).filter(|name| *name != container);
    std::iter::once(container).chain(others).collect()
}

/// The container, unless it ended with exit code 0.
fn not_ended_well(task: &Task, name: &str) -> Option<Container> {
    let container = task.containers().iter().find(|container| container.name() == Some(name));
    match container {
        Some(container) if container.exit_code() == Some(0) => None,
        Some(container) => Some(container.clone()),
        None => Some(Container::builder().name(name).build()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{ContainerDefinition, TaskStopCode};

    use super::*;

    fn definition() -> TaskDefinition {
        let container = |name: &str, essential: Option<bool>| {
            ContainerDefinition::builder().name(name).set_essential(essential).build()
        };
        TaskDefinition::builder()
            .container_definitions(container("web", None))
            .container_definitions(container("proxy", Some(true)))
            .container_definitions(container("init", Some(false)))
            .build()
    }

    fn task(codes: &[(&str, Option<i32>)], code: TaskStopCode, reason: &str) -> Task {
        let containers =
            codes.iter().map(|(name, code)| Container::builder().name(*name).set_exit_code(*code).build());
        Task::builder()
            .set_containers(Some(containers.collect()))
            .stop_code(code)
            .stopped_reason(reason)
            .build()
    }

    fn exited(codes: &[(&str, Option<i32>)]) -> Option<String> {
        let task = task(codes, TaskStopCode::EssentialContainerExited, "Essential container in task exited");
        failure(&definition(), &task, "web").map(|cause| cause.description)
    }

    #[test]
    fn every_essential_container_has_to_end_with_0() {
        assert_eq!(exited(&[("web", Some(0)), ("proxy", Some(0)), ("init", Some(1))]), None);
        assert_eq!(exited(&[("web", Some(1)), ("proxy", Some(143))]).as_deref(), Some("web exited 1"));
        let sidecar = exited(&[("web", Some(0)), ("proxy", Some(143))]).unwrap();
        assert!(sidecar.starts_with("proxy exited 143 once `web` had exited 0: an essential"), "{sidecar}");
        let no_code = exited(&[("web", Some(0)), ("proxy", None)]);
        assert_eq!(no_code.as_deref(), Some("proxy ended without an exit code"));
        assert_eq!(exited(&[]).as_deref(), Some("web, proxy ended without an exit code"));
    }

    #[test]
    fn the_named_container_counts_even_where_it_is_not_essential() {
        let codes = [("web", Some(0)), ("proxy", Some(0)), ("init", Some(3))];
        let task = task(&codes, TaskStopCode::EssentialContainerExited, "");
        assert_eq!(
            failure(&definition(), &task, "init").map(|c| c.description).as_deref(),
            Some("init exited 3")
        );
    }

    #[test]
    fn a_task_that_was_stopped_has_not_done_its_work_whatever_its_exit_code() {
        let task = task(
            &[("web", Some(0)), ("proxy", Some(0))],
            TaskStopCode::UserInitiated,
            "Task stopped by user",
        );
        let failure = failure(&definition(), &task, "web").map(|cause| cause.description);
        assert_eq!(failure.as_deref(), Some("somebody stopped it: Task stopped by user"));
    }

    #[test]
    fn a_task_that_never_started_tells_why() {
        let reason = "CannotPullContainerError: pull image manifest: not found";
        let task = task(&[("web", None), ("proxy", None)], TaskStopCode::TaskFailedToStart, reason);
        assert_eq!(
            failure(&definition(), &task, "web").map(|cause| cause.description).as_deref(),
            Some(reason)
        );
    }
}
