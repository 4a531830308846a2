//! A guard that is checked, compiled and linked.

use std::collections::BTreeSet;

use crate::binary::Binary;
use crate::compilation;
use crate::compiler::Compiler;
use crate::component::LoadedComponent;
use crate::contract::{Contracts, LinkedGuard, SUPPORTED};
use crate::engine::Compilation;
use crate::error::ComponentError;
use crate::limits::Limits;
use model::lookup::Grant;

/// A compiled guard.
pub struct Guard {
    /// What it has in common with policies.
    pub component: LoadedComponent,
    pub(crate) linked: LinkedGuard,
}

impl Guard {
    /// Checks and compiles a guard, or reads its compiled form from the compiler's cache.
    ///
    /// # Errors
    /// Those of [`Policy::compile`](crate::Policy::compile).
    pub fn compile(
        binary: &Binary,
        compiler: &Compiler,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
    ) -> Result<Self, ComponentError> {
        let compilation = compilation::compile(binary, compiler, limits)?;
        Self::link(binary, &compilation, grants, limits, SUPPORTED)
    }

    /// Checks and links a compiled component that exports one of these versions of the contract.
    ///
    /// # Errors
    /// The same as [`Guard::compile`].
    pub(crate) fn link(
        binary: &Binary,
        compilation: &Compilation,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
        contracts: Contracts,
    ) -> Result<Self, ComponentError> {
        let (component, linker) = LoadedComponent::check(binary, compilation, grants, limits, contracts)?;
        let linked = component.contract.link_guard(&linker, &compilation.component);
        let linked = linked.map_err(|error| component.type_mismatch(&error))?;
        Ok(Self { component, linked })
    }
}

impl AsRef<LoadedComponent> for Guard {
    fn as_ref(&self) -> &LoadedComponent {
        &self.component
    }
}
