//! The state machine of a watch: the stages, and the transitions by the responses of ECS. This module makes no calls.
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

use aws_sdk_ecs::types::{Service, ServiceDeployment, ServiceDeploymentBrief, ServiceRevision, Task};

use super::WatchEnd;
use super::assessment::{self, Assessment};
use super::candidates::{Candidate, find_candidates, find_confirmed};
use super::current::{find_current, is_of_rollout, retry_find_current};
use super::digests::Proof;
use super::verification::verify_digests;
use crate::ecs::hooks::has_pauses;
use crate::ecs::rollout::Rollout;
use model::progress::Progress;

/// How often the running tasks are listed before the watch ends without having seen one of this rollout.
pub(super) const MAX_VERIFY_ATTEMPTS: u32 = 3;

/// The number of attempts, a tick apart, after which the watch changes to [`Stage::FollowService`]: a service deployment
/// appears within seconds of the update.
const MAX_FIND_ATTEMPTS: u32 = 30;

/// The stage of a watch, which determines the next call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    /// `ListServiceDeployments`: finds those that were created since the update.
    Find {
        /// The number of attempts without a result.
        attempts: u32,
    },
    /// `DescribeServiceRevisions`: finds the one with the new task definition.
    Confirm {
        /// The candidates, the most likely first.
        candidates: Vec<Candidate>,
        /// The number of attempts without a result.
        attempts: u32,
    },
    /// `DescribeServices`: finds the current service deployment of the service.
    FindCurrent {
        /// The number of attempts without a result.
        attempts: u32,
    },
    /// `DescribeServiceDeployments`: confirms the current service deployment by the time of its creation.
    ConfirmCurrent {
        /// Its ARN.
        service_deployment: String,
        /// The number of attempts without a result.
        attempts: u32,
    },
    /// `DescribeServiceDeployments`: reads the state of the rollout's service deployment.
    FollowDeployment {
        /// The ARN of the service deployment.
        service_deployment: String,
    },
    /// `DescribeServices`: reads the `deployments` of the service.
    FollowService,
    /// `ListTasks` and `DescribeTasks`: compares the digests of the running tasks with those that were pushed.
    Verify {
        /// The ARN of the service deployment, or `None` after [`Stage::FollowService`].
        service_deployment: Option<String>,
        /// The ARNs of the tasks that are not described yet, or `None` before they are listed.
        tasks: Option<Vec<String>>,
        /// What the described tasks prove.
        proof: Proof,
        /// The number of task lists that were read.
        attempts: u32,
    },
}

/// The part of a response that concerns one rollout.
pub(super) enum Observation<'a> {
    ServiceDeploymentBriefs(&'a [ServiceDeploymentBrief]),
    ServiceRevisions(&'a [ServiceRevision]),
    ServiceDeployment(Option<&'a ServiceDeployment>),
    Service(Option<&'a Service>),
    /// The ARNs of the running tasks of the service.
    TaskArns(Vec<String>),
    Tasks(&'a [Task]),
    /// The endpoint does not implement the call, or the IAM policy does not allow it.
    Unsupported,
}

/// The effect of a response on a rollout.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Step {
    /// The next stage, or `None` to stay in the current one.
    pub(super) next: Option<Stage>,
    /// Whether the next call may be made in the same tick.
    pub(super) is_immediate: bool,
    /// The progress, if the response contains it.
    pub(super) progress: Option<Progress>,
    /// The end of the watch.
    pub(super) end: Option<WatchEnd>,
    /// A message to report.
    pub(super) warning: Option<String>,
    /// Whether the service has pauses that the response does not show.
    pub(super) has_unseen_pauses: bool,
}

impl Step {
    pub(super) fn advance_to(next: Stage) -> Self {
        Self { next: Some(next), is_immediate: true, ..Self::default() }
    }

    pub(super) fn finish(end: WatchEnd) -> Self {
        Self { end: Some(end), ..Self::default() }
    }
}

impl Stage {
    pub(super) fn initial() -> Self {
        Self::Find { attempts: 0 }
    }

    /// Whether the stage ends soon, so that it is polled every second.
    pub(super) fn is_short(&self) -> bool {
        !matches!(self, Self::FollowDeployment { .. } | Self::FollowService)
    }

    /// Whether the stage reads the state of the service.
    pub(super) fn reads_service(&self) -> bool {
        matches!(self, Self::FollowService | Self::FindCurrent { .. })
    }

    /// The ARN of the service deployment that the stage describes.
    pub(super) fn described_deployment(&self) -> Option<&str> {
        match self {
            Self::FollowDeployment { service_deployment }
            | Self::ConfirmCurrent { service_deployment, .. } => Some(service_deployment),
            _ => None,
        }
    }

    /// The ARN of the service deployment, if it is confirmed.
    pub(super) fn service_deployment(&self) -> Option<&str> {
        match self {
            Self::FollowDeployment { service_deployment }
            | Self::Verify { service_deployment: Some(service_deployment), .. } => Some(service_deployment),
            _ => None,
        }
    }

    /// The ARNs of the candidates' service revisions.
    pub(super) fn service_revision_arns(&self) -> Vec<String> {
        match self {
            Self::Confirm { candidates, .. } => {
                candidates.iter().map(|c| c.service_revision.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The step of a rollout that ECS reports as complete, and of which no task was seen with the pushed images.
    pub(super) fn unverified(reason: &str) -> Step {
        Step::finish(WatchEnd::Deployed { unproven: Some(reason.to_owned()) })
    }

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

/// The step after an assessment. A rollout that ECS reports as complete is verified next, if it is of pushed images.
fn from_assessment(assessment: Assessment, service_deployment: Option<String>, rollout: &Rollout) -> Step {
    // The list of tasks is eventually consistent, and is read once if the rollout has no running task. Without service
    // deployments the endpoint may be an emulator, which lists none.
    let is_repeated = assessment.progress.running > 0 && service_deployment.is_some();
    let attempts = if is_repeated { 0 } else { MAX_VERIFY_ATTEMPTS - 1 };
    let progress = Some(assessment.progress);
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
