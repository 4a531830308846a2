//! One build that is started again and again, from seeds: killed after a random call, twice at once, or to its end. Its
//! migration is counted in the simulator, whatever the runs report: it runs until it has succeeded once, and never
//! twice at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use ecs_simulator::{Delay, Scenario, StaleReads, TaskBehaviour, TaskFilter, TaskRule, Time};
use fastrand::Rng;
use serde_json::{Value, json};

use super::table::decision::to_web;
use super::world::{Job, World, scenario};

/// The number of stories.
const SEEDS: u64 = 60;

/// The number of stories that run in parallel.
const PARALLEL: usize = 3;

/// A story: the scenario, how often the migration fails, and what precedes the last runs.
struct Story {
    scenario: Scenario,
    failures: u32,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    /// A run that is killed after this number of calls, unless it has ended.
    Killed(usize),
    /// Two runs at once.
    TwoAtOnce,
    /// A run to its end.
    ToItsEnd,
}

fn draw(seed: u64) -> Story {
    let mut rng = Rng::with_seed(seed);
    let failures = [0, 0, 1, 2][rng.usize(..4)];
    let exit = TaskBehaviour::Exit {
        exit_code: 3,
        container_exit_codes: Default::default(),
        after: rng.f64() * 20.0,
        logs: Default::default(),
    };
    let filter = TaskFilter { command_prefix: Some(vec!["bin/migrate".to_owned()]), ..TaskFilter::default() };
    let mut scenario = Scenario { time: Time::Step([1.0, 5.0][rng.usize(..2)]), ..scenario() };
    scenario.task_rules.push(TaskRule {
        filter,
        limit: Some(failures),
        behaviour: exit,
        ..TaskRule::default()
    });
    scenario.delays.one_off_run = Delay(0.0, 60.0);
    // Answers are stale shortly after a change, as long as a restart of a job takes.
    scenario.consistency.stale_reads = rng.bool().then(|| StaleReads {
        max_age: rng.f64() * 10.0,
        window: 10.0,
        probability: 0.5,
        ..StaleReads::default()
    });
    let step = |rng: &mut Rng| match rng.u32(..4) {
        0 | 1 => Step::Killed(rng.usize(4..16)),
        2 => Step::TwoAtOnce,
        _ => Step::ToItsEnd,
    };
    let steps = (0..rng.usize(1..4)).map(|_| step(&mut rng)).collect();
    Story { scenario, failures, steps }
}

fn job(world: &World) -> Job<'_> {
    let migrate = json!({"name": "migrate", "container": "web", "command": ["bin/migrate"]});
    world.run_decision(&to_web(json!({"tasks_before": [migrate]})))
}

/// The migrations that ECS has started: from when to when each ran, in seconds, and its exit code.
fn migrations(world: &World) -> Vec<(f64, f64, Option<i64>)> {
    let list = |status: &str| {
        let query = json!({"cluster": "main", "family": "web", "desiredStatus": status});
        let listed = world.simulator.call("ecs:ListTasks", &query).expect("a list");
        listed["taskArns"].as_array().cloned().unwrap_or_default()
    };
    let arns = [list("RUNNING"), list("STOPPED")].concat();
    let query = json!({"cluster": "main", "tasks": arns});
    let described = world.simulator.call("ecs:DescribeTasks", &query).expect("the tasks");
    let tasks = described["tasks"].as_array().cloned().unwrap_or_default();
    let is_migration =
        |task: &&Value| task["overrides"]["containerOverrides"][0]["command"][0] == "bin/migrate";
    let times = |task: &Value| {
        let end = task["stoppedAt"].as_f64().unwrap_or(f64::INFINITY);
        (task["createdAt"].as_f64().unwrap_or_default(), end, task["containers"][0]["exitCode"].as_i64())
    };
    tasks.iter().filter(is_migration).map(times).collect()
}

fn play(seed: u64) {
    let story = draw(seed);
    let world = World::new(&story.scenario);
    let mut transcript = format!("seed {seed}: {:?}\n", story.steps);
    for step in &story.steps {
        let before = world.simulator.calls().len();
        let ended = match step {
            Step::Killed(count) => {
                let is_due = || world.simulator.calls().len() >= before + count;
                job(&world).begin().until(|_| is_due()).kill()
            }
            Step::TwoAtOnce => {
                let (first, second) = (job(&world).begin(), job(&world).begin());
                transcript.push_str(&first.ends().transcript());
                second.ends()
            }
            Step::ToItsEnd => job(&world).ends(),
        };
        transcript.push_str(&ended.transcript());
    }
    // Each failure of the migration fails a run.
    for _ in 0..=story.failures {
        let ended = job(&world).ends();
        transcript.push_str(&ended.transcript());
        if ended.code == Some(0) {
            break;
        }
    }
    let mut migrations = migrations(&world);
    migrations.sort_by(|one, other| one.0.total_cmp(&other.0));
    let succeeded = migrations.iter().filter(|(_, _, code)| *code == Some(0)).count();
    assert_eq!(succeeded, 1, "{migrations:?}\n{transcript}");
    let failed = migrations.len() - succeeded;
    assert_eq!(failed, usize::try_from(story.failures).unwrap(), "{migrations:?}\n{transcript}");
    let overlap = migrations.windows(2).any(|pair| pair[1].0 < pair[0].1);
    assert!(!overlap, "{migrations:?}\n{transcript}");
    assert_ne!(world.runs("web"), "web:1", "{transcript}");
}

#[test]
fn a_migration_of_a_build_that_is_started_again_and_again_runs_until_it_has_succeeded_once() {
    let only = std::env::var("ECS_HOST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..SEEDS, |seed| seed..seed + 1);
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut failed = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return failed;
            }
            if catch_unwind(AssertUnwindSafe(|| play(seed))).is_err() {
                failed.push(seed);
            }
        }
    };
    let failed = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..PARALLEL).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect::<Vec<u64>>()
    });
    assert!(failed.is_empty(), "seeds {failed:?} fail (ECS_HOST_SEED=SEED runs one)");
}
