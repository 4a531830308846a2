//! The rollout engine: it rolls out the targets of a plan, many at the same time.
//!
//! The steps of one target are in `target`: its revision, the one-off tasks before the update, the update, the watch,
//! which also checks the image digests, the tasks after it, and the verdict. A failed rollout is diagnosed and, if
//! requested, rolled back.

mod bake;
mod cancel;
mod error;
mod follow;
mod images;
mod one_off;
mod rebase;
mod revisions;
mod rollback;
mod scaling;
mod start;
mod steps;
mod target;
mod trigger;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::next_steps::next_steps;
use super::tasks::TaskPoller;
use super::verdict::TargetOutcome;
use super::watch::Watcher;
use super::{Ecs, prune};
use crate::connect::Aws;
pub use cancel::cancel;
use model::decision::{Destination, FailureAction};
use model::event::{Event, EventSink};
use model::exit::Exit;
use model::lifecycle::WaitUntil;
use model::names::{Digest, Place};
use model::plan::{RevisionKey, TargetPlan};
use model::verdict::Verdict;
use revisions::Registration;
pub use steps::{TargetState, TargetStates, TargetStep};

/// The maximum number of updates of one service. Each after the first is based on what someone else deployed meanwhile.
const MAX_UPDATE_ATTEMPTS: usize = 3;

/// How long a rollout may take by default, besides the bake time of the service's strategy.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(900);

/// How targets are rolled out.
#[derive(Debug, Clone)]
pub struct RolloutOptions {
    /// The time between two polls.
    pub poll: Duration,
    /// How long a rollout may take, unless the policy sets it. `None` for [`DEFAULT_TIMEOUT`] and the bake time of the
    /// service's strategy.
    pub timeout: Option<Duration>,
    /// Until when a rollout is watched.
    pub wait_until: WaitUntil,
    /// Whether the run ends once the rollouts are started.
    pub no_wait: bool,
    /// What follows a failed rollout, unless the policy sets it.
    pub on_failure: FailureAction,
    /// How many targets roll out at the same time. `None` for all.
    pub max_parallel: Option<usize>,
    /// Whether no further target is started after a failure.
    pub fail_fast: bool,
    /// How many revisions of a family to keep. `None` for all.
    pub keep: Option<usize>,
    /// Whether a target is deployed as it was planned, or not at all: guards have reviewed the plan. Otherwise a plan is
    /// based again on what someone else deployed meanwhile.
    pub exact: bool,
}

/// Rolls out the targets of one plan.
pub struct Engine<'r> {
    aws: &'r Aws,
    places: BTreeMap<Place, PlaceContext<'r>>,
    options: &'r RolloutOptions,
    events: &'r dyn EventSink,
    states: &'r TargetStates,
    digests: BTreeMap<String, Digest>,
    /// The revisions that are registered, or being registered.
    revisions: RefCell<BTreeMap<RevisionKey, Registration>>,
    has_failed: Cell<bool>,
}

/// ECS in one place, and what is polled there.
struct PlaceContext<'r> {
    ecs: &'r Ecs,
    watcher: Watcher<'r>,
    tasks: TaskPoller<'r>,
}

impl<'r> Engine<'r> {
    /// An engine for targets in these places, with images of these digests.
    #[must_use]
    pub fn new(
        aws: &'r Aws,
        places: &'r BTreeMap<Place, Ecs>,
        digests: BTreeMap<String, Digest>,
        options: &'r RolloutOptions,
        states: &'r TargetStates,
        events: &'r dyn EventSink,
    ) -> Self {
        let context = |ecs| PlaceContext {
            ecs,
            watcher: Watcher::new(ecs, options.poll, events),
            tasks: TaskPoller::new(ecs, options.poll),
        };
        Self {
            aws,
            places: places.iter().map(|(place, ecs)| (place.clone(), context(ecs))).collect(),
            options,
            events,
            states,
            digests,
            revisions: RefCell::default(),
            has_failed: Cell::new(false),
        }
    }

    /// Rolls out all targets, and returns the exit code of their verdicts.
    pub async fn roll_out(&self, targets: &[TargetPlan]) -> Exit {
        tokio::select! {
            exit = self.roll_out_waves(targets) => exit,
            never = self.poll() => match never {},
        }
    }

    async fn poll(&self) -> Infallible {
        let watchers = join_all(self.places.values().map(|place| place.watcher.run()));
        tokio::join!(watchers, join_all(self.places.values().map(|place| place.tasks.run())));
        // Without any place there is nothing to poll.
        std::future::pending().await
    }

    /// Rolls out wave after wave: one begins when all targets of the one before have succeeded.
    async fn roll_out_waves(&self, targets: &[TargetPlan]) -> Exit {
        let parallel = Semaphore::new(self.options.max_parallel.unwrap_or(Semaphore::MAX_PERMITS));
        let numbers: BTreeSet<u32> = targets.iter().map(|target| target.wave).collect();
        let (mut exit, mut deployed) = (Exit::Success, Vec::new());
        // Why the next wave does not start although no target failed.
        let mut waits: Option<String> = None;
        if self.options.no_wait {
            self.warn_of_no_wait(targets, numbers.len());
        }
        for number in &numbers {
            let wave = targets.iter().filter(|target| target.wave == *number);
            if let Some(reason) = waits.as_ref().filter(|_| matches!(exit, Exit::Success | Exit::Paused)) {
                wave.for_each(|target| self.skip(target, reason));
                exit = Exit::Paused;
                continue;
            }
            if exit != Exit::Success {
                wave.for_each(|target| self.skip(target, "the wave before it did not succeed"));
                continue;
            }
            if numbers.len() > 1 {
                let targets = wave.clone().map(|target| target.name.clone()).collect();
                self.events.emit(&Event::WaveStarted { wave: *number, targets });
            }
            let outcomes = join_all(wave.clone().map(|target| self.roll_out_target(target, &parallel))).await;
            exit = Exit::worst(outcomes.iter().flatten().map(|outcome| outcome.exit));
            waits = wave.clone().zip(&outcomes).find_map(|(target, outcome)| {
                Some(format!(
                    "{}; run this again then, which starts this wave",
                    outcome.as_ref()?.wait(target)?
                ))
            });
            deployed.extend(wave.zip(outcomes).filter_map(|(target, outcome)| {
                let is_deployed = |outcome: &TargetOutcome| {
                    outcome.exit == Exit::Success
                        && outcome.verdict.is_final()
                        && outcome.verdict != Verdict::Unchanged
                };
                Some((target, outcome.filter(is_deployed)?.replaced_definitions))
            }));
        }
        if let Some(keep) = self.options.keep.filter(|_| !self.options.no_wait) {
            self.deregister(deployed, keep).await;
        }
        exit
    }

    /// Warns of what a run that does not wait leaves out.
    fn warn_of_no_wait(&self, targets: &[TargetPlan], waves: usize) {
        for target in targets.iter().filter(|target| !target.tasks_after.is_empty()) {
            let names: Vec<&str> = target.tasks_after.iter().map(|task| task.name.as_str()).collect();
            self.warn(format!(
                "--no-wait: {} does not run its tasks after the update: {}",
                target.name,
                names.join(", ")
            ));
        }
        if waves > 1 {
            self.warn("--no-wait: each wave begins as soon as the one before has been started".to_owned());
        }
    }

    /// The outcome of a target. `None` if it was not started.
    async fn roll_out_target(&self, target: &TargetPlan, parallel: &Semaphore) -> Option<TargetOutcome> {
        // The semaphore is never closed, and without a permit the target starts nevertheless.
        let _permit = parallel.acquire().await;
        if self.options.fail_fast && self.has_failed.get() {
            self.skip(target, "another target did not succeed");
            return None;
        }
        let outcome = match self.places.get(&target.place) {
            Some(place) => self.deploy(place, target).await,
            None => {
                let reason = "ecs-host has no client for its region and role; this is a defect of ecs-host, please \
                              report it";
                TargetOutcome::new(Verdict::Failed { reason: reason.to_owned() }, &target.base)
            }
        };
        self.states.set(&target.name, TargetStep::Done);
        self.has_failed.set(self.has_failed.get() || outcome.exit != Exit::Success);
        let next = match (self.places.get(&target.place), &target.destination) {
            (Some(place), Destination::Service(service)) => {
                next_steps(place.ecs, service, &outcome.verdict, outcome.task_definition != target.base)
            }
            _ => Vec::new(),
        };
        self.events.emit(&Event::VerdictReached {
            target: target.name.clone(),
            verdict: outcome.verdict.clone(),
            task_definition: outcome.task_definition.clone(),
            next,
        });
        Some(outcome)
    }

    fn skip(&self, target: &TargetPlan, reason: &str) {
        self.states.set(&target.name, TargetStep::Done);
        self.events.emit(&Event::VerdictReached {
            target: target.name.clone(),
            verdict: Verdict::NotStarted { reason: reason.to_owned() },
            task_definition: target.base.clone(),
            next: Vec::new(),
        });
    }

    /// Deregisters old revisions of the families that were deployed. What the targets replaced is
    /// kept: a rollback goes back to it.
    async fn deregister(&self, deployed: Vec<(&TargetPlan, Vec<String>)>, keep: usize) {
        let mut places: BTreeMap<&Place, prune::Families<'_>> = BTreeMap::new();
        for (target, replaced) in deployed {
            let families = places.entry(&target.place).or_default();
            families.entry(target.family()).or_default().extend(replaced);
        }
        for (name, families) in places {
            if let Some(place) = self.places.get(name) {
                prune::deregister_old_revisions(place.ecs, &families, keep, self.events).await;
            }
        }
    }
}
