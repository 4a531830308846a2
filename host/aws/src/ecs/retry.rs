//! Calls that change something, made until it is known what became of them.

use std::time::Duration;

use tokio::time::Instant;

use crate::{AwsError, ErrorKind};

/// The first wait before a call is made again, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));

/// The time between two looks at what became of a call.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How often a call is made again whose answer was lost.
const LOST: u32 = 5;

/// A call that is made no more.
pub(super) struct GivenUp {
    /// How it failed last.
    pub(super) error: AwsError,
    /// Whether it may have been carried out all the same.
    pub(super) unsure: bool,
}

impl GivenUp {
    /// The error, with what to do where it is not known what became of the call.
    pub(super) fn into_error(self) -> AwsError {
        if !self.unsure {
            return self.error;
        }
        self.error.with_hint("it may have been carried out all the same: run this again to see")
    }
}

/// Makes a call until it is answered, or `until`; what becomes of it is told.
///
/// A throttled call was not carried out, and is made again. A call whose answer
/// was lost may have been: `look` finds out, and gives what the answer would
/// have been where it was. Of a call that is safe to repeat there is nothing to
/// look for.
///
/// # Errors
/// [`GivenUp`] where ECS refuses, or where the time or the attempts are over.
pub(super) async fn until_known<T>(
    until: Instant,
    mut tell: impl FnMut(String),
    mut call: impl AsyncFnMut() -> Result<T, AwsError>,
    mut look: impl AsyncFnMut() -> Result<Option<T>, AwsError>,
) -> Result<T, GivenUp> {
    let (mut wait, longest) = WAITS;
    let mut lost = 0;
    let given_up = |error, lost| GivenUp { error, unsure: lost > 0 };
    loop {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        match error.trouble {
            ErrorKind::Throttled => {}
            _ if error.is_lost() => {
                lost += 1;
                // Nothing is repeated before it is known what became of the first.
                let mut found = look().await;
                while found.is_err() && Instant::now() + LOOK_AGAIN < until {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    found = look().await;
                }
                if let Ok(Some(answer)) = found {
                    tell(format!("{}; ECS had carried it out all the same", error.brief()));
                    return Ok(answer);
                }
            }
            _ => return Err(given_up(error, lost)),
        }
        // Two hosts that were throttled together don't come back together.
        let rest = wait.mul_f64(0.5 + fastrand::f64());
        if lost > LOST || Instant::now() + rest >= until {
            return Err(given_up(error, lost));
        }
        tell(format!("{}; trying again in {:.1} s", error.brief(), rest.as_secs_f64()));
        tokio::time::sleep(rest).await;
        wait = (wait * 2).min(longest);
    }
}
