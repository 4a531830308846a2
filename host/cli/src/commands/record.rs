//! `--record`: a decision written into a new file, as a case for `ecs-host test`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::PlanArgs;
use crate::links::check_folders;
use crate::output::Secrets;
use model::Environment;
use model::build::Build;
use sandbox::{Evaluation, cases};

/// A case that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot record the decision in `{}` (--record): {reason}", path.display())]
pub(super) struct RecordError {
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

/// Rejects a file that exists, and one that a link of the checkout leads out of it.
pub(super) fn check_path(path: &Path) -> Result<(), RecordError> {
    let error = |reason| RecordError { path: path.to_owned(), reason };
    check_folders(path).map_err(|link| error(link.to_string()))?;
    match path.symlink_metadata() {
        Ok(_) => Err(error("the file exists; name a new one".to_owned())),
        Err(_) => Ok(()),
    }
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
    // A link to a missing file, which a checkout may contain, is not followed.
    check_folders(path)
        .map_err(io::Error::from)
        .and_then(|()| File::create_new(path))
        .and_then(|mut file| file.write_all(case.as_bytes()))
        .map_err(|error| RecordError { path: path.to_owned(), reason: error.to_string() })
}
