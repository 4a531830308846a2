//! Clusters and services.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::deployment::{Deployment, ServiceDeployment, ServiceDeploymentStatus};
use crate::clock::Moment;
use crate::json;

/// A cluster.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    /// The ids of its container instances.
    pub(crate) instances: Vec<String>,
    pub(crate) tags: Vec<Value>,
    /// What else CreateCluster was given.
    pub(crate) extra_fields: Map<String, Value>,
}

/// A service's name, which is unique in its cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServiceKey {
    pub(crate) cluster: String,
    pub(crate) service: String,
}

impl ServiceKey {
    pub(crate) fn new(cluster: &str, service: &str) -> Self {
        Self { cluster: cluster.to_owned(), service: service.to_owned() }
    }

    /// As the names in ARNs have it.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.cluster, self.service)
    }
}

/// A line in a service's events.
#[derive(Debug, Clone)]
pub(crate) struct ServiceEvent {
    pub(crate) id: String,
    pub(crate) created_at: Moment,
    pub(crate) message: String,
}

/// A configuration that a service was deployed with.
#[derive(Debug, Clone)]
pub(crate) struct ServiceRevision {
    pub(crate) arn: String,
    pub(crate) task_definition: String,
    /// Those of the service's settings that a deployment is made of.
    pub(crate) settings: Map<String, Value>,
    /// Container, image, digest: a tag is resolved once for a revision.
    pub(crate) images: Vec<(String, String, String)>,
    pub(crate) created_at: Moment,
}

/// A service.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) key: ServiceKey,
    pub(crate) arn: String,
    pub(crate) status: ServiceStatus,
    pub(crate) desired_count: u32,
    pub(crate) created_at: Moment,
    /// What CreateService and UpdateService set, under their names.
    pub(crate) settings: Map<String, Value>,
    pub(crate) tags: Vec<Value>,
    /// Newest first.
    pub(crate) deployments: Vec<Deployment>,
    /// Every service deployment, oldest first.
    pub(crate) service_deployments: Vec<ServiceDeployment>,
    pub(crate) revisions: Vec<ServiceRevision>,
    /// Newest first.
    pub(crate) events: VecDeque<ServiceEvent>,
    /// The task definition that it had at time 0.
    pub(crate) initial_task_definition: Option<String>,
    /// How many service deployments there were at time 0.
    pub(crate) initial_deployments: usize,
    /// Until when no task is launched, after one failed.
    pub(crate) backoff_until: Option<Moment>,
    /// Tasks were started or stopped since the last "steady state" event.
    pub(crate) is_unsteady: bool,
}

/// A service's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceStatus {
    Active,
    Draining,
    Inactive,
}

impl ServiceStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// The settings that make a deployment when they change, as UpdateService's documentation
/// says of each. Of the others it says that they don't.
pub(crate) const DEPLOYMENT_SETTINGS: [&str; 8] = [
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

impl Service {
    pub(crate) fn setting(&self, name: &str) -> &Value {
        self.settings.get(name).unwrap_or(&Value::Null)
    }

    pub(crate) fn task_definition(&self) -> &str {
        self.setting("taskDefinition").as_str().unwrap_or_default()
    }

    pub(crate) fn controller(&self) -> &str {
        json::string(self.setting("deploymentController"), "type").unwrap_or("ECS")
    }

    pub(crate) fn is_daemon(&self) -> bool {
        self.setting("schedulingStrategy").as_str() == Some("DAEMON")
    }

    pub(crate) fn deployment_configuration(&self) -> &Value {
        self.setting("deploymentConfiguration")
    }

    /// The deployment configuration with the percentages that apply where none were given.
    pub(crate) fn full_deployment_configuration(&self) -> Map<String, Value> {
        let mut configuration = json::into_members(self.deployment_configuration().clone());
        let (minimum, maximum) = if self.is_daemon() { (0, 100) } else { (100, 200) };
        configuration.entry("minimumHealthyPercent").or_insert(minimum.into());
        configuration.entry("maximumPercent").or_insert(maximum.into());
        configuration
    }

    pub(crate) fn strategy(&self) -> &str {
        json::string(self.deployment_configuration(), "strategy").unwrap_or("ROLLING")
    }

    /// A Classic Load Balancer is one with a name and no target group.
    pub(crate) fn has_classic_load_balancer(&self) -> bool {
        self.load_balancers().iter().any(|balancer| json::is_set(balancer, "loadBalancerName"))
    }

    pub(crate) fn load_balancers(&self) -> &[Value] {
        self.setting("loadBalancers").as_array().map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn primary_deployment(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.is_primary)
    }

    pub(crate) fn primary_deployment_mut(&mut self) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|deployment| deployment.is_primary)
    }

    pub(crate) fn deployment_mut(&mut self, id: &str) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|deployment| deployment.id == id)
    }

    pub(crate) fn revision(&self, arn: &str) -> Option<&ServiceRevision> {
        self.revisions.iter().find(|revision| revision.arn == arn)
    }

    pub(crate) fn service_deployment(&self, arn: &str) -> Option<&ServiceDeployment> {
        self.service_deployments.iter().find(|record| record.arn == arn)
    }

    pub(crate) fn service_deployment_mut(&mut self, arn: &str) -> Option<&mut ServiceDeployment> {
        self.service_deployments.iter_mut().find(|record| record.arn == arn)
    }

    /// The service deployment under way: the newest that is not at its end.
    pub(crate) fn ongoing_service_deployment(&self) -> Option<&ServiceDeployment> {
        self.service_deployments.last().filter(|record| !record.status.is_final())
    }

    pub(crate) fn ongoing_service_deployment_mut(&mut self) -> Option<&mut ServiceDeployment> {
        self.service_deployments.last_mut().filter(|record| !record.status.is_final())
    }

    /// The revision of the most recent deployment that completed: what is rolled back to.
    pub(crate) fn rollback_revision(&self) -> Option<&ServiceRevision> {
        let arn = self.service_deployments.iter().rev().find_map(|record| match record.status {
            ServiceDeploymentStatus::Successful => Some(record.target_revision.as_str()),
            ServiceDeploymentStatus::RollbackSuccessful => {
                record.rollback.as_ref().map(|rollback| rollback.revision.as_str())
            }
            _ => None,
        })?;
        self.revision(arn)
    }
}
