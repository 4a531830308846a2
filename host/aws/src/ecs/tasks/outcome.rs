//! The outcome of a stopped one-off task.

use aws_sdk_ecs::types::{Container, Task, TaskDefinition};

use crate::ecs::causes::{SIGNAL_EXIT_CODES, describe_cause, external_cause};
use model::diagnosis::Cause;

/// Why a stopped task failed, or `None` if it succeeded: the container whose command was replaced and every
/// essential container ended with exit code 0, and the task stopped for no external cause.
pub(super) fn failure_cause(definition: &TaskDefinition, task: &Task, container: &str) -> Option<Cause> {
    let failed: Vec<Container> = required_containers(definition, container)
        .into_iter()
        .filter_map(|name| failed_container(task, name))
        .collect();
    let is_external = task.stop_code().is_some_and(|code| external_cause(code).is_some());
    if failed.is_empty() && !is_external {
        return None;
    }
    let mut description = describe_cause(task, &failed.iter().collect::<Vec<_>>());
    // ECS stops the other containers after an essential one ended. An essential sidecar that ends by that signal
    // fails the task, so the message explains it.
    let ended_by_signal = |c: &Container| {
        c.reason().is_none() && c.exit_code().is_some_and(|code| SIGNAL_EXIT_CODES.contains(&code))
    };
    if !is_external
        && failed.iter().all(ended_by_signal)
        && failed.iter().all(|c| c.name() != Some(container))
    {
        description = format!(
            "{description} after `{container}` exited 0: an essential container must exit 0 when ECS stops it"
        );
    }
    Some(Cause { count: 1, description })
}

/// The names of the containers that must exit 0. A container is essential by default (the ECS API reference,
/// `ContainerDefinition`).
fn required_containers<'d>(definition: &'d TaskDefinition, container: &'d str) -> Vec<&'d str> {
    let essential = definition.container_definitions().iter().filter(|c| c.essential().unwrap_or(true));
    let others = essential.filter_map(|c| c.name()).filter(|name| *name != container);
    std::iter::once(container).chain(others).collect()
}

/// The container of this name, unless it ended with exit code 0.
fn failed_container(task: &Task, name: &str) -> Option<Container> {
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
        failure_cause(&definition(), &task, "web").map(|cause| cause.description)
    }

    #[test]
    fn every_essential_container_must_exit_0() {
        assert_eq!(exited(&[("web", Some(0)), ("proxy", Some(0)), ("init", Some(1))]), None);
        assert_eq!(exited(&[("web", Some(1)), ("proxy", Some(143))]).as_deref(), Some("web exited 1"));
        let sidecar = exited(&[("web", Some(0)), ("proxy", Some(143))]).unwrap();
        assert!(sidecar.starts_with("proxy exited 143 after `web` exited 0: an essential"), "{sidecar}");
        let no_code = exited(&[("web", Some(0)), ("proxy", None)]);
        assert_eq!(no_code.as_deref(), Some("proxy ended without an exit code"));
        assert_eq!(exited(&[]).as_deref(), Some("web, proxy ended without an exit code"));
    }

    #[test]
    fn the_named_container_must_exit_0_even_if_it_is_not_essential() {
        let codes = [("web", Some(0)), ("proxy", Some(0)), ("init", Some(3))];
        let task = task(&codes, TaskStopCode::EssentialContainerExited, "");
        assert_eq!(
            failure_cause(&definition(), &task, "init").map(|c| c.description).as_deref(),
            Some("init exited 3")
        );
    }

    #[test]
    fn a_task_that_a_user_stopped_failed_whatever_its_exit_codes() {
        let task = task(
            &[("web", Some(0)), ("proxy", Some(0))],
            TaskStopCode::UserInitiated,
            "Task stopped by user",
        );
        let failure = failure_cause(&definition(), &task, "web").map(|cause| cause.description);
        assert_eq!(failure.as_deref(), Some("a user stopped it: Task stopped by user"));
    }

    #[test]
    fn a_task_that_did_not_start_reports_the_reason() {
        let reason = "CannotPullContainerError: pull image manifest: not found";
        let task = task(&[("web", None), ("proxy", None)], TaskStopCode::TaskFailedToStart, reason);
        assert_eq!(
            failure_cause(&definition(), &task, "web").map(|cause| cause.description).as_deref(),
            Some(reason)
        );
    }
}
