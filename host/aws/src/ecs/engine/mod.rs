//! The rollout engine: every target started, watched, judged, explained and,
//! where asked for, taken back; many at once.

mod back;
mod cancel;
mod contended;
mod failure;
mod late;
mod one_off;
mod states;
mod target;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{OnceCell, Semaphore};

use super::tasks::TaskPoller;
use super::{Ecs, Watcher, keep};
use crate::AwsError;
pub use cancel::cancel;
use model::decision::FailureAction;
use model::event::Event;
use model::event::EventSink;
use model::exit::Exit;
use model::names::{Digest, Place};
use model::plan::{RevisionKey, TargetPlan};
use model::verdict::Verdict;
pub use states::{State, States, Step};

/// How often a target is deployed on top of what others deploy at the same time.
const ATTEMPTS: usize = 3;

/// How targets are rolled out.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time between two looks.
    pub poll: Duration,
    /// How long a rollout may take, where the policy does not say.
    pub timeout: Duration,
    /// Whether to leave once the rollouts are started.
    pub no_wait: bool,
    /// What to do about a failed rollout, where the policy does not say.
    pub on_failure: FailureAction,
    /// How many targets roll out at the same time; all where absent.
    pub max_parallel: Option<usize>,
    /// Whether a failure keeps targets from starting that have not yet.
    pub fail_fast: bool,
    /// How many revisions of a family to keep; all where absent.
    pub keep: Option<usize>,
}

/// Rolls out the targets of one plan.
pub struct Engine<'r> {
    places: &'r BTreeMap<Place, Ecs>,
    watchers: BTreeMap<Place, Watcher<'r>>,
    /// Who looks at the one-off tasks of each place.
    looks: BTreeMap<Place, TaskPoller<'r>>,
    options: &'r Options,
    events: &'r dyn EventSink,
    states: &'r States,
    digests: BTreeMap<String, Digest>,
    /// Revisions that are registered already, or are being registered.
    revisions: RefCell<BTreeMap<RevisionKey, Registration>>,
    failed: Cell<bool>,
}

/// One registration, whose ARN several targets may wait for.
type Registration = Rc<OnceCell<Result<String, AwsError>>>;

/// What became of one target.
struct Outcome {
    verdict: Verdict,
    /// The ARN of the task definition that the verdict is about.
    task_definition: String,
    exit: Exit,
    /// The task definitions that it took the place of.
    replaced: Vec<String>,
}

impl Outcome {
    fn new(verdict: Verdict, task_definition: impl Into<String>) -> Self {
        Self { exit: verdict.exit(), verdict, task_definition: task_definition.into(), replaced: Vec::new() }
    }
}

/// What is left of an outcome whose verdict was told.
struct Done {
    exit: Exit,
    /// What it took the place of; none where it changed nothing.
    replaced: Option<Vec<String>>,
}

impl<'r> Engine<'r> {
    /// An engine for targets in these places, and images with these digests.
    #[must_use]
    pub fn new(
        places: &'r BTreeMap<Place, Ecs>,
        digests: BTreeMap<String, Digest>,
        options: &'r Options,
        states: &'r States,
        events: &'r dyn EventSink,
    ) -> Self {
        let watcher = |(place, ecs)| (Place::clone(place), Watcher::new(ecs, options.poll, events));
        let looks = |(place, ecs)| (Place::clone(place), TaskPoller::new(ecs, options.poll));
        Self {
            places,
            watchers: places.iter().map(watcher).collect(),
            looks: places.iter().map(looks).collect(),
            options,
            events,
            states,
            digests,
            revisions: RefCell::default(),
            failed: Cell::new(false),
        }
    }

    /// Rolls out all targets, and gives the exit code that their verdicts ask for.
    pub async fn roll_out(&self, targets: &[TargetPlan]) -> Exit {
        for (place, watcher) in &self.watchers {
            watcher.expect(targets.iter().filter(|target| target.place == *place).count());
        }
        tokio::select! {
            exit = self.waves(targets) => exit,
            never = self.watch() => match never {},
        }
    }

    async fn watch(&self) -> Infallible {
        let looks = join_all(self.looks.values().map(TaskPoller::run));
        tokio::join!(join_all(self.watchers.values().map(Watcher::run)), looks);
        // A plan has a target, and a target a place with a watcher that never ends.
        std::future::pending().await
    }

    /// Wave after wave: the next one begins when all of one have succeeded.
    async fn waves(&self, targets: &[TargetPlan]) -> Exit {
        let parallel = Semaphore::new(self.options.max_parallel.unwrap_or(Semaphore::MAX_PERMITS));
        let numbers: BTreeSet<u32> = targets.iter().map(|target| target.wave).collect();
        let (mut exit, mut done) = (Exit::Success, Vec::new());
        if self.options.no_wait {
            self.warn_of_not_waiting(targets, numbers.len());
        }
        for number in &numbers {
            let wave = targets.iter().filter(|target| target.wave == *number);
            if exit != Exit::Success {
                wave.for_each(|target| self.not_started(target, "the wave before it did not succeed"));
                continue;
            }
            if numbers.len() > 1 {
                let targets = wave.clone().map(|target| target.name.clone()).collect();
                self.events.emit(&Event::WaveStarted { wave: *number, targets });
            }
            let ended = join_all(wave.clone().map(|target| self.one(target, &parallel))).await;
            exit = Exit::worst(ended.iter().flatten().map(|ended| ended.exit));
            done.extend(wave.zip(ended).filter_map(|(target, ended)| {
                let ended = ended.filter(|ended| ended.exit == Exit::Success)?;
                Some((target, ended.replaced?))
            }));
        }
        if let Some(keep) = self.options.keep.filter(|_| !self.options.no_wait) {
            for (place, families) in families(done) {
                if let Some(ecs) = self.places.get(place) {
                    keep::deregister(ecs, &families, keep, self.events).await;
                }
            }
        }
        exit
    }

    /// What a run that does not wait leaves out is said, not passed over.
    fn warn_of_not_waiting(&self, targets: &[TargetPlan], waves: usize) {
        let warn = |message: String| self.events.emit(&Event::Warning { message });
        for target in targets.iter().filter(|target| !target.tasks_after.is_empty()) {
            let names: Vec<&str> = target.tasks_after.iter().map(|task| task.name.as_str()).collect();
            warn(format!(
                "--no-wait: {} does not run its tasks after the update: {}",
                target.name,
                names.join(", ")
            ));
        }
        if waves > 1 {
            warn("--no-wait: each wave begins as soon as the one before has been started".to_owned());
        }
    }

    /// What became of a target; none where it was not started.
    async fn one(&self, target: &TargetPlan, parallel: &Semaphore) -> Option<Done> {
        // The semaphore is never closed; a permit that can't be had holds nobody up.
        let _permit = parallel.acquire().await;
        if self.options.fail_fast && self.failed.get() {
            self.not_started(target, "another target did not succeed");
            return None;
        }
        let Outcome { verdict, task_definition, exit, replaced } = match self.places.get(&target.place) {
            Some(ecs) => self.target(ecs, target).await,
            None => Outcome::new(
                Verdict::Failed { reason: "its region was not connected to".to_owned() },
                &target.task_definition,
            ),
        };
        self.states.set(&target.name, Step::Done);
        self.failed.set(self.failed.get() || exit != Exit::Success);
        let replaced = (verdict != Verdict::Unchanged).then_some(replaced);
        self.events.emit(&Event::VerdictReached { target: target.name.clone(), verdict, task_definition });
        Some(Done { exit, replaced })
    }

    fn not_started(&self, target: &TargetPlan, reason: &str) {
        self.states.set(&target.name, Step::Done);
        self.events.emit(&Event::VerdictReached {
            target: target.name.clone(),
            verdict: Verdict::NotStarted { reason: reason.to_owned() },
            task_definition: target.task_definition.clone(),
        });
    }
}

/// The families of targets that were deployed, by their places, and what those
/// took the place of: a rollback goes to that.
fn families(done: Vec<(&TargetPlan, Vec<String>)>) -> BTreeMap<&Place, keep::Families<'_>> {
    let mut families: BTreeMap<&Place, keep::Families<'_>> = BTreeMap::new();
    for (target, replaced) in done {
        families.entry(&target.place).or_default().entry(target.family()).or_default().extend(replaced);
    }
    families
}
