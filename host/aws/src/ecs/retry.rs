//! Retries of calls that change something.

use std::time::Duration;

use thiserror::Error;
use tokio::time::Instant;

use crate::error::{AwsError, ErrorKind};

/// The first wait before a call or a lookup is made again, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));

/// The number of polls for which a watch continues although ECS rejects them, with the default interval 48 seconds:
/// expired credentials may be renewed, and a change of a permission takes effect some seconds later.
pub(super) const MAX_REJECTED_POLLS: u32 = 24;

/// The number of polls in which ECS may fail to read service deployments, with the default interval 48 seconds, before
/// a watch follows the `deployments` of the service instead.
pub(super) const MAX_FAILED_POLLS: u32 = 24;

/// The most times that ECS may reject the lookup of what it executed.
const MAX_REJECTED_LOOKUPS: u32 = 5;

/// The most times that a call without a response is sent again.
const MAX_LOST: u32 = 5;

/// A call that changes something and that was not repeated any more.
#[derive(Debug, Clone, Error)]
#[error("{}", self.describe())]
pub struct MutationError {
    /// The error of the last attempt.
    pub(super) error: Box<AwsError>,
    /// Whether AWS may have executed the call.
    pub(super) is_outcome_unknown: bool,
    /// Why it could not be read whether AWS executed the call.
    pub(super) unread: Option<Box<AwsError>>,
}

impl MutationError {
    fn describe(&self) -> String {
        if !self.is_outcome_unknown {
            return self.error.to_string();
        }
        let unread =
            self.unread.as_ref().map(|unread| format!(", and whether it did could not be read: {unread}"));
        format!(
            "{}; AWS may have executed the call{}; run this again, which checks it first",
            self.error.brief(),
            unread.unwrap_or_default()
        )
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
    let failed = |error, lost: u32| MutationError {
        error: Box::new(error),
        is_outcome_unknown: lost > 0,
        unread: None,
    };
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
                match retry_lookup(until, &mut find_outcome).await {
                    Ok(Some(response)) => {
                        warn(format!("{}, but AWS had executed the call", error.brief()));
                        return Ok(response);
                    }
                    Ok(None) => {}
                    Err(unread) => {
                        let (error, unread) = (Box::new(error), Some(Box::new(unread)));
                        return Err(MutationError { error, is_outcome_unknown: true, unread });
                    }
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

/// Repeats a lookup of what ECS executed until it is answered, or until the time `until`. It is not repeated for as long
/// if ECS rejects it: credentials may be renewed, but a missing permission does not appear.
async fn retry_lookup<T>(
    until: Instant,
    mut find_outcome: impl AsyncFnMut() -> Result<Option<T>, AwsError>,
) -> Result<Option<T>, AwsError> {
    let (mut wait, longest) = WAITS;
    let mut rejected = 0;
    loop {
        let error = match find_outcome().await {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        rejected += u32::from(!error.is_transient());
        let pause = wait.mul_f64(0.5 + fastrand::f64());
        if rejected >= MAX_REJECTED_LOOKUPS || Instant::now() + pause >= until {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        wait = (wait * 2).min(longest);
    }
}
