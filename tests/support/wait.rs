//! Waits for another process.

use std::time::{Duration, Instant};

use anyhow::ensure;

/// Calls `poll` every 10 ms until it returns a value.
///
/// # Errors
/// If `poll` fails, or returns no value within `limit`.
pub fn eventually<T>(
    what: &str,
    limit: Duration,
    mut poll: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = poll()? {
            return Ok(value);
        }
        ensure!(start.elapsed() < limit, "{what}: not within {} s", limit.as_secs());
        std::thread::sleep(Duration::from_millis(10));
    }
}
