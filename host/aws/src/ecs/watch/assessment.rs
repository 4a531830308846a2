//! The assessment of a rollout by the responses of ECS. This module makes no calls.

use aws_sdk_ecs::types::{
    Deployment, DeploymentRolloutState, Service, ServiceDeployment, ServiceDeploymentRollbackMonitorsStatus,
    ServiceDeploymentStatus,
};

use super::WatchEnd;
use super::replacement::{end_after_replacement, end_after_rollback, is_rollback_to_replaced};
use crate::ecs::hooks::open_hooks;
use crate::ecs::rollout::Rollout;
use crate::ecs::{is_primary, primary_deployment};
use crate::sentences;
use model::plan::RolloutState;
use model::progress::Progress;
use model::text::printable;

/// ECS reports the rollout as complete. The digests of its tasks are compared later.
const DEPLOYED: WatchEnd = WatchEnd::Deployed { unproven: None };

/// The state of a rollout at one time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assessment {
    /// The progress; `None` if ECS reports none any more.
    pub(super) progress: Option<Progress>,
    /// The end of the rollout, or `None` if it is in progress.
    pub(super) end: Option<WatchEnd>,
}

/// Assesses a rollout by its service deployment.
pub(super) fn assess_service_deployment(deployment: &ServiceDeployment) -> Assessment {
    use ServiceDeploymentStatus as Status;
    let status = deployment.status();
    let stage = deployment.lifecycle_stage().map(|stage| stage.as_str());
    let state = status.map_or("unknown", Status::as_str);
    let revision = deployment.target_service_revision();
    let progress = Progress {
        desired: revision.map_or(0, |r| r.requested_task_count()),
        running: revision.map_or(0, |r| r.running_task_count()),
        pending: revision.map_or(0, |r| r.pending_task_count()),
        failed: deployment.deployment_circuit_breaker().map_or(0, |breaker| breaker.failure_count()),
        state: stage.map_or_else(|| state.to_owned(), |stage| format!("{state}, {stage}")),
        hooks: open_hooks(deployment),
    };
    let status_reason = deployment.status_reason().filter(|reason| !reason.is_empty());
    let rollback_reason = deployment.rollback().and_then(|rollback| rollback.reason());
    let reason = || {
        let reason =
            rollback_reason.or(status_reason).unwrap_or("ECS reports no reason").trim_end_matches('.');
        format!("{}{}", printable(reason), describe_monitors(deployment))
    };
    let end = match status {
        Some(Status::Successful) => Some(DEPLOYED),
        Some(Status::RollbackSuccessful) => Some(WatchEnd::RolledBack { reason: reason() }),
        Some(Status::RollbackFailed) => Some(WatchEnd::Failed {
            reason: format!("the rollout failed, and the rollback of ECS failed, too: {}", reason()),
        }),
        // ECS reports the same status for a deployment that a newer one replaced, that a user stopped, and that
        // failed without a rollback.
        Some(Status::Stopped) => Some(if status_reason.is_some_and(sentences::is_replaced) {
            WatchEnd::Superseded
        } else if is_triggered(deployment) {
            WatchEnd::Failed { reason: reason() }
        } else {
            WatchEnd::Stopped { reason: reason() }
        }),
        _ => None,
    };
    Assessment { progress: Some(progress), end }
}

/// Whether the circuit breaker or an alarm was triggered.
fn is_triggered(deployment: &ServiceDeployment) -> bool {
    let triggered = Some(&ServiceDeploymentRollbackMonitorsStatus::Triggered);
    deployment.deployment_circuit_breaker().and_then(|breaker| breaker.status()) == triggered
        || deployment.alarms().and_then(|alarms| alarms.status()) == triggered
}

/// The count of the circuit breaker, and the names of the triggered alarms.
fn describe_monitors(deployment: &ServiceDeployment) -> String {
    let mut text = String::new();
    if let Some(breaker) = deployment.deployment_circuit_breaker() {
        // The count restarts with a rollback. A triggered circuit breaker reached its threshold before.
        let triggered = breaker.status() == Some(&ServiceDeploymentRollbackMonitorsStatus::Triggered);
        let minimum = if triggered { breaker.threshold() } else { 0 };
        let (failed, threshold) = (breaker.failure_count().max(minimum), breaker.threshold());
        if failed > 0 {
            let failed = format_task_count(failed);
            text.push_str(&format!(" (the circuit breaker counted {failed}; its threshold is {threshold})"));
        }
    }
    let alarms = deployment.alarms().map(|alarms| alarms.triggered_alarm_names()).unwrap_or_default();
    if !alarms.is_empty() {
        text.push_str(&format!(" (in alarm: {})", alarms.join(", ")));
    }
    text
}

fn format_task_count(count: i32) -> String {
    format!("{count} failed task{}", if count == 1 { "" } else { "s" })
}

/// Whether a response shows the state before the update, because reads of ECS are eventually consistent: it lacks the
/// rollout's deployment, and an older one is primary.
pub(super) fn is_outdated(service: &Service, rollout: &Rollout) -> bool {
    let Some(own) = &rollout.deployment_id else { return false };
    let deployments = service.deployments();
    let primary = primary_deployment(service);
    deployments.iter().all(|deployment| deployment.id() != Some(own))
        && primary.is_some_and(|primary| !rollout.is_before(primary))
}

/// The number of consecutively failed tasks of a rollout (the ECS API reference, `Deployment`, `failedTasks`). A service
/// deployment only has the count of its circuit breaker, which is 0 without one.
pub(super) fn failed_tasks(service: &Service, rollout: &Rollout) -> i32 {
    let is_own = |own: &&Deployment| own.id().is_some() && own.id() == rollout.deployment_id.as_deref();
    service.deployments().iter().find(is_own).map_or(0, Deployment::failed_tasks)
}

/// The end of the rollout of a service that was deleted, or `None` if it was not. Its service deployments do not change
/// any more, or cannot be read. A service that was created again under the same name has the same ARN.
pub(super) fn end_of_deleted_service(service: &Service, rollout: &Rollout) -> Option<WatchEnd> {
    if matches!(service.status(), Some("DRAINING" | "INACTIVE")) {
        return Some(service_deleted(""));
    }
    let times = service.created_at().zip(rollout.created_at.as_ref());
    times.is_some_and(|(service, rollout)| service > rollout).then(|| service_deleted(" and created again"))
}

fn service_deleted(and: &str) -> WatchEnd {
    WatchEnd::Failed { reason: format!("the service was deleted{and} during the rollout") }
}

/// Assesses a rollout by the `deployments` of its service, if service deployments are not offered. The response of
/// `UpdateService` contains the deployment's id.
pub(super) fn assess_service(service: Option<&Service>, rollout: &Rollout) -> Assessment {
    let Some(service) = service else {
        return Assessment { progress: None, end: Some(service_deleted("")) };
    };
    if let Some(end) = end_of_deleted_service(service, rollout) {
        return Assessment { progress: None, end: Some(end) };
    }
    let deployments = service.deployments();
    let primary = primary_deployment(service);
    let own = deployments.iter().find(|deployment| match &rollout.deployment_id {
        Some(id) => deployment.id() == Some(id),
        None => deployment.task_definition() == Some(&rollout.task_definition),
    });
    let Some(own) = own else {
        return assess_removed_deployment(service, primary, rollout);
    };
    let state = own.rollout_state();
    let progress = Progress {
        desired: own.desired_count(),
        running: own.running_count(),
        pending: own.pending_count(),
        failed: own.failed_tasks(),
        state: state
            .map_or_else(|| own.status().unwrap_or("unknown").to_owned(), |state| state.as_str().to_owned()),
        // The `deployments` of a service do not show them.
        hooks: Vec::new(),
    };
    let reason = || {
        let reason = own.rollout_state_reason().unwrap_or("ECS reports no reason").trim_end_matches('.');
        let (reason, failed) = (printable(reason), own.failed_tasks());
        if failed > 0 { format!("{reason} (ECS counted {})", format_task_count(failed)) } else { reason }
    };
    let is_primary = is_primary(own);
    let end = match state {
        Some(DeploymentRolloutState::Failed) => {
            match primary.filter(|primary| !is_primary && is_rollback_to_replaced(primary, rollout)) {
                Some(primary) => end_after_rollback(service, rollout, primary, reason()),
                None => Some(WatchEnd::Failed { reason: reason() }),
            }
        }
        _ if !is_primary => end_after_replacement(service, primary, rollout),
        Some(DeploymentRolloutState::Completed) => Some(DEPLOYED),
        Some(_) => None,
        None => (rollout_state(own, deployments) == RolloutState::Complete && is_steady(service, rollout))
            .then_some(DEPLOYED),
    };
    // `UpdateService` sets the task definition of the service at once, so another one is from a later update.
    let end = match (end, service.task_definition()) {
        (Some(WatchEnd::Deployed { .. }), Some(other)) if other != rollout.task_definition => {
            end_after_replacement(service, primary, rollout)
        }
        (end, _) => end,
    };
    Assessment { progress: Some(progress), end }
}

/// Assesses a rollout whose deployment ECS does not list any more, and so no progress of it. While ECS rolls it back, the
/// state is that of its service deployment then.
fn assess_removed_deployment(
    service: &Service,
    primary: Option<&Deployment>,
    rollout: &Rollout,
) -> Assessment {
    let end = end_after_replacement(service, primary, rollout);
    let progress = end.is_none().then(|| {
        let state = ServiceDeploymentStatus::RollbackInProgress.as_str().to_owned();
        Progress { state, ..Progress::default() }
    });
    Assessment { progress, end }
}

/// Whether the service's events since the update, or since the start of the rollback, report a steady state, or there are
/// none. All tasks may run while ECS still waits for them to become healthy.
pub(super) fn is_steady(service: &Service, rollout: &Rollout) -> bool {
    let Some(since) = &rollout.created_at else { return true };
    // ECS lists the newest first.
    let new = service.events().iter().filter(|event| event.created_at().is_some_and(|at| at >= since));
    let mut new = new.filter_map(|event| event.message()).peekable();
    new.peek().is_none()
        || new
            .take_while(|message| !sentences::is_rollback_event(message))
            .any(sentences::is_steady_state_event)
}

/// The state of the rollout of a service's primary deployment.
///
/// ECS reports no rollout state for a service behind a Classic Load Balancer. Its rollout is complete when it is the
/// only deployment and all of its tasks run.
pub(crate) fn rollout_state(own: &Deployment, deployments: &[Deployment]) -> RolloutState {
    let is_settled =
        deployments.len() == 1 && own.running_count() == own.desired_count() && own.pending_count() == 0;
    match own.rollout_state() {
        Some(DeploymentRolloutState::Completed) => RolloutState::Complete,
        Some(DeploymentRolloutState::Failed) => RolloutState::Failed,
        None if is_settled => RolloutState::Complete,
        _ => RolloutState::InProgress(own.id().map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests;
