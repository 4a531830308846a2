//! A day in CI: one service through thirty builds, whose runs are cancelled, killed, repeated and overtaken, and
//! lose their credentials, drawn from seeds. The state of the simulator is compared with every exit code, and every
//! migration is counted.
//!
//! `ECS_HOST_SEEDS=10000` plays 25 days. `ECS_HOST_SEED=12` plays the day of one seed again;
//! runs at the same time may call in another order then.

mod build;
mod draw;
mod history;
mod oracle;
mod play;
mod trouble;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use play::Player;

/// The number of days without `ECS_HOST_SEEDS`.
const DAYS: u64 = 2;

/// The number of seeds of the fuzz test for each day.
const SEEDS_PER_DAY: u64 = 400;

/// The number of days that are played in parallel. Runs wait most of the time.
const PARALLEL: usize = 3;

/// The number of failures that are printed in full.
const PRINTED_FAILURES: usize = 2;

#[test]
fn every_exit_code_of_a_day_is_true_and_every_migration_succeeds_once() {
    let seeds = match super::fuzz::number("ECS_HOST_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let days = super::fuzz::number("ECS_HOST_SEEDS").map_or(DAYS, |seeds| seeds / SEEDS_PER_DAY);
            let first = super::fuzz::number("ECS_HOST_FIRST_SEED").unwrap_or(1);
            first..first + days.max(DAYS)
        }
    };
    // Built first, so that no run waits for it.
    crate::fixtures::policy("echo-policy");
    let (next, failures) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            if let Some(failure) = failure(seed) {
                failures.lock().expect("a lock").push((seed, failure));
            }
        }
    };
    std::thread::scope(|scope| (0..PARALLEL).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().expect("a lock");
    let details: String =
        failures.iter().take(PRINTED_FAILURES).map(|(_, failure)| failure.as_str()).collect();
    let wrong = super::fuzz::wrong(&failures);
    assert!(failures.is_empty(), "{details}\n{} days failed\n{wrong}", failures.len());
}

/// The problems of a day, its history, and how to play it again.
fn failure(seed: u64) -> Option<String> {
    let day = draw::day(seed);
    let mut player = Player::new(&day);
    let panic = catch_unwind(AssertUnwindSafe(|| player.play())).err();
    let panic = panic.map(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        message.or_else(|| panic.downcast_ref().copied()).unwrap_or("a panic").to_owned()
    });
    let problems: Vec<&String> = player.history.problems.iter().chain(&panic).collect();
    if problems.is_empty() {
        println!("\nday {seed}: {}", player.history.tally());
        return None;
    }
    let problems: String = problems.iter().map(|problem| format!("WRONG {problem}\n")).collect();
    let state = player.world.simulator.snapshot("main", "web");
    let deployments: String = state.deployments.iter().map(history::deployment_line).collect();
    Some(format!(
        "\n=== ECS_HOST_SEED={seed} cargo test --test simulated -- rollouts::day --nocapture\n--- history\n{}\
         --- deployments, of {}\n{deployments}{problems}",
        player.history.text(),
        state.task_definition
    ))
}
