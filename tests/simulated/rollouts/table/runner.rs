//! Runs rows in parallel, and reports all that fail.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::row::Row;

/// The number of rows that run in parallel. Each has a process and a simulator.
const PARALLEL_ROWS: usize = 3;

/// The variable that selects rows: a part of their names. Without it, all rows run.
const ROW_VARIABLE: &str = "ECS_HOST_ROW";

/// Runs the selected rows.
///
/// # Panics
/// If a row fails.
pub fn play(rows: &[Row]) {
    let only = std::env::var(ROW_VARIABLE).unwrap_or_default();
    let rows: Vec<&Row> = rows.iter().filter(|row| row.name.contains(&only)).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL_ROWS {
            scope.spawn(|| {
                while let Some((place, row)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    rows.get(place).map(|row| (place, row))
                } {
                    let problems = catch_unwind(AssertUnwindSafe(|| row.problems()));
                    let problems = problems.unwrap_or_else(|panic| {
                        vec![
                            panic
                                .downcast_ref::<String>()
                                .cloned()
                                .unwrap_or_else(|| "the row panics".to_owned()),
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
    let report =
        |(_, name, problems): &(usize, String, Vec<String>)| format!("=== {name}\n{}\n", problems.join("\n"));
    assert!(
        failures.is_empty(),
        "{} of {} rows fail ({ROW_VARIABLE}=NAME selects rows):\n{}",
        failures.len(),
        rows.len(),
        failures.iter().map(report).collect::<String>()
    );
}
