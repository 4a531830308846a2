//! The end of a watch, and the verdict that follows.

use super::digests::OtherDigest;
use model::lifecycle::{Hook, LifecycleStage};
use model::progress::Progress;
use model::verdict::{NewerDeployment, Verdict};

/// How the watch of a rollout ended. A [`Verdict`] follows later: a failed rollout may be rolled back, and a verdict
/// contains facts that are read after the end.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchEnd {
    /// ECS reports the rollout as complete, and no running task was seen with another image than the pushed one.
    Deployed {
        /// Why no running task was seen with the pushed images, as a clause. `None` if one was, or if there is nothing
        /// to prove: the rollout is of no pushed image.
        unproven: Option<String>,
    },
    /// ECS reports the rollout as complete, and tasks of it run other digests than the pushed ones. Whether the pushed
    /// image lists them is to be read from its registry.
    OtherDigests {
        /// The digests.
        digests: Vec<OtherDigest>,
    },
    /// ECS rolled back to the previous deployment.
    RolledBack {
        /// The reason that ECS reports.
        reason: String,
    },
    /// A newer deployment replaced the rollout.
    Superseded,
    /// A user stopped the rollout.
    Stopped {
        /// The reason that ECS reports.
        reason: String,
    },
    /// The rollout failed.
    Failed {
        /// The reason of the failure.
        reason: String,
    },
    /// The timeout passed while the rollout was in progress.
    TimedOut {
        /// The timeout, in seconds.
        seconds: f64,
        /// The last known progress.
        last: Option<Progress>,
        /// Seconds since the last successful read, if the last reads failed.
        unread: Option<f64>,
        /// Whether it may be paused: the service has pauses, and they could not be seen.
        may_be_paused: bool,
    },
    /// The rollout waits for a person.
    Paused {
        /// The pause.
        hook: Hook,
        /// Whether the watch was to end at a pause.
        is_requested: bool,
        /// What continues the rollout, and what rolls it back, as clauses.
        advice: Vec<String>,
    },
    /// The rollout reached the stage at which the watch was to end.
    Reached {
        /// The stage.
        stage: LifecycleStage,
    },
    /// The watch cannot continue, and the outcome is unknown.
    Unreadable {
        /// The error that ended the watch, and what to do.
        reason: String,
    },
}

/// The facts of a verdict besides the end of the watch. Each is read only if the end requires it.
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
    /// The verdict on the rollout, if no rollback or one-off task follows.
    #[must_use]
    pub fn into_verdict(self, facts: VerdictFacts) -> Verdict {
        match self {
            Self::Deployed { unproven } => Verdict::Deployed { unproven },
            Self::OtherDigests { digests } => Verdict::Failed { reason: other_digests(&digests) },
            Self::RolledBack { reason } => Verdict::RolledBack { reason, runs: facts.runs },
            Self::Superseded => Verdict::Superseded { by: facts.newer },
            Self::Stopped { reason } => Verdict::Stopped { reason },
            Self::Failed { reason } => Verdict::Failed { reason },
            Self::Unreadable { reason } => Verdict::Unknown { reason },
            Self::Paused { hook, is_requested, advice } => Verdict::Paused { hook, is_requested, advice },
            Self::Reached { stage } => Verdict::Reached { stage },
            Self::TimedOut { seconds, last, unread, .. } => Verdict::TimedOut {
                watched_seconds: seconds,
                progress: last,
                unread_seconds: unread,
                advice: facts.next,
            },
        }
    }

    /// The outcome in words, or `None` if the rollout may still be in progress.
    #[must_use]
    pub fn outcome(&self) -> Option<String> {
        match self {
            Self::Deployed { .. } => Some("deployed".to_owned()),
            Self::OtherDigests { digests } => Some(format!("failed: {}", other_digests(digests))),
            Self::RolledBack { reason } => Some(format!("rolled back: {reason}")),
            Self::Superseded => Some("superseded".to_owned()),
            Self::Stopped { reason } => Some(format!("stopped: {reason}")),
            Self::Failed { reason } => Some(format!("failed: {reason}")),
            Self::TimedOut { .. } | Self::Unreadable { .. } | Self::Paused { .. } | Self::Reached { .. } => {
                None
            }
        }
    }

    /// Whether the stopped tasks may show the cause: the rollout failed, was rolled back, or timed out.
    #[must_use]
    pub fn needs_diagnosis(&self) -> bool {
        matches!(self, Self::RolledBack { .. } | Self::Failed { .. } | Self::TimedOut { .. })
    }
}

/// The reason of the failure of a rollout whose tasks run other images.
pub(crate) fn other_digests(digests: &[OtherDigest]) -> String {
    let digests: Vec<String> = digests.iter().map(ToString::to_string).collect();
    format!("ECS reports the rollout as complete, but {}", digests.join(", "))
}

/// The result of a watch.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchResult {
    /// How the watch ended.
    pub end: WatchEnd,
    /// The ARN of its service deployment, if it was found.
    pub service_deployment: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_an_unreadable_rollout_nor_a_late_one_has_failed() {
        let reason = "access denied".to_owned();
        let unreadable =
            WatchEnd::Unreadable { reason: reason.clone() }.into_verdict(VerdictFacts::default());
        assert_eq!(unreadable, Verdict::Unknown { reason });
        let late = WatchEnd::TimedOut { seconds: 2.0, last: None, unread: None, may_be_paused: false };
        let next = "run this again".to_owned();
        let verdict = late.into_verdict(VerdictFacts { next: next.clone(), ..Default::default() });
        assert_eq!(
            verdict,
            Verdict::TimedOut { watched_seconds: 2.0, progress: None, unread_seconds: None, advice: next }
        );
    }

    #[test]
    fn a_rollback_by_ecs_names_the_running_task_definition() {
        let (reason, runs) = ("circuit breaker".to_owned(), Some("web:1".to_owned()));
        let end = WatchEnd::RolledBack { reason: reason.clone() };
        let verdict = end.into_verdict(VerdictFacts { runs: runs.clone(), ..Default::default() });
        assert_eq!(verdict, Verdict::RolledBack { reason, runs });
    }
}
