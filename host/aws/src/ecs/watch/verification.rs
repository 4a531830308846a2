//! The comparison of the digests of all running tasks with the pushed ones, task list by task list.

use aws_sdk_ecs::types::Task;

use super::WatchEnd;
use super::digests::{Proof, compare_digests};
use super::stage::{Stage, Step};
use crate::ecs::TASKS_PER_CALL;
use crate::ecs::rollout::Rollout;

/// How often the running tasks are listed before the watch ends without having seen one of this rollout.
pub(super) const MAX_VERIFY_ATTEMPTS: u32 = 3;

/// The step after a description of running tasks: the next tasks, the next attempt, or the end of the watch.
pub(super) fn verify_digests(
    service_deployment: Option<&str>,
    tasks: &[String],
    proof: Proof,
    attempts: u32,
    described: &[Task],
    rollout: &Rollout,
) -> Step {
    let (requested, rest) = tasks.split_at_checked(TASKS_PER_CALL).unwrap_or((tasks, &[]));
    let proof = proof.and(compare_digests(requested, described, rollout));
    let service_deployment = service_deployment.map(str::to_owned);
    if !rest.is_empty() {
        return Step::advance_to(Stage::Verify {
            service_deployment,
            tasks: Some(rest.to_vec()),
            proof,
            attempts,
        });
    }
    // `ListTasks` is eventually consistent, so it is retried.
    match proof.missing(rollout) {
        Some(_) if attempts < MAX_VERIFY_ATTEMPTS => {
            let next = Stage::Verify { service_deployment, tasks: None, proof: Proof::NoTask, attempts };
            Step { next: Some(next), ..Step::default() }
        }
        unproven => Step::finish(match proof {
            Proof::Other(digests) => WatchEnd::OtherDigests { digests },
            _ => WatchEnd::Deployed { unproven },
        }),
    }
}
