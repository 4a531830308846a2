//! The stages of a watch, and what moves it from one to the next.

use aws_sdk_ecs::types::{Service, ServiceDeployment, ServiceDeploymentBrief, ServiceRevision, Task};

use super::WatchEnd;
use super::candidates::Candidate;
use super::digests::Proof;
use model::progress::Progress;

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
}
