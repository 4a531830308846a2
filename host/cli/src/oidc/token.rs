//! What an identity token consists of, and how long it is waited for.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use aws::TokenError;
use model::time::Time;

/// The most characters that STS accepts (the STS API reference, `AssumeRoleWithWebIdentity`).
pub(super) const MAX_TOKEN: usize = 20_000;

/// Checks that a text has the form of a JSON Web Token: three parts of base64url (RFC 7519). Nothing else is sent to AWS.
///
/// # Errors
/// What is wrong, a clause without the text.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if text.len() > MAX_TOKEN {
        return Err("it is longer than AWS accepts");
    }
    if text.split('.').count() != 3 || !text.split('.').all(is_part) {
        return Err("it is not a JSON Web Token");
    }
    Ok(())
}

/// Waits for a token for a limited time. `late` states what did not end, and the limit follows it.
///
/// # Errors
/// The error of the request, or one after the limit.
pub(super) async fn within(
    limit: Duration,
    request: impl Future<Output = Result<String, TokenError>>,
    late: impl FnOnce() -> String,
) -> Result<String, TokenError> {
    tokio::time::timeout(limit, request).await.unwrap_or_else(|_| {
        Err(TokenError {
            message: format!("{} within {} s", late(), limit.as_secs()),
            hint: "run this again".to_owned(),
            is_permanent: false,
        })
    })
}

/// When a token expires, in seconds since 1970. Its signature is not verified, which AWS does.
pub(super) fn expires_at(token: &str) -> Option<u64> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("exp")?.as_u64()
}

/// A time of the clock, for people.
pub(super) fn clock(seconds: u64) -> String {
    Time::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)).to_utc_text()
}
