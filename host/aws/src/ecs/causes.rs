//! The causes of stopped tasks, derived from the descriptions of ECS. This module makes no calls.

use aws_sdk_ecs::types::{Container, HealthStatus, Task, TaskStopCode};
use model::diagnosis::Cause;

use super::excerpt::{omit_ids, one_line};
use crate::sentences::{self, HealthCheck};

/// The maximum length of a cause, in characters. The error of a failed pull quotes the whole response of the
/// registry.
const MAX_CAUSE: usize = 320;

/// The exit codes of a container that ended by SIGTERM or SIGKILL: 128 plus the signal's number.
pub(super) const SIGNAL_EXIT_CODES: [i32; 2] = [143, 137];

/// The causes of stopped tasks, the most frequent first. A task that the scheduler stopped to scale in, or to
/// replace it in a deployment, has no cause.
#[must_use]
pub fn causes(tasks: &[Task]) -> Vec<Cause> {
    let groups = group_by_cause(tasks);
    groups.into_iter().map(|(description, tasks)| Cause { count: tasks.len(), description }).collect()
}

/// The tasks by their causes, the most frequent cause first. The tasks of a cause keep their order.
pub(super) fn group_by_cause(tasks: &[Task]) -> Vec<(String, Vec<&Task>)> {
    let mut groups: Vec<(String, Vec<&Task>)> = Vec::new();
    for task in tasks.iter().filter(|task| !is_routine_stop(task)) {
        let description = describe_cause(task, &task.containers().iter().collect::<Vec<_>>());
        match groups.iter_mut().find(|(other, _)| *other == description) {
            Some((_, tasks)) => tasks.push(task),
            None => groups.push((description, vec![task])),
        }
    }
    groups.sort_by_key(|(_, tasks)| std::cmp::Reverse(tasks.len()));
    groups
}

/// Whether the service's scheduler stopped the task to scale in or to replace it in a deployment. A task that
/// failed a health check has the same stop code (the ECS developer guide, "Stopped tasks error codes").
fn is_routine_stop(task: &Task) -> bool {
    let reason = task.stopped_reason().unwrap_or_default();
    let by_scheduler = match task.stop_code() {
        Some(code) => *code == TaskStopCode::ServiceSchedulerInitiated,
        None => sentences::is_scaling_activity(reason),
    };
    by_scheduler && !sentences::is_task_failure(reason)
}

/// Why a task stopped, derived from the task and from these of its containers.
pub(super) fn describe_cause(task: &Task, containers: &[&Container]) -> String {
    one_line(&omit_ids(&raw_cause(task, containers)), MAX_CAUSE)
}

fn raw_cause(task: &Task, containers: &[&Container]) -> String {
    let stopped_reason = task.stopped_reason().map(trim_period).filter(|reason| !reason.is_empty());
    if let Some(external) = task.stop_code().and_then(external_cause) {
        return stopped_reason.map_or_else(|| external.to_owned(), |reason| format!("{external}: {reason}"));
    }
    if let Some(failure) = stopped_reason.and_then(|reason| health_check_failure(reason, containers)) {
        return failure;
    }
    let failed = failed_containers(containers);
    let specific_reason = stopped_reason.filter(|reason| !sentences::is_general(reason));
    let ends: Vec<String> = failed.iter().map(|container| describe_end(container)).collect();
    let has_container_reason = failed.iter().any(|container| reason(container).is_some());
    match specific_reason {
        None if ends.is_empty() && !containers.is_empty() && has_exited(task) => {
            let names: Vec<&str> = containers.iter().map(|container| name(container)).collect();
            format!("{} ended without an exit code", names.join(", "))
        }
        _ if ends.is_empty() => {
            specific_reason.or(stopped_reason).unwrap_or("it stopped, and ECS reports no reason").to_owned()
        }
        Some(reason) if !has_container_reason => format!("{} ({reason})", ends.join(", ")),
        _ => ends.join(", "),
    }
}

fn has_exited(task: &Task) -> bool {
    task.stop_code() == Some(&TaskStopCode::EssentialContainerExited)
}

fn trim_period(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// The cause of a task that stopped for no fault of its containers; their exit codes are a consequence.
pub(super) fn external_cause(code: &TaskStopCode) -> Option<&'static str> {
    match code {
        TaskStopCode::SpotInterruption => Some("its Spot capacity was reclaimed"),
        TaskStopCode::TerminationNotice => Some("its container instance was terminated"),
        TaskStopCode::InfrastructureHealth => Some("the infrastructure of the task failed"),
        TaskStopCode::UserInitiated => Some("a user stopped it"),
        _ => None,
    }
}

fn health_check_failure(stopped_reason: &str, containers: &[&Container]) -> Option<String> {
    let check = sentences::failed_health_check(stopped_reason)?;
    let detail = sentences::health_check_reason(stopped_reason)
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let subject = match check {
        HealthCheck::Container => None,
        HealthCheck::TargetGroup(group) => Some(format!("the health check of target group `{group}`")),
        HealthCheck::ClassicLoadBalancer(name) => Some(format!("the health check of load balancer `{name}`")),
        HealthCheck::LoadBalancer => Some("its load balancer's health check".to_owned()),
    };
    if let Some(subject) = subject {
        return Some(format!("failed {subject}{detail}"));
    }
    let unhealthy = containers.iter().filter(|c| c.health_status() == Some(&HealthStatus::Unhealthy));
    let names: Vec<&str> = unhealthy.map(|container| name(container)).collect();
    Some(match names.as_slice() {
        [] => format!("failed a container's health check{detail}"),
        names => format!("{} failed its health check{detail}", names.join(", ")),
    })
}

/// The containers that ended a task. ECS stops the other containers after the first one ended, so an exit by a
/// signal counts only if no container ended otherwise.
fn failed_containers<'c>(containers: &[&'c Container]) -> Vec<&'c Container> {
    let select = |matching: &dyn Fn(&Container) -> bool| -> Vec<&'c Container> {
        containers.iter().copied().filter(|container| matching(container)).collect()
    };
    let with_error = select(&|c| {
        reason(c).is_some()
            || c.exit_code().is_some_and(|code| code != 0 && !SIGNAL_EXIT_CODES.contains(&code))
    });
    if !with_error.is_empty() {
        return with_error;
    }
    let successful = select(&|c| c.exit_code() == Some(0));
    if successful.is_empty() { select(&|c| c.exit_code().is_some()) } else { successful }
}

fn describe_end(container: &Container) -> String {
    let name = name(container);
    match (container.exit_code(), reason(container)) {
        (Some(code), None) => format!("{name} exited {code}"),
        (Some(code), Some(reason)) => format!("{name} exited {code} ({reason})"),
        // The error names the image, which identifies the container.
        (None, Some(reason)) if sentences::is_image_pull_error(reason) => reason.to_owned(),
        (None, Some(reason)) => format!("{name}: {reason}"),
        (None, None) => name.to_owned(),
    }
}

fn name(container: &Container) -> &str {
    container.name().unwrap_or("a container")
}

fn reason(container: &Container) -> Option<&str> {
    container.reason().map(trim_period).filter(|reason| !reason.is_empty())
}

#[cfg(test)]
mod tests;
