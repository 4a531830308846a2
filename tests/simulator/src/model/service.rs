//! Clusters and services.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::{Deployment, ServiceDeployment, ServiceDeploymentStatus};
use crate::clock::Moment;
use crate::json;

#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    /// The ids of the container instances.
    pub(crate) container_instances: Vec<String>,
    pub(crate) tags: Vec<Value>,
    /// Further parameters of CreateCluster, which DescribeClusters returns.
    pub(crate) parameters: Map<String, Value>,
}

/// The name of a service, which is unique in its cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServiceKey {
    pub(crate) cluster: String,
    pub(crate) service: String,
}

impl ServiceKey {
    pub(crate) fn new(cluster: &str, service: &str) -> Self {
        Self { cluster: cluster.to_owned(), service: service.to_owned() }
    }

    /// `CLUSTER/SERVICE`, as in ARNs.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.cluster, self.service)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ServiceEvent {
    pub(crate) id: String,
    pub(crate) created_at: Moment,
    pub(crate) message: String,
}

/// The settings of a service at the time of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct ServiceRevision {
    pub(crate) arn: String,
    /// The ARN of the task definition.
    pub(crate) task_definition: String,
    /// The settings that a deployment consists of, by their names in the API.
    pub(crate) settings: Map<String, Value>,
    /// The images. Tags are resolved once for each revision.
    pub(crate) images: Vec<ContainerImage>,
    pub(crate) created_at: Moment,
}

/// The image of a container.
#[derive(Debug, Clone)]
pub(crate) struct ContainerImage {
    /// The container's name.
    pub(crate) container: String,
    /// The image as the task definition names it.
    pub(crate) image: String,
    /// The digest that it resolved to; `None` if the repository does not contain the image.
    pub(crate) digest: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) key: ServiceKey,
    pub(crate) arn: String,
    pub(crate) status: ServiceStatus,
    pub(crate) desired_count: u32,
    pub(crate) created_at: Moment,
    /// The parameters of CreateService and UpdateService, by their names in the API.
    pub(crate) settings: Map<String, Value>,
    pub(crate) tags: Vec<Value>,
    /// Newest first.
    pub(crate) deployments: Vec<Deployment>,
    /// Oldest first.
    pub(crate) service_deployments: Vec<ServiceDeployment>,
    pub(crate) revisions: Vec<ServiceRevision>,
    /// Newest first.
    pub(crate) events: VecDeque<ServiceEvent>,
    /// The ARN of the task definition at time 0.
    pub(crate) initial_task_definition: Option<String>,
    /// The number of service deployments at time 0.
    pub(crate) initial_service_deployments: usize,
    /// When the scheduler launches tasks again, after a failure.
    pub(crate) backoff_until: Option<Moment>,
    /// Whether tasks were started or stopped since the last event "has reached a steady state".
    pub(crate) is_unsteady: bool,
}

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

/// The settings whose change starts a deployment. UpdateService's documentation states for each setting
/// whether it does.
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

    /// The deployment configuration, with the default percentages.
    pub(crate) fn full_deployment_configuration(&self) -> Map<String, Value> {
        let mut configuration = json::into_members(self.deployment_configuration().clone());
        let (minimum, maximum) = if self.is_daemon() { (0, 100) } else { (100, 200) };
        configuration.entry("minimumHealthyPercent").or_insert(minimum.into());
        configuration.entry("maximumPercent").or_insert(maximum.into());
        configuration
    }

    /// A Classic Load Balancer has a name instead of a target group.
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
        self.service_deployments.iter().find(|deployment| deployment.arn == arn)
    }

    pub(crate) fn service_deployment_mut(&mut self, arn: &str) -> Option<&mut ServiceDeployment> {
        self.service_deployments.iter_mut().find(|deployment| deployment.arn == arn)
    }

    /// The newest service deployment, unless its status is final.
    pub(crate) fn ongoing_service_deployment(&self) -> Option<&ServiceDeployment> {
        self.service_deployments.last().filter(|deployment| !deployment.status.is_final())
    }

    pub(crate) fn ongoing_service_deployment_mut(&mut self) -> Option<&mut ServiceDeployment> {
        self.service_deployments.last_mut().filter(|deployment| !deployment.status.is_final())
    }

    /// The revision that a rollback restores: the one of the last deployment or rollback that completed.
    pub(crate) fn rollback_revision(&self) -> Option<&ServiceRevision> {
        let arn = self.service_deployments.iter().rev().find_map(|deployment| match deployment.status {
            ServiceDeploymentStatus::Successful => Some(deployment.target_revision.as_str()),
            ServiceDeploymentStatus::RollbackSuccessful => {
                deployment.rollback.as_ref().map(|rollback| rollback.revision.as_str())
            }
            _ => None,
        })?;
        self.revision(arn)
    }
}
