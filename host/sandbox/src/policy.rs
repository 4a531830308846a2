//! A policy that is checked, compiled and linked.

use std::collections::BTreeSet;

use crate::binary::Binary;
use crate::compilation;
use crate::compiler::Compiler;
use crate::component::LoadedComponent;
use crate::contract::{Contracts, LinkedPolicy, SUPPORTED};
use crate::engine::Compilation;
use crate::error::ComponentError;
use crate::limits::Limits;
use model::lookup::Grant;
use model::source::{BuiltIn, ComponentSource};

/// A compiled policy.
pub struct Policy {
    /// What it has in common with guards.
    pub component: LoadedComponent,
    pub(crate) linked: LinkedPolicy,
}

impl Policy {
    /// Checks and compiles a policy, or reads its compiled form from the compiler's cache. A cache that cannot be used
    /// is not an error: see [`LoadedComponent::cache_error`].
    ///
    /// # Errors
    /// [`ComponentError::NotComponent`], [`ComponentError::WrongWorld`], [`ComponentError::UnsupportedImports`] or
    /// [`ComponentError::NotGranted`] for a component that no run accepts, [`ComponentError::LimitExceeded`] for one
    /// that is too large, and [`ComponentError::Sandbox`].
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
    /// The same as [`Policy::compile`].
    pub(crate) fn link(
        binary: &Binary,
        compilation: &Compilation,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
        contracts: Contracts,
    ) -> Result<Self, ComponentError> {
        let mut grants = grants.clone();
        grants.extend(implied_grant(&binary.source));
        let (component, linker) = LoadedComponent::check(binary, compilation, &grants, limits, contracts)?;
        let linked = component.contract.link_policy(&linker, &compilation.component);
        let linked = linked.map_err(|error| component.type_mismatch(&error))?;
        Ok(Self { component, linked })
    }
}

impl AsRef<LoadedComponent> for Policy {
    fn as_ref(&self) -> &LoadedComponent {
        &self.component
    }
}

/// The grant that the choice of a policy implies: whoever runs `rules` has a file of the commit decide.
#[must_use]
pub fn implied_grant(source: &ComponentSource) -> Option<Grant> {
    (*source == ComponentSource::BuiltIn(BuiltIn::Rules)).then_some(Grant::SourceRead)
}

#[cfg(test)]
mod tests;
