//! Version 0.2 of the contract, `ecs-host:policy@0.2.0`.

mod answer;
#[cfg_attr(fuzzing, allow(missing_docs, reason = "the fuzz targets use the generated types"))]
mod bindings;
mod from_decision;
mod guard;
mod imports;
mod values;

use semver::Version;
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use crate::contract::{CallError, Contract, Linked, LinkedGuard, LinkedPolicy, PolicyInstance};
use crate::kind::ComponentKind;
use crate::manifest::{Manifest, NAME_RULE, is_component_name};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::store::State;
use bindings::{DeployPolicy, DeployPolicyPre};
use model::build::Build;
use model::decision::{Decision, Deployment};
use model::lookup::Grant;
use model::text::printable;

#[cfg(fuzzing)]
pub use answer::to_deployment;
#[cfg(fuzzing)]
pub use bindings::ecs_host::policy::types;
#[cfg(not(fuzzing))]
use bindings::ecs_host::policy::types;

/// This version.
pub(crate) struct V0_2;

impl Contract for V0_2 {
    fn version(&self) -> Version {
        Version::new(0, 2, 0)
    }

    fn exports(&self, kind: ComponentKind) -> &'static [&'static str] {
        match kind {
            ComponentKind::Policy => &["ecs-host:policy/policy"],
            ComponentKind::Guard => &["ecs-host:policy/guard"],
        }
    }

    fn grants(&self) -> &'static [Grant] {
        &Grant::ALL
    }

    fn check_deployment(&self, deployment: &Deployment) -> Result<(), Vec<Problem>> {
        let images = deployment.images.iter().map(from_decision::image).collect();
        let targets = deployment.targets.iter().map(from_decision::target).collect();
        if answer::to_deployment(images, targets)? == *deployment {
            return Ok(());
        }
        let text =
            "it contains what no policy can return, such as a tag twice or an account without a region";
        Err(vec![Problem { text: text.to_owned(), value: None }])
    }

    fn add_to_linker(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        imports::add_to_linker(linker)
    }

    fn link_policy(&self, linker: &Linker<State>, component: &Component) -> wasmtime::Result<LinkedPolicy> {
        let linked = linker.instantiate_pre(component).and_then(DeployPolicyPre::new)?;
        Ok(Box::new(linked))
    }

    fn link_guard(&self, linker: &Linker<State>, component: &Component) -> wasmtime::Result<LinkedGuard> {
        guard::link(linker, component)
    }
}

impl Linked<dyn PolicyInstance> for DeployPolicyPre<State> {
    fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Box<dyn PolicyInstance>> {
        Ok(Box::new(DeployPolicyPre::instantiate(self, store)?))
    }
}

impl PolicyInstance for DeployPolicy {
    /// Calls `describe`.
    fn describe(&self, store: &mut Store<State>) -> Result<Manifest, CallError> {
        let manifest = self.ecs_host_policy_policy().call_describe(store);
        let manifest = values::to_manifest(manifest.map_err(failed("describe"))?);
        check_name(ComponentKind::Policy, &manifest)?;
        Ok(manifest)
    }

    /// Calls `select`, and `images` and `targets` if the build deploys.
    fn decide(
        &self,
        store: &mut Store<State>,
        build: &Build,
        settings: &Settings,
    ) -> Result<Decision, CallError> {
        let exports = self.ecs_host_policy_policy();
        let build = values::from_build(build, settings);
        let selection = exports.call_select(&mut *store, &build).map_err(failed("select"))?;
        if let types::Selection::Skip(reason) = selection.map_err(CallError::Rejected)? {
            return Ok(Decision::Skip { reason: printable(&reason) });
        }
        let images = exports.call_images(&mut *store, &build).map_err(failed("images"))?;
        let images = images.map_err(CallError::Rejected)?;
        let targets = exports.call_targets(&mut *store, &build).map_err(failed("targets"))?;
        let targets = targets.map_err(CallError::Rejected)?;
        answer::to_deployment(images, targets).map(Decision::Deploy).map_err(CallError::Invalid)
    }
}

/// Checks the name of a manifest.
fn check_name(kind: ComponentKind, manifest: &Manifest) -> Result<(), CallError> {
    if is_component_name(&manifest.name) {
        return Ok(());
    }
    let problem = format!("invalid {kind} name `{}`: {NAME_RULE}", manifest.name);
    Err(CallError::Invalid(vec![Problem { text: problem, value: None }]))
}

fn failed(export: &'static str) -> impl FnOnce(wasmtime::Error) -> CallError {
    move |error| CallError::Failed { export, error }
}
