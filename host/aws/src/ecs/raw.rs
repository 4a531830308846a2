//! Task definitions over the wire as the JSON that they are.
//!
//! The SDK signs, retries and tells errors; the bodies go around its types,
//! which would drop every field they don't know.

use std::sync::{Arc, Mutex};

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{TaskDefinitionField, TaskDefinitionStatus};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;

use crate::{AwsError, ErrorKind};
use model::plan::TaskDefinition;

/// Keeps the body of the last response.
#[derive(Debug, Clone, Default)]
struct KeepBody(Arc<Mutex<Vec<u8>>>);

#[dyn_dispatch_hint]
impl Intercept for KeepBody {
    fn name(&self) -> &'static str {
        "KeepBody"
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

/// Reads a task definition with its tags, whole.
///
/// # Errors
/// [`AwsError`] where ECS does not give it.
pub async fn describe(client: &Client, arn: &str) -> Result<TaskDefinition, AwsError> {
    Ok(read(client, arn).await?.1)
}

/// A revision as ECS has it.
pub struct Found {
    /// The revision itself.
    pub definition: TaskDefinition,
    /// Whether tasks can be started of it: it is not deregistered.
    pub is_active: bool,
}

/// Reads a revision with its tags, whole; none where there is no such revision.
///
/// # Errors
/// [`AwsError`] where ECS does not give it.
pub async fn found(client: &Client, arn: &str) -> Result<Option<Found>, AwsError> {
    match read(client, arn).await {
        Ok((_, definition, is_active)) => Ok(Some(Found { definition, is_active })),
        Err(error) if error.is(&["ClientException"]) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the latest active revision of a family, and gives its ARN; none where
/// there is no such family, or no active revision of it.
///
/// # Errors
/// [`AwsError`] where ECS does not give it.
pub async fn latest(client: &Client, family: &str) -> Result<Option<(String, TaskDefinition)>, AwsError> {
    match read(client, family).await {
        Ok((arn, definition, _)) => Ok(Some((arn, definition))),
        // "An identifier that's not valid" (the ECS API reference,
        // `DescribeTaskDefinition`): a name that is one by its grammar is then nobody's.
        Err(error) if error.is(&["ClientException"]) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The ARN, the revision, and whether it is active.
async fn read(client: &Client, name: &str) -> Result<(String, TaskDefinition, bool), AwsError> {
    let operation = "ecs:DescribeTaskDefinition";
    let body = KeepBody::default();
    let described = client
        .describe_task_definition()
        .task_definition(name)
        .include(TaskDefinitionField::Tags)
        .customize()
        .interceptor(body.clone())
        .send()
        .await
        .map_err(|error| AwsError::new(operation, name, error))?;
    let kept = body.0.lock().map(|bytes| bytes.clone()).unwrap_or_default();
    let unreadable = |message: String| AwsError::unusable(operation, name, message);
    let answer =
        serde_json::from_slice(&kept).map_err(|e| unreadable(format!("the answer is no JSON: {e}")))?;
    let definition = TaskDefinition::from_response(answer).map_err(|error| unreadable(error.to_string()))?;
    let arn = described.task_definition().and_then(|definition| definition.task_definition_arn());
    let arn = arn.ok_or_else(|| unreadable("the answer has no ARN".to_owned()))?;
    let status = described.task_definition().and_then(|definition| definition.status());
    let is_active = status.is_none_or(|status| *status == TaskDefinitionStatus::Active);
    Ok((arn.to_owned(), definition, is_active))
}

/// Registers a revision and gives its ARN.
///
/// # Errors
/// [`AwsError`] where ECS does not take it, with the permission that it may need.
pub async fn register(client: &Client, definition: &TaskDefinition) -> Result<String, AwsError> {
    let operation = "ecs:RegisterTaskDefinition";
    let family = definition.family();
    let body = definition.to_request();
    let registered = client
        .register_task_definition()
        .family(family)
        .customize()
        .mutate_request(move |request| {
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body.as_str());
        })
        .send()
        .await
        .map_err(|error| {
            let mut error = AwsError::new(operation, format!("the family `{family}`"), error);
            // Two registrations of one family at the same moment: ECS takes the other one, and says
            // "Too many concurrent attempts to create a new revision of the specified family".
            if error.is(&["ClientException"]) && error.message.contains("concurrent attempts") {
                error.trouble = ErrorKind::Throttled;
            }
            let denied = |action: &str| error.trouble == ErrorKind::Permission && error.message.contains(action);
            if denied("iam:PassRole") {
                error.with_hint("its roles are handed on: allow `iam:PassRole` on its execution and task roles")
            } else if denied("ecs:TagResource") || (error.trouble == ErrorKind::Permission && definition.has_tags()) {
                error.with_hint("it carries tags: allow `ecs:TagResource` (and `ecs:RegisterTaskDefinition`) to keep them")
            } else {
                error
            }
        })?;
    let arn = registered.task_definition().and_then(|definition| definition.task_definition_arn());
    arn.map(str::to_owned).ok_or_else(|| {
        AwsError::unusable(operation, format!("the family `{family}`"), "the answer names no task definition")
    })
}
