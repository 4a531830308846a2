//! The watch of rollouts until they end, with one poller for all rollouts of an account and region.
//!
//! A watch finds the service deployment that this run started, confirms it by its service revision, follows it,
//! and then compares the image digests of the running tasks with those that were pushed. If the endpoint or the IAM
//! policy does not offer the calls that find it, the watch confirms the current one of the service by its time; without
//! service deployments, or if ECS keeps failing to read them, it follows the `deployments` of the service.

mod assessment;
mod candidates;
mod digests;
mod effects;
mod end;
mod pace;
mod replacement;
mod requests;
mod schedule;
mod stage;
mod transition;
mod verification;
mod watched;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};

use super::Ecs;
use super::rollout::Rollout;
use crate::error::ErrorKind;
pub(crate) use assessment::rollout_state;
pub use digests::OtherDigest;
pub(super) use end::other_digests;
pub use end::{VerdictFacts, WatchEnd, WatchResult};
use model::event::EventSink;
use model::lifecycle::WaitUntil;
use model::plan::TargetName;
pub(super) use pace::Pace;
use schedule::Budget;
use stage::{Observation, Stage, Step};
use watched::{WatchedRollout, send_ended};

/// The timeout of the calls of a tick, counted from the earliest deadline of a rollout.
const LAST_TICK_TIMEOUT: Duration = Duration::from_secs(5);

/// Watches the rollouts of one account and region.
pub struct Watcher<'r> {
    ecs: &'r Ecs,
    events: &'r dyn EventSink,
    poll: Duration,
    /// Rollouts whose watch started after the last tick.
    new_rollouts: RefCell<Vec<WatchedRollout>>,
    new_rollout: Notify,
    /// The ids of the reported service events. A service is watched twice if its rollout is rolled back.
    reported_events: RefCell<BTreeSet<String>>,
    /// The ids of the reported pauses.
    reported_pauses: RefCell<BTreeSet<String>>,
    /// The reported error messages, with the times of their last report.
    reported_failures: RefCell<BTreeMap<String, Instant>>,
}

/// The ARN of the service deployment of a rollout, or `None` if it is not found or cannot be read.
pub(crate) async fn find_service_deployment(ecs: &Ecs, rollout: &Rollout) -> Option<String> {
    let briefs = requests::list_deployments_since_update(ecs, rollout).await.ok()?;
    let Step { next: Some(confirm @ Stage::Confirm { .. }), .. } =
        Stage::initial().step(Observation::ServiceDeploymentBriefs(&briefs), rollout)
    else {
        return None;
    };
    let revisions = ecs.describe_service_revisions(&confirm.service_revision_arns()).await.ok()?;
    let step = confirm.step(Observation::ServiceRevisions(&revisions), rollout);
    step.next?.service_deployment().map(str::to_owned)
}

impl<'r> Watcher<'r> {
    /// Creates a watcher that polls every `poll` and reports to `events`.
    #[must_use]
    pub fn new(ecs: &'r Ecs, poll: Duration, events: &'r dyn EventSink) -> Self {
        Self {
            ecs,
            events,
            poll,
            new_rollouts: RefCell::default(),
            new_rollout: Notify::new(),
            reported_events: RefCell::default(),
            reported_pauses: RefCell::default(),
            reported_failures: RefCell::default(),
        }
    }

    /// Watches one rollout until it ends or `limit` is over. Requires that [`Watcher::run`] runs concurrently. A
    /// transient error does not end the watch.
    pub async fn watch(&self, target: &TargetName, rollout: Rollout, limit: Duration) -> WatchResult {
        self.watch_until(target, rollout, limit, WaitUntil::Deployed).await
    }

    /// Watches one rollout, as [`Watcher::watch`], and ends at a pause or at a lifecycle stage if `until` names it.
    pub async fn watch_until(
        &self,
        target: &TargetName,
        rollout: Rollout,
        limit: Duration,
        until: WaitUntil,
    ) -> WatchResult {
        let status = self.ecs.command("status", &rollout.service);
        let (sender, receiver) = oneshot::channel();
        let watched = WatchedRollout::new(target.clone(), rollout, (limit, until), sender);
        self.new_rollouts.borrow_mut().push(watched);
        self.new_rollout.notify_one();
        receiver.await.unwrap_or_else(|_| {
            let reason = format!(
                "ecs-host stopped watching before the rollout ended, which is a defect of ecs-host; `{status}` shows the \
                 service"
            );
            WatchResult { end: WatchEnd::Unreadable { reason }, service_deployment: None }
        })
    }

    /// Polls all rollouts, tick by tick. Never returns.
    pub async fn run(&self) -> Infallible {
        let mut rollouts: Vec<WatchedRollout> = Vec::new();
        let (mut pace, mut budget) = (Pace::new(self.poll), Budget::full());
        loop {
            rollouts.append(&mut self.new_rollouts.borrow_mut());
            rollouts.retain(|watched| !watched.sender.is_closed());
            let is_full = pace.is_due();
            for watched in &mut rollouts {
                // A rollout may have ended since the last tick, so it is polled once more before it times out.
                watched.is_due |= is_full || watched.stage.is_short() || watched.has_timed_out();
            }
            let deadline = rollouts.iter().map(WatchedRollout::deadline).min();
            let limit = deadline.map_or(LAST_TICK_TIMEOUT, |deadline| {
                deadline.saturating_duration_since(Instant::now()) + LAST_TICK_TIMEOUT
            });
            // A call without a response must not delay a verdict.
            let throttled =
                timeout(limit, self.tick(&mut rollouts, &mut budget, is_full)).await.unwrap_or(false);
            pace.record_tick(is_full, throttled);
            self.end_timed_out(&mut rollouts);
            self.wait_for_tick(&rollouts, &pace).await;
        }
    }

    /// Waits for the next tick. A new rollout is polled as soon as the pace allows it.
    async fn wait_for_tick(&self, rollouts: &[WatchedRollout], pace: &Pace) {
        if rollouts.is_empty() && self.new_rollouts.borrow().is_empty() {
            self.new_rollout.notified().await;
            tokio::time::sleep_until(pace.earliest_tick()).await;
            return;
        }
        let is_short = rollouts.iter().any(|watched| watched.is_due || watched.stage.is_short());
        let deadline = rollouts.iter().map(WatchedRollout::deadline).min();
        let next = pace.next_tick(is_short);
        let next = deadline.map_or(next, |deadline| next.min(deadline));
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = async {
                self.new_rollout.notified().await;
                tokio::time::sleep_until(pace.earliest_tick().min(next)).await;
            } => {}
        }
    }

    /// Ends the watches whose time is over.
    fn end_timed_out(&self, rollouts: &mut Vec<WatchedRollout>) {
        for watched in rollouts.iter_mut() {
            if !watched.has_timed_out() {
                continue;
            }
            let step = match watched.stage {
                // ECS reports the rollout as complete, so it is not in progress.
                Stage::Verify { .. } => Stage::unverified("its tasks could not be read within the timeout"),
                _ => {
                    let last = watched.progress.clone();
                    let unread = watched.is_stale.then(|| watched.last_read.elapsed().as_secs_f64());
                    let pause = last.as_ref().filter(|_| unread.is_none());
                    let pause = pause.and_then(|last| self.end_at_pause(&watched.rollout, last, false));
                    let (seconds, may_be_paused) = (watched.timeout.as_secs_f64(), watched.has_unseen_pauses);
                    Step::finish(pause.unwrap_or(WatchEnd::TimedOut { seconds, last, unread, may_be_paused }))
                }
            };
            self.advance(watched, step);
        }
        send_ended(rollouts);
    }

    /// Makes the calls of one tick. Returns whether ECS throttled one of them.
    async fn tick(&self, rollouts: &mut Vec<WatchedRollout>, budget: &mut Budget, is_full: bool) -> bool {
        budget.refill();
        let mut throttled = false;
        loop {
            let mut calls = schedule::plan_calls(rollouts, budget);
            let done = calls.is_empty();
            for index in calls.iter().flat_map(|call| call.indices().to_vec()).collect::<Vec<_>>() {
                if let Some(watched) = rollouts.get_mut(index) {
                    watched.is_stale = true;
                }
            }
            if done && is_full {
                calls.extend(schedule::plan_events_call(rollouts, budget));
            }
            if calls.is_empty() {
                return throttled;
            }
            let responses = join_all(calls.into_iter().map(|call| self.request(rollouts, call))).await;
            for (call, response) in responses {
                throttled |= matches!(&response, Err(error) if error.kind == ErrorKind::Throttled);
                self.apply_response(rollouts, &call, response);
            }
            send_ended(rollouts);
            if done {
                return throttled;
            }
        }
    }
}
