//! How the watch of a rollout ends, and the verdict that follows.

use model::progress::Progress;
use model::verdict::{NewerDeployment, Verdict};

/// How the watch of a rollout ended. It is no [`Verdict`] yet: a failed rollout may still be rolled
/// back, and a verdict names facts that are read after the end.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchEnd {
    /// ECS reports that the rollout is complete, and its tasks run what was pushed.
    Deployed,
    /// ECS went back to what ran before.
    RolledBack {
        /// Why, in ECS's words.
        reason: String,
    },
    /// A newer deployment replaced it.
    Superseded,
    /// Someone stopped it.
    Stopped {
        /// Why, in ECS's words.
        reason: String,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: String,
    },
    /// The time to watch is over, and the rollout is in progress.
    TimedOut {
        /// Seconds that it was to be watched.
        seconds: f64,
        /// How far it was.
        last: Option<Progress>,
        /// Seconds since anything was read of it, if the last reads failed.
        unread: Option<f64>,
    },
    /// The watch cannot continue, and the outcome is unknown.
    Lost {
        /// Why.
        reason: String,
    },
}

/// What a verdict names besides the end of the watch. Each is read only if the end needs it.
#[derive(Debug, Default)]
pub struct VerdictFacts {
    /// The ARN of the task definition that the service runs after a rollback, if it could be read.
    pub runs: Option<String>,
    /// The deployment that replaced the rollout.
    pub newer: NewerDeployment,
    /// What to do after a timeout.
    pub next: String,
}

impl WatchEnd {
    /// The verdict on the rollout, if nothing else follows.
    #[must_use]
    pub fn into_verdict(self, facts: VerdictFacts) -> Verdict {
        match self {
            Self::Deployed => Verdict::Deployed,
            Self::RolledBack { reason } => Verdict::RolledBack { reason, runs: facts.runs },
            Self::Superseded => Verdict::Superseded { by: facts.newer },
            Self::Stopped { reason } => Verdict::Stopped { reason },
            Self::Failed { reason } | Self::Lost { reason } => Verdict::Failed { reason },
            Self::TimedOut { seconds, last, unread } => Verdict::TimedOut {
                watched_seconds: seconds,
                progress: last,
                unread_seconds: unread,
                advice: facts.next,
            },
        }
    }

    /// How the rollout ended, in words; none if it is in progress as far as is known.
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

    /// Whether its tasks may show why: it failed, was rolled back, or timed out.
    #[must_use]
    pub fn is_diagnosed(&self) -> bool {
        matches!(self, Self::RolledBack { .. } | Self::Failed { .. } | Self::TimedOut { .. })
    }
}

/// A rollout that was watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    /// How the watch ended.
    pub end: WatchEnd,
    /// The ARN of its service deployment, if it was found.
    pub service_deployment: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_outcome_is_a_failure_and_a_timeout_is_not() {
        let reason = "access denied".to_owned();
        let lost = WatchEnd::Lost { reason: reason.clone() }.into_verdict(VerdictFacts::default());
        assert_eq!(lost, Verdict::Failed { reason });
        let late = WatchEnd::TimedOut { seconds: 2.0, last: None, unread: None };
        let next = "run this again".to_owned();
        let verdict = late.into_verdict(VerdictFacts { next: next.clone(), ..Default::default() });
        assert_eq!(
            verdict,
            Verdict::TimedOut { watched_seconds: 2.0, progress: None, unread_seconds: None, advice: next }
        );
    }

    #[test]
    fn a_rollback_by_ecs_names_what_runs() {
        let (reason, runs) = ("circuit breaker".to_owned(), Some("web:1".to_owned()));
        let end = WatchEnd::RolledBack { reason: reason.clone() };
        let verdict = end.into_verdict(VerdictFacts { runs: runs.clone(), ..Default::default() });
        assert_eq!(verdict, Verdict::RolledBack { reason, runs });
    }
}
