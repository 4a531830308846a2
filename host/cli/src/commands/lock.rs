//! `ecs-host lock`: writes down which policy a project runs.

use super::inspect::print;
use super::source::{self, Locked, components, tell_not_kept};
use crate::cli::LockArgs;
use crate::oci;
use crate::oci::lock::FILE;
use crate::oci::{Lock, LockError};
use crate::output::Report;
use model::Environment;
use model::exit::Exit;
use model::source::PolicySource;
use sandbox::{Binary, Limits};

/// Asks the registry what the policy is now, and writes that down.
pub(super) fn lock(args: &LockArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    let folder = args.folder.as_path();
    let artifact = match &args.policy {
        Some(PolicySource::Oci(artifact)) => artifact.clone(),
        Some(other) => {
            let binary =
                source::get(other.clone(), None, Locked::Never, &Limits::default(), environment, report)?;
            let (named, digest) = (other.subject(), binary.digest().clone());
            return Err(LockError::NotInARegistry { named, digest }.into());
        }
        None => Lock::read(folder)?.ok_or(LockError::Nothing)?.policy,
    };
    // A lock that can't be read is no reason not to write a good one.
    let before = Lock::read(folder).ok().flatten();
    let pulled = oci::pull(&artifact, environment, &components(environment))?;
    tell_not_kept(pulled.fetched.not_kept, report);
    // What is locked is at least a component.
    Binary::of(PolicySource::Oci(artifact.clone()), pulled.fetched.bytes.into(), &Limits::default())?;
    let lock = Lock { policy: artifact, digest: pulled.component, manifest: pulled.manifest };
    lock.write(folder)?;
    let was = match before {
        Some(before) if before.policy == lock.policy && before.digest != lock.digest => {
            format!("          before: {}\n", before.digest)
        }
        _ => String::new(),
    };
    let Lock { policy, digest, manifest } = lock;
    let told = format!(
        "Locked    {policy}\nDigest    {digest}\n{was}Manifest  {manifest}\nWritten   {FILE}, which `run`, `plan` and `verify` go by here\n"
    );
    print(told.as_bytes()).map(|()| Exit::Success)
}
