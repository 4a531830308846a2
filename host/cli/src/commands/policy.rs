//! The policy of a run: which one it is, and what pins it.

use super::fetch::{Pin, fetch};
use super::{Context, Error};
use crate::cli::{CompilerArgs, PinArgs, PlanArgs};
use crate::oci::{Lock, LockError};
use model::names::Digest;
use model::source::{BuiltIn, ComponentSource};
use sandbox::{Binary, ComponentKind};

/// A policy and what pins it. A digest has precedence over the lock.
#[derive(Debug)]
pub(super) struct PolicySelection {
    pub(super) source: ComponentSource,
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
                let source = artifact.map_or(ComponentSource::BuiltIn(BuiltIn::Travis), ComponentSource::Oci);
                Ok(Self { source, digest, lock })
            }
        }
    }

    /// Selects the policy of `test`. The lock applies to policies in registries only: a file is what its author
    /// works on.
    pub(super) fn for_test(source: ComponentSource, pin: &PinArgs) -> Result<Self, LockError> {
        match source {
            ComponentSource::Oci(_) if pin.policy_digest.is_none() => Self::locked(source, pin),
            source => Ok(Self::unlocked(source, pin.policy_digest.clone())),
        }
    }

    /// Selects a policy to which no lock applies.
    pub(super) fn unlocked(source: ComponentSource, digest: Option<Digest>) -> Self {
        Self { source, digest, lock: None }
    }

    fn locked(source: ComponentSource, pin: &PinArgs) -> Result<Self, LockError> {
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

    /// The digest that the policy must have; `None` if nothing pins it.
    pub(super) fn pinned_digest(&self) -> Option<&Digest> {
        self.digest.as_ref().or(self.pinning_lock().map(|lock| &lock.digest))
    }

    /// Whether the policy is in a registry.
    pub(super) fn is_in_registry(&self) -> bool {
        matches!(self.source, ComponentSource::Oci(_))
    }

    /// Reads or fetches the policy and checks its digest.
    pub(super) fn fetch(&self, args: &CompilerArgs, context: &Context<'_>) -> Result<Binary, Error> {
        let lock = self.pinning_lock();
        let pin = Pin {
            digest: self.pinned_digest(),
            by: if self.digest.is_some() { "`policy-digest`" } else { "`ecs-host.lock`" },
            manifest: lock.map(|lock| &lock.manifest),
        };
        fetch(ComponentKind::Policy, &self.source, &pin, args, context)
    }
}
