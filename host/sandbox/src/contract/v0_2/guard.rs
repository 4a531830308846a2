//! Guards of this version.

mod bindings;
mod findings;
mod plan;

use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use super::{check_name, failed, values};
use crate::contract::{CallError, GuardInstance, Linked, LinkedGuard};
use crate::kind::ComponentKind;
use crate::manifest::GuardManifest;
use crate::settings::Settings;
use crate::store::State;
use bindings::{DeployGuard, DeployGuardPre};
use model::review::{Finding, ReviewedPlan};

/// Resolves the imports of a guard.
pub(super) fn link(linker: &Linker<State>, component: &Component) -> wasmtime::Result<LinkedGuard> {
    let linked = linker.instantiate_pre(component).and_then(DeployGuardPre::new)?;
    Ok(Box::new(linked))
}

impl Linked<dyn GuardInstance> for DeployGuardPre<State> {
    fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Box<dyn GuardInstance>> {
        Ok(Box::new(DeployGuardPre::instantiate(self, store)?))
    }
}

impl GuardInstance for DeployGuard {
    /// Calls `describe`.
    fn describe(&self, store: &mut Store<State>) -> Result<GuardManifest, CallError> {
        let manifest = self.ecs_host_policy_guard().call_describe(store).map_err(failed("describe"))?;
        let reviews_rollbacks = manifest.reviews_rollbacks;
        let manifest = values::to_manifest(super::types::Manifest {
            name: manifest.name,
            version: manifest.version,
            description: manifest.description,
            settings: manifest.settings,
        });
        check_name(ComponentKind::Guard, &manifest)?;
        Ok(GuardManifest { manifest, reviews_rollbacks })
    }

    /// Calls `review`.
    fn review(
        &self,
        store: &mut Store<State>,
        plan: &ReviewedPlan,
        settings: &Settings,
    ) -> Result<Vec<Finding>, CallError> {
        let own = plan::from_plan(plan, settings);
        let findings = self.ecs_host_policy_guard().call_review(store, &own).map_err(failed("review"))?;
        findings::to_findings(findings.map_err(CallError::Rejected)?, plan).map_err(CallError::Invalid)
    }
}
