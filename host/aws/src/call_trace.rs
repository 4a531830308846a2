//! The trace of the calls to AWS: each attempt is a `tracing` event of the target [`TARGET`], with its time and result.

use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::region::Region;
use model::text::printable;

/// The target of the events.
pub const TARGET: &str = "ecs_host::aws_calls";

/// Emits an event after each attempt of a call.
#[derive(Debug)]
pub(crate) struct CallTrace;

/// When the current attempt started.
#[derive(Debug)]
struct AttemptStart(Instant);

impl Storable for AttemptStart {
    type Storer = StoreReplace<Self>;
}

impl Intercept for CallTrace {
    fn name(&self) -> &'static str {
        "call trace"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(AttemptStart(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
            return Ok(());
        }
        let started_at = config.load::<AttemptStart>().map_or_else(Instant::now, |start| start.0);
        let milliseconds = started_at.elapsed().as_millis();
        let call = config.load::<Metadata>();
        let service = call.map(|call| service_prefix(call.service())).unwrap_or_default();
        let operation = call.map(Metadata::name).unwrap_or_default();
        let region = config.load::<Region>().map(|region| printable(region.as_ref())).unwrap_or_default();
        let attempt = match config.load::<RequestAttempts>().map_or(1, |attempts| attempts.attempts()) {
            1 => String::new(),
            attempt => format!(", attempt {attempt}"),
        };
        let result = context.response().map_or_else(
            || "no response".to_owned(),
            |response| result_text(response, context.output_or_error().is_some_and(|result| result.is_err())),
        );
        tracing::info!(target: TARGET, "{service}:{operation} in {region}{attempt}: {result} after {milliseconds} ms");
        Ok(())
    }
}

/// The name of a service in IAM policies, from its name in the SDK.
fn service_prefix(name: &str) -> String {
    match name {
        "CloudWatch Logs" => "logs".to_owned(),
        "EventBridge" => "events".to_owned(),
        name => name.to_ascii_lowercase(),
    }
}

/// The status of a response, the code of its error, and the id by which AWS's support finds the request.
fn result_text(response: &HttpResponse, has_failed: bool) -> String {
    let code =
        has_failed.then(|| error_code(response)).flatten().map(|code| format!(" {}", printable(&code)));
    let id = response.headers().get("x-amzn-requestid").map(|id| format!(", request {}", printable(id)));
    format!("{}{}{}", response.status().as_u16(), code.unwrap_or_default(), id.unwrap_or_default())
}

/// The code of an error in AWS's JSON protocols: in a header, or in the body after the name of its namespace.
fn error_code(response: &HttpResponse) -> Option<String> {
    let header = response.headers().get("x-amzn-errortype").map(str::to_owned);
    let code = header.or_else(|| {
        let body: serde_json::Value = serde_json::from_slice(response.body().bytes()?).ok()?;
        Some(body.get("__type")?.as_str()?.to_owned())
    })?;
    let code = code.split(':').next().unwrap_or_default();
    Some(code.rsplit('#').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn the_result_states_status_code_and_request() {
        let response = |status: u16, body: &'static str| {
            let status = StatusCode::try_from(status).unwrap();
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            response.headers_mut().insert("x-amzn-requestid", "0a-1b");
            response
        };
        assert_eq!(result_text(&response(200, "{}"), false), "200, request 0a-1b");
        let body = r#"{"__type": "com.amazonaws.ecs#ThrottlingException"}"#;
        assert_eq!(result_text(&response(400, body), true), "400 ThrottlingException, request 0a-1b");
        let mut rest = response(404, "no JSON");
        rest.headers_mut().insert("x-amzn-errortype", "ResourceNotFoundException:http://x/");
        assert_eq!(result_text(&rest, true), "404 ResourceNotFoundException, request 0a-1b");
        assert_eq!(result_text(&response(502, "<html>"), true), "502, request 0a-1b");
    }
}
