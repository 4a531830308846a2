//! The events of a run.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::status::ServiceStatus;
use crate::build::Build;
use crate::check::Check;
use crate::decision::Decision;
use crate::diagnosis::Diagnosis;
use crate::exit::Exit;
use crate::lookup::PolicyLookup;
use crate::names::{Digest, Tag};
use crate::one_off::OneOffTaskChange;
use crate::plan::{Plan, Stamp, TargetName};
use crate::progress::Progress;
use crate::rollback::RollbackMethod;
use crate::source::PolicySource;
use crate::verdict::Verdict;

/// One step of a run. As JSON it is an object with `event`, its name in
/// kebab-case, `elapsed`, the seconds since the run began, and its own fields.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// What is being built.
    BuildDetected {
        /// The build.
        build: Build,
    },
    /// The policy answered.
    PolicyLoaded {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// Where it came from.
        source: PolicySource,
        /// The digest of its bytes.
        digest: String,
        /// The names of the settings that it was given.
        settings: Vec<String>,
        /// The fuel that it used.
        fuel: u64,
    },
    /// The policy looked a fact up.
    PolicyLookup {
        /// Its name, or where it came from.
        policy: String,
        /// What it asked, and what it was told.
        #[serde(flatten)]
        lookup: PolicyLookup,
    },
    /// A variable that a declared family covers, and that looks like a secret.
    SettingWithheld {
        /// The policy's name.
        policy: String,
        /// The variable's name.
        name: String,
    },
    /// A line that the policy printed.
    PolicyOutput {
        /// Its name, or where it came from.
        policy: String,
        /// The line.
        line: String,
    },
    /// What it decided.
    DecisionMade(Decision),
    /// What a run does, or would do.
    PlanCreated {
        /// The plan.
        plan: Plan,
        /// The docker commands that it takes.
        commands: Vec<String>,
        /// Whether this is all: a plan, or a dry run.
        dry: bool,
    },
    /// A docker command starts.
    DockerStarted {
        /// As a person would type it.
        command: String,
    },
    /// A line that docker printed.
    DockerOutput {
        /// The line.
        line: String,
    },
    /// An image is in the registry, under all its tags.
    ImagePushed {
        /// The image's name.
        image: String,
        /// Its digest.
        digest: Digest,
        /// Its tags.
        tags: Vec<Tag>,
    },
    /// An image that was there already got more tags.
    ImageTagged {
        /// The image's name.
        image: String,
        /// Its digest.
        digest: Digest,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// The targets of a wave begin, where there are several waves.
    WaveStarted {
        /// Its number.
        wave: u32,
        /// Its targets.
        targets: Vec<TargetName>,
    },
    /// A revision was registered.
    RevisionRegistered {
        /// The target that it was registered for first.
        target: TargetName,
        /// Its ARN.
        task_definition: String,
    },
    /// A one-off task got further.
    OneOffTaskChanged {
        /// The target that it is of.
        target: TargetName,
        /// Its name.
        name: String,
        /// What became of it.
        #[serde(flatten)]
        step: OneOffTaskChange,
    },
    /// A rollout was started, or one that goes on already was found.
    ServiceUpdated {
        /// The target.
        target: TargetName,
        /// The ARN of the task definition that it rolls out.
        task_definition: String,
        /// The deployment's id, where ECS told it.
        deployment: Option<String>,
    },
    /// A rollout got further.
    RolloutProgressed {
        /// The target.
        target: TargetName,
        /// How far it is.
        #[serde(flatten)]
        progress: Progress,
    },
    /// What ECS says of a service, in its list of events.
    ServiceEvent {
        /// The target.
        target: TargetName,
        /// What it says.
        message: String,
    },
    /// Why a rollout failed, as far as its tasks and their logs tell.
    FailureDiagnosed {
        /// The target.
        target: TargetName,
        /// Why.
        #[serde(flatten)]
        explanation: Diagnosis,
    },
    /// A failed or cancelled rollout is taken back.
    RollbackStarted {
        /// The target.
        target: TargetName,
        /// How: by ECS, or by an update to what ran before.
        how: String,
    },
    /// Old revisions were deregistered.
    RevisionsDeregistered {
        /// Their ARNs.
        task_definitions: Vec<String>,
    },
    /// What became of a target.
    VerdictReached {
        /// The target.
        target: TargetName,
        /// The verdict.
        #[serde(flatten)]
        verdict: Verdict,
        /// The ARN of the task definition that it is about.
        task_definition: String,
    },
    /// What a preflight found of one thing.
    CheckFinished(Check),
    /// What a service goes back to, or would.
    RollbackPlanned {
        /// The target.
        target: TargetName,
        /// The ARN of the task definition that it is set to.
        from: String,
        /// The ARN of the one that it goes back to.
        to: String,
        /// The build that this one came from, where `ecs-host` deployed it.
        build: Option<Stamp>,
        /// How it gets there.
        way: RollbackMethod,
        /// The ARN of the newer one that it went back from before, or is on its
        /// way back from.
        went_back_from: Option<String>,
        /// Whether this is all: a dry run.
        dry: bool,
    },
    /// What a service runs.
    ServiceDescribed(Box<ServiceStatus>),
    /// A cluster or a service that is not there, or can't be read.
    StatusUnavailable {
        /// The cluster or the service, as it was asked about.
        subject: String,
        /// What it is, what came back, what to do.
        reason: String,
    },
    /// Nothing new for a while.
    Heartbeat {
        /// What goes on.
        doing: String,
    },
    /// Something that does not end the run.
    Warning {
        /// What.
        message: String,
    },
    /// What ended the run.
    Error {
        /// What was tried, on what, what came back, what to do.
        message: String,
    },
    /// The run is over.
    RunFinished {
        /// The process's exit code.
        exit_code: u8,
        /// What the code stands for.
        summary: String,
    },
}

/// Receives the events of a run, in their order.
pub trait EventSink {
    /// Takes one event. It never fails: a rollout goes on whatever becomes of its output.
    fn emit(&self, event: &Event);
}

impl Event {
    /// The event as a line of JSON.
    pub fn to_json(&self, elapsed: Duration) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_else(|error| {
            // No event holds what JSON can't: this arm is for the compiler.
            json!({"event": "error", "message": format!("an event can't be written as JSON: {error}")})
        });
        if let Value::Object(fields) = &mut value {
            fields.insert("elapsed".to_owned(), json!((elapsed.as_secs_f64() * 1000.0).round() / 1000.0));
        }
        value.to_string()
    }

    /// What begins with this event and may take a while.
    pub fn begins(&self) -> Option<String> {
        match self {
            Self::PlanCreated { .. } => Some("working".to_owned()),
            Self::DockerStarted { command } => Some(format!("running `{command}`")),
            Self::ImagePushed { .. } => Some("registering".to_owned()),
            Self::OneOffTaskChanged { target, name, .. } => Some(format!("running `{name}` for {target}")),
            Self::RolloutProgressed { target, progress } => Some(format!("rolling out {target}: {progress}")),
            Self::ServiceUpdated { target, .. } => Some(format!("rolling out {target}")),
            Self::RollbackPlanned { target, .. } => Some(format!("taking {target} back")),
            Self::RollbackStarted { target, .. } => Some(format!("rolling {target} back")),
            _ => None,
        }
    }

    /// Whether it is told in whole sentences, which may be long.
    pub fn is_prose(&self) -> bool {
        self.is_trouble() || matches!(self, Self::VerdictReached { .. } | Self::FailureDiagnosed { .. })
    }

    /// Whether it belongs on stderr.
    pub fn is_trouble(&self) -> bool {
        matches!(
            self,
            Self::SettingWithheld { .. }
                | Self::Warning { .. }
                | Self::Error { .. }
                | Self::StatusUnavailable { .. }
        )
    }

    /// The last event of a run.
    #[must_use]
    pub fn finished(exit: Exit) -> Self {
        let summary = match exit {
            Exit::Success => "done",
            Exit::Failed => "rolled back, stopped or failed in ECS",
            Exit::Usage => "usage",
            Exit::Rejected => "the policy said no",
            Exit::PolicyFailed => "the policy broke",
            Exit::Preflight => "configuration, permission or resource",
            Exit::Docker => "docker build or push",
            Exit::Superseded => "superseded",
            Exit::TimedOut => "timed out, still rolling out",
            Exit::Signal(_) => "interrupted",
        };
        Self::RunFinished { exit_code: exit.code(), summary: summary.to_owned() }
    }
}
