//! A rollout that is watched, and what was read of it.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::end::{WatchEnd, WatchResult};
use super::stage::Stage;
use crate::ecs::TASKS_PER_CALL;
use crate::ecs::rollout::Rollout;
use model::lifecycle::WaitUntil;
use model::plan::TargetName;
use model::progress::Progress;

/// A rollout that is watched.
pub(super) struct WatchedRollout {
    pub(super) target: TargetName,
    pub(super) rollout: Rollout,
    pub(super) stage: Stage,
    /// Whether this tick polls it.
    pub(super) is_due: bool,
    pub(super) started_at: Instant,
    pub(super) timeout: Duration,
    pub(super) until: WaitUntil,
    pub(super) progress: Option<Progress>,
    /// The number of failed tasks, by the `deployments` of the service.
    pub(super) failed_tasks: i32,
    /// The time of the last usable response.
    pub(super) last_read: Instant,
    /// Whether a call was made since `last_read`.
    pub(super) is_stale: bool,
    /// Whether the state of its service deployment was read.
    pub(super) has_read_deployment: bool,
    /// The number of calls that ECS rejected since `last_read`.
    pub(super) rejected: u32,
    /// The number of calls for service deployments since `last_read` that ECS answered with a failure of its own.
    pub(super) failed: u32,
    /// The time at which the service's events were last read.
    pub(super) events_read_at: Option<Instant>,
    /// The ARN of the service deployment, once it was found.
    pub(super) service_deployment: Option<String>,
    /// Whether the service has pauses, and the responses do not show them.
    pub(super) has_unseen_pauses: bool,
    pub(super) end: Option<WatchEnd>,
    pub(super) sender: oneshot::Sender<WatchResult>,
}

impl WatchedRollout {
    /// The watch of a rollout, which starts now and ends after `limit` or at `until`.
    pub(super) fn new(
        target: TargetName,
        rollout: Rollout,
        (limit, until): (Duration, WaitUntil),
        sender: oneshot::Sender<WatchResult>,
    ) -> Self {
        let stage = rollout.service_deployment.clone();
        let stage = stage
            .map_or_else(Stage::initial, |service_deployment| Stage::FollowDeployment { service_deployment });
        let now = Instant::now();
        Self {
            target,
            rollout,
            service_deployment: stage.service_deployment().map(str::to_owned),
            stage,
            is_due: true,
            started_at: now,
            timeout: limit,
            until,
            progress: None,
            failed_tasks: 0,
            last_read: now,
            is_stale: false,
            has_read_deployment: false,
            rejected: 0,
            failed: 0,
            events_read_at: None,
            has_unseen_pauses: false,
            end: None,
            sender,
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.started_at + self.timeout
    }

    pub(super) fn has_timed_out(&self) -> bool {
        Instant::now() >= self.deadline()
    }

    pub(super) fn tasks(&self) -> Vec<String> {
        match &self.stage {
            Stage::Verify { tasks: Some(tasks), .. } => tasks.iter().take(TASKS_PER_CALL).cloned().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn tasks_to_describe(&self) -> usize {
        self.tasks().len()
    }
}

/// Removes the rollouts that ended, and sends their results.
pub(super) fn send_ended(rollouts: &mut Vec<WatchedRollout>) {
    for watched in rollouts.extract_if(.., |watched| watched.end.is_some()) {
        if let Some(end) = watched.end {
            // The receiver is dropped after a signal.
            let _ = watched.sender.send(WatchResult { end, service_deployment: watched.service_deployment });
        }
    }
}
