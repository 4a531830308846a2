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
    pub(crate) definition: String,
    pub(crate) primary: bool,
    pub(crate) rollout: Rollout,
    pub(crate) reason: String,
    /// Failed tasks in a row.
    pub(crate) failed: u32,
    /// Some task of it came up well: the circuit breaker's second stage.
    pub(crate) came_up: bool,
    pub(crate) created: Moment,
    pub(crate) updated: Moment,
    /// The service deployment that it belongs to.
    pub(crate) record: String,
    /// Its share of the production traffic and of the test traffic, in percent.
    pub(crate) traffic: f64,
    pub(crate) test_traffic: f64,
}

/// How far a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rollout {
    InProgress,
    Completed,
    Failed,
}

impl Rollout {
    pub(crate) fn name(self) -> &'static str {
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
    pub(crate) deployment: String,
    pub(crate) target: String,
    pub(crate) sources: Vec<String>,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) created: Moment,
    pub(crate) started: Option<Moment>,
    pub(crate) finished: Option<Moment>,
    pub(crate) stopped: Option<Moment>,
    pub(crate) updated: Moment,
    pub(crate) configuration: Value,
    pub(crate) breaker: Breaker,
    pub(crate) alarms: Alarms,
    pub(crate) rollback: Option<Rollback>,
    pub(crate) stage: Option<Stage>,
    /// Counts the stages' turns, so that an old turn's timer is known as old.
    pub(crate) turn: u32,
    pub(crate) replaced_by: Option<String>,
    /// Requested, running and pending tasks of each revision, as it ended.
    pub(crate) final_counts: Option<Vec<(String, [u32; 3])>>,
}

/// A service deployment's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
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

impl Status {
    pub(crate) fn name(self) -> &'static str {
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
    pub(crate) fn goes_forward(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress)
    }
}

/// The circuit breaker of a service deployment.
#[derive(Debug, Clone)]
pub(crate) struct Breaker {
    pub(crate) enabled: bool,
    pub(crate) rollback: bool,
    pub(crate) triggered: bool,
    pub(crate) count: u32,
    pub(crate) threshold: u32,
}

/// The alarms of a service deployment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Alarms {
    pub(crate) enabled: bool,
    pub(crate) rollback: bool,
    pub(crate) names: Vec<String>,
    pub(crate) triggered: Vec<String>,
}

/// A rollback under way, or done.
#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    pub(crate) reason: String,
    pub(crate) started: Moment,
    /// The revision that is rolled back to.
    pub(crate) revision: String,
}

/// A stage of a blue/green, linear or canary deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
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

impl Stage {
    pub(crate) fn name(self) -> &'static str {
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
