//! The actual state of a service, without the lag of responses.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::clock::Moment;
use crate::model::ServiceKey;
use crate::region::Region;

/// The state of a service.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ServiceSnapshot {
    /// `ACTIVE`, `DRAINING` or `INACTIVE`; empty if the service does not exist.
    pub status: String,
    /// The ARN of the service's task definition.
    pub task_definition: String,
    /// The number of tasks that the service is to run.
    pub desired_count: u32,
    /// All service deployments, oldest first.
    pub deployments: Vec<DeploymentSnapshot>,
    /// The tasks that run or start, oldest first.
    pub tasks: Vec<TaskSnapshot>,
    /// The service's settings, by their names in the API.
    pub settings: Value,
}

impl ServiceSnapshot {
    /// The newest service deployment.
    #[must_use]
    pub fn newest_deployment(&self) -> Option<&DeploymentSnapshot> {
        self.deployments.last()
    }
}

/// The state of a service deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploymentSnapshot {
    /// The ARN.
    pub arn: String,
    /// The id of its first entry in the service's `deployments`: `ecs-svc/…`.
    pub id: String,
    /// The ARN of its target service revision.
    pub service_revision: String,
    /// The ARN of the task definition of that revision.
    pub task_definition: String,
    /// The status.
    pub status: String,
    /// Whether the status is final.
    pub is_final: bool,
    /// The reason for the status.
    pub status_reason: Option<String>,
    /// The ARN of the service deployment that replaced it.
    pub replaced_by: Option<String>,
    /// The ARN of the task definition that it rolled back to.
    pub rolled_back_to: Option<String>,
    /// The circuit breaker's failure count.
    pub failure_count: u32,
    /// When it was created, in simulated seconds; negative before time 0.
    pub created_at: f64,
    /// When it reached its final status, in simulated seconds.
    pub finished_at: Option<f64>,
}

/// The state of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskSnapshot {
    /// The ARN.
    pub arn: String,
    /// The ARN of the task definition.
    pub task_definition: String,
    /// The id of the entry in the service's `deployments` that the task belongs to.
    pub deployment_id: String,
    /// The last status.
    pub status: String,
    /// Whether the task runs and passed its health checks.
    pub is_healthy: bool,
    /// The image digests by container name.
    pub image_digests: BTreeMap<String, String>,
}

impl Region {
    /// The state of a service; the default if it does not exist.
    pub(crate) fn service_snapshot(&self, cluster: &str, service: &str) -> ServiceSnapshot {
        let key = ServiceKey::new(cluster, service);
        let Some(service) = self.services.get(&key) else { return ServiceSnapshot::default() };
        let task_definition =
            |revision: &str| service.revision(revision).map(|revision| revision.task_definition.clone());
        let deployments = service.service_deployments.iter().map(|deployment| DeploymentSnapshot {
            arn: deployment.arn.clone(),
            id: deployment.deployment_id.clone(),
            service_revision: deployment.target_revision.clone(),
            task_definition: task_definition(&deployment.target_revision).unwrap_or_default(),
            status: deployment.status.as_str().to_owned(),
            is_final: deployment.status.is_final(),
            status_reason: deployment.status_reason.clone(),
            replaced_by: deployment.replaced_by.clone(),
            rolled_back_to: deployment
                .rollback
                .as_ref()
                .and_then(|rollback| task_definition(&rollback.revision)),
            failure_count: deployment.circuit_breaker.failure_count,
            created_at: deployment.created_at.seconds(),
            finished_at: deployment.finished_at.map(Moment::seconds),
        });
        let tasks = self.service_tasks(&key).filter(|task| task.is_live()).map(|task| TaskSnapshot {
            arn: task.arn.clone(),
            task_definition: task.task_definition.arn.clone(),
            deployment_id: task.deployment_id().unwrap_or_default().to_owned(),
            status: task.last_status.as_str().to_owned(),
            is_healthy: task.is_healthy,
            image_digests: task.image_digests(),
        });
        ServiceSnapshot {
            status: service.status.as_str().to_owned(),
            task_definition: service.task_definition().to_owned(),
            desired_count: self.desired_tasks(service),
            deployments: deployments.collect(),
            tasks: tasks.collect(),
            settings: Value::Object(service.settings.clone()),
        }
    }
}
