//! Retries of calls that change something.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{AwsError, ErrorKind};

/// The first wait before a call is made again, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));

/// The time between two attempts to find out whether ECS executed a call.
const OUTCOME_INTERVAL: Duration = Duration::from_secs(1);

/// The most times that a call without a response is sent again.
const MAX_LOST: u32 = 5;

/// Why a call that changes something was not repeated any more.
pub(super) struct MutationError {
    /// The error of the last attempt.
    pub(super) error: AwsError,
    /// Whether ECS may have executed the call.
    pub(super) is_outcome_unknown: bool,
}

impl MutationError {
    /// The error of the last attempt, with advice if ECS may have executed the call.
    pub(super) fn into_error(self) -> AwsError {
        if !self.is_outcome_unknown {
            return self.error;
        }
        self.error.with_hint("ECS may have executed the call; run this again, which checks it first")
    }
}

/// Repeats a call that changes something until ECS responds, or until the time `until`. `warn` receives a message
/// for each failed attempt.
///
/// ECS did not execute a throttled call, so it is sent again. It may have executed a call without a response:
/// `find_outcome` returns what the response would have been, or `None` if the call was not executed. For a call
/// that is safe to repeat it returns `None`.
///
/// # Errors
/// [`MutationError`] if ECS rejects the call, or after the last attempt.
pub(super) async fn retry_mutation<T>(
    until: Instant,
    mut warn: impl FnMut(String),
    mut call: impl AsyncFnMut() -> Result<T, AwsError>,
    mut find_outcome: impl AsyncFnMut() -> Result<Option<T>, AwsError>,
) -> Result<T, MutationError> {
    let (mut wait, longest) = WAITS;
    let mut lost = 0;
    let failed = |error, lost| MutationError { error, is_outcome_unknown: lost > 0 };
    loop {
        let error = match call().await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        match error.kind {
            ErrorKind::Throttled => {}
            _ if error.is_outcome_unknown() => {
                lost += 1;
                // The call is not repeated before it is known whether ECS executed it.
                let mut found = find_outcome().await;
                while found.is_err() && Instant::now() + OUTCOME_INTERVAL < until {
                    tokio::time::sleep(OUTCOME_INTERVAL).await;
                    found = find_outcome().await;
                }
                if let Ok(Some(response)) = found {
                    warn(format!("{}, but ECS had executed the call", error.brief()));
                    return Ok(response);
                }
            }
            _ => return Err(failed(error, lost)),
        }
        // Two hosts that were throttled at the same time do not retry at the same time.
        let rest = wait.mul_f64(0.5 + fastrand::f64());
        if lost > MAX_LOST || Instant::now() + rest >= until {
            return Err(failed(error, lost));
        }
        warn(format!("{}; trying again in {:.1} s", error.brief(), rest.as_secs_f64()));
        tokio::time::sleep(rest).await;
        wait = (wait * 2).min(longest);
    }
}
