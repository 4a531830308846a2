//! `ecs-host lock`: writes which policy a project runs into ecs-host.lock.

use super::fetch::{fetched_components, warn_if_not_cached};
use super::{Context, Error};
use crate::cli::LockArgs;
use crate::oci;
use crate::oci::lock::FILE;
use crate::oci::{Lock, LockError};
use model::exit::Exit;
use model::source::ComponentSource;
use sandbox::inspect::world_names;
use sandbox::{Binary, ComponentKind, Limits};

/// Fetches what the policy's tag names now and writes its digests into the lock.
pub(super) fn lock(args: &LockArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let folder = args.folder.as_path();
    let limits = Limits::default();
    let (artifact, before) = match &args.policy {
        // A named policy replaces a lock that cannot be read.
        Some(ComponentSource::Oci(artifact)) => (artifact.clone(), Lock::read(folder).ok().flatten()),
        Some(ComponentSource::File(path)) => {
            return Err(not_in_registry(&Binary::read(ComponentKind::Policy, path, &limits)?));
        }
        Some(ComponentSource::BuiltIn(policy)) => {
            let binary = Binary::built_in(*policy)?;
            let (named, digest) = (binary.source.subject(), binary.digest().clone());
            return Err(LockError::BuiltIn { named, word: policy.name(), digest }.into());
        }
        None => {
            let before = Lock::read(folder)?.ok_or(LockError::NoPolicy)?;
            (before.policy.clone(), Some(before))
        }
    };
    let current = oci::pull(&artifact, context.login(), &fetched_components(context))?;
    warn_if_not_cached(ComponentKind::Policy, current.component.cache_error, context.report);
    // The bytes must at least be a component.
    let source = ComponentSource::Oci(artifact.clone());
    let binary = Binary::new(ComponentKind::Policy, source, current.component.bytes.into(), &limits)?;
    let (_, exports) = world_names(&binary.bytes);
    if ComponentKind::of_exports(exports.iter().map(String::as_str)) == ComponentKind::Guard {
        let (named, digest) = (artifact.to_string(), current.digest);
        return Err(LockError::Guard { named, digest }.into());
    }
    let lock = Lock { policy: artifact, digest: current.digest, manifest: current.manifest };
    lock.write(folder)?;
    let replaced = match before {
        Some(before) if before.policy == lock.policy && before.digest != lock.digest => {
            format!("          before: {}\n", before.digest)
        }
        _ => String::new(),
    };
    let Lock { policy, digest, manifest } = lock;
    let text = format!(
        "Locked    {policy}\nDigest    {digest}\n{replaced}Manifest  {manifest}\nWritten   {FILE}, which `run`, `plan`, `verify` and `decide` enforce here\n"
    );
    context.report.write_result(&text);
    Ok(Exit::Success)
}

/// The error of a policy that no lock can name.
fn not_in_registry(binary: &Binary) -> Error {
    LockError::NotInRegistry { named: binary.source.subject(), digest: binary.digest().clone() }.into()
}
