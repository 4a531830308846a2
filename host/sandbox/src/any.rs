//! A component whose exports decide whether it is a policy or a guard, as `test` and `inspect` read it.

use std::collections::BTreeSet;

use crate::binary::Binary;
use crate::compilation;
use crate::compiler::Compiler;
use crate::component::LoadedComponent;
use crate::contract::SUPPORTED;
use crate::error::ComponentError;
use crate::evaluate::SandboxOptions;
use crate::guard::Guard;
use crate::kind::ComponentKind;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::policy::Policy;
use crate::world::find_kind;
use model::lookup::Grant;

/// A compiled policy or guard.
pub enum AnyComponent {
    /// A policy.
    Policy(Policy),
    /// A guard.
    Guard(Guard),
}

impl AnyComponent {
    /// Checks and compiles a component of either kind.
    ///
    /// # Errors
    /// Those of [`Policy::compile`].
    pub fn compile(
        binary: &Binary,
        compiler: &Compiler,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
    ) -> Result<Self, ComponentError> {
        let compilation = compilation::compile(binary, compiler, limits)?;
        let kind = find_kind(&compilation.engine, &compilation.component);
        let binary = &binary.clone().of_kind(kind);
        Ok(match kind {
            ComponentKind::Policy => {
                Self::Policy(Policy::link(binary, &compilation, grants, limits, SUPPORTED)?)
            }
            ComponentKind::Guard => {
                Self::Guard(Guard::link(binary, &compilation, grants, limits, SUPPORTED)?)
            }
        })
    }

    /// Reads the manifest, in a fresh instance.
    ///
    /// # Errors
    /// [`ComponentError`] if the component fails, or declares an invalid name or setting.
    pub fn describe(&self, options: &SandboxOptions) -> Result<Manifest, ComponentError> {
        match self {
            Self::Policy(policy) => policy.describe(options),
            Self::Guard(guard) => guard.describe(options).map(|found| found.manifest),
        }
    }

    /// What both kinds have in common.
    #[must_use]
    pub fn component(&self) -> &LoadedComponent {
        self.as_ref()
    }
}

impl AsRef<LoadedComponent> for AnyComponent {
    fn as_ref(&self) -> &LoadedComponent {
        match self {
            Self::Policy(policy) => &policy.component,
            Self::Guard(guard) => &guard.component,
        }
    }
}
