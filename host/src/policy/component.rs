//! Compiling a policy: from its bytes to something that can be asked.

use std::collections::BTreeSet;
use std::path::Path;

use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Engine, Strategy};

use super::PolicyError;
use super::binary::{Binary, Source};
use super::bindings::DeployPolicyPre;
use super::lookup::Grant;
use super::sandbox::{self, State, Ticker};
use super::world::{CONTRACT, check_world};
use crate::names::Digest;

/// A compiled policy.
pub struct Policy {
    pub(super) pre: DeployPolicyPre<State>,
    _ticker: Ticker,
    /// Where it came from.
    pub source: Source,
    /// The digest of the component's bytes.
    pub digest: Digest,
    /// Why what was compiled is not kept for the next run, where it is not.
    pub not_cached: Option<String>,
}

impl Policy {
    /// Checks and compiles a policy. What was compiled before comes out of the
    /// cache folder; a folder that can't be used is a reason to compile again,
    /// never to fail.
    ///
    /// # Errors
    /// [`PolicyError`] where it is a component of another world, imports what a
    /// policy is not given, or what was not granted.
    pub fn compile(
        binary: &Binary,
        cache: Option<&Path>,
        grants: &BTreeSet<Grant>,
    ) -> Result<Self, PolicyError> {
        let (engine, component, not_cached) = compiled(binary, cache)?;
        let mut policy = Self::of_component(binary, &engine, &component, grants)?;
        policy.not_cached = not_cached;
        Ok(policy)
    }

    /// A component that is compiled already.
    pub(super) fn of_component(
        binary: &Binary,
        engine: &Engine,
        component: &Component,
        grants: &BTreeSet<Grant>,
    ) -> Result<Self, PolicyError> {
        let name = binary.source.subject();
        check_world(&name, engine, component, grants)?;
        let sandbox = |source| PolicyError::Sandbox { policy: name.clone(), source };
        let linker = sandbox::linker(engine).map_err(sandbox)?;
        let other_world = |error: wasmtime::Error| PolicyError::OtherWorld {
            policy: name.clone(),
            found: format!("its types are not those of {CONTRACT}: {error:#}"),
        };
        let pre = linker.instantiate_pre(component).and_then(DeployPolicyPre::new).map_err(other_world)?;
        let _ticker = Ticker::start(engine);
        let (source, digest) = (binary.source.clone(), binary.digest.clone());
        Ok(Self { pre, _ticker, source, digest, not_cached: None })
    }
}

/// From this size on, in bytes, a component holds a language's whole engine, and
/// takes the optimizing compiler half a minute; the baseline compiler needs an
/// eighth of that, and what a policy computes is little.
const LARGE: usize = 1 << 20;

/// Compiles a component, and tells why what was compiled is not kept, where it
/// is not. Fuel depends on the compiler, so which one it is depends on nothing
/// but the component: Cranelift for a small one; for a large one Winch, or
/// Cranelift where it uses what Winch lacks.
pub(super) fn compiled(
    binary: &Binary,
    cache: Option<&Path>,
) -> Result<(Engine, Component, Option<String>), PolicyError> {
    let sandbox = |source| PolicyError::Sandbox { policy: binary.source.subject(), source };
    if binary.bytes.len() >= LARGE {
        let (engine, not_cached) = engine(Strategy::Winch, cache).map_err(sandbox)?;
        if let Ok(component) = Component::new(&engine, &*binary.bytes) {
            return Ok((engine, component, not_cached));
        }
    }
    let (engine, not_cached) = engine(Strategy::Cranelift, cache).map_err(sandbox)?;
    let component = Component::new(&engine, &*binary.bytes).map_err(|error| PolicyError::NoComponent {
        policy: binary.source.subject(),
        found: format!("it is a damaged component, or one of features this host does not run: {error:#}"),
    })?;
    Ok((engine, component, not_cached))
}

/// An engine with every setting that bears on a policy's answer, and why its
/// cache is off where it is.
fn engine(strategy: Strategy, cache: Option<&Path>) -> wasmtime::Result<(Engine, Option<String>)> {
    let mut config = Config::new();
    config
        .strategy(strategy)
        .consume_fuel(true)
        .epoch_interruption(true)
        .wasm_component_model(true)
        .max_wasm_stack(512 << 10);
    let mut not_cached = None;
    if let Some(folder) = cache {
        let mut settings = CacheConfig::new();
        settings.with_directory(folder);
        match Cache::new(settings) {
            Ok(cache) => {
                config.cache(Some(cache));
            }
            Err(error) => not_cached = Some(format!("{error:#}")),
        }
    }
    Ok((Engine::new(&config)?, not_cached))
}

#[cfg(test)]
mod tests {
    use super::super::world::only_types;
    use super::*;

    #[test]
    fn the_built_in_policy_is_small_and_imports_nothing() {
        let binary = Binary::built_in().unwrap();
        let policy = Policy::compile(&binary, None, &BTreeSet::new()).unwrap();
        let pre = policy.pre.instance_pre();
        let world = pre.component().component_type();
        let imports =
            world.imports(policy.pre.engine()).filter(|(_, item)| !only_types(policy.pre.engine(), &item.ty));
        assert_eq!(imports.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<&str>::new());
        assert!(binary.bytes.len() < 40_000, "{} bytes", binary.bytes.len());
    }
}
