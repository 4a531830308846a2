//! Responses that are not in the form of AWS, such as the page of a proxy with status 200.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// Makes the SDK repeat a call whose response is no JSON, as it repeats one that broke off. By itself it retries such a
/// response only with a status of 5xx. It applies to the clients that the SDK retries with, whose calls are safe to
/// repeat.
#[derive(Debug)]
pub(crate) struct RetryGarbledResponse;

impl ClassifyRetry for RetryGarbledResponse {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let has_failed = context.output_or_error().is_some_and(|result| result.is_err());
        let body = context.response().and_then(|response| response.body().bytes());
        if has_failed && body.is_some_and(is_garbled) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "garbled response"
    }
}

/// Whether a body is no JSON. AWS's JSON protocol allows an empty one.
fn is_garbled(body: &[u8]) -> bool {
    !body.is_empty() && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_json_is_garbled() {
        for (body, expected) in
            [("", false), ("{}", false), ("{\"services\":", true), ("<html></html>", true), ("OK", true)]
        {
            assert_eq!(is_garbled(body.as_bytes()), expected, "{body}");
        }
    }
}
