//! What AWS has, as far as a plan needs to know it. Reading it changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::definition::TaskDefinition;
use crate::names::{Digest, Region};
use crate::policy::decision::ServiceName;

/// The facts behind one plan.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The region that the run deploys to.
    pub region: Region,
    /// What the registry has of each image, by the image's name.
    pub images: BTreeMap<String, Pushed>,
    /// What ECS has of each service.
    pub services: BTreeMap<ServiceName, Service>,
}

/// What a registry has of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
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
    pub rollout: Rollout,
    /// The task definitions of all its deployments.
    pub deployments: Vec<String>,
    /// The account that it is in.
    pub account: String,
}

/// How far the rollout of what a service runs is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rollout {
    /// ECS calls it complete.
    Complete,
    /// It goes on, in the deployment of this id.
    UnderWay(Option<String>),
    /// It failed, and ECS left it so.
    Failed,
}
