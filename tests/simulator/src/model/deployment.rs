//! Deployments: the entries of a service's `deployments`, and the service deployments
//! that the API of October 2024 tells of.

use serde_json::Value;

use crate::clock::Moment;

/// An entry of a service's `deployments`.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    /// `ecs-svc/…`.
    pub(crate) id: String,
    pub(crate) revision: String,
    pub(crate) task_definition: String,
    pub(crate) is_primary: bool,
    pub(crate) rollout_state: RolloutState,
    pub(crate) rollout_state_reason: String,
    /// Failed tasks in a row.
    pub(crate) failed_tasks: u32,
    /// Some task of it came up well: the circuit breaker's second stage.
    pub(crate) has_healthy_task: bool,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
    /// The service deployment that it belongs to.
    pub(crate) service_deployment: String,
    /// Its share of the production traffic and of the test traffic, in percent.
    pub(crate) production_traffic: f64,
    pub(crate) test_traffic: f64,
}

/// How far a deployment is.
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

/// A service deployment.
#[derive(Debug, Clone)]
pub(crate) struct ServiceDeployment {
    pub(crate) arn: String,
    /// The entry in `deployments` that it began with.
    pub(crate) deployment_id: String,
    pub(crate) target_revision: String,
    pub(crate) source_revisions: Vec<String>,
    pub(crate) status: ServiceDeploymentStatus,
    pub(crate) status_reason: Option<String>,
    pub(crate) created_at: Moment,
    pub(crate) started_at: Option<Moment>,
    pub(crate) finished_at: Option<Moment>,
    pub(crate) stopped_at: Option<Moment>,
    pub(crate) updated_at: Moment,
    pub(crate) configuration: Value,
    pub(crate) circuit_breaker: CircuitBreaker,
    pub(crate) alarms: DeploymentAlarms,
    pub(crate) rollback: Option<Rollback>,
    pub(crate) lifecycle_stage: Option<LifecycleStage>,
    /// Counts the stages' turns, so that an old turn's timer is known as old.
    pub(crate) generation: u32,
    pub(crate) replaced_by: Option<String>,
    /// Requested, running and pending tasks of each revision, as it ended.
    pub(crate) final_counts: Option<Vec<(String, [u32; 3])>>,
}

/// A service deployment's status.
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

    /// Whether nothing comes after it ("View service history using Amazon ECS service
    /// deployments" in the developer guide).
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed)
    }

    /// Whether the new revision is still wanted.
    pub(crate) fn is_deploying(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress)
    }
}

/// The circuit breaker of a service deployment.
#[derive(Debug, Clone)]
pub(crate) struct CircuitBreaker {
    pub(crate) is_enabled: bool,
    pub(crate) rolls_back: bool,
    pub(crate) is_triggered: bool,
    pub(crate) failure_count: u32,
    pub(crate) threshold: u32,
}

/// The alarms of a service deployment.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeploymentAlarms {
    pub(crate) is_enabled: bool,
    pub(crate) rolls_back: bool,
    pub(crate) names: Vec<String>,
    pub(crate) triggered_names: Vec<String>,
}

/// A rollback under way, or done.
#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    pub(crate) reason: String,
    pub(crate) started_at: Moment,
    /// The revision that is rolled back to.
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
