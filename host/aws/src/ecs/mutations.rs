//! The calls that change a service or a family, each with its retries: the registration of a revision, and the update
//! of a service.

use tokio::time::Instant;

use super::retry::{MutationError, retry_mutation};
use super::rollout::Rollout;
use super::{Ecs, Retry};
use crate::error::{AwsError, ErrorKind};
use model::decision::ServiceName;
use model::event::{Event, EventSink};
use model::plan::TaskDefinition;

/// The update of a service to a task definition.
#[derive(Debug, Clone, Copy)]
pub(super) struct UpdateRequest<'a> {
    /// The service.
    pub(super) service: &'a ServiceName,
    /// The ARN of the task definition.
    pub(super) task_definition: &'a str,
    /// Whether ECS starts a deployment even if the service has the task definition already.
    pub(super) force_new_deployment: bool,
    /// The id of the primary deployment before the update, if it is known.
    pub(super) primary_deployment_id: Option<&'a str>,
}

/// Registers a revision and returns its ARN. If the response is lost, it reads the family's latest revision to find
/// out whether ECS registered it. `until` ends the retries.
///
/// # Errors
/// [`AwsError`] if ECS rejects it.
pub(super) async fn register_revision(
    ecs: &Ecs,
    definition: &TaskDefinition,
    until: Instant,
    events: &dyn EventSink,
) -> Result<String, AwsError> {
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
    retry_mutation(until, warn, call, find_outcome).await.map_err(MutationError::into_error)
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

/// Updates a service to a task definition, and to nothing else: the desired count belongs to autoscaling.
///
/// If the response is lost, a primary deployment of the task definition is that of this call; with
/// `force_new_deployment`, only if it has another id than `primary_deployment_id`. `until` ends the retries.
///
/// # Errors
/// [`AwsError`] if ECS rejects it.
pub(super) async fn update_service(
    ecs: &Ecs,
    request: &UpdateRequest<'_>,
    until: Instant,
    events: &dyn EventSink,
) -> Result<Rollout, AwsError> {
    let UpdateRequest { service, task_definition, force_new_deployment, primary_deployment_id } = *request;
    let call = async || {
        let updated =
            ecs.update_service(service, task_definition, force_new_deployment, Retry::ByCaller).await?;
        Ok(Rollout::from_primary(service, task_definition, updated.as_ref()).0)
    };
    let find_outcome = async || {
        let found = ecs.describe_service(service, Retry::ByCaller).await?;
        let (rollout, is_same) = Rollout::from_primary(service, task_definition, found.as_ref());
        let is_new = !force_new_deployment || rollout.deployment_id.as_deref() != primary_deployment_id;
        Ok((is_same && is_new).then_some(rollout))
    };
    let warn = |message| events.emit(&Event::Warning { message });
    retry_mutation(until, warn, call, find_outcome).await.map_err(MutationError::into_error)
}
