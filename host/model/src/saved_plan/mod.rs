//! A plan that `ecs-host plan --out` saves, and that `ecs-host apply` carries out as it was reviewed.
//!
//! The file contains the decision, which is carried out, and the plan, which is shown. [`SavedPlan::find_moved`] compares
//! that plan with the one that is made again of the decision, so that nothing is carried out that the file does not show.

mod check;
mod masked;
mod moved;
#[cfg(test)]
mod tests;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::build::Build;
use crate::decision::{Deployment, FailureAction, RevisionBase};
use crate::lifecycle::WaitUntil;
use crate::plan::{Change, Plan, PlanOptions, Stamp, TargetPlan, diff};
use crate::review::PolicyIdentity;
use crate::secret::json::redact_document;
use crate::secret::redact_text;

/// Why a plan cannot be saved.
#[derive(Debug, Error)]
pub enum NotSaved {
    /// Something would be in the file, or masked and not shown, although it is carried out. The paths.
    #[error("it contains secrets, which would be in the file")]
    Secrets(Vec<String>),
    /// Something is too long to be shown whole. The paths.
    #[error("it contains values of more than {MAX_TEXT} characters, which are not shown whole")]
    TooLong(Vec<String>),
    /// The document of the plan cannot be read again.
    #[error("its document is invalid: {0}")]
    Invalid(serde_json::Error),
}

/// The longest text of a saved plan, in characters: a longer one is not printed whole.
pub const MAX_TEXT: usize = 4000;

/// The version of the file. Another one is rejected: what its fields mean is not known.
pub const SAVED_PLAN_SCHEMA: u32 = 1;

/// A saved plan. It contains no secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// The version of this document.
    pub schema: u32,
    /// The version of the host that made it. No other one applies it.
    pub version: String,
    /// When it was made, in seconds since the start of 1970 (UTC).
    pub saved_at: u64,
    /// The working folder, relative to the root of the git repository, with `/` at its end, or empty; `None` outside of a
    /// repository.
    pub folder: Option<String>,
    /// The build.
    pub build: Build,
    /// The policy that decided.
    pub policy: PolicyIdentity,
    /// The flags of the run.
    pub options: SavedOptions,
    /// What the policy decided.
    pub decision: Deployment,
    // What is not in the file, such as whole task definitions, is empty in it: it is shown and compared, and not carried out.
    /// The plan with the facts that it is made from, and the findings of the guards.
    pub plan: Plan,
}

/// The flags of a run that a plan is made from, or that its rollouts follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SavedOptions {
    /// `--allow-older`.
    pub allow_older: bool,
    /// `--force`.
    pub force: bool,
    /// `--rebuild`.
    pub rebuild: bool,
    /// `--base`.
    pub base: RevisionBase,
    /// `--on-failure`.
    pub on_failure: FailureAction,
    /// `--timeout`, in seconds; `None` for the default.
    pub timeout_seconds: Option<u32>,
    /// `--no-wait`.
    pub no_wait: bool,
    /// `--wait-until`.
    pub wait_until: WaitUntil,
    /// `--max-parallel`; `None` for all targets of a wave.
    pub max_parallel: Option<usize>,
    /// `--fail-fast`.
    pub fail_fast: bool,
    /// `--keep`; `None` deregisters no revision.
    pub keep: Option<usize>,
}

impl SavedOptions {
    /// The flags that are not the defaults, as a command line has them.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        let Self { allow_older, force, rebuild, base, on_failure, timeout_seconds, .. } = *self;
        let Self { no_wait, wait_until, max_parallel, fail_fast, keep, .. } = *self;
        let flag = |name: &str, is_set: bool| is_set.then(|| name.to_owned());
        let number = |name: &str, value: Option<String>| value.map(|value| format!("{name} {value}"));
        [
            flag("--allow-older", allow_older),
            flag("--force", force),
            flag("--rebuild", rebuild),
            flag("--base latest", base == RevisionBase::Latest),
            flag("--on-failure roll-back", on_failure == FailureAction::RollBack),
            number("--timeout", timeout_seconds.map(|seconds| seconds.to_string())),
            flag("--no-wait", no_wait),
            number(
                "--wait-until",
                Some(wait_until).filter(|it| *it != WaitUntil::Deployed).map(|it| it.to_string()),
            ),
            number("--max-parallel", max_parallel.map(|count| count.to_string())),
            flag("--fail-fast", fail_fast),
            number("--keep", keep.map(|count| count.to_string())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Sets what is not in the file.
    fn complete(&self, plan: &mut Plan) {
        let on_failure = self.plan_options().on_failure;
        for target in &mut plan.targets {
            target.rolls_back = TargetPlan::rolls_back(on_failure, target.rollout_options);
        }
    }

    /// The options of the plan.
    #[must_use]
    pub fn plan_options(&self) -> PlanOptions {
        PlanOptions {
            allow_older: self.allow_older,
            force: self.force,
            base: self.base,
            on_failure: (!self.no_wait).then_some(self.on_failure),
        }
    }
}

/// What a plan is saved from.
#[derive(Debug, Clone, Copy)]
pub struct SavedPlanInput<'a> {
    /// The host's version.
    pub version: &'a str,
    /// When the plan was made, in seconds since the start of 1970 (UTC).
    pub saved_at: u64,
    /// The working folder in the git repository.
    pub folder: Option<&'a str>,
    /// The build.
    pub build: &'a Build,
    /// The policy that decided.
    pub policy: &'a PolicyIdentity,
    /// The flags of the run.
    pub options: SavedOptions,
    /// What the policy decided.
    pub decision: &'a Deployment,
    /// The plan.
    pub plan: &'a Plan,
}

impl SavedPlan {
    /// The saved form of a plan. `mask` hides the secrets that the host knows by value.
    ///
    /// # Errors
    /// Why it cannot be saved: what is carried out is shown, and contains no secret.
    pub fn new(input: SavedPlanInput<'_>, mask: impl Fn(&mut Value)) -> Result<Self, NotSaved> {
        let mut build = input.build.clone();
        build.commit_message = build.commit_message.as_deref().map(|message| {
            let mut message = Value::from(redact_text(message));
            mask(&mut message);
            message.as_str().unwrap_or_default().to_owned()
        });
        let mut policy = input.policy.clone();
        let setting = |(name, value): &(String, String)| json!({"name": name, "value": value});
        let mut settings: Value = policy.settings.iter().map(setting).collect();
        redact_document(&mut settings);
        mask(&mut settings);
        for ((_, value), shown) in policy.settings.iter_mut().zip(settings.as_array().into_iter().flatten()) {
            *value = shown.get("value").and_then(Value::as_str).unwrap_or_default().to_owned();
        }
        let decision = json!({"decision": input.decision});
        let mut secrets = check::find_secrets(&decision);
        secrets.extend(check::find_known_secrets(&decision, &mask));
        let mut plan = to_document(input.plan);
        check::mask_shown(&mut plan, &mask);
        secrets.extend(check::find_known_secrets_of_plan(&plan, &mask));
        if !secrets.is_empty() {
            return Err(NotSaved::Secrets(secrets));
        }
        let long = check::find_long(&json!({"decision": input.decision, "plan": plan}));
        if !long.is_empty() {
            return Err(NotSaved::TooLong(long));
        }
        let mut plan: Plan = serde_json::from_value(plan).map_err(NotSaved::Invalid)?;
        input.options.complete(&mut plan);
        Ok(Self {
            schema: SAVED_PLAN_SCHEMA,
            version: input.version.to_owned(),
            saved_at: input.saved_at,
            folder: input.folder.map(str::to_owned),
            build,
            policy,
            options: input.options,
            decision: input.decision.clone(),
            plan,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is invalid in it, or is not written by any run.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        // Of the text: a document keeps the last of two fields with one name.
        let mut plan: Self = serde_json::from_str(text)?;
        let document: Value = serde_json::from_str(text)?;
        if let Some(change) = differences(&document, &serde_json::to_value(&plan)?).first() {
            return Err(serde_json::Error::custom(format!("no run writes its field `{}`", change.path)));
        }
        plan.check(&document).map_err(serde_json::Error::custom)?;
        plan.options.complete(&mut plan.plan);
        Ok(plan)
    }

    /// The stamp that the plan's new revisions get.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        let stamp = Stamp::new(&self.build, &self.policy.name, self.policy.digest.as_str());
        stamp.with_guards(self.plan.build.guards.clone())
    }
}

/// A plan as it is saved: without the secrets that are detected by name or form.
fn to_document(plan: &Plan) -> Value {
    // A plan has no key that is not a text, so that it is always a document.
    let mut document = serde_json::to_value(plan).unwrap_or_default();
    redact_document(&mut document);
    document
}

/// The differences between two documents.
fn differences(before: &Value, after: &Value) -> Vec<Change> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => diff::diff(before, after),
        _ => Vec::new(),
    }
}
