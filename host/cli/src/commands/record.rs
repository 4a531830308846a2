//! `--record`, `--record-plan` and `--out`: a decision or a plan written into a new file, for `ecs-host test` and `apply`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::PlanArgs;
use crate::links::check_folders;
use crate::output::{Report, Secrets};
use model::Environment;
use model::build::Build;
use model::review::ReviewedPlan;
use sandbox::{Evaluation, cases};

/// A case or a plan that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the {} to `{}` ({}): {reason}", what.name(), path.display(), what.flag())]
pub(super) struct RecordError {
    pub(super) what: Recorded,
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

/// What is recorded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Recorded {
    /// A decision, as a case of a policy.
    Decision,
    /// A plan, for the cases of a guard.
    Plan,
    /// A plan, for `apply`.
    SavedPlan,
}

impl Recorded {
    fn name(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Plan | Self::SavedPlan => "plan",
        }
    }

    fn flag(self) -> &'static str {
        match self {
            Self::Decision => "--record",
            Self::Plan => "--record-plan",
            Self::SavedPlan => "--out",
        }
    }
}

/// Rejects files that exist, and those that a link of the checkout leads out of it.
pub(super) fn check_paths(args: &PlanArgs) -> Result<(), RecordError> {
    let paths = [
        (Recorded::Decision, &args.record),
        (Recorded::Plan, &args.record_plan),
        (Recorded::SavedPlan, &args.out),
    ];
    for (what, path) in paths.into_iter().filter_map(|(what, path)| Some((what, path.as_ref()?))) {
        let error = |reason| RecordError { what, path: path.clone(), reason };
        check_folders(path).map_err(|link| error(link.to_string()))?;
        if path.symlink_metadata().is_ok() {
            return Err(error("the file exists; name a new one".to_owned()));
        }
    }
    Ok(())
}

/// Writes a plan as guards receive it. What the host knows as a secret is hidden, as in everything that it writes.
pub(super) fn write_plan(path: &Path, plan: &ReviewedPlan, report: &Report) -> Result<(), RecordError> {
    let text = serde_json::to_value(plan).map(|mut document| {
        report.mask_document(&mut document);
        format!("{document:#}\n")
    });
    text.map_err(io::Error::from).and_then(|text| create_new(path, &text)).map_err(|error| RecordError {
        what: Recorded::Plan,
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Writes a new file. A link to a missing file, which a checkout may contain, is not followed.
pub(super) fn create_new(path: &Path, text: &str) -> io::Result<()> {
    check_folders(path)
        .map_err(io::Error::from)
        .and_then(|()| File::create_new(path))
        .and_then(|mut file| file.write_all(text.as_bytes()))
}

/// Writes a decision as a case. The value of a secret is hidden, as in everything that the host writes. Of a policy
/// that broke there is nothing to record: the error of the run states the reason.
pub(super) fn write(
    path: &Path,
    build: &Build,
    evaluation: &Evaluation,
    args: &PlanArgs,
    environment: &Environment,
) -> Result<(), RecordError> {
    let secrets = args.sandbox.allowed_secrets();
    let Ok(case) = cases::record(build, evaluation, &secrets) else { return Ok(()) };
    let case = Secrets::from_environment(environment).mask(&case);
    create_new(path, &case).map_err(|error| RecordError {
        what: Recorded::Decision,
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
