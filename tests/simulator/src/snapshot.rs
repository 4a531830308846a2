//! The actual state of a service, without the lag of responses.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::clock::Moment;
use crate::model::{Key, Phase};
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
        let key = Key::new(cluster, service);
        let Some(own) = self.services.get(&key) else { return ServiceSnapshot::default() };
        let definition = |revision: &str| own.revision(revision).map(|revision| revision.definition.clone());
        let deployments = own.history.iter().map(|record| DeploymentSnapshot {
            arn: record.arn.clone(),
            id: record.deployment.clone(),
            service_revision: record.target.clone(),
            task_definition: definition(&record.target).unwrap_or_default(),
            status: record.status.name().to_owned(),
            is_final: record.status.is_final(),
            status_reason: record.reason.clone(),
            replaced_by: record.replaced_by.clone(),
            rolled_back_to: record.rollback.as_ref().and_then(|rollback| definition(&rollback.revision)),
            failure_count: record.breaker.count,
            created_at: record.created.seconds(),
            finished_at: record.finished.map(Moment::seconds),
        });
        let live = self.tasks_of(&key).filter(|task| task.is_live() && task.phase != Phase::Stopped);
        let tasks = live.map(|task| TaskSnapshot {
            arn: task.arn.clone(),
            task_definition: task.definition.arn.clone(),
            deployment_id: task.deployment().unwrap_or_default().to_owned(),
            status: task.phase.name().to_owned(),
            is_healthy: task.steady,
            image_digests: task.digests(),
        });
        ServiceSnapshot {
            status: own.state.name().to_owned(),
            task_definition: own.definition().to_owned(),
            desired_count: self.wanted(own),
            deployments: deployments.collect(),
            tasks: tasks.collect(),
            settings: Value::Object(own.settings.clone()),
        }
    }
}
