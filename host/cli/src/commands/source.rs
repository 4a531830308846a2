//! A policy's bytes, wherever they come from, and held to what pins them.

use model::event::EventSink as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::cli::{PinArgs, PlanArgs};
use crate::oci;
use crate::oci::{Cache, Lock, LockError};
use crate::output::Report;
use model::Environment;
use model::event::Event;
use model::names::Digest;
use model::source::PolicySource;
use sandbox::{Binary, Limits};

/// Other bytes than those that the run is pinned to.
#[derive(Debug, Error)]
#[error("{policy} is not what {by} pins: it has the digest {found}, not {pinned}; nothing of it was run")]
pub(super) struct OtherPolicy {
    policy: String,
    by: &'static str,
    found: Digest,
    pinned: Digest,
}

/// Which lock holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// Every policy has to be the locked one, where there is a lock.
    Always,
    /// A policy from a registry has; a file is what somebody works on.
    Registries,
    /// None.
    Never,
}

/// The policy that is meant: the one that is named, else the one that is locked.
pub(super) fn meant(args: &PlanArgs) -> Result<PolicySource, LockError> {
    match &args.policy {
        Some(named) => Ok(named.clone()),
        None => Ok(Lock::read(&args.pin.folder)?
            .map_or(PolicySource::BuiltIn, |lock| PolicySource::Oci(lock.policy))),
    }
}

/// Gets a policy. A digest that the command line names goes before the lock.
pub(super) fn get(
    source: PolicySource,
    pin: Option<&PinArgs>,
    locked: Locked,
    limits: &Limits,
    environment: &Environment,
    report: &Report,
) -> anyhow::Result<Binary> {
    let is_held = match locked {
        Locked::Always => true,
        Locked::Registries => matches!(source, PolicySource::Oci(_)),
        Locked::Never => false,
    };
    let pinned = pin.and_then(|pin| pin.policy_digest.as_ref());
    let lock = match pin {
        Some(pin) if is_held && pinned.is_none() => Lock::read(&pin.folder)?,
        _ => None,
    };
    if let Some(lock) = &lock {
        lock.check(&source)?;
    }
    let by = if pinned.is_some() { "`policy-digest`" } else { "`ecs-host.lock`" };
    let pinned = pinned.or(lock.as_ref().map(|lock| &lock.digest));
    let binary = match source {
        PolicySource::BuiltIn => Binary::built_in()?,
        PolicySource::File(path) => Binary::read(&path, limits)?,
        PolicySource::Oci(artifact) => {
            // The tag may have moved on; what is locked stays.
            let wanted =
                lock.as_ref().map_or_else(|| artifact.clone(), |lock| artifact.pinned(&lock.manifest));
            let fetched = oci::fetch(&wanted, pinned, environment, &components(environment))?;
            tell_not_kept(fetched.not_kept, report);
            Binary::of(PolicySource::Oci(artifact), fetched.bytes.into(), limits)?
        }
    };
    match pinned {
        Some(pinned) if pinned != binary.digest() => {
            let (policy, found) = (binary.source.subject(), binary.digest().clone());
            Err(OtherPolicy { policy, by, found, pinned: pinned.clone() }.into())
        }
        _ => Ok(binary),
    }
}

pub(super) fn tell_not_kept(why: Option<String>, report: &Report) {
    if let Some(why) = why {
        let message = format!("the policy is not kept for when its registry is down: {why}");
        report.emit(&Event::Warning { message });
    }
}

/// Where policies of registries are kept.
pub(super) fn components(environment: &Environment) -> Cache {
    Cache::new(cache_folder(environment).map(|folder| folder.join("components")))
}

/// Where compiled policies are kept.
pub(super) fn compiled(environment: &Environment) -> Option<PathBuf> {
    cache_folder(environment).map(|folder| folder.join("policies"))
}

/// `ecs-host` in the user's cache folder.
fn cache_folder(environment: &Environment) -> Option<PathBuf> {
    let named = environment.get("XDG_CACHE_HOME").map(PathBuf::from);
    let folder = named.or_else(|| environment.get("HOME").map(|home| Path::new(home).join(".cache")))?;
    folder.is_absolute().then(|| folder.join("ecs-host"))
}
