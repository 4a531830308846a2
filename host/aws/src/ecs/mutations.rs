//! The calls that change a service or a family, each with its retries: the registration of a revision, and the update
//! of a service.

use aws_sdk_ecs::types::{Deployment, Service};
use tokio::time::Instant;

use super::retry::{MutationError, retry_mutation};
use super::rollout::Rollout;
use super::{Ecs, Retry, primary_deployment};
use crate::error::{AwsError, ErrorKind};
use model::decision::ServiceName;
use model::event::{Event, EventSink};
use model::plan::TaskDefinition;

/// The update of a service to a task definition.
#[derive(Debug, Clone, Copy)]
pub(super) struct UpdateRequest<'a> {
    /// The service.
    pub(super) service: &'a ServiceName,
    /// The ARN of the task definition; `None` leaves the one that the service has.
    pub(super) task_definition: Option<&'a str>,
    /// The number of tasks; `None` leaves it to whoever sets it, such as autoscaling.
    pub(super) desired_count: Option<u32>,
    /// Whether ECS starts a deployment even if the service has the task definition already.
    pub(super) force_new_deployment: bool,
}

/// Registers a revision and returns its ARN. If the response is lost, it reads the family's latest revision to find
/// out whether ECS registered it. `until` ends the retries.
///
/// # Errors
/// [`MutationError`] if ECS rejects it, or if it stays unknown whether ECS executed it.
pub(super) async fn register_revision(
    ecs: &Ecs,
    definition: &TaskDefinition,
    until: Instant,
    events: &dyn EventSink,
) -> Result<String, MutationError> {
    let call = async || {
        let (family, body) = (definition.family(), definition.to_request());
        let registered = ecs.register_task_definition(family, body, Retry::ByCaller).await;
        let arn = registered.map_err(|error| with_permission_hint(error, definition))?;
        Ok(arn.to_string())
    };
    let find_outcome = async || {
        let latest = ecs.find_task_definition(definition.family()).await?;
        Ok(latest.filter(|latest| latest.definition.is_same(definition)).map(|latest| latest.arn.to_string()))
    };
    let warn = |message| events.emit(&Event::Warning { message });
    retry_mutation(until, warn, call, find_outcome).await
}

/// Names the permission that a registration may need beyond its own.
fn with_permission_hint(error: AwsError, definition: &TaskDefinition) -> AwsError {
    if error.kind != ErrorKind::Permission {
        return error;
    }
    if error.message.contains("iam:PassRole") {
        error.with_hint(
            "registering it passes its roles to ECS: allow `iam:PassRole` on the execution and task roles",
        )
    } else if error.message.contains("ecs:TagResource") || definition.has_tags() {
        error.with_hint("the task definition has tags: allow `ecs:TagResource` to register it with them")
    } else {
        error
    }
}

/// Updates a service to the task definition and the number of tasks of a request, and changes nothing else.
///
/// If the response is lost, a primary deployment of the task definition is that of this call; with
/// `force_new_deployment`, only if it has another id than the one before the call, which is read for that. `until` ends
/// the retries.
///
/// # Errors
/// [`MutationError`] if ECS rejects it, or if it stays unknown whether ECS executed it.
pub(super) async fn update_service(
    ecs: &Ecs,
    request: &UpdateRequest<'_>,
    until: Instant,
    events: &dyn EventSink,
) -> Result<Rollout, MutationError> {
    let UpdateRequest { service, task_definition, desired_count, force_new_deployment } = *request;
    let replaced = match force_new_deployment {
        true => {
            let found = ecs.describe_service(service, Retry::BySdk).await;
            let found = found.map_err(|error| MutationError {
                error: Box::new(error),
                is_outcome_unknown: false,
                unread: None,
            })?;
            found.as_ref().and_then(primary_deployment).and_then(Deployment::id).map(str::to_owned)
        }
        false => None,
    };
    let to_rollout = |found: Option<&Service>| {
        let present = found.and_then(Service::task_definition).unwrap_or_default();
        Rollout::from_primary(service, task_definition.unwrap_or(present), found)
    };
    let call = async || {
        let retry = Retry::ByCaller;
        let updated =
            ecs.update_service(service, task_definition, desired_count, force_new_deployment, retry).await?;
        Ok(to_rollout(updated.as_ref()).0)
    };
    let find_outcome = async || {
        let found = ecs.describe_service(service, Retry::ByCaller).await?;
        let (rollout, is_same) = to_rollout(found.as_ref());
        let is_new = !force_new_deployment || rollout.deployment_id != replaced;
        let has_count = |service: &Service| {
            desired_count.is_none_or(|count| u32::try_from(service.desired_count()) == Ok(count))
        };
        Ok((is_same && is_new && found.as_ref().is_some_and(has_count)).then_some(rollout))
    };
    let warn = |message| events.emit(&Event::Warning { message });
    retry_mutation(until, warn, call, find_outcome).await
}
