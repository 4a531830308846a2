//! Which of a service's deployments this run started.

use aws_sdk_ecs::types::{ServiceDeploymentBrief, ServiceRevision};

use crate::ecs::DEPLOYMENTS_PER_CALL;
use crate::ecs::rollout::Rollout;

/// The maximum number of candidates: one `DescribeServiceRevisions` accepts as many.
pub(super) const MAX_CANDIDATES: usize = DEPLOYMENTS_PER_CALL;

/// The tolerance between the creation times of `deployments` and of service deployments, in seconds.
pub(super) const CLOCK_TOLERANCE: f64 = 5.0;

/// The tolerance of the first attempts, in seconds: another user may have deployed the same task definition shortly
/// before.
const CLOSE_TOLERANCE: f64 = 1.0;

/// The number of attempts with [`CLOSE_TOLERANCE`].
pub(super) const CLOSE_ATTEMPTS: u32 = 10;

/// A service deployment that may be the one that this run started.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) service_deployment: String,
    pub(super) service_revision: String,
    created_at: f64,
}

/// The service deployments that the update may have created. Earlier ones belong to other users.
pub(super) fn find_candidates(
    briefs: &[ServiceDeploymentBrief],
    rollout: &Rollout,
    attempts: u32,
) -> Vec<Candidate> {
    let before = if attempts < CLOSE_ATTEMPTS { CLOSE_TOLERANCE } else { CLOCK_TOLERANCE };
    let candidate = |brief: &ServiceDeploymentBrief| {
        Some(Candidate {
            service_deployment: brief.service_deployment_arn()?.to_owned(),
            service_revision: brief.target_service_revision_arn()?.to_owned(),
            created_at: brief.created_at()?.as_secs_f64(),
        })
    };
    let since = rollout.created_at.map(|time| time.as_secs_f64());
    let is_new = |candidate: &Candidate| since.is_none_or(|since| candidate.created_at >= since - before);
    let is_new = |candidate: &Candidate| {
        is_new(candidate)
            && rollout.replaced_service_deployment.as_ref() != Some(&candidate.service_deployment)
    };
    // ECS lists the newest first, even among those with the same creation time.
    let mut candidates: Vec<Candidate> = briefs.iter().rev().filter_map(candidate).filter(is_new).collect();
    match since {
        // Another user may have deployed the same task definition shortly before or after.
        Some(since) => {
            candidates.sort_by(|a, b| (a.created_at - since).abs().total_cmp(&(b.created_at - since).abs()))
        }
        // A rollout that an earlier run started is the latest one with its task definition.
        None => candidates.sort_by(|a, b| b.created_at.total_cmp(&a.created_at)),
    }
    candidates.truncate(MAX_CANDIDATES);
    candidates
}

/// The first candidate whose service revision has the task definition of the rollout.
pub(super) fn find_confirmed<'c>(
    candidates: &'c [Candidate],
    service_revisions: &[ServiceRevision],
    rollout: &Rollout,
) -> Option<&'c Candidate> {
    let is_own = |candidate: &&Candidate| {
        service_revisions.iter().any(|revision| {
            revision.service_revision_arn() == Some(&candidate.service_revision)
                && revision.task_definition() == Some(&rollout.task_definition)
        })
    };
    candidates.iter().find(is_own)
}
