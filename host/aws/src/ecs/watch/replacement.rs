//! The end of a rollout whose deployment another one has replaced: a rollback by ECS, or a newer deployment. This module
//! makes no calls.

use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, Service};

use super::WatchEnd;
use super::assessment::{is_steady, rollout_state};
use crate::ecs::rollout::Rollout;
use crate::sentences;
use model::plan::RolloutState;
use model::text::printable;

/// The end of a rollout whose deployment is not primary any more: a rollback by ECS, or a newer deployment.
pub(super) fn end_after_replacement(
    service: &Service,
    primary: Option<&Deployment>,
    rollout: &Rollout,
) -> Option<WatchEnd> {
    let Some(primary) = primary else {
        let reason =
            "ECS lists neither the deployment of this rollout nor another one of the service".to_owned();
        return Some(WatchEnd::Failed { reason });
    };
    if is_rollback(primary, rollout) {
        let reason = primary.rollout_state_reason().unwrap_or_default().trim_end_matches('.');
        return end_after_rollback(service, rollout, primary, printable(reason));
    }
    match own_failure_reason(service, primary, rollout).filter(|_| is_rollback_to_replaced(primary, rollout))
    {
        Some(reason) => end_after_rollback(service, rollout, primary, printable(reason)),
        None => Some(WatchEnd::Superseded),
    }
}

/// The end of a rollout that ECS rolls back, or `None` while the rollback is in progress.
pub(super) fn end_after_rollback(
    service: &Service,
    rollout: &Rollout,
    primary: &Deployment,
    reason: String,
) -> Option<WatchEnd> {
    match primary.rollout_state() {
        Some(DeploymentRolloutState::InProgress) => None,
        None if !is_steady(service, rollout) => None,
        None if rollout_state(primary, service.deployments()) != RolloutState::Complete => None,
        Some(DeploymentRolloutState::Failed) => {
            let reason = format!("the rollout failed, and the rollback of ECS failed, too: {reason}");
            Some(WatchEnd::Failed { reason })
        }
        _ => Some(WatchEnd::RolledBack { reason }),
    }
}

/// Whether the primary deployment rolls back to what the failed one replaced. ECS removes the reason that states it when
/// the rollback is complete; then the task definition identifies it.
pub(super) fn is_rollback_to_replaced(primary: &Deployment, rollout: &Rollout) -> bool {
    let replaced =
        |definition: &str| rollout.replaced_definitions.iter().any(|replaced| replaced == definition);
    is_rollback(primary, rollout) || primary.task_definition().is_some_and(replaced)
}

/// The reason of the deployment's failure by the service's events, which remain after ECS removed the deployment from the
/// list. `None` if another deployment failed later: it was the newer one. Failures of the primary deployment are
/// ignored, because it may be the rollback.
fn own_failure_reason<'s>(service: &'s Service, primary: &Deployment, rollout: &Rollout) -> Option<&'s str> {
    let (own, rollback) = (rollout.deployment_id.as_ref()?, primary.id()?);
    let mut has_rollback_event = false;
    // ECS lists the newest first.
    for message in service.events().iter().filter_map(|event| event.message()) {
        match sentences::deployment_failure(message) {
            Some(_) if sentences::is_about_deployment(message, rollback) => {}
            Some(reason) => {
                let is_own = sentences::is_about_deployment(message, own);
                return (has_rollback_event && is_own).then(|| reason.trim_end_matches('.'));
            }
            None => has_rollback_event |= sentences::is_rollback_event(message),
        }
    }
    None
}

/// Whether ECS created this deployment as a rollback, by its reason.
fn is_rollback(primary: &Deployment, rollout: &Rollout) -> bool {
    let reason = primary.rollout_state_reason().unwrap_or_default();
    primary.task_definition() != Some(&rollout.task_definition) && sentences::is_rollback(reason)
}
