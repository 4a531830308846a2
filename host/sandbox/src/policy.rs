//! A policy that is checked, compiled and linked.

use std::collections::BTreeSet;

use crate::binary::Binary;
use crate::compilation;
use crate::compiler::Compiler;
use crate::contract::{Contract, Contracts, LinkedPolicy, SUPPORTED};
use crate::engine::Compilation;
use crate::epoch::EpochTimer;
use crate::error::PolicyError;
use crate::limits::Limits;
use crate::world;
use model::lookup::Grant;
use model::names::Digest;
use model::source::{BuiltIn, PolicySource};
use model::text::printable;

/// A compiled policy.
pub struct Policy {
    pub(crate) linked: Box<dyn LinkedPolicy>,
    /// The version of the contract that it exports.
    pub(crate) contract: &'static dyn Contract,
    /// Bytes of the policy's stack, a setting of the engine.
    pub(crate) stack: usize,
    _epoch_timer: EpochTimer,
    /// Where the policy comes from.
    pub source: PolicySource,
    /// The digest of the component's bytes.
    pub digest: Digest,
    /// Why the compiled component is not cached, if a cache folder was passed.
    pub cache_error: Option<String>,
}

impl Policy {
    /// Checks and compiles a policy, or reads its compiled form from the compiler's cache. A cache that cannot be used
    /// is not an error: see [`Policy::cache_error`].
    ///
    /// # Errors
    /// [`PolicyError::NotComponent`], [`PolicyError::WrongWorld`], [`PolicyError::UnsupportedImports`] or
    /// [`PolicyError::NotGranted`] for a component that no run accepts, [`PolicyError::LimitExceeded`] for one that
    /// is too large, and [`PolicyError::Sandbox`].
    pub fn compile(
        binary: &Binary,
        compiler: &Compiler,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
    ) -> Result<Self, PolicyError> {
        let compilation = compilation::compile(binary, compiler, limits)?;
        Self::link(binary, &compilation, grants, limits, SUPPORTED)
    }

    /// Checks and links a compiled component that exports one of these versions of the contract.
    ///
    /// # Errors
    /// The same as [`Policy::compile`].
    pub(crate) fn link(
        binary: &Binary,
        compilation: &Compilation,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
        contracts: Contracts,
    ) -> Result<Self, PolicyError> {
        let Compilation { engine, component, cache_error } = compilation;
        let policy = binary.source.subject();
        let mut grants = grants.clone();
        grants.extend(implied_grant(&binary.source));
        let contract = world::check(&policy, engine, component, &grants, contracts)?;
        let sandbox_error = |source| PolicyError::Sandbox { policy: policy.clone(), source };
        let linker = contract.linker(engine).map_err(sandbox_error)?;
        let linked = contract.link(&linker, component);
        let linked = linked.map_err(|error| type_mismatch(policy, contract, &error))?;
        Ok(Self {
            linked,
            contract,
            stack: limits.stack,
            _epoch_timer: EpochTimer::start(engine),
            source: binary.source.clone(),
            digest: binary.digest().clone(),
            cache_error: cache_error.clone(),
        })
    }
}

/// The grant that the choice of a policy implies: whoever runs `rules` has a file of the commit decide.
#[must_use]
pub fn implied_grant(source: &PolicySource) -> Option<Grant> {
    (*source == PolicySource::BuiltIn(BuiltIn::Rules)).then_some(Grant::SourceRead)
}

/// The error of a component that exports the contract's interface with other types.
pub(crate) fn type_mismatch(policy: String, contract: &dyn Contract, error: &wasmtime::Error) -> PolicyError {
    let error = printable(&format!("{error:#}"));
    let found = format!("its types differ from those of {}: {error}", contract.policy_interface());
    PolicyError::WrongWorld { policy, found }
}

#[cfg(test)]
mod tests;
