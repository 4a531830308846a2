//! How the watch of a rollout ends.

use model::progress::Progress;

/// How the watch of a rollout ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// ECS says that it is complete, and its tasks run what was pushed.
    Deployed,
    /// ECS went back to what ran before.
    RolledBack {
        /// Why, in ECS's words.
        reason: String,
    },
    /// A newer deployment took its place.
    Superseded,
    /// Somebody stopped it.
    Stopped {
        /// Why, in ECS's words.
        reason: String,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: String,
    },
    /// The time to watch is over, and it goes on.
    TimedOut {
        /// Seconds that it was to be watched.
        seconds: f64,
        /// How far it was.
        last: Option<Progress>,
        /// Seconds since anything was read of it, where the last look was in vain.
        unread: Option<f64>,
    },
    /// The watch can't go on, and the outcome is not known.
    Lost {
        /// Why.
        reason: String,
    },
}

impl Ended {
    /// How it is over, in words; none where it goes on as far as is known.
    #[must_use]
    pub fn over(&self) -> Option<String> {
        match self {
            Self::Deployed => Some("deployed".to_owned()),
            Self::RolledBack { reason } => Some(format!("rolled back: {reason}")),
            Self::Superseded => Some("superseded".to_owned()),
            Self::Stopped { reason } => Some(format!("stopped: {reason}")),
            Self::Failed { reason } => Some(format!("failed: {reason}")),
            Self::TimedOut { .. } | Self::Lost { .. } => None,
        }
    }
}

/// A rollout that was watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// How it ended.
    pub ended: Ended,
    /// The ARN of its service deployment, where it was found.
    pub service_deployment: Option<String>,
}
