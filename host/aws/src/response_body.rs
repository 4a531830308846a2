//! The body of a response as AWS sent it, and that of a request as it is to be sent.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;

use crate::error::AwsError;

/// An interceptor that copies the body of the last response. The SDK's types would drop every field that they
/// do not define.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResponseBody(Arc<Mutex<Vec<u8>>>);

impl ResponseBody {
    /// The body of a response to `operation` on `subject`. A successful response whose JSON the SDK's types reject has
    /// one too.
    ///
    /// # Errors
    /// [`AwsError`] if the request failed, or the response is not JSON.
    pub(crate) fn of_response<T, E>(
        &self,
        operation: &'static str,
        subject: &str,
        response: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<Value, AwsError>
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let is_success = match &response {
            Ok(_) => true,
            Err(error) => error.raw_response().is_some_and(|response| response.status().is_success()),
        };
        let body = self.0.lock().ok().filter(|_| is_success);
        match (body.and_then(|bytes| serde_json::from_slice(&bytes).ok()), response) {
            (Some(body), _) => Ok(body),
            (None, Err(error)) => Err(AwsError::new(operation, subject, error)),
            (None, Ok(_)) => Err(AwsError::unusable(operation, subject, "the response is not JSON")),
        }
    }
}

/// Replaces the body of a request, before the SDK signs it.
pub(crate) fn replace_body(request: &mut HttpRequest, body: &str) {
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

#[dyn_dispatch_hint]
impl Intercept for ResponseBody {
    fn name(&self) -> &'static str {
        "ResponseBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(bytes), Ok(mut kept)) = (context.response().body().bytes(), self.0.lock()) {
            kept.clear();
            kept.extend_from_slice(bytes);
        }
        Ok(())
    }
}
