//! Deployments, as DescribeServices returns them in a service's `deployments`, and service deployments, which
//! the API has since October 2024.

use serde_json::Value;

use super::Hook;
use crate::clock::Moment;
use crate::json;

/// An entry of a service's `deployments`.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    /// `ecs-svc/…`.
    pub(crate) id: String,
    /// The ARN of the service revision.
    pub(crate) revision: String,
    /// The ARN.
    pub(crate) task_definition: String,
    pub(crate) is_primary: bool,
    pub(crate) rollout_state: RolloutState,
    pub(crate) rollout_state_reason: String,
    /// The number of consecutive failed tasks.
    pub(crate) failed_tasks: u32,
    /// Whether one of its tasks became healthy. The second stage of the circuit breaker starts then.
    pub(crate) has_healthy_task: bool,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
    pub(crate) service_deployment_arn: String,
    /// The share of the production traffic, in percent.
    pub(crate) production_traffic: f64,
    /// The share of the test traffic, in percent.
    pub(crate) test_traffic: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RolloutState {
    InProgress,
    Completed,
    Failed,
}

impl RolloutState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ServiceDeployment {
    pub(crate) arn: String,
    /// The id of its first entry in the service's `deployments`.
    pub(crate) deployment_id: String,
    /// The ARN of the service revision that is deployed.
    pub(crate) target_revision: String,
    /// The ARNs of the service revisions that are replaced.
    pub(crate) source_revisions: Vec<String>,
    pub(crate) status: ServiceDeploymentStatus,
    pub(crate) status_reason: Option<String>,
    pub(crate) created_at: Moment,
    pub(crate) started_at: Option<Moment>,
    pub(crate) finished_at: Option<Moment>,
    pub(crate) stopped_at: Option<Moment>,
    pub(crate) updated_at: Moment,
    /// The deployment configuration of the service when the service deployment was created. A later one of the
    /// service applies to later deployments only.
    pub(crate) configuration: Value,
    pub(crate) circuit_breaker: CircuitBreaker,
    pub(crate) alarms: DeploymentAlarms,
    pub(crate) rollback: Option<Rollback>,
    pub(crate) lifecycle_stage: Option<LifecycleStage>,
    /// The lifecycle hooks that it has reached, oldest first.
    pub(crate) hooks: Vec<Hook>,
    /// Increases with each lifecycle stage, which makes earlier timers void.
    pub(crate) generation: u32,
    /// The ARN of the service deployment that replaced it.
    pub(crate) replaced_by: Option<String>,
    /// The tasks of each revision when the service deployment finished.
    pub(crate) final_counts: Option<Vec<RevisionTaskCounts>>,
}

impl ServiceDeployment {
    pub(crate) fn strategy(&self) -> &str {
        json::string(&self.configuration, "strategy").unwrap_or("ROLLING")
    }
}

/// The number of tasks of a service revision.
#[derive(Debug, Clone, Default)]
pub(crate) struct RevisionTaskCounts {
    /// The ARN of the service revision.
    pub(crate) revision: String,
    pub(crate) requested: u32,
    pub(crate) running: u32,
    pub(crate) pending: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceDeploymentStatus {
    Pending,
    InProgress,
    Successful,
    StopRequested,
    Stopped,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
}

impl ServiceDeploymentStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::StopRequested => "STOP_REQUESTED",
            Self::Stopped => "STOPPED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
        }
    }

    /// Whether the status cannot change any more ("View service history using Amazon ECS service deployments"
    /// in the developer guide).
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed)
    }

    /// Whether the target revision is being deployed, rather than rolled back or stopped.
    pub(crate) fn is_deploying(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress)
    }
}

/// The deployment circuit breaker.
#[derive(Debug, Clone)]
pub(crate) struct CircuitBreaker {
    pub(crate) is_enabled: bool,
    pub(crate) rolls_back: bool,
    pub(crate) is_triggered: bool,
    pub(crate) failure_count: u32,
    pub(crate) threshold: u32,
}

/// The CloudWatch alarms that can fail a service deployment.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeploymentAlarms {
    pub(crate) is_enabled: bool,
    pub(crate) rolls_back: bool,
    pub(crate) names: Vec<String>,
    pub(crate) triggered_names: Vec<String>,
}

/// A rollback that has started.
#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    pub(crate) reason: String,
    pub(crate) started_at: Moment,
    /// The ARN of the service revision that is restored.
    pub(crate) revision: String,
}

/// A stage of a blue/green, linear or canary deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LifecycleStage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

impl LifecycleStage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ReconcileService => "RECONCILE_SERVICE",
            Self::PreScaleUp => "PRE_SCALE_UP",
            Self::ScaleUp => "SCALE_UP",
            Self::PostScaleUp => "POST_SCALE_UP",
            Self::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            Self::PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            Self::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            Self::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Self::BakeTime => "BAKE_TIME",
            Self::CleanUp => "CLEAN_UP",
        }
    }

    pub(crate) fn next(self) -> Option<Self> {
        Some(match self {
            Self::ReconcileService => Self::PreScaleUp,
            Self::PreScaleUp => Self::ScaleUp,
            Self::ScaleUp => Self::PostScaleUp,
            Self::PostScaleUp => Self::TestTrafficShift,
            Self::TestTrafficShift => Self::PostTestTrafficShift,
            Self::PostTestTrafficShift => Self::ProductionTrafficShift,
            Self::ProductionTrafficShift => Self::PostProductionTrafficShift,
            Self::PostProductionTrafficShift => Self::BakeTime,
            Self::BakeTime => Self::CleanUp,
            Self::CleanUp => return None,
        })
    }
}
