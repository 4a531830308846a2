//! Stage 5: what became of each target, and the exit code that follows.

use std::fmt;

use serde::Serialize;

use crate::exit::Exit;
use crate::names::short_revision;
use crate::plan::Stamp;
use crate::progress::Progress;

/// What became of one target. Never better than what ECS says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// ECS says that the rollout is complete.
    Deployed,
    /// The service has again what `rollback` took it back to.
    Reverted {
        /// The ARN of the task definition that it runs now.
        runs: String,
    },
    /// The service ran all of it already; nothing was changed.
    Unchanged,
    /// A revision of a family was registered; there is nothing to roll out.
    Registered,
    /// The rollout was started, and not watched, as the command line said.
    Started,
    /// The service went back to what ran before.
    RolledBack {
        /// Why, in ECS's words.
        reason: String,
        /// The ARN of the task definition that it runs now, where that is known.
        runs: Option<String>,
    },
    /// A newer deployment took its place.
    Superseded {
        /// What took its place.
        by: NewerDeployment,
    },
    /// Somebody stopped the deployment.
    Stopped {
        /// Why, in ECS's words.
        reason: String,
    },
    /// The time to watch ended, and the rollout goes on.
    TimedOut {
        /// Seconds that it was watched.
        seconds: f64,
        /// How far it was.
        progress: Option<Progress>,
        /// Seconds since ECS last told anything of it, where the last look was in vain.
        unread: Option<f64>,
        /// How to go on.
        next: String,
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
    /// Another target failed before this one's turn came; it was not changed.
    NotStarted {
        /// What came before.
        reason: String,
    },
}

/// What took the place of a rollout, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewerDeployment {
    /// The deployment's id.
    pub deployment: Option<String>,
    /// The ARN of its task definition.
    pub task_definition: Option<String>,
    /// The build that it came from, where `ecs-host` deployed it.
    pub build: Option<Stamp>,
}

impl fmt::Display for NewerDeployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task_definition {
            Some(arn) => write!(f, "{}", short_revision(arn))?,
            None => write!(f, "a newer deployment")?,
        }
        let build = self.build.as_ref().and_then(|stamp| stamp.build).map(|number| format!("build {number}"));
        let commit = self.build.as_ref().map(|stamp| format!("commit {}", stamp.short_commit()));
        let parts: Vec<String> = [self.deployment.clone(), build, commit].into_iter().flatten().collect();
        if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
    }
}

impl Verdict {
    /// The word by which people and machines know it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Deployed => "deployed",
            Self::Reverted { .. } => "went back",
            Self::Unchanged => "unchanged",
            Self::Registered => "registered",
            Self::Started => "started",
            Self::RolledBack { .. } => "rolled back",
            Self::Superseded { .. } => "superseded",
            Self::Stopped { .. } => "stopped",
            Self::TimedOut { .. } => "timed out",
            Self::Failed { .. } => "failed",
            Self::Interrupted { .. } => "interrupted",
            Self::NotStarted { .. } => "not started",
        }
    }

    /// Whether the build is in place, or on its way as asked for.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.exit() == Exit::Success && !matches!(self, Self::NotStarted { .. })
    }

    /// The exit code that this verdict asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Deployed | Self::Unchanged | Self::Registered | Self::Started | Self::Reverted { .. } => {
                Exit::Success
            }
            // What came before it has the exit code.
            Self::NotStarted { .. } => Exit::Success,
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
            Self::Deployed | Self::Unchanged | Self::Registered => f.write_str(self.word()),
            Self::Reverted { runs } => write!(f, "went back to {}", short_revision(runs)),
            Self::Started => f.write_str("started, and not watched, as asked for"),
            Self::RolledBack { reason, runs } => {
                write!(f, "rolled back: {reason}; ")?;
                match runs {
                    Some(arn) => write!(f, "{} runs", short_revision(arn)),
                    None => write!(f, "what runs now could not be read; `ecs-host status` shows it"),
                }
            }
            Self::Stopped { reason } | Self::Failed { reason } | Self::NotStarted { reason } => {
                write!(f, "{}: {reason}", self.word())
            }
            Self::Superseded { by } => write!(f, "superseded by {by}"),
            Self::TimedOut { seconds, progress, unread, next } => {
                let tenths = |seconds: f64| (seconds * 10.0).round() / 10.0;
                write!(f, "timed out after {} s of watching; ", tenths(*seconds))?;
                match unread {
                    Some(unread) => {
                        let unread = tenths(*unread);
                        write!(f, "nothing could be read for {unread} s, so how far it is is not known")?;
                    }
                    None => write!(f, "the rollout goes on in ECS")?,
                }
                if let Some(last) = progress {
                    let before = if unread.is_some() { "before that: " } else { "" };
                    write!(f, " ({before}{last})")?;
                }
                write!(f, "; {next}")
            }
            Self::Interrupted { left } => write!(f, "interrupted; {left}"),
        }
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
    fn what_superseded_a_rollout_is_named() {
        let stamp = Stamp {
            repository: None,
            commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".into(),
            committed: None,
            build: Some(58),
            policy: String::new(),
        };
        let by = NewerDeployment {
            deployment: Some("ecs-svc/9".into()),
            task_definition: Some("arn:aws:ecs:eu-west-1:1:task-definition/web:8".into()),
            build: Some(stamp),
        };
        let said = Verdict::Superseded { by }.to_string();
        assert_eq!(said, "superseded by web:8 (ecs-svc/9, build 58, commit 3f2a9c10d1e2)");
        let unknown = Verdict::Superseded { by: NewerDeployment::default() }.to_string();
        assert_eq!(unknown, "superseded by a newer deployment");
    }

    #[test]
    fn what_ran_out_of_time_says_whether_it_goes_on_and_how_to_go_on() {
        let progress = Progress { desired: 2, running: 1, state: "IN_PROGRESS".into(), ..Default::default() };
        let late = |unread| {
            let next = "run this again to watch it".to_owned();
            Verdict::TimedOut { seconds: 2.0, progress: Some(progress.clone()), unread, next }.to_string()
        };
        let said = "timed out after 2 s of watching; the rollout goes on in ECS (1 of 2 running, IN_PROGRESS); run \
                    this again to watch it";
        assert_eq!(late(None), said);
        let unread = late(Some(40.03));
        assert!(
            unread.contains("nothing could be read for 40 s") && !unread.contains("goes on in"),
            "{unread}"
        );
    }

    #[test]
    fn a_rollback_says_what_runs() {
        let rolled_back = |runs| Verdict::RolledBack { reason: "it hung".into(), runs }.to_string();
        let known = rolled_back(Some("arn:aws:ecs:eu-west-1:1:task-definition/web:1".into()));
        assert_eq!(known, "rolled back: it hung; web:1 runs");
        assert!(rolled_back(None).contains("`ecs-host status` shows it"));
    }

    #[test]
    fn a_rollback_is_no_success() {
        assert_eq!(Verdict::RolledBack { reason: String::new(), runs: None }.exit().code(), 1);
        assert!(!Verdict::Superseded { by: NewerDeployment::default() }.is_good());
    }
}
