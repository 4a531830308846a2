//! Compiling a policy: from its bytes to something that can be asked.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};

use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Engine, OptLevel, RegallocAlgorithm, Strategy};

use super::binary::Binary;
use super::limits::{Limit, Limits};
use super::sandbox::{self, State, Ticker};
use super::world::{CONTRACT, check_world};
use super::{PolicyError, expansion};
use crate::contract::bindings::DeployPolicyPre;
use model::lookup::Grant;
use model::names::Digest;
use model::source::PolicySource;
use model::text::printable;

/// A compiled policy.
pub struct Policy {
    pub(super) pre: DeployPolicyPre<State>,
    /// Bytes of stack that it may use.
    pub(super) stack: usize,
    _ticker: Ticker,
    /// Where it came from.
    pub source: PolicySource,
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
    /// policy is not given, or what was not granted; and where it is too large
    /// to compile.
    pub fn compile(
        binary: &Binary,
        cache: Option<&Path>,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
    ) -> Result<Self, PolicyError> {
        let (engine, component, not_cached) = compiled(binary, cache, limits)?;
        let mut policy = Self::of_component(binary, &engine, &component, grants, limits)?;
        policy.not_cached = not_cached;
        Ok(policy)
    }

    /// A component that is compiled already.
    pub(super) fn of_component(
        binary: &Binary,
        engine: &Engine,
        component: &Component,
        grants: &BTreeSet<Grant>,
        limits: &Limits,
    ) -> Result<Self, PolicyError> {
        let name = binary.source.subject();
        check_world(&name, engine, component, grants)?;
        let sandbox = |source| PolicyError::Sandbox { policy: name.clone(), source };
        let linker = sandbox::linker(engine).map_err(sandbox)?;
        let pre = linker.instantiate_pre(component).and_then(DeployPolicyPre::new);
        let pre = pre.map_err(|error| other_types(name, &error))?;
        let _ticker = Ticker::start(engine);
        let (source, digest) = (binary.source.clone(), binary.digest().clone());
        Ok(Self { pre, stack: limits.stack, _ticker, source, digest, not_cached: None })
    }
}

/// A component that exports the contract, and not as it is.
pub(super) fn other_types(policy: String, error: &wasmtime::Error) -> PolicyError {
    let error = printable(&format!("{error:#}"));
    PolicyError::WrongWorld { policy, found: format!("its types are not those of {CONTRACT}: {error}") }
}

/// From this size on, in bytes, a component holds a language's whole engine, and
/// takes the optimizing compiler half a minute; the baseline compiler needs an
/// eighth of that, and what a policy computes is little.
const LARGE: usize = 1 << 20;

/// Stack for the compiler, which a thread of its own would have less of than the
/// main thread has.
const COMPILER_STACK: usize = 16 << 20;

/// A component that is compiled, and why that is not kept, where it is not.
pub(super) type Compiled = (Engine, Component, Option<String>);

/// Compiles a component, in time, and tells why what was compiled is not kept,
/// where it is not.
pub(super) fn compiled(
    binary: &Binary,
    cache: Option<&Path>,
    limits: &Limits,
) -> Result<Compiled, PolicyError> {
    let reached = |question, limit| {
        let policy = binary.source.provisional_name();
        Err(PolicyError::Limit { policy, question, limit, said: String::new() })
    };
    if expansion::instances(&binary.bytes) > u64::try_from(limits.instances).unwrap_or(u64::MAX) {
        return reached("instantiate", Limit::Instances(limits.instances));
    }
    // A compiler can't be told to stop. Where it takes too long its thread is left to the end of
    // the process, which comes next.
    let (whole, folder, stack) = (binary.clone(), cache.map(Path::to_owned), limits.stack);
    let (done, compiled) = mpsc::channel();
    let thread = std::thread::Builder::new().stack_size(COMPILER_STACK).spawn(move || {
        // Nobody may be waiting any more.
        let _ = done.send(compile(&whole, folder.as_deref(), stack));
    });
    thread.map_err(|error| {
        let source = wasmtime::Error::msg(format!("no thread to compile it in: {error}"));
        PolicyError::Sandbox { policy: binary.source.subject(), source }
    })?;
    // Nobody has to wait for the digest where there is a second core: the compiler has its own, of
    // these bytes and all else that bears on what it makes of them.
    binary.digest();
    match compiled.recv_timeout(limits.compile) {
        Ok(compiled) => compiled,
        Err(RecvTimeoutError::Timeout) => reached("compile", Limit::Compile(limits.compile)),
        Err(RecvTimeoutError::Disconnected) => Err(damaged(binary, "the compiler panicked on it")),
    }
}

/// Compiles a component. Fuel depends on the compiler, so which one it is
/// depends on nothing but the component: Cranelift for a small one; for a large
/// one Winch, or Cranelift where it uses what Winch lacks.
fn compile(binary: &Binary, cache: Option<&Path>, stack: usize) -> Result<Compiled, PolicyError> {
    let sandbox = |source| PolicyError::Sandbox { policy: binary.source.subject(), source };
    if binary.bytes.len() >= LARGE {
        let (engine, not_cached) = engine(Strategy::Winch, cache, stack).map_err(sandbox)?;
        if let Ok(component) = Component::new(&engine, &**binary.bytes) {
            return Ok((engine, component, not_cached));
        }
    }
    let (engine, not_cached) = engine(Strategy::Cranelift, cache, stack).map_err(sandbox)?;
    let component = Component::new(&engine, &**binary.bytes);
    let component = component.map_err(|error| damaged(binary, &format!("{error:#}")))?;
    Ok((engine, component, not_cached))
}

fn damaged(binary: &Binary, found: &str) -> PolicyError {
    let kind = "it is a damaged component, or one of features this host does not run";
    PolicyError::NotComponent {
        policy: binary.source.subject(),
        found: format!("{kind}: {}", printable(found)),
    }
}

/// An engine with every setting that bears on a policy's answer, and why its
/// cache is off where it is.
///
/// Two results of WebAssembly are the machine's own, and no policy's answer may
/// hang on them: the bits of a NaN, which Winch leaves to the machine, and
/// relaxed SIMD, which it lacks.
fn engine(
    strategy: Strategy,
    cache: Option<&Path>,
    stack: usize,
) -> wasmtime::Result<(Engine, Option<String>)> {
    let mut config = Config::new();
    config
        .strategy(strategy)
        .consume_fuel(true)
        .epoch_interruption(true)
        .wasm_component_model(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(stack)
        // Nothing runs on such a stack, but it may not be the smaller one.
        .async_stack_size(stack.max(2 << 20));
    // A later start reads and copies all that was compiled, tens of megabytes where it holds a
    // language's engine. These parts of it nothing here looks at.
    config.generate_address_map(false).native_unwind_info(false).debug_symbols(false);
    if strategy == Strategy::Cranelift {
        // A policy runs for a moment and is compiled at every change: it has to be compiled fast.
        // Its fuel is the same whatever is optimized.
        config
            .cranelift_nan_canonicalization(true)
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    let mut not_cached = None;
    if let Some(folder) = cache {
        let mut settings = CacheConfig::new();
        settings
            .with_directory(folder)
            // Unpacked as fast as can be: packing it tighter saves a megabyte, and nobody's time.
            .with_baseline_compression_level(1)
            // Else a worker would pack it again after so many starts, for minutes that no start has.
            .with_optimized_compression_usage_counter_threshold(u64::MAX);
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
mod tests;
