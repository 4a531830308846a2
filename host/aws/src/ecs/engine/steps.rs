//! The progress of each target, for the report of an interrupted run.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::ecs::rollout::Rollout;
use model::plan::{TargetName, TargetPlan};

/// The last step of a target.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetStep {
    /// Nothing was changed.
    Planned,
    /// The revision is registered, and the service was not updated.
    Registered,
    /// A one-off task runs.
    Task {
        /// The task's name.
        name: String,
        /// The complete rollout that the task follows, or `None` before the update.
        rollout: Option<Rollout>,
    },
    /// `UpdateService` was sent with this task definition, and no response arrived.
    Updating(String),
    /// The replacement of the task definition that a schedule or a rule starts was requested, and no response arrived.
    Replacing(String),
    /// The rollout is in progress.
    RollingOut(Rollout),
    /// The rollout ended and has no verdict yet: it is being diagnosed, or tasks follow it.
    Ended {
        /// The outcome, in words.
        outcome: String,
        /// The rollout, if the service still has its revision.
        rollout: Option<Rollout>,
    },
    /// The rollback of the rollout was requested, and no response arrived.
    RollbackRequested {
        /// The rollout.
        rollout: Rollout,
        /// Whether the rollout was in progress then.
        is_in_progress: bool,
    },
    /// The rollback is in progress.
    RollingBack,
    /// The verdict was reported.
    Done,
}

/// A target and its last step.
#[derive(Debug, Clone)]
pub struct TargetState {
    /// The plan of the target.
    pub target: TargetPlan,
    /// Its last step.
    pub step: TargetStep,
}

/// The last steps of all targets.
#[derive(Debug, Default)]
pub struct TargetStates(RefCell<BTreeMap<TargetName, TargetState>>);

impl TargetStates {
    /// Sets the targets, all of them planned.
    pub fn set_planned(&self, targets: &[TargetPlan]) {
        let state = |target: &TargetPlan| TargetState { target: target.clone(), step: TargetStep::Planned };
        *self.0.borrow_mut() = targets.iter().map(|target| (target.name.clone(), state(target))).collect();
    }

    /// Sets the last step of a target.
    pub fn set(&self, target: &TargetName, step: TargetStep) {
        if let Some(state) = self.0.borrow_mut().get_mut(target) {
            state.step = step;
        }
    }

    /// The targets without a verdict.
    #[must_use]
    pub fn without_verdict(&self) -> Vec<TargetState> {
        self.0.borrow().values().filter(|state| state.step != TargetStep::Done).cloned().collect()
    }
}
