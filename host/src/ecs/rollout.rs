//! Starting a rollout: the new revision, and one `UpdateService` that names it.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::primitives::DateTime;

use crate::aws::AwsError;
use crate::policy::decision::ServiceName;

/// A rollout that this run started, or that it found going on.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// The service.
    pub service: ServiceName,
    /// The ARN of the task definition that it rolls out.
    pub task_definition: String,
    /// The deployment's id in the service's `deployments`, where ECS told it.
    pub deployment: Option<String>,
    /// The task definitions of the deployments that it replaces.
    pub replaced: Vec<String>,
    /// When ECS made the deployment, by its own clock.
    pub created_at: Option<DateTime>,
}

/// Gives a service a task definition. Nothing else of the service is named, so
/// nothing else changes: the desired count belongs to autoscaling.
///
/// With `again`, ECS starts a deployment even of the definition that the
/// service has already.
///
/// # Errors
/// [`AwsError`] where ECS does not take it.
pub async fn update(
    client: &Client,
    service: &ServiceName,
    task_definition: &str,
    again: bool,
) -> Result<Started, AwsError> {
    let answer = client
        .update_service()
        .cluster(&service.cluster)
        .service(&service.service)
        .task_definition(task_definition)
        .set_force_new_deployment(again.then_some(true))
        .send()
        .await
        .map_err(|error| AwsError::new("ecs:UpdateService", format!("service `{service}`"), error))?;
    let deployments = answer.service().map(|service| service.deployments()).unwrap_or_default();
    // The answer to this very call: its primary deployment is the one that the call made.
    let (primary, replaced): (Vec<_>, Vec<_>) =
        deployments.iter().partition(|d| d.status() == Some("PRIMARY"));
    let primary = primary.first();
    Ok(Started {
        service: service.clone(),
        task_definition: task_definition.to_owned(),
        deployment: primary.and_then(|deployment| deployment.id()).map(str::to_owned),
        replaced: replaced.into_iter().filter_map(|d| d.task_definition()).map(str::to_owned).collect(),
        created_at: primary.and_then(|deployment| deployment.created_at()).copied(),
    })
}

impl Started {
    /// A rollout that an earlier run started, found by its deployment's id.
    #[must_use]
    pub fn found(service: &ServiceName, task_definition: &str, deployment: Option<&str>) -> Self {
        Self {
            service: service.clone(),
            task_definition: task_definition.to_owned(),
            deployment: deployment.map(str::to_owned),
            replaced: Vec::new(),
            created_at: None,
        }
    }

    /// A definition that this rollout replaced and that was not among the known
    /// ones: somebody else deployed it in between.
    #[must_use]
    pub fn overtook(&self, known: &[String]) -> Option<&str> {
        self.replaced.iter().find(|replaced| !known.contains(replaced)).map(String::as_str)
    }
}
