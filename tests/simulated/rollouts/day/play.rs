//! The runs of a day, and everything that happens between them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ecs_simulator::Change;

use super::super::world::{Job, World};
use super::build::{Build, FIRST};
use super::draw::{Day, End, RunDraw, Step, Verb};
use super::history::{History, RunRecord};
use super::oracle;
use super::oracle::truth::Truth;
use super::trouble::{calm, stop};
use crate::backend::docker_path;

/// The most runs at the end of the day that repeat the last build until its migration has succeeded.
const LAST_RUNS: usize = 5;

/// A day in progress.
pub struct Player<'d> {
    pub day: &'d Day,
    pub world: World,
    pub history: History,
    pub truth: Truth,
    /// The build that the service was set to before the present step; `None` for a revision by hand.
    pub stamp: Option<u64>,
}

impl<'d> Player<'d> {
    pub fn new(day: &'d Day) -> Self {
        let world = World::new(&day.scenario);
        for build in &day.builds {
            let context = world.path("project").join(build.context());
            std::fs::create_dir(&context).expect("a folder");
            std::fs::write(context.join("Dockerfile"), build.context_file()).expect("a file");
        }
        // Written before runs start at the same time.
        docker_path(&world.path("engine"));
        Self { day, world, history: History::default(), truth: Truth::default(), stamp: None }
    }

    /// Lives through the day. The problems are in the history.
    pub fn play(&mut self) {
        for step in &self.day.steps {
            match step {
                Step::Pause(seconds) => self.world.simulator.advance(*seconds),
                Step::Other(change) => self.change(change),
                Step::Runs { runs, faults, meanwhile } => {
                    self.world.simulator.set_faults(faults);
                    if !faults.is_empty() {
                        self.history.note(format!("faults: {faults:?}"));
                    }
                    self.runs(runs, meanwhile.as_ref());
                }
            }
            if !self.history.problems.is_empty() {
                return;
            }
        }
        self.end();
    }

    /// The last build once more, without trouble and alone, until its end.
    fn end(&mut self) {
        self.change(&calm());
        self.world.simulator.advance(3600.0);
        // One without a circuit breaker, whose tasks fail, never ends by itself.
        let newest = self.world.simulator.snapshot("main", "web");
        if newest.newest_deployment().is_some_and(|own| !own.is_final) {
            self.change(&stop());
            self.world.simulator.advance(3600.0);
        }
        let last = self.day.builds.last().expect("a build").number;
        for _ in 0..LAST_RUNS {
            let flags = ["--timeout".to_owned(), "30".to_owned()].to_vec();
            let run = RunDraw { verb: Verb::Run(last), flags, end: End::Natural, after: 0 };
            self.runs(&[run], None);
            if self.history.runs.last().is_some_and(|run| run.ended.code == Some(0)) {
                break;
            }
        }
        self.world.simulator.advance(3600.0);
        oracle::judge_day(self);
    }

    fn change(&mut self, change: &Change) {
        let answer = self.world.simulator.apply(change).map(drop);
        let now = self.world.simulator.now();
        self.history.note(format!("{now:.0} by another user: {change:?}: {answer:?}"));
    }

    fn runs(&mut self, runs: &[RunDraw], meanwhile: Option<&(usize, Change)>) {
        self.truth.refresh(&self.world);
        self.stamp = self.truth.build_of(&self.truth.state.task_definition);
        let first = self.history.runs.len();
        self.history.calls = self.world.simulator.call_count();
        let digests: Vec<Vec<String>> = self.day.builds.iter().map(|build| self.pushed(build)).collect();
        let has_ended: Vec<AtomicBool> = runs.iter().map(|_| AtomicBool::new(false)).collect();
        let this = &*self;
        let ended: Vec<RunRecord> = std::thread::scope(|scope| {
            let threads: Vec<_> = runs
                .iter()
                .enumerate()
                .map(|(place, draw)| {
                    let before = place.checked_sub(1).map(|before| (key(first + before), &has_ended[before]));
                    let (own, digests) = (&has_ended[place], &digests);
                    scope.spawn(move || {
                        if let Some((key, has_ended)) = before {
                            this.wait_for_calls(&key, draw.after, has_ended);
                        }
                        let record = this.run(first + place, draw, digests);
                        own.store(true, Ordering::SeqCst);
                        record
                    })
                })
                .collect();
            if let Some((count, change)) = meanwhile {
                let all = || has_ended.iter().all(|ended| ended.load(Ordering::SeqCst));
                let due = || this.world.simulator.call_count() >= this.history.calls + count;
                while !all() && !due() && threads.iter().any(|thread| !thread.is_finished()) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // ECS may reject it: there may be nothing to stop.
                let _ = this.world.simulator.apply(change);
            }
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        if let Some((count, change)) = meanwhile {
            self.history.note(format!("after {count} calls by another user: {change:?}"));
        }
        self.world.simulator.set_faults(&[]);
        for record in ended {
            self.history.add(record);
        }
        self.add_pushed_images(first);
        oracle::judge_runs(self, first);
    }

    fn run(&self, index: usize, draw: &RunDraw, digests: &[Vec<String>]) -> RunRecord {
        let (key, started_at) = (key(index), self.world.simulator.now());
        let job = self.job(draw).set("AWS_ACCESS_KEY_ID", &key).args(&flags(draw));
        let running = job.begin();
        let before = self.history.calls;
        let due = |count: usize| self.world.simulator.call_count_of(&key, before) >= count;
        let mut ended = match draw.end {
            End::Natural => running.ends(),
            End::Killed(count) => running.until(|_| due(count)).kill(),
            End::Signalled(signal, count) => {
                let mut running = running.until(|_| due(count));
                if running.is_running() { running.send_signal(signal).ends() } else { running.ends() }
            }
        };
        ended.calls.retain(|call| call.access_key == key);
        RunRecord {
            index,
            draw: draw.clone(),
            started_at,
            ended_at: self.world.simulator.now(),
            pushed_before: self
                .build(draw)
                .map_or_else(Vec::new, |build| digests[place(build.number)].clone()),
            ended,
        }
    }

    fn job(&self, draw: &RunDraw) -> Job<'_> {
        let Some(build) = self.build(draw) else {
            return self.world.verb("continue").args(&["main/web", "--poll", "0.01"]);
        };
        let number = build.number.to_string();
        self.world
            .run_decision(&build.answer())
            .set("TRAVIS_COMMIT", &build.commit())
            .set("TRAVIS_BUILD_NUMBER", &number)
            .set("TRAVIS_JOB_NUMBER", &format!("{number}.1"))
            .set("PATH", &docker_path(&self.world.path("engine")))
    }

    /// The build of a run; `None` for another verb.
    pub fn build(&self, draw: &RunDraw) -> Option<&'d Build> {
        match draw.verb {
            Verb::Run(number) => self.day.builds.get(place(number)),
            Verb::Continue { .. } => None,
        }
    }

    fn wait_for_calls(&self, key: &str, count: usize, has_ended: &AtomicBool) {
        let start = std::time::Instant::now();
        let before = self.history.calls;
        while self.world.simulator.call_count_of(key, before) < count && !has_ended.load(Ordering::SeqCst) {
            assert!(start.elapsed() < crate::run::RUN_TIMEOUT, "the run before it does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The digest that the registry has for the tag of a build, if any.
    fn pushed(&self, build: &Build) -> Vec<String> {
        let body =
            serde_json::json!({"repositoryName": "simple-todo", "imageIds": [{"imageTag": build.tag()}]});
        let found = self.world.simulator.call("ecr:DescribeImages", &body).ok();
        let digest =
            found.and_then(|found| found["imageDetails"][0]["imageDigest"].as_str().map(str::to_owned));
        digest.into_iter().collect()
    }

    /// The script in docker's place pushes to a folder; the simulator gets the same images.
    fn add_pushed_images(&self, first: usize) {
        for record in &self.history.runs[first..] {
            let Some(build) = self.build(&record.draw) else { continue };
            for digest in record.pushed_digests() {
                let change =
                    Change::PutImage { repository: "simple-todo".to_owned(), tag: build.tag(), digest };
                // It is rejected if the registry has that image already.
                let _ = self.world.simulator.apply(&change);
            }
        }
    }
}

fn place(number: u64) -> usize {
    usize::try_from(number - FIRST).expect("a number of the day")
}

/// The access key of a run, by which its calls are found.
pub fn key(index: usize) -> String {
    format!("AKIADAY{index:013}")
}

fn flags(draw: &RunDraw) -> Vec<&str> {
    let rolls_back = match draw.verb {
        Verb::Continue { rolls_back: true } => Some("--roll-back"),
        _ => None,
    };
    draw.flags.iter().map(String::as_str).chain(rolls_back).collect()
}
