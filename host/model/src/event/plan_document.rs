//! The plan of a run as one document, made from the events of the run.

use serde::Serialize;
use serde_json::json;

use super::{Event, PlanFile, SCHEMA};
use crate::build::Build;
use crate::decision::Decision;
use crate::exit::Exit;
use crate::plan::Plan;
use crate::secret::json::redact_document;
use crate::source::ComponentSource;

/// What a run would do, or why it would do nothing.
///
/// As JSON it has the style of events: the `plan` is that of the event `plan-created`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanDocument {
    /// The version of this document, which is that of events.
    pub schema: u32,
    /// The host's version.
    pub version: String,
    /// The build; `None` if it is not known.
    pub build: Option<Build>,
    /// The policy; `None` if it returned no manifest.
    pub policy: Option<PlanPolicy>,
    /// The result.
    #[serde(flatten)]
    pub result: PlanResult,
    /// The file of the saved plan; `None` if the plan is not saved.
    pub saved: Option<PlanFile>,
    /// Problems that do not end a run: sentences. Those of a target are in the plan.
    pub warnings: Vec<String>,
    /// The exit code and its name.
    #[serde(flatten)]
    pub exit: Exit,
}

/// The policy that decided.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlanPolicy {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its source.
    pub source: ComponentSource,
    /// The digest of its component.
    pub digest: String,
}

/// The result of a plan.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum PlanResult {
    /// The plan is complete and valid.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// The docker commands that the plan needs, quoted for a shell.
        commands: Vec<String>,
    },
    /// The policy skips the build.
    Skipped {
        /// Why, a sentence.
        reason: String,
    },
    /// There is no plan.
    Rejected {
        /// What was attempted, on what, what came back, and what to do.
        message: String,
        /// Every problem of the decision, a sentence each; empty if there is none yet, for example because the policy
        /// rejected the build or a permission is missing.
        problems: Vec<String>,
    },
}

impl Default for PlanDocument {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            version: String::new(),
            build: None,
            policy: None,
            result: PlanResult::Rejected { message: String::new(), problems: Vec::new() },
            saved: None,
            warnings: Vec::new(),
            exit: Exit::Success,
        }
    }
}

impl PlanDocument {
    /// Records an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::RunStarted { version, .. } => self.version.clone_from(version),
            Event::BuildDetected { build } => self.build = Some(build.clone()),
            Event::PolicyLoaded { name, version, source, digest, .. } => {
                let (name, version) = (name.clone(), version.clone());
                let (source, digest) = (source.clone(), digest.clone());
                self.policy = Some(PlanPolicy { name, version, source, digest });
            }
            Event::PlanSaved(file) => self.saved = Some(file.clone()),
            Event::PlanLoaded(loaded) => {
                self.policy = Some(loaded.policy.clone());
                self.saved = Some(loaded.file.clone());
            }
            Event::SettingWithheld { policy, name } => self.warnings.push(format!(
                "{name} looks like a secret and was withheld from policy `{policy}`; --allow-secret {name} passes it"
            )),
            Event::Warning { message } => self.warnings.push(message.clone()),
            Event::DecisionMade(Decision::Skip { reason }) => {
                self.result = PlanResult::Skipped { reason: reason.clone() };
            }
            Event::PlanCreated { plan, commands, .. } => {
                let (plan, commands) = (Box::new(plan.clone()), commands.clone());
                self.result = PlanResult::Planned { plan, commands };
            }
            Event::PlanRejected { problems } => {
                let (message, problems) = (String::new(), problems.clone());
                self.result = PlanResult::Rejected { message, problems };
            }
            Event::Error { message } => self.reject(message),
            Event::RunFinished { exit } => self.exit = *exit,
            _ => {}
        }
    }

    fn reject(&mut self, text: &str) {
        let problems = match &mut self.result {
            PlanResult::Rejected { problems, .. } => std::mem::take(problems),
            PlanResult::Planned { .. } | PlanResult::Skipped { .. } => Vec::new(),
        };
        self.result = PlanResult::Rejected { message: text.to_owned(), problems };
    }

    /// The document as JSON, without the secrets of the plan.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_else(|error| {
            // Every document can be serialized; the signature of serde_json requires this arm.
            json!({"result": "rejected", "message": format!("failed to serialize the plan: {error}")})
        });
        redact_document(&mut value);
        format!("{value:#}")
    }
}
