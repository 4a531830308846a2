//! Version 0.1 of the contract, `ecs-host:policy@0.1.0`.

mod answer;
#[cfg_attr(fuzzing, allow(missing_docs, reason = "the fuzz targets use the generated types"))]
mod bindings;
mod imports;
mod values;

use wasmtime::component::{Component, Linker};
use wasmtime::{AsContextMut, Engine, Store};

use super::{CallError, Problem};
use crate::manifest::{Manifest, NAME_RULE, is_policy_name};
use crate::settings::Settings;
use bindings::{DeployPolicy, DeployPolicyPre};
use model::build::Build;
use model::decision::Decision;
use model::text::printable;

#[cfg(fuzzing)]
pub use answer::to_deployment;
#[cfg(fuzzing)]
pub use bindings::ecs_host::policy::types;
#[cfg(not(fuzzing))]
use bindings::ecs_host::policy::types;
pub(crate) use imports::{LookupView, add_to_linker};

/// The version of the package.
pub(crate) const VERSION: &str = "0.1.0";

/// The interface that a policy exports.
pub(crate) const INTERFACE: &str = "ecs-host:policy/policy@0.1.0";

/// A compiled component that exports this version, with its imports resolved.
pub(crate) struct LinkedPolicy<T: 'static>(DeployPolicyPre<T>);

impl<T: 'static> LinkedPolicy<T> {
    /// Resolves the imports, and checks the types of imports and exports.
    pub(crate) fn new(linker: &Linker<T>, component: &Component) -> wasmtime::Result<Self> {
        linker.instantiate_pre(component).and_then(DeployPolicyPre::new).map(Self)
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.0.engine()
    }

    pub(crate) fn instantiate(&self, store: &mut Store<T>) -> wasmtime::Result<PolicyInstance> {
        self.0.instantiate(store).map(PolicyInstance)
    }
}

/// An instance of a policy.
pub(crate) struct PolicyInstance(DeployPolicy);

impl PolicyInstance {
    /// Calls `describe`.
    pub(crate) fn describe(&self, mut store: impl AsContextMut) -> Result<Manifest, CallError> {
        let manifest = self.0.ecs_host_policy_policy().call_describe(&mut store);
        let manifest = values::to_manifest(manifest.map_err(failed("describe"))?);
        if !is_policy_name(&manifest.name) {
            let problem = format!("invalid policy name `{}`: {NAME_RULE}", manifest.name);
            return Err(CallError::Invalid(vec![Problem { text: problem, value: None }]));
        }
        Ok(manifest)
    }

    /// Calls `select`, and `images` and `targets` if the build deploys.
    pub(crate) fn decide(
        &self,
        mut store: impl AsContextMut,
        build: &Build,
        settings: &Settings,
    ) -> Result<Decision, CallError> {
        let exports = self.0.ecs_host_policy_policy();
        let build = values::from_build(build, settings);
        let selection = exports.call_select(&mut store, &build).map_err(failed("select"))?;
        if let types::Selection::Skip(reason) = selection.map_err(CallError::Rejected)? {
            return Ok(Decision::Skip { reason: printable(&reason) });
        }
        let images = exports.call_images(&mut store, &build).map_err(failed("images"))?;
        let images = images.map_err(CallError::Rejected)?;
        let targets = exports.call_targets(&mut store, &build).map_err(failed("targets"))?;
        let targets = targets.map_err(CallError::Rejected)?;
        answer::to_deployment(images, targets).map(Decision::Deploy).map_err(CallError::Invalid)
    }
}

fn failed(export: &'static str) -> impl FnOnce(wasmtime::Error) -> CallError {
    move |error| CallError::Failed { export, error }
}
