//! What ECS's answers say of a rollout. No calls here: evidence in, judgement out.

use aws_sdk_ecs::types::{
    Deployment, DeploymentRolloutState, Service, ServiceDeployment, ServiceDeploymentRollbackMonitorsStatus,
    ServiceDeploymentStatus,
};

use super::WatchEnd;
use crate::ecs::{Rollout, is_primary, primary_deployment};
use crate::sentences;
use model::plan::RolloutState;
use model::progress::Progress;
use model::text::printable;

/// One look at a rollout.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    pub(super) progress: Progress,
    /// None while it goes on.
    pub(super) ended: Option<WatchEnd>,
}

/// Judges by a service deployment: the one that this run started.
pub(super) fn service_deployment(deployment: &ServiceDeployment) -> Look {
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
    };
    let said = deployment.status_reason().filter(|said| !said.is_empty());
    let rollback = deployment.rollback().and_then(|rollback| rollback.reason());
    let reason = || {
        let said = rollback.or(said).unwrap_or("ECS gives no reason").trim_end_matches('.');
        format!("{}{}", printable(said), monitors(deployment))
    };
    let ended = match status {
        Some(Status::Successful) => Some(WatchEnd::Deployed),
        Some(Status::RollbackSuccessful) => Some(WatchEnd::RolledBack { reason: reason() }),
        Some(Status::RollbackFailed) => Some(WatchEnd::Failed {
            reason: format!("the rollout failed, and so did ECS's rollback: {}", reason()),
        }),
        // ECS has one status for a deployment that a newer one replaced, one
        // that a person stopped, and one that failed and is not rolled back.
        Some(Status::Stopped) => Some(if said.is_some_and(sentences::is_replaced) {
            WatchEnd::Superseded
        } else if is_triggered(deployment) {
            WatchEnd::Failed { reason: reason() }
        } else {
            WatchEnd::Stopped { reason: reason() }
        }),
        _ => None,
    };
    Look { progress, ended }
}

/// Whether the circuit breaker or an alarm has called it failed.
fn is_triggered(deployment: &ServiceDeployment) -> bool {
    let triggered = Some(&ServiceDeploymentRollbackMonitorsStatus::Triggered);
    deployment.deployment_circuit_breaker().and_then(|breaker| breaker.status()) == triggered
        || deployment.alarms().and_then(|alarms| alarms.status()) == triggered
}

/// What the circuit breaker counted, and which alarms fired.
fn monitors(deployment: &ServiceDeployment) -> String {
    let mut text = String::new();
    if let Some(breaker) = deployment.deployment_circuit_breaker() {
        // Going back, it counts anew; that it was triggered says how far it had come.
        let triggered = breaker.status() == Some(&ServiceDeploymentRollbackMonitorsStatus::Triggered);
        let least = if triggered { breaker.threshold() } else { 0 };
        let (failed, threshold) = (breaker.failure_count().max(least), breaker.threshold());
        if failed > 0 {
            let failed = tasks(failed);
            text.push_str(&format!(" ({failed} failed, the circuit breaker's threshold is {threshold})"));
        }
    }
    let alarms = deployment.alarms().map(|alarms| alarms.triggered_alarm_names()).unwrap_or_default();
    if !alarms.is_empty() {
        text.push_str(&format!(" (in alarm: {})", alarms.join(", ")));
    }
    text
}

fn tasks(count: i32) -> String {
    format!("{count} task{}", if count == 1 { "" } else { "s" })
}

/// Whether an answer is of before the update, as ECS's reads may be: it does not have the
/// rollout's deployment, and an older one is primary.
pub(super) fn is_outdated(service: &Service, started: &Rollout) -> bool {
    let Some(own) = &started.deployment else { return false };
    let deployments = service.deployments();
    let primary = primary_deployment(service);
    deployments.iter().all(|deployment| deployment.id() != Some(own))
        && primary.is_some_and(|primary| !started.is_before(primary))
}

/// How many tasks of a rollout failed in a row. A service deployment has the
/// count of its circuit breaker alone, which is 0 where there is none; this one
/// is kept in any case (the ECS API reference, `Deployment`, `failedTasks`).
pub(super) fn failed_tasks(service: &Service, started: &Rollout) -> i32 {
    let is_own = |own: &&Deployment| own.id().is_some() && own.id() == started.deployment.as_deref();
    service.deployments().iter().find(is_own).map_or(0, Deployment::failed_tasks)
}

/// The end of all rollouts of a service that somebody deletes. Its service deployments stay as
/// they were, or are not to be had any more.
pub(super) fn deleted(service: &Service) -> Option<WatchEnd> {
    matches!(service.status(), Some("DRAINING" | "INACTIVE")).then(no_service)
}

fn no_service() -> WatchEnd {
    WatchEnd::Failed { reason: "the service was deleted while it rolled out".to_owned() }
}

/// Judges by a service's `deployments`, where service deployments are not
/// offered. The deployment is found by the id that `UpdateService` answered.
pub(super) fn service(service: Option<&Service>, started: &Rollout) -> Look {
    let gone = Progress { state: "gone".to_owned(), ..Progress::default() };
    let Some(service) = service else { return Look { progress: gone, ended: Some(no_service()) } };
    if let Some(ended) = deleted(service) {
        return Look { progress: gone, ended: Some(ended) };
    }
    let deployments = service.deployments();
    let primary = primary_deployment(service);
    let own = deployments.iter().find(|deployment| match &started.deployment {
        Some(id) => deployment.id() == Some(id),
        None => deployment.task_definition() == Some(&started.task_definition),
    });
    let Some(own) = own else {
        return Look { progress: gone, ended: taken_over(service, primary, started) };
    };
    let state = own.rollout_state();
    let progress = Progress {
        desired: own.desired_count(),
        running: own.running_count(),
        pending: own.pending_count(),
        failed: own.failed_tasks(),
        state: state
            .map_or_else(|| own.status().unwrap_or("unknown").to_owned(), |state| state.as_str().to_owned()),
    };
    let reason = || {
        let said = own.rollout_state_reason().unwrap_or("ECS gives no reason").trim_end_matches('.');
        let (said, failed) = (printable(said), own.failed_tasks());
        if failed > 0 { format!("{said} ({} failed)", tasks(failed)) } else { said }
    };
    let is_primary = is_primary(own);
    let ended = match state {
        Some(DeploymentRolloutState::Failed) => {
            match primary.filter(|primary| !is_primary && goes_back(primary, started)) {
                Some(primary) => gone_back(service, started, primary, reason()),
                None => Some(WatchEnd::Failed { reason: reason() }),
            }
        }
        _ if !is_primary => taken_over(service, primary, started),
        Some(DeploymentRolloutState::Completed) => Some(WatchEnd::Deployed),
        Some(_) => None,
        None => (rollout(own, deployments) == RolloutState::Complete && is_steady(service, started))
            .then_some(WatchEnd::Deployed),
    };
    // `UpdateService` sets the service's own task definition at once; another
    // one there means that somebody else updated it since.
    let ended = match (ended, service.task_definition()) {
        (Some(WatchEnd::Deployed), Some(other)) if other != started.task_definition => {
            taken_over(service, primary, started)
        }
        (ended, _) => ended,
    };
    Look { progress, ended }
}

/// Whether the service's events since the update, or since ECS began to go back, say that it is
/// steady, where they say anything: all tasks may run, and ECS still wait for them to be healthy.
fn is_steady(service: &Service, started: &Rollout) -> bool {
    let Some(since) = &started.created_at else { return true };
    // ECS lists the newest first.
    let new = service.events().iter().filter(|event| event.created_at().is_some_and(|at| at >= since));
    let mut new = new.filter_map(|event| event.message()).peekable();
    new.peek().is_none()
        || new.take_while(|said| !sentences::is_rollback_event(said)).any(sentences::is_steady_state_event)
}

/// How far the rollout of a service's primary deployment is.
///
/// ECS leaves the rollout state out behind a Classic Load Balancer: there it is
/// over when the old deployments are gone and all tasks run.
pub(crate) fn rollout(own: &Deployment, deployments: &[Deployment]) -> RolloutState {
    let settled =
        deployments.len() == 1 && own.running_count() == own.desired_count() && own.pending_count() == 0;
    match own.rollout_state() {
        Some(DeploymentRolloutState::Completed) => RolloutState::Complete,
        Some(DeploymentRolloutState::Failed) => RolloutState::Failed,
        None if settled => RolloutState::Complete,
        _ => RolloutState::UnderWay(own.id().map(str::to_owned)),
    }
}

/// What took over from a deployment that is primary no more: ECS itself going
/// back, or a newer deployment.
fn taken_over(service: &Service, primary: Option<&Deployment>, started: &Rollout) -> Option<WatchEnd> {
    let Some(primary) = primary else {
        let reason = "the deployment is gone, and the service has no other".to_owned();
        return Some(WatchEnd::Failed { reason });
    };
    if is_rollback(primary, started) {
        let said = primary.rollout_state_reason().unwrap_or_default().trim_end_matches('.');
        return gone_back(service, started, primary, printable(said));
    }
    match failure(service, primary, started).filter(|_| goes_back(primary, started)) {
        Some(said) => gone_back(service, started, primary, printable(said)),
        None => Some(WatchEnd::Superseded),
    }
}

/// What became of the way back, once it is over.
fn gone_back(service: &Service, started: &Rollout, primary: &Deployment, reason: String) -> Option<WatchEnd> {
    match primary.rollout_state() {
        Some(DeploymentRolloutState::InProgress) => None,
        None if !is_steady(service, started) => None,
        None if rollout(primary, service.deployments()) != RolloutState::Complete => None,
        Some(DeploymentRolloutState::Failed) => {
            let reason = format!("the rollout failed, and so did ECS's rollback: {reason}");
            Some(WatchEnd::Failed { reason })
        }
        _ => Some(WatchEnd::RolledBack { reason }),
    }
}

/// Whether what took over from a failed deployment is what ran before it. The
/// reason that says so is gone when that deployment is complete; then it is
/// told by the definition that it went back to.
fn goes_back(primary: &Deployment, started: &Rollout) -> bool {
    let replaced = |definition: &str| started.replaced.iter().any(|replaced| replaced == definition);
    is_rollback(primary, started) || primary.task_definition().is_some_and(replaced)
}

/// What the service's events say of the deployment's failure: they stay when
/// the deployment itself is gone from the list. Where another one has failed
/// since, that one was the newer; the primary one may be the way back itself.
fn failure<'s>(service: &'s Service, primary: &Deployment, started: &Rollout) -> Option<&'s str> {
    let (own, back) = (started.deployment.as_ref()?, primary.id()?);
    let mut went_back = false;
    // The newest is the first.
    for said in service.events().iter().filter_map(|event| event.message()) {
        match sentences::deployment_failure(said) {
            Some(_) if sentences::is_about_deployment(said, back) => {}
            Some(reason) => {
                let is_own = sentences::is_about_deployment(said, own);
                return (went_back && is_own).then(|| reason.trim_end_matches('.'));
            }
            None => went_back |= sentences::is_rollback_event(said),
        }
    }
    None
}

/// Whether ECS made this deployment to go back: it says so in its reason.
fn is_rollback(primary: &Deployment, started: &Rollout) -> bool {
    let said = primary.rollout_state_reason().unwrap_or_default();
    primary.task_definition() != Some(&started.task_definition) && sentences::is_rollback(said)
}

#[cfg(test)]
mod tests;
