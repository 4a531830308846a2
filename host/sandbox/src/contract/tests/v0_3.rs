//! A version 0.3 of the contract whose types differ from those of 0.2.

use semver::Version;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use super::super::{CallError, Contract, LinkedPolicy, POLICY, PolicyInstance};
use crate::manifest::Manifest;
use crate::settings::Settings;
use crate::store::State;
use model::build::Build;
use model::decision::Decision;
use model::lookup::Grant;

wasmtime::component::bindgen!({ path: "src/contract/tests/v0_3.wit", world: "deploy-policy" });

pub(super) struct V0_3;

impl Contract for V0_3 {
    fn version(&self) -> Version {
        Version::new(0, 3, 0)
    }

    fn exports(&self) -> &'static [&'static str] {
        &[POLICY]
    }

    fn grants(&self) -> &'static [Grant] {
        &[]
    }

    fn add_to_linker(&self, _: &mut Linker<State>) -> wasmtime::Result<()> {
        Ok(())
    }

    fn link(&self, linker: &Linker<State>, component: &Component) -> wasmtime::Result<Box<dyn LinkedPolicy>> {
        Ok(Box::new(linker.instantiate_pre(component).and_then(DeployPolicyPre::new)?))
    }
}

impl LinkedPolicy for DeployPolicyPre<State> {
    fn engine(&self) -> &Engine {
        DeployPolicyPre::engine(self)
    }

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
