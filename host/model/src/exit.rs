//! The exit codes.

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

/// The outcome of a run, which is its exit code.
///
/// The order is that of [`Exit::worst`]: what needs more attention is greater. As JSON it is
/// `{"exit_code": 7, "outcome": "superseded"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: deployed, unchanged or skipped.
    Success,
    /// 7: a newer deployment replaced the rollout, or a newer build runs already.
    Superseded,
    /// 9: a rollout waits for a person, who is to continue it.
    Paused,
    /// 8: the outcome was not known in time. The rollout was in progress when the time to watch ended, or ECS could
    /// not be read.
    Unknown,
    /// 1: rolled back, stopped or failed in ECS.
    Failed,
    /// 2: the command line, the project's file or the build's variables are invalid.
    Usage,
    /// 3: the policy rejected the build, a setting is invalid, the operator does not allow the answer, or a guard denies the
    /// plan.
    Rejected,
    /// 4: the policy or a guard failed: a trap, a limit, the wrong world, an invalid answer.
    PolicyFailed,
    /// 5: configuration, credentials, a permission, or a missing resource.
    Preflight,
    /// 6: docker build or push.
    Docker,
    /// 128 and the number of the signal that ended the run: 130 for SIGINT, 131 for SIGQUIT, 143 for SIGTERM.
    Signal(u8),
}

impl Exit {
    /// The process's exit code.
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
            Self::Unknown => 8,
            Self::Paused => 9,
            Self::Signal(number) => 128 + number,
        }
    }

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Rejected => "rejected",
            Self::PolicyFailed => "policy-failed",
            Self::Preflight => "preflight",
            Self::Docker => "docker",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
            Self::Paused => "paused",
            Self::Signal(_) => "interrupted",
        }
    }

    /// The exit of a run with several targets: a signal before a failure, a failure before a
    /// rollout that is still in progress, and that before a newer build. Success for none.
    #[must_use]
    pub fn worst(exits: impl IntoIterator<Item = Self>) -> Self {
        exits.into_iter().max().unwrap_or(Self::Success)
    }
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Exit", 2)?;
        fields.serialize_field("exit_code", &self.code())?;
        fields.serialize_field("outcome", self.as_str())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_target_decides_the_exit_code() {
        assert_eq!(Exit::worst([Exit::Success, Exit::Superseded, Exit::Unknown]).code(), 8);
        assert_eq!(Exit::worst([Exit::Unknown, Exit::Failed, Exit::Success]).code(), 1);
        assert_eq!(Exit::worst([Exit::Failed, Exit::Preflight, Exit::Signal(15)]).code(), 143);
        assert_eq!(Exit::worst([]).code(), 0);
    }
}
