//! How long the stages of a run took.

use std::fmt;
use std::time::Duration;

use crate::output::events::duration_text;
use model::event::DockerStep;

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

/// `build 48 s, push 9.1 s, rollout 1 min 38 s`; empty if nothing took time.
impl fmt::Display for Phases {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = Phase::ALL.into_iter().zip(self.totals).filter(|(_, total)| !total.is_zero());
        let times: Vec<String> =
            times.map(|(phase, total)| format!("{} {}", phase.name(), duration_text(total))).collect();
        formatter.write_str(&times.join(", "))
    }
}
