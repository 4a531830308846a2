//! What happens at a point in simulated time.

use super::ServiceKey;
use crate::scenario::{Change, ContainerExit};

/// An effect that is due at a moment. A timer with a `generation` is void if its task or service deployment
/// has a newer generation by then.
#[derive(Debug, Clone)]
pub(crate) enum Timer {
    /// A task takes its next step.
    Task { id: String, generation: u32, step: TaskStep },
    /// A service deployment leaves PENDING.
    StartDeployment { key: ServiceKey, service_deployment_arn: String },
    /// A rollback that StopServiceDeployment requested starts.
    StartRollback { key: ServiceKey, service_deployment_arn: String },
    /// A stop that StopServiceDeployment requested completes.
    StopDeployment { key: ServiceKey, service_deployment_arn: String },
    /// A lifecycle stage of a blue/green deployment ends.
    EndStage { key: ServiceKey, service_deployment_arn: String, generation: u32 },
    /// A pause ends by its timeout.
    ExpireHook { key: ServiceKey, service_deployment_arn: String, hook: String },
    /// The bake time of a rolling deployment ends.
    EndBakeTime { key: ServiceKey, service_deployment_arn: String, generation: u32 },
    /// The scheduler compares the tasks of a service with what its deployments require.
    Reconcile { key: ServiceKey },
    /// Another party makes a change.
    ApplyChange(Box<Change>),
}

/// A step in the life of a task.
#[derive(Debug, Clone)]
pub(crate) enum TaskStep {
    /// The task has been placed, and pulls its images.
    Placed,
    /// The images have been pulled.
    Pulled,
    /// The containers run.
    Started,
    /// A container, by name, writes a log line.
    LogLine(String, String),
    /// The task passed its health checks, or ran for long enough without one.
    BecameHealthy,
    /// The essential containers exited on their own.
    ContainersExited,
    /// One container exited on its own.
    ContainerExited(ContainerExit),
    /// The health check failed.
    Unhealthy,
    /// The load balancer has deregistered the task.
    Drained,
    /// The containers ended after they had been stopped.
    ContainersStopped,
    /// The task's resources have been released.
    Deprovisioned,
    /// DescribeTasks no longer returns the task.
    RetentionEnded,
}
