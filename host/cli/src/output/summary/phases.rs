//! How long the stages of a run took.

use std::fmt;
use std::time::Duration;

use crate::output::events::duration_text;
use model::event::DockerStep;
use model::verdict::Verdict;

/// A stage that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Build,
    Push,
    Rollout,
}

impl Phase {
    const ALL: [Self; 3] = [Self::Build, Self::Push, Self::Rollout];

    pub(super) fn of(step: DockerStep) -> Self {
        match step {
            DockerStep::Build => Self::Build,
            DockerStep::Push => Self::Push,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Push => "push",
            Self::Rollout => "rollout",
        }
    }
}

/// The time in each stage.
#[derive(Debug, Default)]
pub(super) struct Phases {
    /// The stage of now, and the time up to which it is counted.
    current: Option<(Phase, Duration)>,
    totals: [Duration; Phase::ALL.len()],
    /// Whether the run has waited for a rollout. What only starts one, or registers a revision, is none.
    has_rollout: bool,
}

impl Phases {
    /// A stage starts, or goes on. The one before it ends.
    pub(super) fn enter(&mut self, phase: Phase, at: Duration) {
        self.mark(at);
        self.current = Some((phase, at));
    }

    /// The stage of now ends.
    pub(super) fn leave(&mut self, at: Duration) {
        self.mark(at);
        self.current = None;
    }

    /// The run waits for a rollout, or for a task of one.
    pub(super) fn wait_for_rollout(&mut self) {
        self.has_rollout = true;
    }

    /// Counts the stage of now up to this time.
    pub(super) fn mark(&mut self, at: Duration) {
        if let Some((phase, since)) = &mut self.current {
            if let Some(total) = self.totals.get_mut(*phase as usize) {
                *total += at.saturating_sub(*since);
            }
            *since = at;
        }
    }
}

/// Whether a verdict is the end of a rollout that the run has waited for. One that failed may not have begun.
pub(super) fn ends_watch(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Deployed { .. }
        | Verdict::Reverted { .. }
        | Verdict::RolledBack { .. }
        | Verdict::Superseded { .. }
        | Verdict::Stopped { .. }
        | Verdict::TimedOut { .. }
        | Verdict::Unknown { .. }
        | Verdict::Paused { .. }
        | Verdict::Reached { .. }
        | Verdict::Interrupted { .. } => true,
        Verdict::Unchanged
        | Verdict::Registered { .. }
        | Verdict::Started
        | Verdict::Failed { .. }
        | Verdict::NotStarted { .. } => false,
    }
}

/// `build 48 s, push 9.1 s, rollout 1 min 38 s`; empty if nothing took time.
impl fmt::Display for Phases {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_shown = |(phase, total): &(Phase, Duration)| {
            !total.is_zero() && (*phase != Phase::Rollout || self.has_rollout)
        };
        let times = Phase::ALL.into_iter().zip(self.totals).filter(is_shown);
        let times: Vec<String> =
            times.map(|(phase, total)| format!("{} {}", phase.name(), duration_text(total))).collect();
        formatter.write_str(&times.join(", "))
    }
}
