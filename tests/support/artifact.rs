//! Policies as files and as artifacts of a registry.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::app::{App, REGION};
use crate::fixtures::policy;
use crate::run::Run;

/// A run of a verb with its cache in the app's folder.
pub fn verb<'a>(app: &'a App, verb: &str) -> Run<'a> {
    Run::new(app, verb).set("XDG_CACHE_HOME", &app.path("cache").display().to_string())
}

/// An app without any resource in AWS, for runs that do not read one.
pub fn bare(name: &str) -> App {
    App::bare(name, REGION)
}

/// The policy of the example `release`.
pub fn release() -> String {
    policy("ecs-host-release-example").display().to_string()
}

pub fn echo_policy() -> String {
    policy("echo-policy").display().to_string()
}

pub fn digest_of(path: impl AsRef<Path>) -> String {
    sha256(&std::fs::read(path).expect("a file"))
}

pub fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
