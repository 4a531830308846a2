//! What there is: clusters, services, their deployments and revisions, tasks.

pub(crate) mod definition;
pub(crate) mod deployment;
pub(crate) mod names;
pub(crate) mod registry;
pub(crate) mod service;
pub(crate) mod task;

pub(crate) use definition::{Definition, Families};
pub(crate) use deployment::{
    Alarms, Breaker, Deployment, Rollback, Rollout, ServiceDeployment, Stage, Status,
};
pub(crate) use registry::{Image, Repository};
pub(crate) use service::{Cluster, Key, Revision, Service};
pub(crate) use task::{Health, Phase, Task};
