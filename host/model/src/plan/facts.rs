//! What AWS has, as far as a plan needs to know it. Reading it changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::definition::TaskDefinition;
use crate::decision::ServiceName;
use crate::names::{Digest, Place, Region};

/// The facts behind one plan.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The region that the run deploys to.
    pub region: Region,
    /// What the registry has of each image, by the image's name.
    pub images: BTreeMap<String, RegistryImage>,
    /// What building an image lacks here, by the image's name.
    pub lacking: BTreeMap<String, String>,
    /// What ECS has of each service.
    pub services: BTreeMap<(Place, ServiceName), Service>,
    /// What ECS has of each task definition family.
    pub families: BTreeMap<(Place, String), Family>,
}

/// What a registry has of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryImage {
    /// The registry was not asked: it is no ECR, or no tag names this commit.
    Unknown,
    /// There is no such repository.
    NoRepository,
    /// The tag that names this commit, or the promoted reference, is not there.
    Absent,
    /// It is there.
    Present {
        /// Its digest.
        digest: Digest,
        /// All its tags.
        tags: Vec<String>,
    },
}

/// What ECS has of a service.
#[derive(Debug, Clone)]
pub enum Service {
    /// Its cluster does not exist.
    NoCluster,
    /// The cluster has no service of that name.
    NoService,
    /// It is there.
    Found(Box<Running>),
}

/// A service and the task definition that it runs.
#[derive(Debug, Clone)]
pub struct Running {
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub controller: String,
    /// The ARN of the task definition.
    pub task_definition: String,
    /// That definition; none for a service that is not active.
    pub definition: Option<TaskDefinition>,
    /// How far the rollout of that definition is.
    pub rollout: RolloutState,
    /// The task definitions of all its deployments.
    pub deployments: Vec<String>,
    /// The id of its primary deployment.
    pub primary: Option<String>,
    /// When that was made, in seconds since 1970.
    pub begun: Option<f64>,
    /// The account that it is in.
    pub account: String,
    /// Where and how its tasks run.
    pub launch: Launch,
    /// How ECS decides on the number of its tasks.
    pub scheduling: Scheduling,
    /// What ECS itself does about a rollout that fails.
    pub breaker: CircuitBreaker,
}

/// The circuit breaker of a service: what ECS itself does about a rollout that fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CircuitBreaker {
    /// It is not known, or ECS has another way for this kind of deployment.
    #[default]
    Unknown,
    /// There is none: the rollout goes on.
    Off,
    /// It ends the rollout, and leaves the service so.
    Stops,
    /// It takes the service back.
    RollsBack,
}

/// Where and how a service's tasks run: what a one-off task has to say for
/// itself to run beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Launch {
    /// `EC2`, `FARGATE` or `EXTERNAL`, where the service names one.
    pub launch_type: Option<String>,
    /// Its capacity provider strategy; empty where it has a launch type, or
    /// leaves it to the cluster.
    pub capacity_providers: Vec<CapacityProvider>,
    /// The version of Fargate, such as `LATEST`.
    pub platform_version: Option<String>,
    /// The network of tasks that have one of their own (`awsvpc`).
    pub network: Option<Network>,
    /// Which container instances may take its tasks.
    pub placement_constraints: Vec<Placement>,
    /// Which of those take them first.
    pub placement_strategy: Vec<Placement>,
}

/// A rule by which tasks are placed on container instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// Its type: `memberOf` or `distinctInstance` of a constraint, `spread`,
    /// `binpack` or `random` of a strategy.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The expression of a constraint, the field of a strategy.
    pub by: Option<String>,
}

/// A part of a capacity provider strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CapacityProvider {
    /// The provider's name.
    pub provider: String,
    /// Its share of the tasks.
    pub weight: i32,
    /// The tasks that it gets before the shares count.
    pub base: i32,
}

/// The network of tasks that have one of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Network {
    /// The subnets.
    pub subnets: Vec<String>,
    /// The security groups; empty for the default one of the VPC.
    pub security_groups: Vec<String>,
    /// Whether a task gets a public address.
    pub assign_public_ip: bool,
}

/// How ECS decides on the number of a service's tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheduling {
    /// As many as are desired.
    Replica,
    /// One on each container instance.
    Daemon,
}

/// What ECS has of a task definition family.
#[derive(Debug, Clone)]
pub enum Family {
    /// There is none, or none of its revisions is active.
    Absent,
    /// It is there.
    Found(Box<Latest>),
}

/// The latest active revision of a family.
#[derive(Debug, Clone)]
pub struct Latest {
    /// Its ARN.
    pub task_definition: String,
    /// The revision itself.
    pub definition: TaskDefinition,
}

/// How far the rollout of what a service runs is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// ECS calls it complete.
    Complete,
    /// It goes on, in the deployment of this id.
    UnderWay(Option<String>),
    /// It failed, and ECS left it so.
    Failed,
}
