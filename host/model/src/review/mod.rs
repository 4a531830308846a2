//! The review of a plan by guards: what they receive, and what they find.
//!
//! A [`ReviewedPlan`] is the plan in the types of the contract's interface `guard`, and as JSON it is a recorded plan,
//! which the cases of a guard name. What the host detects as a secret is not in it.

mod from_plan;
mod mask;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use from_plan::{ReviewInput, RollbackInput, RolloutDefaults};

use crate::build::Build;
use crate::decision::{Destination, ImageSource, RolloutOptions, settings};
use crate::names::{Digest, Region, Repository, RoleArn, Tag};
use crate::source::ComponentSource;

/// A kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A policy decides on a build.
    Deploy,
    /// The host applies a saved plan, or saves it and shows what guards would find then.
    Apply,
    /// A service returns to a revision that it ran before.
    Rollback,
}

impl Action {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Apply => "apply",
            Self::Rollback => "rollback",
        }
    }
}

/// What a run is about to change, as guards receive it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewedPlan {
    /// The kind of run.
    pub action: Action,
    /// When the run started, in seconds since the start of 1970 (UTC).
    pub started_at: u64,
    /// The build; `None` for a rollback.
    pub build: Option<Build>,
    /// The policy that decided; `None` for a rollback.
    pub policy: Option<PolicyIdentity>,
    /// The images, in the order of the policy.
    pub images: Vec<ReviewedImage>,
    /// The targets, in the order of the policy, those that are unchanged included.
    pub targets: Vec<ReviewedTarget>,
}

/// A policy and the component that implements it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyIdentity {
    /// The name in the manifest.
    pub name: String,
    /// The version in the manifest.
    pub version: String,
    /// The digest of the component.
    pub digest: Digest,
    /// Its source: `built-in`, `rules`, the path of a file, or `oci://…`.
    pub source: String,
    /// The settings that the policy received, without secrets.
    #[serde(with = "settings")]
    #[cfg_attr(test, schemars(with = "Vec<settings::Setting>"))]
    pub settings: Vec<(String, String)>,
}

/// An image that the run deploys or publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewedImage {
    /// The policy's name for the image.
    pub name: String,
    /// The repository.
    pub repository: Repository,
    /// The tags, in the order of the policy.
    pub tags: Vec<Tag>,
    /// The origin.
    pub source: ImageSource,
    /// Whether the image is only published.
    pub publish_only: bool,
    /// The digest, if the repository contains the image already.
    pub digest: Option<Digest>,
}

/// A target and what changes there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewedTarget {
    /// The name in the plan and in the log, unique in the plan.
    pub name: String,
    /// What gets the revision.
    pub destination: Destination,
    /// The region.
    pub region: Region,
    /// The account.
    pub account: Option<String>,
    /// The role that the host assumes for the target.
    pub role: Option<RoleArn>,
    /// The position in the order of waves.
    pub wave: u32,
    /// Whether the run does not change the destination, and runs no task for it.
    pub is_unchanged: bool,
    /// The revision that the destination has now, `FAMILY:REVISION`.
    pub running_revision: Option<String>,
    /// The revision that the destination gets, if it exists.
    pub next_revision: Option<String>,
    /// The differences between the two, by path.
    pub changes: Vec<ReviewedChange>,
    /// All containers of the task definition that the destination gets.
    pub containers: Vec<ReviewedContainer>,
    /// That task definition, with `null` for each secret.
    pub definition: Value,
    /// How the service rolls out, with the operator's defaults; `None` for another destination.
    pub rollout: Option<RolloutOptions>,
    /// The one-off tasks before the service changes.
    pub tasks_before: Vec<ReviewedTask>,
    /// The one-off tasks after the rollout.
    pub tasks_after: Vec<ReviewedTask>,
}

/// A value that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewedChange {
    /// The place of the value, such as `containerDefinitions[web].cpu`.
    pub path: String,
    /// The value now.
    pub before: ChangedValue,
    /// The value after the run.
    pub after: ChangedValue,
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ChangedValue {
    /// No value.
    Absent,
    /// A text without quotes, or any other value as JSON.
    Text(String),
    /// A secret.
    Hidden,
}

/// A container of the task definition that a destination gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewedContainer {
    /// Its name.
    pub name: String,
    /// The image: without a tag and a digest if the run builds it.
    pub image: String,
    /// The name in the plan of the image that it gets; `None` if it keeps its image.
    pub image_name: Option<String>,
    /// Whether it is privileged.
    pub privileged: bool,
    /// The plain environment variables.
    pub environment: Vec<ReviewedVariable>,
    /// The variables that ECS reads when a task starts, each with the ARN of its value.
    #[serde(with = "settings::secrets")]
    #[cfg_attr(test, schemars(with = "Vec<settings::SecretReference>"))]
    pub secrets: Vec<(String, String)>,
}

/// A plain environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewedVariable {
    /// The name.
    pub name: String,
    /// The value; `None` for a secret.
    pub value: Option<String>,
}

/// A one-off task of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewedTask {
    /// Its name.
    pub name: String,
    /// The container that runs the command.
    pub container: String,
    /// The command and its arguments, with `***` for a secret.
    pub command: Vec<String>,
    /// The environment variables that are set for the task.
    pub environment: Vec<ReviewedVariable>,
    /// The time limit in seconds, with the run's default.
    pub timeout_seconds: u32,
}

/// A rule of a guard that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Finding {
    /// Whether it ends the run.
    pub severity: Severity,
    /// The name of the rule.
    pub rule: String,
    /// What breaks the rule, and what to do: a sentence.
    pub message: String,
    /// The name of the target; `None` if it is about the whole plan.
    pub target: Option<String>,
}

/// The effect of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It ends the run.
    Deny,
    /// It is printed.
    Warn,
}

impl Severity {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
        }
    }
}

/// The review of a plan by one guard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct GuardReview {
    /// The guard's name.
    pub guard: String,
    /// The guard's version.
    pub version: String,
    /// Its source.
    pub source: ComponentSource,
    /// The digest of its component.
    pub digest: String,
    /// What names it: the command line, or a file and a line.
    pub named_by: String,
    /// The fuel that its calls consumed.
    pub fuel: u64,
    /// What it found.
    pub findings: Vec<Finding>,
}

impl GuardReview {
    /// The findings that end the run.
    pub fn denials(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Deny)
    }
}

impl Finding {
    /// The finding as one sentence: `production/web: The message (rule \`name\` of guard \`guard\`)`.
    #[must_use]
    pub fn describe(&self, guard: &str) -> String {
        let target = self.target.as_ref().map(|target| format!("{target}: ")).unwrap_or_default();
        format!("{target}{} (rule `{}` of guard `{guard}`)", self.message, self.rule)
    }
}
