//! Stage 5: the verdict on each target, and the exit code that follows from it.

use std::fmt;

use serde::Serialize;

use crate::exit::Exit;
use crate::lifecycle::{Hook, LifecycleStage};
use crate::names::short_revision;
use crate::plan::Stamp;
use crate::plan::trigger::StartCondition;
use crate::progress::Progress;

/// How a target ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// ECS reports the rollout as complete, no running task was seen with another image than the pushed one, and the
    /// one-off tasks after it succeeded.
    Deployed {
        /// Why no running task was seen with the pushed images, as a clause; none if one was.
        #[serde(skip_serializing_if = "Option::is_none")]
        unproven: Option<String>,
    },
    /// The verb `rollback` succeeded.
    Reverted {
        /// The ARN of the task definition that the service runs now.
        runs: String,
    },
    /// The service runs the planned revision already; nothing was changed.
    Unchanged,
    /// A revision was registered, and nothing is watched: no service runs it.
    Registered {
        /// When the schedule or the rule starts tasks of it next; none for a family.
        #[serde(skip_serializing_if = "Option::is_none")]
        next_start: Option<StartCondition>,
    },
    /// The rollout was started and not watched, because of `--no-wait`.
    Started,
    /// The service was rolled back to the previous revision.
    RolledBack {
        /// The reason, in ECS's words where ECS decided it.
        reason: String,
        /// The ARN of the task definition that the service runs now; none where that could not be
        /// read.
        runs: Option<String>,
    },
    /// A newer deployment replaced the rollout.
    Superseded {
        /// The newer deployment.
        by: NewerDeployment,
    },
    /// A person stopped the deployment.
    Stopped {
        /// ECS's reason.
        reason: String,
    },
    /// The time to watch ended while the rollout was in progress.
    TimedOut {
        /// How long the rollout was watched, in seconds.
        watched_seconds: f64,
        /// The last progress that was read.
        progress: Option<Progress>,
        /// How long nothing could be read, in seconds; none where the last call succeeded.
        unread_seconds: Option<f64>,
        /// What the user can do, as a clause.
        advice: String,
    },
    /// The rollout waits for a person: the time to watch ended in a pause, or the run was to end there.
    Paused {
        /// The pause.
        hook: Hook,
        /// Whether the run was to end there, because of `--wait-until`.
        is_requested: bool,
        /// What continues it, and what rolls a rollback back, as clauses.
        advice: Vec<String>,
    },
    /// The rollout reached the lifecycle stage at which the run was to end, because of `--wait-until`. It continues in
    /// ECS.
    Reached {
        /// The stage.
        stage: LifecycleStage,
    },
    /// The update was sent, and what became of it could not be read: the rollout may be in progress in ECS.
    Unknown {
        /// Why it could not be read, as clauses, and what to do.
        reason: String,
    },
    /// The rollout failed and was left so, or it could not be started.
    Failed {
        /// The reason.
        reason: String,
    },
    /// A signal ended the watch.
    Interrupted {
        /// What is in progress in ECS, as a clause.
        ongoing: String,
    },
    /// A target of this wave or of one before failed first; this one was not changed.
    NotStarted {
        /// The reason.
        reason: String,
    },
}

/// The deployment that replaced a rollout, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewerDeployment {
    /// The deployment's id, such as `ecs-svc/0123456789`.
    pub deployment: Option<String>,
    /// The ARN of its task definition.
    pub task_definition: Option<String>,
    /// The build that it came from; none where `ecs-host` did not deploy it.
    pub build: Option<Stamp>,
}

impl fmt::Display for NewerDeployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task_definition {
            Some(arn) => f.write_str(short_revision(arn))?,
            None => f.write_str("a newer deployment")?,
        }
        let number =
            self.build.as_ref().and_then(|stamp| stamp.number).map(|number| format!("build {number}"));
        let commit = self.build.as_ref().map(|stamp| format!("commit {}", stamp.short_commit()));
        let parts: Vec<String> = [self.deployment.clone(), number, commit].into_iter().flatten().collect();
        if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
    }
}

impl Verdict {
    /// The name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Deployed { .. } => "deployed",
            Self::Reverted { .. } => "reverted",
            Self::Unchanged => "unchanged",
            Self::Registered { .. } => "registered",
            Self::Started => "started",
            Self::RolledBack { .. } => "rolled-back",
            Self::Superseded { .. } => "superseded",
            Self::Stopped { .. } => "stopped",
            Self::TimedOut { .. } => "timed-out",
            Self::Unknown { .. } => "unknown",
            Self::Paused { .. } => "paused",
            Self::Reached { .. } => "reached",
            Self::Failed { .. } => "failed",
            Self::Interrupted { .. } => "interrupted",
            Self::NotStarted { .. } => "not-started",
        }
    }

    /// Whether the target is as the run was to leave it: the build is in place, or is rolling out
    /// unwatched as requested.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.exit() == Exit::Success && !matches!(self, Self::NotStarted { .. })
    }

    /// Whether the rollout has ended, or none was started.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Started
                | Self::Paused { .. }
                | Self::Reached { .. }
                | Self::TimedOut { .. }
                | Self::Unknown { .. }
                | Self::Interrupted { .. }
        )
    }

    /// The exit code of a run with this target alone.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Deployed { .. }
            | Self::Unchanged
            | Self::Registered { .. }
            | Self::Started
            | Self::Reached { .. }
            | Self::Paused { is_requested: true, .. }
            | Self::Reverted { .. } => Exit::Success,
            // The target that failed before determines the code.
            Self::NotStarted { .. } => Exit::Success,
            Self::RolledBack { .. } | Self::Stopped { .. } | Self::Failed { .. } => Exit::Failed,
            Self::Superseded { .. } => Exit::Superseded,
            Self::Paused { is_requested: false, .. } => Exit::Paused,
            Self::TimedOut { .. } | Self::Unknown { .. } => Exit::Unknown,
            // The verb returns the code of the actual signal.
            Self::Interrupted { .. } => Exit::Signal(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollback_is_not_a_success() {
        assert_eq!(Verdict::RolledBack { reason: String::new(), runs: None }.exit().code(), 1);
        assert!(!Verdict::Superseded { by: NewerDeployment::default() }.is_success());
        assert!(Verdict::Reverted { runs: String::new() }.is_success());
    }

    #[test]
    fn the_json_of_a_verdict_is_a_word_and_its_fields() {
        let json = |verdict| serde_json::to_value::<Verdict>(verdict).unwrap();
        assert_eq!(json(Verdict::Deployed { unproven: None }), serde_json::json!({"verdict": "deployed"}));
        let failed = Verdict::RolledBack { reason: "it failed".into(), runs: None };
        for verdict in [
            failed.clone(),
            Verdict::NotStarted { reason: String::new() },
            Verdict::Unchanged,
            Verdict::TimedOut {
                watched_seconds: 1.0,
                progress: None,
                unread_seconds: None,
                advice: String::new(),
            },
        ] {
            let name = verdict.name();
            assert_eq!(json(verdict)["verdict"], name);
        }
        assert_eq!(
            json(failed),
            serde_json::json!({"verdict": "rolled-back", "reason": "it failed", "runs": null})
        );
    }

    #[test]
    fn a_newer_deployment_is_named_by_revision_build_and_commit() {
        let build = Stamp {
            repository: None,
            commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".into(),
            commit_time: None,
            number: Some(58),
            number_scope: None,
            policy: String::new(),
            guards: Vec::new(),
        };
        let newer = NewerDeployment {
            deployment: Some("ecs-svc/9".into()),
            task_definition: Some("arn:aws:ecs:eu-west-1:1:task-definition/web:8".into()),
            build: Some(build),
        };
        assert_eq!(newer.to_string(), "web:8 (ecs-svc/9, build 58, commit 3f2a9c10d1e2)");
        assert_eq!(NewerDeployment::default().to_string(), "a newer deployment");
    }
}
