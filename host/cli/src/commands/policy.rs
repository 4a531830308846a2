//! The policy of a run: which one it is, what pins it, and its bytes.

use model::event::EventSink as _;
use thiserror::Error;

use super::{Context, Error};
use crate::cli::{OfflineSandboxArgs, PinArgs, PlanArgs};
use crate::oci;
use crate::oci::{Cache, Lock, LockError};
use crate::output::Report;
use model::event::Event;
use model::names::Digest;
use model::source::{BuiltIn, PolicySource};
use sandbox::Binary;

/// A policy with another digest than the one that the run is pinned to.
#[derive(Debug, Error)]
#[error("{policy} has the digest {found}, but {by} pins {pinned}; the policy was not run")]
pub(super) struct DigestMismatch {
    pub(super) policy: String,
    pub(super) by: &'static str,
    pub(super) found: Digest,
    pub(super) pinned: Digest,
}

/// A policy and what pins it. A digest has precedence over the lock.
#[derive(Debug)]
pub(super) struct PolicySelection {
    pub(super) source: PolicySource,
    digest: Option<Digest>,
    /// The project's lock, if it applies to this policy.
    pub(super) lock: Option<Lock>,
}

impl PolicySelection {
    /// Selects the policy of a run: the named one, which must be the locked one if there is a lock and no digest;
    /// without a name the locked one, or the built-in one.
    pub(super) fn for_run(args: &PlanArgs) -> Result<Self, LockError> {
        let digest = args.pin.policy_digest.clone();
        match args.policy.clone() {
            Some(source) if digest.is_some() => Ok(Self { source, digest, lock: None }),
            Some(source) => Self::locked(source, &args.pin),
            None => {
                let lock = Lock::read(&args.pin.folder)?;
                let artifact = lock.as_ref().map(|lock| lock.policy.clone());
                let source = artifact.map_or(PolicySource::BuiltIn(BuiltIn::Travis), PolicySource::Oci);
                Ok(Self { source, digest, lock })
            }
        }
    }

    /// Selects the policy of `test`. The lock applies to policies in registries only: a file is what its author
    /// works on.
    pub(super) fn for_test(source: PolicySource, pin: &PinArgs) -> Result<Self, LockError> {
        match source {
            PolicySource::Oci(_) if pin.policy_digest.is_none() => Self::locked(source, pin),
            source => Ok(Self::unlocked(source, pin.policy_digest.clone())),
        }
    }

    /// Selects a policy to which no lock applies.
    pub(super) fn unlocked(source: PolicySource, digest: Option<Digest>) -> Self {
        Self { source, digest, lock: None }
    }

    fn locked(source: PolicySource, pin: &PinArgs) -> Result<Self, LockError> {
        let lock = Lock::read(&pin.folder)?;
        if let Some(lock) = &lock {
            lock.check(&source)?;
        }
        Ok(Self { source, digest: None, lock })
    }

    /// The lock that pins the policy: the one that applies, unless a digest has precedence.
    fn pinning_lock(&self) -> Option<&Lock> {
        self.lock.as_ref().filter(|_| self.digest.is_none())
    }

    /// Whether the policy is in a registry.
    pub(super) fn is_in_registry(&self) -> bool {
        matches!(self.source, PolicySource::Oci(_))
    }

    /// Reads or fetches the policy and checks its digest.
    pub(super) fn fetch(&self, sandbox: &OfflineSandboxArgs, context: &Context<'_>) -> Result<Binary, Error> {
        let limits = &sandbox.limits();
        let by = if self.digest.is_some() { "`policy-digest`" } else { "`ecs-host.lock`" };
        let pinned = self.digest.as_ref().or(self.pinning_lock().map(|lock| &lock.digest));
        let binary = match &self.source {
            PolicySource::BuiltIn(policy) => Binary::built_in(*policy)?,
            PolicySource::File(path) => Binary::read(path, limits)?,
            PolicySource::Oci(artifact) => {
                // The tag may name another manifest by now; the lock names the one to fetch.
                let exact = self
                    .pinning_lock()
                    .map_or_else(|| artifact.clone(), |lock| artifact.pinned(&lock.manifest));
                let cache =
                    if sandbox.no_policy_cache { Cache::new(None) } else { fetched_policies(context) };
                let fetched = oci::fetch(&exact, pinned, context.login(), &cache)?;
                warn_if_not_cached(fetched.cache_error, context.report);
                Binary::new(PolicySource::Oci(artifact.clone()), fetched.bytes.into(), limits)?
            }
        };
        match pinned {
            Some(pinned) if pinned != binary.digest() => {
                let (policy, found) = (binary.source.subject(), binary.digest().clone());
                Err(DigestMismatch { policy, by, found, pinned: pinned.clone() }.into())
            }
            _ => Ok(binary),
        }
    }
}

/// Reports why a fetched policy is not cached.
pub(super) fn warn_if_not_cached(reason: Option<String>, report: &Report) {
    if let Some(reason) = reason {
        let message = format!("the policy is not cached for a run without its registry: {reason}");
        report.emit(&Event::Warning { message });
    }
}

/// The cache of policies fetched from registries.
pub(super) fn fetched_policies(context: &Context<'_>) -> Cache {
    Cache::new(context.directories.fetched_policies.clone())
}
