//! How far each target is, for the report of an interrupted run.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::ecs::Rollout;
use model::plan::{TargetName, TargetPlan};

/// How far a target is.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetStep {
    /// Nothing was changed.
    Planned,
    /// The revision is registered, and the service was not updated.
    Registered,
    /// The one-off task of this name runs.
    Task(String),
    /// `UpdateService` was sent with this task definition, and was not answered.
    Updating(String),
    /// The rollout is in progress.
    RollingOut(Rollout),
    /// The rollout ended, as this text states, and is being diagnosed.
    Ended(String),
    /// The rollback of the rollout was requested, and was not answered.
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

/// A target and how far it is.
#[derive(Debug, Clone)]
pub struct TargetState {
    /// The plan of the target.
    pub target: TargetPlan,
    /// How far it is.
    pub step: TargetStep,
}

/// How far all targets are.
#[derive(Debug, Default)]
pub struct TargetStates(RefCell<BTreeMap<TargetName, TargetState>>);

impl TargetStates {
    /// Sets the targets, of which nothing is done yet.
    pub fn plan(&self, targets: &[TargetPlan]) {
        let state = |target: &TargetPlan| TargetState { target: target.clone(), step: TargetStep::Planned };
        *self.0.borrow_mut() = targets.iter().map(|target| (target.name.clone(), state(target))).collect();
    }

    /// Sets how far a target is.
    pub fn set(&self, target: &TargetName, step: TargetStep) {
        if let Some(state) = self.0.borrow_mut().get_mut(target) {
            state.step = step;
        }
    }

    /// The targets without a verdict.
    #[must_use]
    pub fn open(&self) -> Vec<TargetState> {
        self.0.borrow().values().filter(|state| state.step != TargetStep::Done).cloned().collect()
    }
}
