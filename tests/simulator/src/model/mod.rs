//! The resources of ECS, ECR and CloudWatch Logs, and their names.

pub(crate) mod deployment;
mod hook;
pub(crate) mod ids;
pub(crate) mod logs;
pub(crate) mod region_id;
pub(crate) mod registry;
pub(crate) mod service;
pub(crate) mod task;
pub(crate) mod task_definition;
pub(crate) mod timer;

pub(crate) use deployment::{
    CircuitBreaker, Deployment, DeploymentAlarms, LifecycleStage, RevisionTaskCounts, Rollback, RolloutState,
    ServiceDeployment, ServiceDeploymentStatus,
};
pub(crate) use hook::{Hook, HookAction, HookKind, HookStatus};
pub(crate) use logs::{LogGroups, LogStream};
pub(crate) use region_id::{RegionId, short_name};
pub(crate) use registry::{Image, ImageReference, Repository};
pub(crate) use service::{
    Cluster, ContainerImage, Service, ServiceEvent, ServiceKey, ServiceRevision, ServiceStatus,
};
pub(crate) use task::{Container, HealthStatus, Task, TaskOwner, TaskStatus, TaskTimes};
pub(crate) use task_definition::{TaskDefinition, TaskDefinitions};
pub(crate) use timer::{TaskStep, Timer};
