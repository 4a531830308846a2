//! Plays rows, several at a time, and tells of all that fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::row::Row;

/// How many rows are played at a time: each is a process and a simulator.
const AT_A_TIME: usize = 3;

/// Rows whose names contain this are played, and all without it.
const ONLY: &str = "ECS_HOST_ROW";

/// Plays all rows.
pub fn play(rows: &[Row]) {
    let only = std::env::var(ONLY).unwrap_or_default();
    let rows: Vec<&Row> = rows.iter().filter(|row| row.name.contains(&only)).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((place, row)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    rows.get(place).map(|row| (place, row))
                } {
                    let problems = catch_unwind(AssertUnwindSafe(|| row.problems()));
                    let problems = problems.unwrap_or_else(|panic| {
                        vec![
                            panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panics".to_owned()),
                        ]
                    });
                    if !problems.is_empty() {
                        failures.lock().unwrap().push((place, row.name.clone(), problems));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let told =
        |(_, name, problems): &(usize, String, Vec<String>)| format!("=== {name}\n{}\n", problems.join("\n"));
    assert!(
        failures.is_empty(),
        "{} of {} rows fail ({ONLY}=NAME plays some alone):\n{}",
        failures.len(),
        rows.len(),
        failures.iter().map(told).collect::<String>()
    );
}
