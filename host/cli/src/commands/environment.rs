//! The variables that a verb reads before its own stages check theirs.

use thiserror::Error;

use crate::cli::Verb;
use model::Environment;

/// A variable whose value is not UTF-8.
#[derive(Debug, Error)]
#[error("{0} is not UTF-8, so what it is set to is not known; correct it where it is set, or unset it")]
pub(super) struct UndecodableError(pub(super) String);

/// The switch of a dry run. A run that ignores it would deploy.
const DRY_RUN: &str = "DRYRUN";

/// The variables of a proxy and of the user's folders, in upper case. A verb that ignores them connects to another
/// host, or looks for passwords and caches in another folder.
const NAMES: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "HOME",
    "DOCKER_CONFIG",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
];

/// The variables that `config` prints.
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Checks the variables that every stage of a verb shares. The variables of CI, of AWS and of the policy are checked
/// where they are read.
pub(super) fn check(verb: &Verb, environment: &Environment) -> Result<(), UndecodableError> {
    let is_read = |name: &str| match verb {
        Verb::New(_) | Verb::Completions(_) | Verb::Man(_) => false,
        Verb::Config(_) => REGIONS.contains(&name),
        _ => name == DRY_RUN || NAMES.contains(&name.to_ascii_uppercase().as_str()),
    };
    match environment.undecodable().find(|(name, _)| is_read(name)) {
        Some((name, _)) => Err(UndecodableError(name.to_owned())),
        None => Ok(()),
    }
}
