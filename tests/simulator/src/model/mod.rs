//! What there is: clusters, services, their deployments and revisions, tasks.

pub(crate) mod definition;
pub(crate) mod deployment;
pub(crate) mod names;
pub(crate) mod registry;
pub(crate) mod service;
pub(crate) mod task;

pub(crate) use definition::{TaskDefinition, TaskDefinitions};
pub(crate) use deployment::{
    CircuitBreaker, Deployment, DeploymentAlarms, LifecycleStage, Rollback, RolloutState, ServiceDeployment,
    ServiceDeploymentStatus,
};
pub(crate) use registry::{Image, Repository};
pub(crate) use service::{Cluster, Service, ServiceKey, ServiceRevision};
pub(crate) use task::{HealthStatus, Task, TaskStatus};
