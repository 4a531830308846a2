//! Saved plans: written by `plan --out`, and read by `apply` and `show`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::decide::DeployDecision;
use super::record::{self, RecordError, Recorded};
use super::{Context, Error};
use crate::cli::RunArgs;
use crate::files::read_text;
use crate::output::Report;
use model::event::{Event, EventSink as _, LoadedPlan, PlanFile, PlanPolicy};
use model::exit::Exit;
use model::names::Digest;
use model::plan::Plan;
use model::saved_plan::{NotSaved, SAVED_PLAN_SCHEMA, SavedPlan, SavedPlanInput};
use model::source::ComponentSource;
use model::text::{limited_list, printable};
use model::time::Time;
use sandbox::saved_decision::check_deployment;

/// The host's version.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The largest file that is read, in bytes. A plan of a thousand targets has some.
const MAX_SIZE: u64 = 8 << 20;

/// Why a plan cannot be saved or applied.
#[derive(Debug, thiserror::Error)]
pub(super) enum SavedPlanError {
    /// What is carried out would not be shown whole, or contains secrets.
    #[error(
        "the plan is not saved (--out), because {reason}; deploy it with `ecs-host run`, or let the policy return a reference instead of a secret:{}",
        limited_list(paths)
    )]
    NotSaved { reason: String, paths: Vec<String> },
    /// The file cannot be read.
    #[error("cannot read the saved plan `{}`: {reason}; `ecs-host plan --out` writes one", shown(path))]
    Unreadable { path: PathBuf, reason: String },
    /// The file is no saved plan.
    #[error(
        "`{}` is not a saved plan that can be applied: {reason}; save it again with `ecs-host plan --out`",
        shown(path)
    )]
    Invalid { path: PathBuf, reason: String },
    /// The file is another one than that which was reviewed.
    #[error(
        "the saved plan `{}` has the digest {found}, but `--plan-digest` names {expected}: it is not the one that was \
         reviewed, and nothing was changed",
        shown(path)
    )]
    OtherDigest { path: PathBuf, found: Digest, expected: Digest },
    /// Facts have moved.
    #[error(
        "the saved plan `{}` is not applied, because what it rests on has moved, and nothing was changed:{}\n\
         Save a new plan with `ecs-host plan --out`, and have it reviewed.",
        shown(path),
        limited_list(moved)
    )]
    Moved { path: PathBuf, moved: Vec<String> },
    /// An image would be built from other files than those of the plan's commit.
    #[error(
        "image `{image}` of the saved plan is to be built here, and {problem}; nothing was changed. Apply it where commit \
         {commit} is checked out, or push the image before the plan is saved."
    )]
    WorkingTree { image: String, commit: String, problem: String },
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

impl SavedPlanError {
    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } | Self::Invalid { .. } => Exit::Usage,
            Self::NotSaved { .. } | Self::OtherDigest { .. } | Self::WorkingTree { .. } => Exit::Preflight,
            Self::Moved { .. } => Exit::Superseded,
        }
    }
}

/// The saved form of a plan, made in this folder of the repository.
pub(super) fn of_run(
    run: &RunArgs,
    decision: &DeployDecision,
    plan: &Plan,
    folder: Option<&str>,
    context: &Context<'_>,
) -> Result<SavedPlan, SavedPlanError> {
    let input = SavedPlanInput {
        version: VERSION,
        saved_at: context.started_at,
        folder,
        build: &decision.build,
        policy: &decision.policy,
        options: run.saved_options(),
        decision: &decision.deployment,
        plan,
    };
    SavedPlan::new(input, |document| context.report.mask_document(document)).map_err(|error| {
        let reason = error.to_string();
        let (NotSaved::Secrets(paths) | NotSaved::TooLong(paths)) = error else {
            return SavedPlanError::NotSaved { reason, paths: Vec::new() };
        };
        SavedPlanError::NotSaved { reason, paths }
    })
}

/// Writes a plan into a new file, and reports its digest.
pub(super) fn write(path: &Path, plan: &SavedPlan, report: &Report) -> Result<(), Error> {
    let error = |reason: String| RecordError { what: Recorded::SavedPlan, path: path.to_owned(), reason };
    let text = serde_json::to_string_pretty(plan).map_err(|failure| error(failure.to_string()))? + "\n";
    record::create_new(path, &text).map_err(|failure| error(failure.to_string()))?;
    let file = PlanFile {
        path: path.display().to_string(),
        digest: Digest::sha256(text.as_bytes()),
        flags: plan.options.flags(),
    };
    report.emit(&Event::PlanSaved(file));
    Ok(())
}

/// Reads a saved plan, checks it, and reports it.
pub(super) fn read(
    path: &Path,
    expected: Option<&Digest>,
    report: &Report,
) -> Result<SavedPlan, SavedPlanError> {
    let text = read_text(path, MAX_SIZE)
        .map_err(|error| SavedPlanError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    let found = Digest::sha256(text.as_bytes());
    if let Some(expected) = expected.filter(|expected| **expected != found) {
        return Err(SavedPlanError::OtherDigest { path: path.to_owned(), found, expected: expected.clone() });
    }
    let invalid = |reason: String| SavedPlanError::Invalid { path: path.to_owned(), reason };
    let document: Value = serde_json::from_str(&text).map_err(|_| invalid("it is not JSON".to_owned()))?;
    match document.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema == u64::from(SAVED_PLAN_SCHEMA) => {}
        Some(schema) => {
            return Err(invalid(format!("its schema is {schema}, and this host knows {SAVED_PLAN_SCHEMA}")));
        }
        None => return Err(invalid("it has no `schema`; `--record-plan` writes other files".to_owned())),
    }
    let version = document.get("version").and_then(Value::as_str).filter(|version| *version != VERSION);
    let plan = SavedPlan::parse(&text).map_err(|error| {
        let reason = printable(&error.to_string());
        // Its fields may be those of that version.
        invalid(match version {
            Some(version) => {
                format!("{reason} (version {} saved it, and this is {VERSION})", printable(version))
            }
            None => reason,
        })
    })?;
    check(&plan).map_err(invalid)?;
    let loaded = LoadedPlan {
        file: PlanFile { path: path.display().to_string(), digest: found, flags: plan.options.flags() },
        saved_at: Time::from_unix_seconds(i64::try_from(plan.saved_at).unwrap_or(i64::MAX)),
        policy: PlanPolicy {
            name: plan.policy.name.clone(),
            version: plan.policy.version.clone(),
            source: policy_source(&plan).map_err(invalid)?,
            digest: plan.policy.digest.to_string(),
        },
    };
    report.emit(&Event::PlanLoaded(loaded));
    report.emit(&Event::BuildDetected { build: plan.build.clone() });
    Ok(plan)
}

/// The source of the policy that decided.
pub(super) fn policy_source(plan: &SavedPlan) -> Result<ComponentSource, String> {
    ComponentSource::parse(Path::new(&plan.policy.source)).map_err(|error| error.to_string())
}

/// Checks what the types do not: that the build and the decision keep the rules by which they are checked in a run.
fn check(plan: &SavedPlan) -> Result<(), String> {
    let build = plan.build.clone().checked().map_err(|error| error.to_string())?;
    if build != plan.build {
        return Err("its build has fields that no run writes".to_owned());
    }
    if !sandbox::is_component_name(&plan.policy.name) {
        return Err("the name of its policy is not one".to_owned());
    }
    check_deployment(&plan.decision)
        .map_err(|problems| format!("its decision is invalid:{}", limited_list(&problems)))
}
