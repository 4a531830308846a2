//! The exit codes.

/// The exit codes of `ecs-host`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: deployed, unchanged or skipped.
    Success,
    /// 7: a newer deployment took its place.
    Superseded,
    /// 8: still rolling out when the time was over.
    TimedOut,
    /// 1: rolled back, stopped or failed in ECS.
    Failed,
    /// 2: the command line or the build's variables are wrong.
    Usage,
    /// 3: the policy said no.
    Rejected,
    /// 4: the policy broke.
    PolicyFailed,
    /// 5: configuration, credentials, a permission, or a missing resource.
    Preflight,
    /// 6: docker build or push.
    Docker,
    /// 128 and the number of the signal that ended the run: 130 for SIGINT,
    /// 143 for SIGTERM.
    Signal(u8),
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Rejected => 3,
            Self::PolicyFailed => 4,
            Self::Preflight => 5,
            Self::Docker => 6,
            Self::Superseded => 7,
            Self::TimedOut => 8,
            Self::Signal(number) => 128 + number,
        }
    }

    /// The exit code of several targets: the worst one's. A failure weighs
    /// more than a rollout that still goes on, that more than one that a newer
    /// build took over.
    #[must_use]
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::Success)
    }
}
