//! The state machine of a watch: the transitions between its stages by the responses of ECS. This module makes no calls.
//!
//! ```text
//! Find ──> Confirm ──> FollowDeployment ──> Verify ──> deployed
//!   │         │              │              │  │
//!   │         │              v              │  └─────> failed
//!   └─────────┴──────> FollowService ───────┘
//! ```
//!
//! The stages `FollowDeployment` and `FollowService` also end with any other outcome that ECS reports. `FollowService`
//! replaces the first three stages if service deployments are not offered, or if none is found. `FindCurrent` and
//! `ConfirmCurrent` replace the first two if only their calls are not offered.

use aws_sdk_ecs::types::{Service, ServiceDeployment};

use super::WatchEnd;
use super::assessment::{self, Assessment};
use super::candidates::{CLOCK_TOLERANCE, find_candidates, find_confirmed};
use super::digests::Proof;
use super::stage::{Observation, Stage, Step};
use super::verification::{MAX_VERIFY_ATTEMPTS, verify_digests};
use crate::ecs::hooks::has_pauses;
use crate::ecs::rollout::Rollout;

/// The number of attempts, a tick apart, after which the watch changes to [`Stage::FollowService`]: a service deployment
/// appears within seconds of the update.
const MAX_FIND_ATTEMPTS: u32 = 30;

/// The number of attempts, a tick apart, after which the watch changes to [`Stage::FollowService`].
const MAX_CURRENT_ATTEMPTS: u32 = 10;

impl Stage {
    /// The step from this stage after a response.
    pub(super) fn step(&self, observation: Observation<'_>, rollout: &Rollout) -> Step {
        match (self, observation) {
            (Self::Verify { .. }, Observation::Unsupported) => {
                Self::unverified("its tasks could not be read; allow `ecs:ListTasks` and `ecs:DescribeTasks`")
            }
            (_, Observation::Unsupported) => Step::advance_to(Self::FollowService),
            (Self::Find { attempts }, Observation::ServiceDeploymentBriefs(briefs)) => {
                let candidates = find_candidates(briefs, rollout, *attempts);
                if candidates.is_empty() {
                    retry_find(attempts + 1)
                } else {
                    Step::advance_to(Self::Confirm { candidates, attempts: *attempts })
                }
            }
            (Self::Confirm { candidates, attempts }, Observation::ServiceRevisions(revisions)) => {
                match find_confirmed(candidates, revisions, rollout) {
                    Some(own) => Step::advance_to(Self::FollowDeployment {
                        service_deployment: own.service_deployment.clone(),
                    }),
                    // All candidates belong to other users. This run's own deployment may appear later.
                    None => retry_find(attempts + 1),
                }
            }
            (
                Self::FollowDeployment { service_deployment },
                Observation::ServiceDeployment(Some(observed)),
            ) => from_assessment(
                assessment::assess_service_deployment(observed),
                Some(service_deployment.clone()),
                rollout,
            ),
            (Self::FindCurrent { attempts }, Observation::Service(service)) => {
                find_current(service, rollout, *attempts)
            }
            (
                Self::ConfirmCurrent { service_deployment, attempts },
                Observation::ServiceDeployment(found),
            ) => {
                match found.filter(|found| is_of_rollout(found, rollout)) {
                    Some(_) => Step::advance_to(Self::FollowDeployment {
                        service_deployment: service_deployment.clone(),
                    }),
                    // The service may show its current deployment some seconds after the update.
                    None => retry_find_current(attempts + 1),
                }
            }
            (Self::FollowService, Observation::Service(Some(service)))
                if assessment::is_outdated(service, rollout) =>
            {
                Step::default()
            }
            (Self::FollowService, Observation::Service(service)) => {
                let step = from_assessment(assessment::assess_service(service, rollout), None, rollout);
                Step { has_unseen_pauses: service.is_some_and(has_pauses), ..step }
            }
            (Self::Verify { service_deployment, attempts, .. }, Observation::TaskArns(tasks))
                if tasks.is_empty() =>
            {
                verify_digests(service_deployment.as_deref(), &[], Proof::NoTask, attempts + 1, &[], rollout)
            }
            (Self::Verify { service_deployment, attempts, .. }, Observation::TaskArns(tasks)) => {
                Step::advance_to(Self::Verify {
                    service_deployment: service_deployment.clone(),
                    tasks: Some(tasks),
                    proof: Proof::NoTask,
                    attempts: attempts + 1,
                })
            }
            (
                Self::Verify { service_deployment, tasks: Some(tasks), proof, attempts },
                Observation::Tasks(described),
            ) => verify_digests(
                service_deployment.as_deref(),
                tasks,
                proof.clone(),
                *attempts,
                described,
                rollout,
            ),
            // An outdated response, or one to a call of an earlier stage.
            _ => Step::default(),
        }
    }
}

/// The step after a response of `DescribeServices`. Its current service deployment is that of the rollout only if the
/// rollout's deployment is primary.
fn find_current(service: Option<&Service>, rollout: &Rollout, attempts: u32) -> Step {
    let Some(service) = service else { return follow(None, rollout) };
    if assessment::is_outdated(service, rollout) {
        return retry_find_current(attempts + 1);
    }
    match service.current_service_deployment().filter(|_| rollout.is_primary_of(service)) {
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
fn retry_find_current(attempts: u32) -> Step {
    if attempts >= MAX_CURRENT_ATTEMPTS {
        return Step::advance_to(Stage::FollowService);
    }
    Step { next: Some(Stage::FindCurrent { attempts }), ..Step::default() }
}

/// Whether a service deployment was created with the deployment of a rollout.
fn is_of_rollout(found: &ServiceDeployment, rollout: &Rollout) -> bool {
    let times = found.created_at().zip(rollout.created_at.as_ref());
    times.is_some_and(|(found, own)| (found.as_secs_f64() - own.as_secs_f64()).abs() <= CLOCK_TOLERANCE)
}

/// The step after an assessment. A rollout that ECS reports as complete is verified next, if it is of pushed images.
fn from_assessment(assessment: Assessment, service_deployment: Option<String>, rollout: &Rollout) -> Step {
    // The list of tasks is eventually consistent, and is read once if the rollout has no running task. Without service
    // deployments the endpoint may be an emulator, which lists none.
    let progress = assessment.progress;
    let has_tasks = progress.as_ref().is_some_and(|progress| progress.running > 0);
    let is_repeated = has_tasks && service_deployment.is_some();
    let attempts = if is_repeated { 0 } else { MAX_VERIFY_ATTEMPTS - 1 };
    match assessment.end {
        Some(WatchEnd::Deployed { .. }) if !rollout.digests.is_empty() => Step {
            progress,
            ..Step::advance_to(Stage::Verify {
                service_deployment,
                tasks: None,
                proof: Proof::NoTask,
                attempts,
            })
        },
        end => Step { progress, end, ..Step::default() },
    }
}

fn retry_find(attempts: u32) -> Step {
    if attempts >= MAX_FIND_ATTEMPTS {
        return Step::advance_to(Stage::FollowService);
    }
    Step { next: Some(Stage::Find { attempts }), ..Step::default() }
}

#[cfg(test)]
mod tests;
