//! A version 0.3 of the contract whose types differ from those of 0.2.

use semver::Version;
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use super::super::v0_2::V0_2;
use super::super::{CallError, Contract, Linked, LinkedGuard, LinkedPolicy, PolicyInstance};
use crate::kind::ComponentKind;
use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::settings::Settings;
use crate::store::State;
use model::build::Build;
use model::decision::{Decision, Deployment};
use model::lookup::Grant;

wasmtime::component::bindgen!({ path: "src/contract/tests/v0_3.wit", world: "deploy-policy" });

pub(super) struct V0_3;

impl Contract for V0_3 {
    fn version(&self) -> Version {
        Version::new(0, 3, 0)
    }

    fn exports(&self, kind: ComponentKind) -> &'static [&'static str] {
        match kind {
            ComponentKind::Policy => &["ecs-host:policy/policy"],
            ComponentKind::Guard => &[],
        }
    }

    fn grants(&self) -> &'static [Grant] {
        &[]
    }

    fn check_deployment(&self, deployment: &Deployment) -> Result<(), Vec<Problem>> {
        V0_2.check_deployment(deployment)
    }

    fn add_to_linker(&self, _: &mut Linker<State>) -> wasmtime::Result<()> {
        Ok(())
    }

    fn link_policy(&self, linker: &Linker<State>, component: &Component) -> wasmtime::Result<LinkedPolicy> {
        Ok(Box::new(linker.instantiate_pre(component).and_then(DeployPolicyPre::new)?))
    }

    fn link_guard(&self, _: &Linker<State>, _: &Component) -> wasmtime::Result<LinkedGuard> {
        Err(wasmtime::Error::msg("this version has no guards"))
    }
}

impl Linked<dyn PolicyInstance> for DeployPolicyPre<State> {
    fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Box<dyn PolicyInstance>> {
        Ok(Box::new(DeployPolicyPre::instantiate(self, store)?))
    }
}

impl PolicyInstance for DeployPolicy {
    fn describe(&self, store: &mut Store<State>) -> Result<Manifest, CallError> {
        let manifest = self.ecs_host_policy_policy().call_describe(store);
        let (name, description) =
            manifest.map_err(|error| CallError::Failed { export: "describe", error })?;
        Ok(Manifest { name, description, ..Manifest::default() })
    }

    fn decide(&self, store: &mut Store<State>, build: &Build, _: &Settings) -> Result<Decision, CallError> {
        let reason = self.ecs_host_policy_policy().call_decide(store, &build.branch);
        let reason = reason.map_err(|error| CallError::Failed { export: "decide", error })?;
        Ok(Decision::Skip { reason })
    }
}
