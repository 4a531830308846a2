//! The rollback of one service, as `ecs-host rollback` executes it.

use std::cell::RefCell;
use std::time::Duration;

use super::{
    Executor, Request, Requester, RollbackEnd, RollbackError, RollbackMethod, RollbackPlan, RollbackStep,
};
use crate::ecs::Ecs;
use crate::ecs::diagnose::{FailedRollout, diagnose};
use crate::ecs::engine::DEFAULT_TIMEOUT;
use crate::ecs::rollout::Rollout;
use crate::ecs::verdict::{TargetOutcome, VerdictReader, failure_exit};
use crate::ecs::watch::WatchEnd;
use crate::ecs::watch::Watcher;
use model::event::{Event, EventSink};
use model::exit::Exit;
use model::names::short_revision;
use model::plan::{Stamp, TargetName};
use model::verdict::Verdict;

/// The rollback of one service.
pub struct Rollback<'r> {
    ecs: &'r Ecs,
    events: &'r dyn EventSink,
    target: &'r TargetName,
    watcher: Watcher<'r>,
    poll: Duration,
    timeout: Option<Duration>,
    /// What an interruption leaves behind.
    left: RefCell<String>,
}

impl<'r> Rollback<'r> {
    /// A rollback that is polled every `poll`, for at most `timeout`. `None` for [`DEFAULT_TIMEOUT`] and the bake time of
    /// the service's strategy.
    #[must_use]
    pub fn new(
        ecs: &'r Ecs,
        target: &'r TargetName,
        poll: Duration,
        timeout: Option<Duration>,
        events: &'r dyn EventSink,
    ) -> Self {
        let watcher = Watcher::new(ecs, poll, events);
        let left = RefCell::new("nothing was changed".to_owned());
        Self { ecs, events, target, watcher, poll, timeout, left }
    }

    /// What continues in ECS if the run is interrupted now.
    #[must_use]
    pub fn left(&self) -> String {
        self.left.borrow().clone()
    }

    /// Executes a plan and watches the rollback to its end.
    pub async fn execute(&self, plan: &RollbackPlan) -> TargetOutcome {
        let verdict = tokio::select! {
            verdict = self.verdict(plan) => verdict,
            never = self.watcher.run() => match never {},
        };
        match verdict {
            Ok(verdict) => TargetOutcome::new(verdict, &plan.to),
            Err(error @ RollbackError::OutcomeUnknown(_)) => {
                TargetOutcome::new(Verdict::Unknown { reason: error.to_string() }, &plan.to)
            }
            Err(error) => TargetOutcome {
                exit: match &error {
                    RollbackError::Aws(error) => failure_exit(error),
                    _ => Exit::Failed,
                },
                ..TargetOutcome::new(Verdict::Failed { reason: error.to_string() }, &plan.to)
            },
        }
    }

    async fn verdict(&self, plan: &RollbackPlan) -> Result<Verdict, RollbackError> {
        if matches!(plan.method, RollbackMethod::InProgress { .. }) {
            self.left.replace(self.in_progress(plan));
        }
        let executor = Executor {
            requester: Requester {
                ecs: self.ecs,
                events: self.events,
                target: self.target,
                on_step: &|step| self.on_step(plan, step),
            },
            watcher: &self.watcher,
            timeout: self.timeout.unwrap_or(DEFAULT_TIMEOUT + plan.bake_time),
            is_unconditional: true,
        };
        let RollbackEnd { request, end, .. } = match executor.execute(plan.clone()).await {
            Err(RollbackError::Superseded { .. }) => {
                return Ok(Verdict::Superseded {
                    by: self.reader().read_newer_deployment(&plan.rollout).await,
                });
            }
            end => end?,
        };
        let (rollout, end) = match (request, end) {
            (Request::Updated(_), Some(WatchEnd::Deployed { .. })) => {
                return Ok(Verdict::Reverted { runs: plan.to.clone() });
            }
            (Request::Updated(rollout), Some(end)) => (*rollout, end),
            (_, Some(WatchEnd::RolledBack { .. })) => {
                let runs = self.reader().read_current_definition(&plan.rollout).await;
                return Ok(Verdict::Reverted { runs: runs.unwrap_or_else(|| plan.to.clone()) });
            }
            (_, Some(WatchEnd::Deployed { .. })) => {
                let reason = "the rollout was complete before ECS rolled it back".to_owned();
                return Ok(Verdict::Failed { reason });
            }
            (_, Some(end)) => (plan.rollout.clone(), end),
            (_, None) => return Ok(Verdict::Unchanged),
        };
        if end.needs_diagnosis() {
            self.diagnose(plan).await;
        }
        Ok(self.reader().verdict(&rollout, end, self.watch_again(plan)).await)
    }

    fn on_step(&self, plan: &RollbackPlan, step: RollbackStep) {
        match step {
            RollbackStep::Stopping => self.left.replace(format!(
                "ECS may have stopped the rollout of {}; `{}` shows it",
                short_revision(plan.from()),
                self.ecs.command("status", plan.service())
            )),
            RollbackStep::Updating => self.left.replace(format!(
                "ECS may have started the update to {}; `{}` shows it",
                short_revision(&plan.to),
                self.ecs.command("status", plan.service())
            )),
            RollbackStep::Stopped | RollbackStep::RolloutFailed { .. } => {
                self.left.replace(self.in_progress(plan))
            }
            RollbackStep::Updated(rollout) => {
                let Rollout { deployment_id: deployment, task_definition, .. } = *rollout;
                let target = self.target.clone();
                self.events.emit(&Event::ServiceUpdated { target, task_definition, deployment });
                self.left.replace(self.in_progress(plan))
            }
        };
    }

    fn reader(&self) -> VerdictReader<'_> {
        VerdictReader { ecs: self.ecs, poll: self.poll, stamp: &Stamp::from_definition }
    }

    async fn diagnose(&self, plan: &RollbackPlan) {
        let rollout =
            FailedRollout { service: plan.service(), task_definition: &plan.to, deployment_id: None };
        let explanation = diagnose(self.ecs, &rollout).await;
        if !explanation.is_empty() {
            self.events
                .emit(&Event::FailureDiagnosed { target: self.target.clone(), diagnosis: explanation });
        }
    }

    fn in_progress(&self, plan: &RollbackPlan) -> String {
        let (to, again) = (short_revision(&plan.to), self.watch_again(plan));
        format!("the rollback to {to} is still in progress in ECS; {again}")
    }

    fn watch_again(&self, plan: &RollbackPlan) -> String {
        let command = self.ecs.command("rollback", plan.service());
        format!("`{command} --to {}` watches it", short_revision(&plan.to))
    }
}
