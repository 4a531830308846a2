//! A day from a seed: its builds, and what happens one after the other.

use ecs_simulator::{
    Change, Consistency, Delay, Delays, Fault, ImageSetup, Scenario, StaleReads, TaskBehaviour, TaskFilter,
    TaskRule, Time,
};
use fastrand::Rng;
use rustix::process::Signal;

use super::super::world::scenario;
use super::build::{Build, FIRST};

/// The number of builds of a day.
const BUILDS: u64 = 30;

/// A day.
pub struct Day {
    pub scenario: Scenario,
    pub builds: Vec<Build>,
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug)]
pub enum Step {
    /// Runs that start one after the other and are in progress at the same time.
    Runs { runs: Vec<RunDraw>, faults: Vec<Fault>, meanwhile: Option<(usize, Change)> },
    /// A change by a person or by Terraform.
    Other(Change),
    /// Simulated seconds without a run.
    Pause(f64),
}

/// A run.
#[derive(Debug, Clone)]
pub struct RunDraw {
    pub verb: Verb,
    pub flags: Vec<String>,
    pub end: End,
    /// The number of calls of the run before it after which it starts.
    pub after: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verb {
    /// `run`, in the build of this number.
    Run(u64),
    /// `continue`.
    Continue { rolls_back: bool },
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    Natural,
    /// It is killed after this number of its calls.
    Killed(usize),
    /// It gets a signal after this number of its calls.
    Signalled(Signal, usize),
}

pub(super) fn lucky(rng: &mut Rng, chance: f64) -> bool {
    rng.f64() < chance
}

pub(super) fn one_of<T: Clone>(rng: &mut Rng, values: &[T]) -> T {
    values[rng.usize(..values.len())].clone()
}

pub fn day(seed: u64) -> Day {
    let rng = &mut Rng::with_seed(seed);
    let builds: Vec<Build> = (FIRST..FIRST + BUILDS).map(|number| build(rng, number)).collect();
    let mut drawer = Drawer { rng, waits: false };
    let mut steps = vec![Step::Other(drawer.strategy())];
    for build in &builds {
        drawer.steps_of(build.number, &mut steps);
    }
    Day { scenario: day_scenario(seed, &builds), builds, steps }
}

fn build(rng: &mut Rng, number: u64) -> Build {
    Build {
        number,
        is_pushed: lucky(rng, 0.7),
        migration_failures: lucky(rng, 0.7).then(|| one_of(rng, &[0, 0, 0, 1, 2])),
        smoke_failures: lucky(rng, 0.4).then(|| one_of(rng, &[0, 0, 0, 1])),
        is_broken: lucky(rng, 0.15),
    }
}

fn exits_with(exit_code: i32, after: f64) -> TaskBehaviour {
    TaskBehaviour::Exit {
        exit_code,
        container_exit_codes: Default::default(),
        after,
        logs: Default::default(),
    }
}

fn day_scenario(seed: u64, builds: &[Build]) -> Scenario {
    let mut rng = Rng::with_seed(seed ^ 0xda);
    let mut scenario = scenario();
    let image = |build: &Build| ImageSetup {
        tags: vec![build.tag()],
        digest: Some(build.first_digest()),
        manifest: None,
    };
    scenario.resources.repositories[0].images.extend(builds.iter().filter(|b| b.is_pushed).map(image));
    for build in builds {
        for (command, failures) in
            [("bin/migrate", build.migration_failures), ("bin/smoke", build.smoke_failures)]
        {
            let command = vec![command.to_owned(), build.number.to_string()];
            scenario.task_rules.push(TaskRule {
                filter: TaskFilter { command_prefix: Some(command), ..TaskFilter::default() },
                limit: Some(failures.unwrap_or(0)),
                behaviour: exits_with(3, rng.f64() * 20.0),
                ..TaskRule::default()
            });
        }
        for digest in build.digests().into_iter().filter(|_| build.is_broken) {
            let filter = TaskFilter {
                service: Some("web".to_owned()),
                image_contains: Some(digest),
                ..TaskFilter::default()
            };
            scenario.task_rules.push(TaskRule {
                filter,
                behaviour: exits_with(1, 2.0),
                ..TaskRule::default()
            });
        }
    }
    let stale = lucky(&mut rng, 0.3).then(|| StaleReads {
        max_age: rng.f64() * 8.0,
        window: 10.0,
        probability: 0.5,
        ..StaleReads::default()
    });
    Scenario {
        seed,
        time: Time::Step(one_of(&mut rng, &[2.0, 5.0])),
        delays: Delays {
            one_off_run: Delay(0.0, 60.0),
            // No build is started again so late that ECS has forgotten its tasks: no test could count them then.
            stopped_task_retention: 1e6,
            ..Delays::default()
        },
        consistency: Consistency { list_lag: 3.0, current_deployment_lag: 3.0, stale_reads: stale },
        ..scenario
    }
}

pub(super) struct Drawer<'r> {
    pub(super) rng: &'r mut Rng,
    /// Whether each rollout is paused.
    pub(super) waits: bool,
}

impl Drawer<'_> {
    fn steps_of(&mut self, number: u64, steps: &mut Vec<Step>) {
        if lucky(self.rng, 0.15) {
            steps.push(Step::Other(self.strategy()));
        }
        if lucky(self.rng, 0.2) {
            steps.push(Step::Other(self.other()));
        }
        let older = number.saturating_sub(self.rng.u64(1..3)).max(FIRST);
        let mut runs = vec![self.run(number)];
        let after = match self.rng.u32(..20) {
            // The same build twice at once, often with the same calls at the same time.
            0..3 => {
                runs.push(self.run(number));
                one_of(self.rng, &[0, 0, 1, 3, 8, 20])
            }
            // An older build is overtaken, often during its rollout.
            3..6 => {
                runs.insert(0, self.run(older));
                self.rng.usize(..45)
            }
            // An older build overtakes.
            6 | 7 => {
                runs.push(self.run(older));
                self.rng.usize(..25)
            }
            _ => 0,
        };
        for run in runs.iter_mut().skip(1) {
            run.after = after;
        }
        if self.waits && lucky(self.rng, 0.3) {
            runs.push(self.proceed(30));
        }
        let meanwhile = lucky(self.rng, 0.12).then(|| (self.rng.usize(5..40), self.meanwhile()));
        steps.push(Step::Runs { runs, faults: self.faults(), meanwhile });
        // It is started again, whatever became of it.
        for _ in 0..one_of(self.rng, &[0, 0, 0, 1, 2]) {
            self.pause(steps);
            let again = if lucky(self.rng, 0.8) { number } else { older };
            steps.push(Step::Runs { runs: vec![self.run(again)], faults: self.faults(), meanwhile: None });
        }
        if self.waits && lucky(self.rng, 0.4) {
            steps.push(Step::Runs { runs: vec![self.proceed(0)], faults: vec![], meanwhile: None });
        }
        self.pause(steps);
    }

    fn pause(&mut self, steps: &mut Vec<Step>) {
        if self.rng.bool() {
            steps.push(Step::Pause(self.rng.f64() * 400.0));
        }
    }

    fn run(&mut self, number: u64) -> RunDraw {
        let mut flags = Vec::new();
        let waits = self.waits;
        let mut maybe = |rng: &mut Rng, chance: f64, more: &[&str]| {
            if lucky(rng, chance) {
                flags.extend(more.iter().map(|flag| (*flag).to_owned()));
            }
        };
        // Long enough for a rollout with polls every few milliseconds, or so short that some are not complete.
        let timeout = if lucky(self.rng, 0.1) { "0.4" } else { "3" };
        maybe(self.rng, 1.0, &["--timeout", timeout]);
        maybe(self.rng, 0.3, &["--on-failure", "roll-back"]);
        maybe(self.rng, 0.3, &["--on-cancel", "roll-back"]);
        maybe(self.rng, 0.2, &["--base", "latest"]);
        maybe(self.rng, 0.1, &["--force"]);
        maybe(self.rng, 0.1, &["--rebuild"]);
        // The two exclude each other.
        match waits && lucky(self.rng, 0.3) {
            true => maybe(self.rng, 1.0, &["--wait-until", "paused"]),
            false => maybe(self.rng, 0.05, &["--no-wait"]),
        }
        let calls = |rng: &mut Rng| rng.usize(1..60);
        let end = match self.rng.u32(..20) {
            0..3 => End::Killed(calls(self.rng)),
            3..5 => End::Signalled(Signal::TERM, calls(self.rng)),
            5 => End::Signalled(Signal::INT, calls(self.rng)),
            _ => End::Natural,
        };
        RunDraw { verb: Verb::Run(number), flags, end, after: 0 }
    }

    fn proceed(&mut self, after: usize) -> RunDraw {
        let verb = Verb::Continue { rolls_back: lucky(self.rng, 0.2) };
        RunDraw { verb, flags: vec!["--timeout".to_owned(), "3".to_owned()], end: End::Natural, after }
    }
}
