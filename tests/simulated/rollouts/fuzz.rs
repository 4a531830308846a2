//! Rollouts of random cases by the real binary. Each verdict is compared with the state of the simulator.
//!
//! `ECS_HOST_SEEDS=10000` sets the number of seeds. `ECS_HOST_SEED=1234` selects one seed and runs it ten
//! times, because the order of the calls of a run differs.

pub mod draw;
pub mod oracle;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::world::{RunResult, World};
use crate::fixtures::policy;
use draw::{Case, case};

/// The number of seeds without `ECS_HOST_SEEDS`: about 20 s on two cores. `make test` uses 2000.
const SEEDS: u64 = 200;

/// Further seeds, which found errors in the past.
const FOUND: [u64; 11] = [2118, 2497, 3138, 3848, 5773, 6531, 7415, 7824, 23617, 25447, 40628];

/// The number of parallel runs. Most of them wait most of the time.
const AT_ONCE: usize = 24;

/// The number of failures that are printed in full.
const PRINTED_FAILURES: usize = 5;

pub fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

#[test]
fn every_verdict_of_every_schedule_is_true() {
    let seeds: Vec<u64> = match number("ECS_HOST_SEED") {
        Some(seed) => vec![seed; 10],
        None => {
            let first = number("ECS_HOST_FIRST_SEED").unwrap_or(1);
            let all = first..first + number("ECS_HOST_SEEDS").unwrap_or(SEEDS);
            FOUND.into_iter().chain(all).collect()
        }
    };
    // Built first, so that no run waits for it.
    policy("misbehaving-policy");
    let (next, failures) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let tally = Tally::default();
    let work = || {
        while let Some(seed) = seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap()) {
            if let Some(failure) = failure(*seed, &tally) {
                failures.lock().unwrap_or_else(PoisonError::into_inner).push((*seed, failure));
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let tally = tally.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{tally:?}");
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort();
    let details: String =
        failures.iter().take(PRINTED_FAILURES).map(|(_, failure)| failure.as_str()).collect();
    let wrong = wrong(&failures);
    assert!(failures.is_empty(), "{details}\n{} of {} runs failed\n{wrong}", failures.len(), seeds.len());
    for verdict in VERDICTS.iter().filter(|_| seeds.len() >= 1000) {
        assert!(tally.contains_key(*verdict), "no seed results in `{verdict}`: {tally:?}");
    }
}

/// What was wrong with each seed, for the end of a message: a log that omits its middle has the end.
pub fn wrong(failures: &[(u64, String)]) -> String {
    let wrong = |(seed, details): &(u64, String)| {
        let lines = details.lines().filter(|line| line.starts_with("WRONG "));
        let lines: String = lines.map(|line| format!("  {line}\n")).collect();
        format!("ECS_HOST_SEED={seed}\n{lines}")
    };
    failures.iter().map(wrong).collect()
}

/// The verdicts that the seeds must result in.
const VERDICTS: [&str; 9] = [
    "deployed",
    "unchanged",
    "rolled-back",
    "superseded",
    "stopped",
    "timed-out",
    "failed",
    "started",
    "not-started",
];

/// The number of runs by verdict, or by exit code without a verdict.
#[derive(Default)]
struct Tally(Mutex<BTreeMap<String, usize>>);

impl Tally {
    fn count(&self, ended: &RunResult) {
        let mut tally = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut words: Vec<String> =
            ended.events().iter().filter_map(|event| Some(event["verdict"].as_str()?.to_owned())).collect();
        if words.is_empty() {
            words.push(format!("exit code {}", ended.code.unwrap_or(-1)));
        }
        words.into_iter().for_each(|word| *tally.entry(word).or_default() += 1);
    }
}

/// The problems of a seed, and how to reproduce them.
fn failure(seed: u64, tally: &Tally) -> Option<String> {
    let case = case(seed);
    let report = catch_unwind(AssertUnwindSafe(|| run(&case, tally)));
    let report = report.unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        Some(message.or_else(|| panic.downcast_ref().copied()).unwrap_or("a panic").to_owned())
    })?;
    let json = serde_json::to_string(&case).expect("a case is JSON");
    Some(format!(
        "\n=== ECS_HOST_SEED={seed} cargo test --test simulated -- rollouts::fuzz --nocapture\n\
         {report}--- case\n{json}\n"
    ))
}

fn run(case: &Case, tally: &Tally) -> Option<String> {
    let world = World::new(&case.scenario);
    let mut job = world.verb("run").set("ECS_SERVICE_MASTER", &case.services.join(" "));
    if let Some(branch) = case.branch {
        job = job.args(&[&policy("misbehaving-policy").display().to_string()]);
        job = job.set("TRAVIS_BRANCH", branch).set("DEPLOY_BRANCHES", branch);
    }
    let flags: Vec<&str> = case.flags.iter().map(String::as_str).collect();
    let ended = job.args(&flags).ends();
    tally.count(&ended);
    let problems = oracle::complaints(case, &world, &ended);
    if problems.is_empty() {
        return None;
    }
    let problems: String = problems.iter().map(|problem| format!("WRONG {problem}\n")).collect();
    let states: String = case
        .services
        .iter()
        .map(|service| {
            let state = world.simulator.snapshot("main", service);
            let lines: String = state.deployments.iter().map(|own| format!("  {own:?}\n")).collect();
            format!("{service} {} {}\n{lines}", state.status, state.task_definition)
        })
        .collect();
    Some(format!("{problems}--- simulator, exit code {:?}\n{states}{}", ended.code, ended.transcript()))
}
