//! A component that is checked and compiled, of either kind.

use std::collections::BTreeSet;

use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::binary::Binary;
use crate::contract::{Contract, Contracts};
use crate::engine::Compilation;
use crate::epoch::EpochTimer;
use crate::error::ComponentError;
use crate::kind::ComponentKind;
use crate::limits::Limits;
use crate::store::State;
use crate::world;
use model::lookup::Grant;
use model::names::Digest;
use model::source::ComponentSource;
use model::text::printable;

/// What policies and guards have in common once they are checked and compiled.
pub struct LoadedComponent {
    /// The kind.
    pub kind: ComponentKind,
    /// The source.
    pub source: ComponentSource,
    /// The digest of the component's bytes.
    pub digest: Digest,
    /// Why the compiled component is not cached, if a cache folder was passed.
    pub cache_error: Option<String>,
    /// The version of the contract that it exports.
    pub(crate) contract: &'static dyn Contract,
    pub(crate) engine: Engine,
    /// Bytes of the component's stack, a setting of the engine.
    pub(crate) stack: usize,
    _epoch_timer: EpochTimer,
}

impl LoadedComponent {
    /// Checks that a compiled component exports the interface of its kind, of one of these versions of the contract, and
    /// that it imports nothing else than what is granted. Returns it with a linker of its imports.
    ///
    /// # Errors
    /// [`ComponentError`] for a component that no run accepts.
    pub(crate) fn check(
        binary: &Binary,
        compilation: &Compilation,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
        contracts: Contracts,
    ) -> Result<(Self, Linker<State>), ComponentError> {
        let Compilation { engine, component, cache_error } = compilation;
        let contract = world::check(binary, engine, component, grants, contracts)?;
        let linker = contract
            .linker(engine)
            .map_err(|source| ComponentError::Sandbox { component: binary.source.subject(), source })?;
        let loaded = Self {
            kind: binary.kind,
            source: binary.source.clone(),
            digest: binary.digest().clone(),
            cache_error: cache_error.clone(),
            contract,
            engine: engine.clone(),
            stack: limits.stack,
            _epoch_timer: EpochTimer::start(engine),
        };
        Ok((loaded, linker))
    }

    /// The error of a component that exports the contract's interface with other types.
    pub(crate) fn type_mismatch(&self, error: &wasmtime::Error) -> ComponentError {
        let error = printable(&format!("{error:#}"));
        let interface = self.contract.interface(self.kind);
        let found = format!("its types differ from those of {interface}: {error}");
        ComponentError::WrongWorld { component: self.source.subject(), kind: self.kind, found }
    }
}
