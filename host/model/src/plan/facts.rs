//! The facts of AWS and of the working folder that a plan is made from. Reading them changes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::definition::{LatestRevision, TaskDefinition};
use super::trigger::TriggerFacts;
use crate::decision::{ServiceName, TriggerName};
use crate::lifecycle::Hook;
use crate::names::{Digest, Place, Region};

/// The facts behind one plan.
#[derive(Debug, Clone)]
pub struct PlanFacts {
    /// The run's own region.
    pub region: Region,
    /// The state of each image in its registry, by the image's name.
    pub images: BTreeMap<String, RegistryImage>,
    /// Why an image cannot be built here, a sentence, by the image's name.
    pub build_problems: BTreeMap<String, String>,
    /// Why an immutable repository rejects a tag of an image, a sentence, by the image's name.
    pub tag_conflicts: BTreeMap<String, String>,
    /// The state of each service in ECS.
    pub services: BTreeMap<(Place, ServiceName), ServiceFacts>,
    /// The state of each task definition family in ECS.
    pub families: BTreeMap<(Place, String), FamilyFacts>,
    /// The state of each schedule and each rule in EventBridge.
    pub triggers: BTreeMap<(Place, TriggerName), TriggerFacts>,
    /// What could not be read and a run does not require: sentences.
    pub unread: Vec<String>,
}

impl PlanFacts {
    /// The task definitions of all services, families, schedules and rules.
    pub fn definitions(&self) -> impl Iterator<Item = &TaskDefinition> {
        let of_services = self.services.values().filter_map(|service| match service {
            ServiceFacts::Found(state) => state.definition.as_ref(),
            ServiceFacts::NoCluster | ServiceFacts::NoService => None,
        });
        let of_families = self.families.values().filter_map(|family| match family {
            FamilyFacts::Found(latest) => Some(&latest.definition),
            FamilyFacts::Absent => None,
        });
        let of_triggers = self.triggers.values().filter_map(|trigger| match trigger {
            TriggerFacts::Found(state) => state.revisions.as_ref().map(|revisions| &revisions.definition),
            TriggerFacts::Absent => None,
        });
        of_services.chain(of_families).chain(of_triggers)
    }
}

/// The state of an image in its registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryImage {
    /// Not read: the registry is not Amazon ECR.
    Unknown,
    /// The repository does not exist.
    NoRepository,
    /// The repository contains no image that the plan may reuse: `None` with the tag of this commit or
    /// the promoted reference, or the image is built in any case (`--rebuild`, or no tag names the
    /// commit).
    Absent,
    /// The repository contains the image.
    Present {
        /// Its digest.
        digest: Digest,
        /// All its tags.
        tags: Vec<String>,
    },
}

/// The state of a service in ECS.
#[derive(Debug, Clone)]
pub enum ServiceFacts {
    /// The cluster does not exist.
    NoCluster,
    /// The cluster has no service of that name.
    NoService,
    /// The service exists.
    Found(Box<ServiceState>),
}

/// A service and the task definition that it is set to.
#[derive(Debug, Clone)]
pub struct ServiceState {
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Its deployment controller: `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub controller: String,
    /// Whether it is a service of Express Mode, whose resources ECS manages.
    pub is_express: bool,
    /// The ARN of the task definition.
    pub task_definition: String,
    /// That task definition; `None` for a service that is not active.
    pub definition: Option<TaskDefinition>,
    /// Whether that task definition is deregistered: ECS starts no deployment of it.
    pub is_deregistered: bool,
    /// The latest active revision of its family, if it is another one.
    pub latest: Option<LatestRevision>,
    /// The latest active revision of its family that is newer and that ecs-host did not register.
    pub newer: Option<LatestRevision>,
    /// The state of the rollout of that task definition.
    pub rollout: RolloutState,
    /// The ARNs of the task definitions of all its deployments.
    pub deployed_definitions: Vec<String>,
    /// The id of its primary deployment.
    pub primary_deployment_id: Option<String>,
    /// When that deployment was created, in seconds since the start of 1970 (UTC).
    pub primary_created_at: Option<f64>,
    /// When that deployment changed last, in seconds since the start of 1970 (UTC): when it was complete, if it is.
    pub primary_updated_at: Option<f64>,
    /// Its account.
    pub account: String,
    /// Where and how its tasks run.
    pub launch: LaunchSettings,
    /// How ECS determines the number of its tasks.
    pub scheduling: Scheduling,
    /// The number of tasks that it is to run.
    pub desired_count: u32,
    /// What ECS does when a rollout fails.
    pub circuit_breaker: CircuitBreaker,
    /// How long its strategy lets a rollout wait, in seconds: the bake time, and the times between shifts of the
    /// traffic.
    pub bake_seconds: u64,
    /// The pause at which the rollout of that task definition waits.
    pub pause: Option<Hook>,
    /// Why it could not be read whether that rollout is paused.
    pub pause_read_error: Option<String>,
}

/// The deployment circuit breaker of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CircuitBreaker {
    /// It is not known, or this kind of deployment has none.
    #[default]
    Unknown,
    /// It is off: ECS retries a failing rollout forever.
    Off,
    /// ECS stops a failing rollout and leaves the service so.
    Stops,
    /// ECS stops a failing rollout and rolls it back.
    RollsBack,
}

/// Where and how the tasks of a service run. A one-off task is started with the same settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LaunchSettings {
    /// `EC2`, `FARGATE` or `EXTERNAL`; `None` with a capacity provider strategy.
    pub launch_type: Option<String>,
    /// The capacity provider strategy; empty with a launch type, or if the cluster's default
    /// strategy is used.
    pub capacity_providers: Vec<CapacityProvider>,
    /// The platform version of Fargate, such as `LATEST`.
    pub platform_version: Option<String>,
    /// The network configuration, for the network mode `awsvpc`.
    pub network: Option<TaskNetwork>,
    /// Placement constraints.
    pub placement_constraints: Vec<PlacementRule>,
    /// Placement strategies.
    pub placement_strategy: Vec<PlacementRule>,
}

/// A placement constraint or a placement strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlacementRule {
    /// `memberOf` or `distinctInstance` for a constraint; `spread`, `binpack` or `random` for a
    /// strategy.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The expression of a constraint, the field of a strategy.
    pub by: Option<String>,
}

/// An item of a capacity provider strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CapacityProvider {
    /// The provider's name.
    pub provider: String,
    /// Its share of the tasks, relative to the other items.
    pub weight: i32,
    /// The number of tasks that it gets before the weights count.
    pub base: i32,
}

/// The network configuration of tasks in the network mode `awsvpc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskNetwork {
    /// The ids of the subnets.
    pub subnets: Vec<String>,
    /// The ids of the security groups; empty for the VPC's default one.
    pub security_groups: Vec<String>,
    /// Whether a task gets a public IP address.
    pub assign_public_ip: bool,
}

/// How ECS determines the number of a service's tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scheduling {
    /// The desired count.
    Replica,
    /// One task on each container instance.
    Daemon,
}

/// The state of a task definition family in ECS.
#[derive(Debug, Clone)]
pub enum FamilyFacts {
    /// It has no active revision.
    Absent,
    /// It has an active revision.
    Found(Box<LatestRevision>),
}

/// The state of the rollout of a service's task definition.
///
/// As JSON it is an object with `state`, and with `deployment` for a rollout that is in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "state", content = "deployment", rename_all = "kebab-case")]
pub enum RolloutState {
    /// It is complete.
    Complete,
    /// It is in progress, in the deployment of this id.
    InProgress(Option<String>),
    /// It failed, and the service was left so.
    Failed,
}
