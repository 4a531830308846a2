//! Stage 5: what became of each target, and the exit code that follows.

use std::fmt;

use serde::Serialize;

/// What became of one target. Never better than what ECS says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// ECS says that the rollout is complete.
    Deployed,
    /// The service ran all of it already; nothing was changed.
    Unchanged,
    /// The rollout was started, and not watched, as the command line said.
    Started,
    /// ECS went back to what ran before.
    RolledBack {
        /// Why, in ECS's words.
        reason: String,
    },
    /// A newer deployment took its place.
    Superseded {
        /// What took its place.
        by: String,
    },
    /// Somebody stopped the deployment.
    Stopped {
        /// Why, in ECS's words.
        reason: String,
    },
    /// The time to watch ended, and the rollout goes on.
    TimedOut {
        /// Seconds that it was watched.
        seconds: u64,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: String,
    },
    /// A signal ended the watch.
    Interrupted {
        /// What goes on in ECS.
        left: String,
    },
}

impl Verdict {
    /// The word by which people and machines know it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Unchanged => "unchanged",
            Self::Started => "started",
            Self::RolledBack { .. } => "rolled back",
            Self::Superseded { .. } => "superseded",
            Self::Stopped { .. } => "stopped",
            Self::TimedOut { .. } => "timed out",
            Self::Failed { .. } => "failed",
            Self::Interrupted { .. } => "interrupted",
        }
    }

    /// Whether the build is in place, or on its way as asked for.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.exit() == Exit::Success
    }

    /// The exit code that this verdict asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Deployed | Self::Unchanged | Self::Started => Exit::Success,
            Self::RolledBack { .. } | Self::Stopped { .. } | Self::Failed { .. } => Exit::Failed,
            Self::Superseded { .. } => Exit::Superseded,
            Self::TimedOut { .. } => Exit::TimedOut,
            Self::Interrupted { .. } => Exit::Signal(2),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployed | Self::Unchanged => f.write_str(self.word()),
            Self::Started => f.write_str("started, and not watched, as asked for"),
            Self::RolledBack { reason } | Self::Stopped { reason } | Self::Failed { reason } => {
                write!(f, "{}: {reason}", self.word())
            }
            Self::Superseded { by } => write!(f, "superseded by {by}"),
            Self::TimedOut { seconds } => {
                write!(f, "timed out after {seconds} s of watching; the rollout goes on in ECS")
            }
            Self::Interrupted { left } => write!(f, "interrupted; {left}"),
        }
    }
}

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
    SaidNo,
    /// 4: the policy broke.
    PolicyBroke,
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
            Self::SaidNo => 3,
            Self::PolicyBroke => 4,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_target_decides() {
        assert_eq!(Exit::worst([Exit::Success, Exit::Superseded, Exit::TimedOut]).code(), 8);
        assert_eq!(Exit::worst([Exit::TimedOut, Exit::Failed, Exit::Success]).code(), 1);
        assert_eq!(Exit::worst([]).code(), 0);
    }

    #[test]
    fn a_rollback_is_no_success() {
        assert_eq!(Verdict::RolledBack { reason: String::new() }.exit().code(), 1);
        assert!(!Verdict::Superseded { by: String::new() }.is_good());
    }
}
