//! The execution of a rollback, from the request to the end of the watch.

use std::time::Duration;

use tokio::time::Instant;

use super::{Request, Requester, RollbackError, RollbackMethod, RollbackPlan, RollbackStep};
use crate::ecs::rollout::Rollout;
use crate::ecs::watch::WatchEnd;
use crate::ecs::watch::Watcher;
use model::names::short_revision;

/// Executes rollbacks of one target and watches them.
pub(in crate::ecs) struct Executor<'r> {
    pub(in crate::ecs) requester: Requester<'r>,
    pub(in crate::ecs) watcher: &'r Watcher<'r>,
    /// How long each watch may take.
    pub(in crate::ecs) timeout: Duration,
    /// Whether the service goes back even if the rollout succeeded, or was stopped by someone else,
    /// before ECS rolled it back.
    pub(in crate::ecs) is_unconditional: bool,
}

/// How a rollback ended.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ecs) struct RollbackEnd {
    /// The ARN of the task definition that the plan goes back to.
    pub(in crate::ecs) to: String,
    /// What this run requested.
    pub(in crate::ecs) request: Request,
    /// The end of the watch of the rollout that ECS rolls back, or of that of the update. `None` if
    /// there was nothing to watch.
    pub(in crate::ecs) end: Option<WatchEnd>,
}

impl Executor<'_> {
    /// Executes a plan. If the rollout ends before ECS stops it, what follows depends on how: a
    /// failed one is rolled back by an update.
    ///
    /// # Errors
    /// [`RollbackError`] if ECS rejects a request, or if there is nothing to go back to.
    pub(in crate::ecs) async fn execute(&self, mut plan: RollbackPlan) -> Result<RollbackEnd, RollbackError> {
        let is_stop = matches!(plan.method, RollbackMethod::Stop { .. });
        let request = self.requester.request(&mut plan, Instant::now() + self.timeout).await?;
        let end = match &request {
            Request::Settled => return Ok(RollbackEnd { to: plan.to, request, end: None }),
            Request::Updated(rollout) => self.watch(rollout).await,
            Request::Stopped => {
                self.watch(&Rollout { has_rollback_request: true, ..plan.rollout.clone() }).await
            }
            Request::InProgress | Request::TooLate => self.watch(&plan.rollout).await,
        };
        if !(is_stop && self.is_followed_by_update(&request, &end, &plan)) {
            return Ok(RollbackEnd { to: plan.to, request, end: Some(end) });
        }
        let mut plan = plan.by_update(self.requester.ecs, false).await?;
        let request = self.requester.request(&mut plan, Instant::now() + self.timeout).await?;
        let end = match &request {
            Request::Updated(rollout) => Some(self.watch(rollout).await),
            _ => None,
        };
        Ok(RollbackEnd { to: plan.to, request, end })
    }

    /// Whether a rollout that was to be stopped, and that ended so, is rolled back by an update.
    fn is_followed_by_update(&self, request: &Request, end: &WatchEnd, plan: &RollbackPlan) -> bool {
        match (request, end) {
            (Request::TooLate, WatchEnd::Failed { reason }) => {
                (self.requester.on_step)(RollbackStep::RolloutFailed { reason: reason.clone() });
                true
            }
            (Request::TooLate | Request::Stopped, WatchEnd::Deployed { .. }) if self.is_unconditional => {
                let revision = short_revision(plan.from());
                self.requester.warn(format!("the rollout of {revision} was complete before ECS stopped it"));
                true
            }
            (Request::TooLate, WatchEnd::Stopped { .. }) => self.is_unconditional,
            _ => false,
        }
    }

    async fn watch(&self, rollout: &Rollout) -> WatchEnd {
        self.watcher.watch(self.requester.target, rollout.clone(), self.timeout).await.end
    }
}
