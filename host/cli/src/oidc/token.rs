//! How long an identity token is waited for, and how often it is requested.

use std::time::Duration;

use aws::{IdentityToken, TokenError};
use model::time::Time;

/// The waits before the second and each later request. With them and a limit of ten seconds for each request, the exchange
/// of the token still begins within the limit that the credentials of a run have.
pub(super) const WAITS: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// A request for a token that failed.
#[derive(Debug)]
pub(super) struct RequestError {
    pub(super) error: TokenError,
    /// Whether the same request may succeed a moment later: the connection broke, or the endpoint was busy.
    pub(super) is_transient: bool,
}

impl From<TokenError> for RequestError {
    fn from(error: TokenError) -> Self {
        Self { error, is_transient: false }
    }
}

/// Requests a token, again after each wait if the endpoint may only have been busy.
///
/// # Errors
/// The error of the last request, with the number of requests.
pub(super) async fn retry<F>(
    waits: &[Duration],
    mut request: impl FnMut() -> F,
) -> Result<IdentityToken, TokenError>
where
    F: Future<Output = Result<IdentityToken, RequestError>>,
{
    let mut waits = waits.iter();
    let mut requests = 1;
    loop {
        let RequestError { error, is_transient } = match request().await {
            Ok(token) => return Ok(token),
            Err(failure) => failure,
        };
        let Some(wait) = waits.next().filter(|_| is_transient) else {
            return Err(match requests {
                1 => error,
                requests => {
                    TokenError { message: format!("{}, after {requests} requests", error.message), ..error }
                }
            });
        };
        // Jobs that an endpoint rejected at once do not come back at once.
        tokio::time::sleep(wait.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
        requests += 1;
    }
}

/// Waits for a token for a limited time. `late` states what did not end, and the limit follows it.
///
/// # Errors
/// The error of the request, or one after the limit.
pub(super) async fn within<E: From<TokenError>>(
    limit: Duration,
    request: impl Future<Output = Result<IdentityToken, E>>,
    late: impl FnOnce() -> String,
) -> Result<IdentityToken, E> {
    tokio::time::timeout(limit, request).await.unwrap_or_else(|_| {
        let error = TokenError {
            message: format!("{} within {} s", late(), limit.as_secs()),
            hint: "run this again".to_owned(),
            is_permanent: false,
        };
        Err(error.into())
    })
}

/// A time of the clock, for people.
pub(super) fn clock(seconds: u64) -> String {
    Time::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)).to_utc_text()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn failure(is_transient: bool) -> RequestError {
        let (message, hint) = ("HTTP 503".to_owned(), "run this again".to_owned());
        RequestError { error: TokenError { message, hint, is_permanent: false }, is_transient }
    }

    /// The outcome of requests, the last of which is repeated, and their number.
    fn requested(failures: &[bool]) -> (Result<IdentityToken, TokenError>, usize) {
        let count = Cell::new(0);
        let request = || {
            let number = count.replace(count.get() + 1);
            let result = match failures.get(number) {
                Some(is_transient) => Err(failure(*is_transient)),
                None => IdentityToken::parse("a.b.c").map_err(|_| failure(false)),
            };
            std::future::ready(result)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        (runtime.block_on(retry(&[Duration::ZERO; 3], request)), count.get())
    }

    #[test]
    fn a_request_is_repeated_a_few_times_and_only_after_a_transient_failure() {
        for (failures, requests) in [(&[][..], 1), (&[true], 2), (&[true, true, true], 4)] {
            let (token, count) = requested(failures);
            assert!(token.is_ok() && count == requests, "{failures:?}: {count}");
        }
        let (token, count) = requested(&[true; 9]);
        assert_eq!((token.unwrap_err().message.as_str(), count), ("HTTP 503, after 4 requests", 4));
        let (token, count) = requested(&[false]);
        assert_eq!((token.unwrap_err().message.as_str(), count), ("HTTP 503", 1));
        let (token, count) = requested(&[true, false]);
        assert_eq!((token.unwrap_err().message.as_str(), count), ("HTTP 503, after 2 requests", 2));
    }
}
