//! Lifecycle hooks of service deployments (DeploymentLifecycleHookDetail in the API reference).

use super::LifecycleStage;
use crate::clock::Moment;

/// A lifecycle hook that a service deployment has reached.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) stage: LifecycleStage,
    pub(crate) kind: HookKind,
    pub(crate) status: HookStatus,
    pub(crate) expires_at: Moment,
    pub(crate) timeout_action: HookAction,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HookKind {
    /// `PAUSE`: waits for ContinueServiceDeployment.
    Pause,
    /// `AWS_LAMBDA`: the function with this ARN.
    Lambda(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookStatus {
    AwaitingAction,
    InProgress,
    Succeeded,
    Failed,
    TimedOut,
}

impl HookStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingAction => "AWAITING_ACTION",
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookAction {
    Continue,
    Rollback,
}

impl HookAction {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Continue => "CONTINUE",
            Self::Rollback => "ROLLBACK",
        }
    }

    /// The action of this name; `None` for another name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Continue, Self::Rollback].into_iter().find(|action| action.as_str() == name)
    }
}
