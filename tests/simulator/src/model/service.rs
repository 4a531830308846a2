//! Clusters and services.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::deployment::{Deployment, ServiceDeployment, Status};
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
    pub(crate) more: Map<String, Value>,
}

/// A service's name, which is unique in its cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) cluster: String,
    pub(crate) service: String,
}

impl Key {
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
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: Moment,
    pub(crate) message: String,
}

/// A configuration that a service was deployed with.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub(crate) arn: String,
    pub(crate) definition: String,
    /// Those of the service's settings that a deployment is made of.
    pub(crate) settings: Map<String, Value>,
    /// Container, image, digest: a tag is resolved once for a revision.
    pub(crate) images: Vec<(String, String, String)>,
    pub(crate) created: Moment,
}

/// A service.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) key: Key,
    pub(crate) arn: String,
    pub(crate) state: State,
    pub(crate) desired: u32,
    pub(crate) created: Moment,
    /// What CreateService and UpdateService set, under their names.
    pub(crate) settings: Map<String, Value>,
    pub(crate) tags: Vec<Value>,
    /// Newest first.
    pub(crate) deployments: Vec<Deployment>,
    /// Every service deployment, oldest first.
    pub(crate) history: Vec<ServiceDeployment>,
    pub(crate) revisions: Vec<Revision>,
    /// Newest first.
    pub(crate) events: VecDeque<Event>,
    /// The task definition that it had at time 0.
    pub(crate) first: Option<String>,
    /// How many service deployments there were at time 0.
    pub(crate) old_deployments: usize,
    /// Until when no task is launched, after one failed.
    pub(crate) hold: Option<Moment>,
    /// Tasks were started or stopped since the last "steady state" event.
    pub(crate) unsteady: bool,
}

/// A service's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    Draining,
    Inactive,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// The settings that make a deployment when they change, as UpdateService's documentation
/// says of each. Of the others it says that they don't.
pub(crate) const DEPLOYED: [&str; 8] = [
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

    pub(crate) fn definition(&self) -> &str {
        self.setting("taskDefinition").as_str().unwrap_or_default()
    }

    pub(crate) fn controller(&self) -> &str {
        json::text(self.setting("deploymentController"), "type").unwrap_or("ECS")
    }

    pub(crate) fn is_daemon(&self) -> bool {
        self.setting("schedulingStrategy").as_str() == Some("DAEMON")
    }

    pub(crate) fn configuration(&self) -> &Value {
        self.setting("deploymentConfiguration")
    }

    /// The deployment configuration with the percentages that apply where none were given.
    pub(crate) fn full_configuration(&self) -> Map<String, Value> {
        let mut configuration = json::members(self.configuration().clone());
        let (minimum, maximum) = if self.is_daemon() { (0, 100) } else { (100, 200) };
        configuration.entry("minimumHealthyPercent").or_insert(minimum.into());
        configuration.entry("maximumPercent").or_insert(maximum.into());
        configuration
    }

    pub(crate) fn strategy(&self) -> &str {
        json::text(self.configuration(), "strategy").unwrap_or("ROLLING")
    }

    /// A Classic Load Balancer is one with a name and no target group.
    pub(crate) fn is_behind_classic(&self) -> bool {
        self.balancers().iter().any(|balancer| json::given(balancer, "loadBalancerName"))
    }

    pub(crate) fn balancers(&self) -> &[Value] {
        self.setting("loadBalancers").as_array().map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn primary(&self) -> Option<&Deployment> {
        self.deployments.iter().find(|deployment| deployment.primary)
    }

    pub(crate) fn primary_mut(&mut self) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|deployment| deployment.primary)
    }

    pub(crate) fn deployment_mut(&mut self, id: &str) -> Option<&mut Deployment> {
        self.deployments.iter_mut().find(|deployment| deployment.id == id)
    }

    pub(crate) fn revision(&self, arn: &str) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.arn == arn)
    }

    pub(crate) fn record(&self, arn: &str) -> Option<&ServiceDeployment> {
        self.history.iter().find(|record| record.arn == arn)
    }

    pub(crate) fn record_mut(&mut self, arn: &str) -> Option<&mut ServiceDeployment> {
        self.history.iter_mut().find(|record| record.arn == arn)
    }

    /// The service deployment under way: the newest that is not at its end.
    pub(crate) fn ongoing(&self) -> Option<&ServiceDeployment> {
        self.history.last().filter(|record| !record.status.is_final())
    }

    pub(crate) fn ongoing_mut(&mut self) -> Option<&mut ServiceDeployment> {
        self.history.last_mut().filter(|record| !record.status.is_final())
    }

    /// The revision of the most recent deployment that completed: what is rolled back to.
    pub(crate) fn last_good(&self) -> Option<&Revision> {
        let arn = self.history.iter().rev().find_map(|record| match record.status {
            Status::Successful => Some(record.target.as_str()),
            Status::RollbackSuccessful => record.rollback.as_ref().map(|rollback| rollback.revision.as_str()),
            _ => None,
        })?;
        self.revision(arn)
    }
}
