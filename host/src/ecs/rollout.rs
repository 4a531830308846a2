//! Starting a rollout: the new revision, and one `UpdateService` that names it.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::primitives::DateTime;
use serde::Serialize;

use crate::aws::AwsError;
use crate::policy::decision::ServiceName;

/// A rollout that this run started, or that it found going on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Started {
    /// The service.
    pub service: ServiceName,
    /// The ARN of the task definition that it rolls out.
    pub task_definition: String,
    /// The ARN of the one that it replaces.
    pub previous: String,
    /// The deployment's id in the service's `deployments`, where ECS told it.
    pub deployment: Option<String>,
    /// When ECS made the deployment, by its own clock.
    #[serde(skip)]
    pub created_at: Option<DateTime>,
}

/// Gives a service a new revision. Nothing else of the service is named, so
/// nothing else changes: the desired count belongs to autoscaling.
///
/// # Errors
/// [`AwsError`] where ECS does not take it.
pub async fn update(
    client: &Client,
    service: &ServiceName,
    task_definition: &str,
    previous: &str,
) -> Result<Started, AwsError> {
    let answer = client
        .update_service()
        .cluster(&service.cluster)
        .service(&service.service)
        .task_definition(task_definition)
        .send()
        .await
        .map_err(|error| AwsError::new("ecs:UpdateService", format!("service `{service}`"), error))?;
    let deployments = answer.service().map(|service| service.deployments()).unwrap_or_default();
    // The answer to this very call: its primary deployment is the one that the call made.
    let primary = deployments.iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    Ok(Started {
        service: service.clone(),
        task_definition: task_definition.to_owned(),
        previous: previous.to_owned(),
        deployment: primary.and_then(|deployment| deployment.id()).map(str::to_owned),
        created_at: primary.and_then(|deployment| deployment.created_at()).copied(),
    })
}
