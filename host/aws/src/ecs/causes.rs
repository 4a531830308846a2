//! Why tasks stopped, from what ECS says of them. No calls here.

use aws_sdk_ecs::types::{Container, HealthStatus, Task, TaskStopCode};
use model::diagnosis::Cause;

use super::excerpt::{one_line, without_ids};
use crate::sentences::{self, HealthCheck};

/// How much of a cause is shown. A failed pull's text quotes the whole answer
/// of the registry.
const SHOWN: usize = 320;

/// Exit codes of a container that was told to stop, and of one that was then
/// killed: 128 and the signal's number.
pub(super) const SIGNALLED: [i32; 2] = [143, 137];

/// The causes of stopped tasks, the most frequent first. Tasks that the
/// scheduler stopped in the normal course have none.
#[must_use]
pub fn causes(tasks: &[Task]) -> Vec<Cause> {
    let causes = grouped(tasks);
    causes.into_iter().map(|(what, tasks)| Cause { count: tasks.len(), description: what }).collect()
}

/// The same with each cause's tasks, in the order in which they came.
pub(super) fn grouped(tasks: &[Task]) -> Vec<(String, Vec<&Task>)> {
    let mut groups: Vec<(String, Vec<&Task>)> = Vec::new();
    for task in tasks.iter().filter(|task| !in_the_normal_course(task)) {
        let what = cause(task, &task.containers().iter().collect::<Vec<_>>());
        match groups.iter_mut().find(|(known, _)| *known == what) {
            Some((_, tasks)) => tasks.push(task),
            None => groups.push((what, vec![task])),
        }
    }
    groups.sort_by_key(|(_, tasks)| std::cmp::Reverse(tasks.len()));
    groups
}

/// Whether the service's scheduler stopped the task to scale in or to make
/// room for a deployment. It stops those that fail a health check too, under
/// the same code (the ECS developer guide, "Stopped tasks error codes").
fn in_the_normal_course(task: &Task) -> bool {
    let said = task.stopped_reason().unwrap_or_default();
    let by_scheduler = match task.stop_code() {
        Some(code) => *code == TaskStopCode::ServiceSchedulerInitiated,
        None => sentences::is_scaling_activity(said),
    };
    by_scheduler && !sentences::is_task_failure(said)
}

/// Why a task stopped, judged by these of its containers.
pub(super) fn cause(task: &Task, containers: &[&Container]) -> String {
    one_line(&without_ids(&told(task, containers)), SHOWN)
}

fn told(task: &Task, containers: &[&Container]) -> String {
    let said = task.stopped_reason().map(without_stop).filter(|said| !said.is_empty());
    if let Some(from_outside) = task.stop_code().and_then(from_outside) {
        return said.map_or_else(|| from_outside.to_owned(), |said| format!("{from_outside}: {said}"));
    }
    if let Some(health) = said.and_then(|said| health(said, containers)) {
        return health;
    }
    let failed = failed(containers);
    let particular = said.filter(|said| !sentences::is_general(said));
    let ends: Vec<String> = failed.iter().map(|container| end(container)).collect();
    let told_by_containers = failed.iter().any(|container| reason(container).is_some());
    match particular {
        None if ends.is_empty() && !containers.is_empty() && started(task) => {
            let names: Vec<&str> = containers.iter().map(|container| name(container)).collect();
            format!("{} ended without an exit code", names.join(", "))
        }
        _ if ends.is_empty() => {
            particular.or(said).unwrap_or("it stopped, and ECS gives no reason").to_owned()
        }
        Some(said) if !told_by_containers => format!("{} ({said})", ends.join(", ")),
        _ => ends.join(", "),
    }
}

fn started(task: &Task) -> bool {
    task.stop_code() == Some(&TaskStopCode::EssentialContainerExited)
}

fn without_stop(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// What stopped a task whatever its containers did: their exit codes only
/// follow from it.
pub(super) fn from_outside(code: &TaskStopCode) -> Option<&'static str> {
    match code {
        TaskStopCode::SpotInterruption => Some("its Spot capacity was taken back"),
        TaskStopCode::TerminationNotice => Some("its container instance was taken down"),
        TaskStopCode::InfrastructureHealth => Some("what it ran on failed"),
        TaskStopCode::UserInitiated => Some("somebody stopped it"),
        _ => None,
    }
}

fn health(said: &str, containers: &[&Container]) -> Option<String> {
    let check = sentences::failed_health_check(said)?;
    let why = sentences::health_check_reason(said).map(|why| format!(": {why}")).unwrap_or_default();
    let of = match check {
        HealthCheck::Container => None,
        HealthCheck::TargetGroup(group) => Some(format!("the health check of target group `{group}`")),
        HealthCheck::ClassicLoadBalancer(name) => Some(format!("the health check of load balancer `{name}`")),
        HealthCheck::LoadBalancer => Some("its load balancer's health check".to_owned()),
    };
    if let Some(of) = of {
        return Some(format!("failed {of}{why}"));
    }
    let unhealthy = containers.iter().filter(|c| c.health_status() == Some(&HealthStatus::Unhealthy));
    let names: Vec<&str> = unhealthy.map(|container| name(container)).collect();
    Some(match names.as_slice() {
        [] => format!("failed a container's health check{why}"),
        names => format!("{} failed its health check{why}", names.join(", ")),
    })
}

/// The containers that ended a task. Once one has ended, ECS stops the others,
/// so an exit by a signal counts only where there is nothing else.
fn failed<'c>(containers: &[&'c Container]) -> Vec<&'c Container> {
    let those = |matching: &dyn Fn(&Container) -> bool| -> Vec<&'c Container> {
        containers.iter().copied().filter(|container| matching(container)).collect()
    };
    let erred = those(&|c| {
        reason(c).is_some() || c.exit_code().is_some_and(|code| code != 0 && !SIGNALLED.contains(&code))
    });
    if !erred.is_empty() {
        return erred;
    }
    let left = those(&|c| c.exit_code() == Some(0));
    if left.is_empty() { those(&|c| c.exit_code().is_some()) } else { left }
}

/// How a container ended.
fn end(container: &Container) -> String {
    let name = name(container);
    match (container.exit_code(), reason(container)) {
        (Some(code), None) => format!("{name} exited {code}"),
        (Some(code), Some(reason)) => format!("{name} exited {code} ({reason})"),
        // The image that could not be pulled tells the container.
        (None, Some(reason)) if sentences::is_image_pull_error(reason) => reason.to_owned(),
        (None, Some(reason)) => format!("{name}: {reason}"),
        (None, None) => name.to_owned(),
    }
}

fn name(container: &Container) -> &str {
    container.name().unwrap_or("a container")
}

fn reason(container: &Container) -> Option<&str> {
    container.reason().map(without_stop).filter(|reason| !reason.is_empty())
}

#[cfg(test)]
mod tests;
