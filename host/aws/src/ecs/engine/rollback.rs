//! The rollback of a rollout that this run started, and the verdict that follows.

use std::cell::RefCell;

use super::steps::TargetStep;
use super::{Engine, PlaceContext};
use crate::ecs::pauses::paused_rollback;
use crate::ecs::rollback::{
    Executor, Request, Requester, RollbackEnd, RollbackError, RollbackPlan, RollbackStep,
};
use crate::ecs::rollout::Rollout;
use crate::ecs::watch::{WatchEnd, WatchResult};
use model::decision::FailureAction;
use model::names::short_revision;
use model::plan::{TargetPlan, TaskDefinition};
use model::time::format_seconds;
use model::verdict::Verdict;

impl Engine<'_> {
    pub(super) fn rolls_back(&self, plan: &TargetPlan) -> bool {
        plan.rollout_options.on_failure.unwrap_or(self.options.on_failure) == FailureAction::RollBack
    }

    /// Rolls back a rollout that failed or timed out for this reason, and waits for the end. A
    /// rollout in progress is stopped if its service deployment is known; otherwise the service is
    /// updated to what it ran before.
    pub(super) async fn roll_back(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        watch: &WatchResult,
        reason: String,
    ) -> Verdict {
        if let WatchEnd::TimedOut { last: Some(last), .. } = &watch.end
            && last.is_rollback()
        {
            // ECS rolls it back already.
            return self.verdict(place, plan, rollout, watch.end.clone()).await;
        }
        let is_in_progress = matches!(watch.end, WatchEnd::TimedOut { .. });
        let rollout = &Rollout { service_deployment: watch.service_deployment.clone(), ..rollout.clone() };
        let requested = TargetStep::RollbackRequested { rollout: rollout.clone(), is_in_progress };
        self.states.set(&plan.name, requested);
        let reason = RefCell::new(reason);
        let on_step = |step| match step {
            RollbackStep::Stopped | RollbackStep::Updated(_) => {
                self.states.set(&plan.name, TargetStep::RollingBack);
            }
            RollbackStep::RolloutFailed { reason: why } => *reason.borrow_mut() = why,
            RollbackStep::Stopping | RollbackStep::Updating => {}
        };
        let executor = Executor {
            requester: Requester {
                ecs: place.ecs,
                events: self.events,
                target: &plan.name,
                on_step: &on_step,
            },
            watcher: &place.watcher,
            timeout: self.timeout(plan),
            is_unconditional: false,
        };
        let end = match RollbackPlan::for_rollout(place.ecs, rollout, is_in_progress).await {
            Ok(rollback) => executor.execute(rollback).await,
            Err(error) => Err(error),
        };
        let reason = reason.take();
        match end {
            Ok(end) => self.rollback_verdict(place, plan, rollout, end, reason).await,
            Err(RollbackError::Superseded { .. }) if is_in_progress => {
                // What became of it is reported, not that it could not be rolled back.
                let end = place.watcher.watch(&plan.name, rollout.clone(), self.timeout(plan)).await.end;
                let (to, request) = (plan.base.clone(), Request::TooLate);
                let end = RollbackEnd { to, request, end: Some(end) };
                self.rollback_verdict(place, plan, rollout, end, reason).await
            }
            Err(RollbackError::Superseded { .. }) => {
                let stamp = |definition: &TaskDefinition| plan.find_stamp(definition);
                let by = self.reader(place, &stamp).read_newer_deployment(rollout).await;
                Verdict::Failed { reason: format!("{reason}; {by} replaced it since") }
            }
            Err(error @ RollbackError::OutcomeUnknown(_)) => Verdict::Unknown {
                reason: format!("{reason}; whether it was rolled back is not known: {error}"),
            },
            Err(error) => {
                let cause = error.cause();
                Verdict::Failed { reason: format!("{reason}; it was not rolled back: {cause}") }
            }
        }
    }

    /// The verdict on a target after the rollback of its rollout.
    async fn rollback_verdict(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        end: RollbackEnd,
        reason: String,
    ) -> Verdict {
        let stamp = |definition: &TaskDefinition| plan.find_stamp(definition);
        let reader = self.reader(place, &stamp);
        let rolled_back =
            |runs| Verdict::RolledBack { reason: format!("{reason}; rolled back as requested"), runs };
        let watched = match end.end {
            Some(end) => Some(self.prove(plan, rollout, end).await),
            None => None,
        };
        let why = match (end.request, watched) {
            (Request::Updated(back), Some(WatchEnd::Deployed { .. })) => {
                return rolled_back(Some(back.task_definition));
            }
            (Request::Updated(back), Some(WatchEnd::Superseded)) => {
                format!("{} replaced the rollback", reader.read_newer_deployment(&back).await)
            }
            (Request::Updated(_), Some(WatchEnd::RolledBack { reason } | WatchEnd::Stopped { reason })) => {
                format!("the rollback failed: {reason}")
            }
            (Request::Updated(back), Some(WatchEnd::Paused { hook, advice, .. })) => {
                paused_rollback(&back.task_definition, &hook, &advice)
            }
            (_, Some(WatchEnd::RolledBack { .. })) => {
                return rolled_back(reader.read_current_definition(rollout).await);
            }
            (_, Some(WatchEnd::Superseded)) => {
                return Verdict::Superseded { by: reader.read_newer_deployment(rollout).await };
            }
            // It was complete before ECS stopped it.
            (_, Some(WatchEnd::Deployed { unproven })) => {
                match self.run_tasks_after(place, plan, rollout).await {
                    Ok(()) => return Verdict::Deployed { unproven },
                    Err(failure) => {
                        return failure.verdict(format!(
                            "{reason}; the rollout was complete before ECS stopped it, but {}",
                            failure.reason
                        ));
                    }
                }
            }
            (_, Some(WatchEnd::Stopped { reason })) => return Verdict::Stopped { reason },
            (Request::Updated(_) | Request::Stopped, Some(WatchEnd::TimedOut { seconds, .. })) => {
                format!("the rollback was not complete after {} s", format_seconds(seconds))
            }
            // This run requested nothing, so it reports the rollout as far as it was read.
            (_, Some(end @ WatchEnd::TimedOut { .. })) => {
                return self.verdict(place, plan, rollout, end).await;
            }
            (
                _,
                Some(
                    end
                    @ (WatchEnd::Paused { .. } | WatchEnd::Reached { .. } | WatchEnd::OtherDigests { .. }),
                ),
            ) => {
                return self.verdict(place, plan, rollout, end).await;
            }
            (_, Some(WatchEnd::Failed { reason })) => format!("the rollback failed: {reason}"),
            (_, Some(WatchEnd::Unreadable { reason: unread })) => {
                return Verdict::Unknown {
                    reason: format!("{reason}; whether it is rolled back is not known: {unread}"),
                };
            }
            (_, None) => format!("the service is set to {} already", short_revision(&end.to)),
        };
        Verdict::Failed { reason: format!("{reason}; {why}") }
    }
}
