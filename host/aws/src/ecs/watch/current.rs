//! The service deployment of a rollout by the service's current one, if the calls that find it are not offered.

use aws_sdk_ecs::types::{Service, ServiceDeployment};

use super::assessment;
use super::candidates::CLOCK_TOLERANCE;
use super::stage::{Observation, Stage, Step};
use crate::ecs::primary_deployment;
use crate::ecs::rollout::Rollout;

/// The number of attempts, a tick apart, after which the watch changes to [`Stage::FollowService`].
const MAX_ATTEMPTS: u32 = 10;

/// The step after a response of `DescribeServices`. Its current service deployment is that of the rollout only if the
/// rollout's deployment is primary.
pub(super) fn find_current(service: Option<&Service>, rollout: &Rollout, attempts: u32) -> Step {
    let Some(service) = service else { return follow(None, rollout) };
    if assessment::is_outdated(service, rollout) {
        return retry_find_current(attempts + 1);
    }
    let is_primary = primary_deployment(service).is_some_and(|primary| match &rollout.deployment_id {
        Some(id) => primary.id() == Some(id),
        None => primary.task_definition() == Some(&rollout.task_definition),
    });
    match service.current_service_deployment().filter(|_| is_primary) {
        None => follow(Some(service), rollout),
        Some(replaced) if rollout.replaced_service_deployment.as_deref() == Some(replaced) => {
            retry_find_current(attempts + 1)
        }
        Some(current) => {
            Step::advance_to(Stage::ConfirmCurrent { service_deployment: current.to_owned(), attempts })
        }
    }
}

/// The step to [`Stage::FollowService`], which the response is for already.
fn follow(service: Option<&Service>, rollout: &Rollout) -> Step {
    let step = Stage::FollowService.step(Observation::Service(service), rollout);
    Step { next: step.next.or(Some(Stage::FollowService)), ..step }
}

/// The step after an attempt without a result.
pub(super) fn retry_find_current(attempts: u32) -> Step {
    if attempts >= MAX_ATTEMPTS {
        return Step::advance_to(Stage::FollowService);
    }
    Step { next: Some(Stage::FindCurrent { attempts }), ..Step::default() }
}

/// Whether a service deployment was created with the deployment of a rollout.
pub(super) fn is_of_rollout(found: &ServiceDeployment, rollout: &Rollout) -> bool {
    let times = found.created_at().zip(rollout.created_at.as_ref());
    times.is_some_and(|(found, own)| (found.as_secs_f64() - own.as_secs_f64()).abs() <= CLOCK_TOLERANCE)
}
