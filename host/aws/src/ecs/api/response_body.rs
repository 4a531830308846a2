//! The body of a response as ECS sent it.

use std::sync::{Arc, Mutex};

use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

use crate::error::AwsError;

/// An interceptor that copies the body of the last response. The SDK's types would drop every field that they
/// do not define.
#[derive(Debug, Clone, Default)]
pub(super) struct ResponseBody(Arc<Mutex<Vec<u8>>>);

impl ResponseBody {
    /// The body of a response to `operation` on `subject`. A successful response whose JSON the SDK's types reject has
    /// one too.
    ///
    /// # Errors
    /// [`AwsError`] if the request failed, or the response is not JSON.
    pub(super) fn of_response<T, E>(
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
