//! Watching rollouts until ECS gives a verdict: one poller for all of them.
//!
//! The service deployment that this run started is found first, then confirmed
//! by its revision, then followed, then held against the tasks that run. Where
//! the endpoint or the IAM policy does not offer service deployments, the
//! service's own `deployments` are followed instead.

mod ask;
mod ended;
mod judge;
mod pace;
mod proof;
mod stage;
mod take;
mod tick;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, timeout};

use super::{Ecs, Rollout, TASKS_PER_CALL};
use crate::ErrorKind;
pub use ended::{VerdictFacts, Watch, WatchEnd};
pub(crate) use judge::rollout;
use model::event::EventSink;
use model::plan::TargetName;
use model::progress::Progress;
pub(super) use pace::Pace;
use stage::{Answer, Stage, Step};
use tick::Budget;

/// How long the last look may take, when the time is over already.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// Watches the rollouts of one account and region.
pub struct Watcher<'r> {
    ecs: &'r Ecs,
    events: &'r dyn EventSink,
    poll: Duration,
    /// How many rollouts there will be.
    expected: Cell<usize>,
    /// Rollouts that began since the last tick.
    arrived: RefCell<Vec<Watched>>,
    arrival: Notify,
    /// The ids of the services' events that were told: a service may be watched
    /// again, when it is taken back.
    events_told: RefCell<BTreeSet<String>>,
    /// The looks that failed, and when that was told.
    failures_told: RefCell<BTreeMap<String, Instant>>,
}

/// A rollout that is watched.
struct Watched {
    target: TargetName,
    started: Rollout,
    stage: Stage,
    /// Whether it is to be asked about in this tick.
    due: bool,
    begun: Instant,
    timeout: Duration,
    progress: Option<Progress>,
    /// How many of its tasks failed, by the service's own list.
    failed: i32,
    /// When something was last read of it.
    read: Instant,
    /// Whether what was asked since then has no answer that can be used.
    in_vain: bool,
    /// When its service's events were read.
    events_read: Option<Instant>,
    /// The service deployment, once it was found.
    known: Option<String>,
    ended: Option<WatchEnd>,
    tell: oneshot::Sender<Watch>,
}

/// The ARN of the service deployment that a rollout is, if it is there and can
/// be read.
pub(crate) async fn find(ecs: &Ecs, started: &Rollout) -> Option<String> {
    let briefs = ask::deployments_since_update(ecs, started).await.ok()?;
    let Step { next: Some(confirm @ Stage::Confirm { .. }), .. } =
        Stage::first().step(Answer::Begun(&briefs), started)
    else {
        return None;
    };
    let revisions = ecs.describe_service_revisions(&confirm.candidates()).await.ok()?;
    let step = confirm.step(Answer::Revisions(&revisions), started);
    step.next?.deployment().map(str::to_owned)
}

impl<'r> Watcher<'r> {
    /// A watcher that looks at everything every `poll`.
    #[must_use]
    pub fn new(ecs: &'r Ecs, poll: Duration, events: &'r dyn EventSink) -> Self {
        Self {
            ecs,
            events,
            poll,
            expected: Cell::default(),
            arrived: RefCell::default(),
            arrival: Notify::new(),
            events_told: RefCell::default(),
            failures_told: RefCell::default(),
        }
    }

    /// Tells how many rollouts there will be: a tick may make as many calls as all of them
    /// together allow it, so that those that have begun are not held up.
    pub fn expect(&self, rollouts: usize) {
        self.expected.set(rollouts);
    }

    /// Watches one rollout to its end, which comes while [`Watcher::run`] runs.
    /// A look that fails for a moment does not end it.
    pub async fn watch(&self, target: &TargetName, started: Rollout, most: Duration) -> Watch {
        let (tell, told) = oneshot::channel();
        let stage = started.service_deployment.clone();
        let stage = stage.map_or_else(Stage::first, |deployment| Stage::Follow { deployment });
        self.arrived.borrow_mut().push(Watched {
            target: target.clone(),
            started,
            known: stage.deployment().map(str::to_owned),
            stage,
            due: true,
            begun: Instant::now(),
            timeout: most,
            progress: None,
            failed: 0,
            read: Instant::now(),
            in_vain: false,
            events_read: None,
            ended: None,
            tell,
        });
        self.arrival.notify_one();
        let lost = || Watch {
            end: WatchEnd::Lost { reason: "the watch ended before the rollout did".to_owned() },
            service_deployment: None,
        };
        told.await.unwrap_or_else(|_| lost())
    }

    /// Looks at all rollouts, tick by tick. Never ends by itself.
    pub async fn run(&self) -> Infallible {
        let mut rollouts: Vec<Watched> = Vec::new();
        let mut pace = Pace::new(self.poll);
        loop {
            rollouts.append(&mut self.arrived.borrow_mut());
            rollouts.retain(|rollout| !rollout.tell.is_closed());
            let whole = pace.is_due();
            for rollout in &mut rollouts {
                // Before its time is called over, each is looked at once more.
                rollout.due |= whole || rollout.stage.is_brief() || rollout.is_late();
            }
            let over = rollouts.iter().map(Watched::over_at).min();
            let over =
                over.map_or(LAST_LOOK, |over| over.saturating_duration_since(Instant::now()) + LAST_LOOK);
            // Calls that nobody answers hold up nobody beyond that.
            let throttled = timeout(over, self.tick(&mut rollouts, whole)).await.unwrap_or(false);
            pace.ticked(whole, throttled);
            self.end_late_ones(&mut rollouts);
            self.rest(&rollouts, &pace).await;
        }
    }

    /// Waits for the next tick. A rollout that begins is looked at at once,
    /// unless there was a tick just now.
    async fn rest(&self, rollouts: &[Watched], pace: &Pace) {
        if rollouts.is_empty() && self.arrived.borrow().is_empty() {
            self.arrival.notified().await;
            tokio::time::sleep_until(pace.soonest()).await;
            return;
        }
        let brief = rollouts.iter().any(|rollout| rollout.due || rollout.stage.is_brief());
        let late = rollouts.iter().map(Watched::over_at).min();
        let next = pace.next(brief);
        let next = late.map_or(next, |late| next.min(late));
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = async {
                self.arrival.notified().await;
                tokio::time::sleep_until(pace.soonest().min(next)).await;
            } => {}
        }
    }

    /// Ends those whose time is over.
    fn end_late_ones(&self, rollouts: &mut Vec<Watched>) {
        for rollout in rollouts.iter_mut() {
            if !rollout.is_late() {
                continue;
            }
            let step = match rollout.stage {
                // ECS has called it complete: that it goes on would be untrue.
                Stage::Prove { .. } => Stage::unproven(&rollout.started, "no answer told in time"),
                _ => {
                    let last = rollout.progress.clone();
                    let unread = rollout.in_vain.then(|| rollout.read.elapsed().as_secs_f64());
                    Step::end(WatchEnd::TimedOut { seconds: rollout.timeout.as_secs_f64(), last, unread })
                }
            };
            self.advance(rollout, step);
        }
        end(rollouts);
    }

    /// Makes the calls of one tick; whether the API said that they are too many.
    async fn tick(&self, rollouts: &mut Vec<Watched>, whole: bool) -> bool {
        let mut budget = Budget::of(rollouts.len().max(self.expected.get()));
        let mut throttled = false;
        loop {
            let mut calls = tick::calls(rollouts, &mut budget);
            let done = calls.is_empty();
            for place in calls.iter().flat_map(|call| call.of().to_vec()).collect::<Vec<_>>() {
                if let Some(rollout) = rollouts.get_mut(place) {
                    rollout.in_vain = true;
                }
            }
            if done && whole {
                calls.extend(tick::events(rollouts, &mut budget));
            }
            if calls.is_empty() {
                return throttled;
            }
            let answers = join_all(calls.into_iter().map(|call| self.ask(rollouts, call))).await;
            for (call, answer) in answers {
                throttled |= matches!(&answer, Err(error) if error.kind == ErrorKind::Throttled);
                self.take(rollouts, &call, answer);
            }
            end(rollouts);
            if done {
                return throttled;
            }
        }
    }
}

impl Watched {
    /// When the time that it may take is over.
    fn over_at(&self) -> Instant {
        self.begun + self.timeout
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.over_at()
    }

    fn tasks(&self) -> Vec<String> {
        match &self.stage {
            Stage::Prove { tasks: Some(tasks), .. } => tasks.iter().take(TASKS_PER_CALL).cloned().collect(),
            _ => Vec::new(),
        }
    }

    fn tasks_to_describe(&self) -> usize {
        self.tasks().len()
    }
}

/// Tells the rollouts that ended, and watches the others.
fn end(rollouts: &mut Vec<Watched>) {
    for rollout in rollouts.extract_if(.., |rollout| rollout.ended.is_some()) {
        if let Some(ended) = rollout.ended {
            // Who asked may be gone, after a signal.
            let _ = rollout.tell.send(Watch { end: ended, service_deployment: rollout.known });
        }
    }
}
