//! Starting a rollout: the new revision, and one `UpdateService` that names it.

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{Deployment, Service};
use tokio::time::Instant;

use super::retry::{MutationError, retry_mutation};
use super::{Ecs, Retry, is_primary, primary_deployment};
use crate::{AwsError, ErrorKind};
use model::decision::ServiceName;
use model::event::Event;
use model::event::EventSink;
use model::names::Digest;
use model::plan::TaskDefinition;

/// A rollout that this run started, or that it found going on.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// The service.
    pub service: ServiceName,
    /// The ARN of the task definition that it rolls out.
    pub task_definition: String,
    /// The deployment's id in the service's `deployments`, if ECS returned it.
    pub deployment: Option<String>,
    /// The task definitions of the deployments that it replaces.
    pub replaced: Vec<String>,
    /// When ECS made the deployment, by its own clock.
    pub created_at: Option<DateTime>,
    /// Whether the service's primary deployment is of that definition.
    pub is_primary: bool,
    /// The ARN of its own service deployment, if it is known already.
    pub service_deployment: Option<String>,
    /// The digest that each container is to run.
    pub digests: Vec<(String, Digest)>,
    /// The ARN of the task definition that it replaces.
    pub before: Option<String>,
}

/// Registers a revision and returns its ARN. If the response is lost, it reads the family's latest revision to find
/// out whether ECS registered it.
///
/// # Errors
/// [`AwsError`] if ECS rejects it.
pub async fn register(
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
    let look = async || {
        let latest = ecs.find_task_definition(definition.family()).await?;
        Ok(latest.filter(|latest| latest.definition == *definition).map(|latest| latest.arn.to_string()))
    };
    let warn = |message| events.emit(&Event::Warning { message });
    retry_mutation(until, warn, call, look).await.map_err(MutationError::into_error)
}

/// Names the permission that a registration may need beyond its own.
fn with_permission_hint(error: AwsError, definition: &TaskDefinition) -> AwsError {
    if error.kind != ErrorKind::Permission {
        return error;
    }
    if error.message.contains("iam:PassRole") {
        error.with_hint("its roles are handed on: allow `iam:PassRole` on its execution and task roles")
    } else if error.message.contains("ecs:TagResource") || definition.has_tags() {
        error.with_hint(
            "it carries tags: allow `ecs:TagResource` (and `ecs:RegisterTaskDefinition`) to keep them",
        )
    } else {
        error
    }
}

/// Gives a service a task definition. Nothing else of the service is named, so
/// nothing else changes: the desired count belongs to autoscaling.
///
/// With `again`, ECS starts a deployment even of the definition that the
/// service has already. `primary` is the id of the service's deployment as far
/// as it was known before: where the answer is lost, another one of the new
/// definition is this call's.
///
/// # Errors
/// [`AwsError`] if ECS rejects it.
pub async fn update(
    ecs: &Ecs,
    wanted: &UpdateRequest<'_>,
    until: Instant,
    events: &dyn EventSink,
) -> Result<Rollout, AwsError> {
    let UpdateRequest { service, task_definition, again, primary } = *wanted;
    let call = async || {
        let updated = ecs.update_service(service, task_definition, again, Retry::ByCaller).await?;
        Ok(Rollout::from_primary(service, task_definition, updated.as_ref()))
    };
    let look = async || {
        let found = ecs.describe_service(service, Retry::ByCaller).await?;
        let started = Rollout::from_primary(service, task_definition, found.as_ref());
        let is_own = started.is_primary && (!again || started.deployment.as_deref() != primary);
        Ok(is_own.then_some(started))
    };
    let warn = |message| events.emit(&Event::Warning { message });
    retry_mutation(until, warn, call, look).await.map_err(MutationError::into_error)
}

/// What a service is to be given.
#[derive(Debug, Clone, Copy)]
pub struct UpdateRequest<'a> {
    /// The service.
    pub service: &'a ServiceName,
    /// The ARN of the task definition.
    pub task_definition: &'a str,
    /// Whether ECS deploys even what the service has already.
    pub again: bool,
    /// The id of its primary deployment before, if it is known.
    pub primary: Option<&'a str>,
}

impl Rollout {
    /// The rollout of a service's primary deployment.
    fn from_primary(service: &ServiceName, task_definition: &str, answer: Option<&Service>) -> Self {
        let deployments = answer.map(Service::deployments).unwrap_or_default();
        let replaced = deployments.iter().filter(|deployment| !is_primary(deployment));
        let primary = answer.and_then(primary_deployment);
        Self {
            deployment: primary.and_then(|deployment| deployment.id()).map(str::to_owned),
            is_primary: primary.and_then(|deployment| deployment.task_definition()) == Some(task_definition),
            replaced: replaced.filter_map(|d| d.task_definition()).map(str::to_owned).collect(),
            created_at: primary.and_then(|deployment| deployment.created_at()).copied(),
            ..Self::found(service, task_definition, None)
        }
    }

    /// A rollout that an earlier run started, found by its deployment's id.
    #[must_use]
    pub fn found(service: &ServiceName, task_definition: &str, deployment: Option<&str>) -> Self {
        Self {
            service: service.clone(),
            task_definition: task_definition.to_owned(),
            deployment: deployment.map(str::to_owned),
            replaced: Vec::new(),
            created_at: None,
            is_primary: true,
            service_deployment: None,
            digests: Vec::new(),
            before: None,
        }
    }

    /// Whether another deployment came after this rollout. ECS's reads lag behind its
    /// writes: an answer may be of before the update, when an older one was primary.
    #[must_use]
    pub fn is_before(&self, other: &Deployment) -> bool {
        let times = self.created_at.as_ref().zip(other.created_at());
        other.id() != self.deployment.as_deref() && times.is_none_or(|(own, others)| others >= own)
    }

    /// A definition that this rollout replaced and that was not among the known
    /// ones: somebody else deployed it in between.
    #[must_use]
    pub fn overtook(&self, known: &[String]) -> Option<&str> {
        self.replaced
            .iter()
            .find(|other| !known.contains(other) && **other != self.task_definition)
            .map(String::as_str)
    }
}
