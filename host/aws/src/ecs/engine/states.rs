//! How far each target is, for the moment when a signal comes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::ecs::Rollout;
use model::plan::{TargetName, TargetPlan};

/// How far one target is.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing of it was changed.
    Planned,
    /// A revision is registered; the service has it not yet.
    Registered,
    /// A one-off task of this name runs.
    Task(String),
    /// `UpdateService` was sent, and not answered yet, with this task definition.
    Updating(String),
    /// It rolls out.
    RollingOut(Rollout),
    /// Its rollout came to an end, in these words, and is being explained.
    Over(String),
    /// It is being taken back, and that was not answered yet.
    TakingBack(Rollout),
    /// It is on its way back.
    RollingBack,
    /// Its verdict was told.
    Done,
}

/// A target and how far it is.
#[derive(Debug, Clone)]
pub struct State {
    /// What happens to it.
    pub target: TargetPlan,
    /// How far it is.
    pub step: Step,
}

/// How far all targets are.
#[derive(Debug, Default)]
pub struct States(RefCell<BTreeMap<TargetName, State>>);

impl States {
    /// The targets of a plan, of which nothing is done yet.
    pub fn plan(&self, targets: &[TargetPlan]) {
        let state = |target: &TargetPlan| State { target: target.clone(), step: Step::Planned };
        *self.0.borrow_mut() = targets.iter().map(|target| (target.name.clone(), state(target))).collect();
    }

    /// Sets how far a target is.
    pub fn set(&self, target: &TargetName, step: Step) {
        if let Some(state) = self.0.borrow_mut().get_mut(target) {
            state.step = step;
        }
    }

    /// The targets whose verdict was not told.
    #[must_use]
    pub fn open(&self) -> Vec<State> {
        self.0.borrow().values().filter(|state| state.step != Step::Done).cloned().collect()
    }
}
