//! What is really so, without lag.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::model::{Key, Phase};
use crate::region::Region;

/// A service, as it really is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Truth {
    /// `ACTIVE`, `DRAINING` or `INACTIVE`; empty where there is no such service.
    pub status: String,
    /// The ARN of the task definition that the service is set to.
    pub task_definition: String,
    /// The desired count.
    pub desired_count: u32,
    /// Every service deployment ever made, oldest first.
    pub deployments: Vec<TrueDeployment>,
    /// The tasks that run or are about to, oldest first.
    pub tasks: Vec<TrueTask>,
    /// All that the service is set to, under the API's names.
    pub settings: Value,
}

impl Truth {
    /// The newest service deployment.
    #[must_use]
    pub fn newest(&self) -> Option<&TrueDeployment> {
        self.deployments.last()
    }
}

/// A service deployment, as it really is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrueDeployment {
    /// Its ARN.
    pub arn: String,
    /// The id in the service's `deployments` that it began with: `ecs-svc/…`.
    pub id: String,
    /// The ARN of the service revision that it deploys.
    pub revision: String,
    /// The ARN of the task definition that it deploys.
    pub task_definition: String,
    /// Its status.
    pub status: String,
    /// Whether that is the last.
    pub is_final: bool,
    /// Its status's reason.
    pub reason: Option<String>,
    /// The ARN of the service deployment that replaced it.
    pub replaced_by: Option<String>,
    /// The ARN of the task definition that it rolled back to.
    pub rolled_back_to: Option<String>,
    /// The circuit breaker's count.
    pub failures: u32,
    /// When it was made, in simulated seconds; negative before time 0.
    pub created_at: f64,
    /// When it came to its end.
    pub finished_at: Option<f64>,
}

/// A task, as it really is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrueTask {
    /// Its ARN.
    pub arn: String,
    /// The ARN of its task definition.
    pub task_definition: String,
    /// The deployment that keeps it now.
    pub deployment: String,
    /// Its last status.
    pub status: String,
    /// Whether it is up and healthy.
    pub healthy: bool,
    /// The digest of each container's image.
    pub digests: BTreeMap<String, String>,
}

impl Region {
    pub(crate) fn truth(&self, cluster: &str, service: &str) -> Truth {
        let key = Key::new(cluster, service);
        let Some(own) = self.services.get(&key) else { return Truth::default() };
        let definition = |revision: &str| own.revision(revision).map(|revision| revision.definition.clone());
        let deployments = own.history.iter().map(|record| TrueDeployment {
            arn: record.arn.clone(),
            id: record.deployment.clone(),
            revision: record.target.clone(),
            task_definition: definition(&record.target).unwrap_or_default(),
            status: record.status.name().to_owned(),
            is_final: record.status.is_final(),
            reason: record.reason.clone(),
            replaced_by: record.replaced_by.clone(),
            rolled_back_to: record.rollback.as_ref().and_then(|rollback| definition(&rollback.revision)),
            failures: record.breaker.count,
            created_at: record.created.seconds(),
            finished_at: record.finished.map(crate::clock::Moment::seconds),
        });
        let live = self.tasks_of(&key).filter(|task| task.is_live() && task.phase != Phase::Stopped);
        let tasks = live.map(|task| TrueTask {
            arn: task.arn.clone(),
            task_definition: task.definition.arn.clone(),
            deployment: task.deployment().unwrap_or_default().to_owned(),
            status: task.phase.name().to_owned(),
            healthy: task.steady,
            digests: task.digests(),
        });
        Truth {
            status: own.state.name().to_owned(),
            task_definition: own.definition().to_owned(),
            desired_count: self.wanted(own),
            deployments: deployments.collect(),
            tasks: tasks.collect(),
            settings: Value::Object(own.settings.clone()),
        }
    }
}
