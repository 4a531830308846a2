//! The engine: its settings, the choice of the compiler, and the cache of compiled code.

use std::path::Path;

use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Engine, OptLevel, RegallocAlgorithm, Strategy};

use crate::binary::Binary;
use crate::error::ComponentError;
use model::text::printable;

/// A compiled component.
pub(crate) struct Compilation {
    pub(crate) engine: Engine,
    pub(crate) component: Component,
    /// Why the cache is off, if a cache folder was passed.
    pub(crate) cache_error: Option<String>,
}

/// A component of this many bytes contains a large language runtime, such as those of Python and SpiderMonkey. The
/// optimizing compiler takes half a minute for it; the baseline compiler takes an eighth of that, and a policy computes
/// little. QuickJS is smaller, and its tail calls are not supported by the baseline compiler.
const LARGE_COMPONENT: usize = 4 << 20;

/// Bytes of the compiler's stack. The default of a spawned thread is smaller than the main thread's.
pub(crate) const COMPILER_STACK: usize = 16 << 20;

/// Compiles with a compiler that depends on the component alone, because the fuel that a call consumes depends on
/// the compiler: Cranelift for a small component; Winch for a large one, or Cranelift if Winch does not support it.
pub(crate) fn compile_unlimited(
    binary: &Binary,
    cache: Option<&Path>,
    stack: usize,
) -> Result<Compilation, ComponentError> {
    let sandbox_error = |source| ComponentError::Sandbox { component: binary.source.subject(), source };
    if binary.bytes.len() >= LARGE_COMPONENT {
        let (engine, cache_error) = new_engine(Strategy::Winch, cache, stack).map_err(sandbox_error)?;
        if let Ok(component) = Component::new(&engine, &**binary.bytes) {
            return Ok(Compilation { engine, component, cache_error });
        }
    }
    let (engine, cache_error) = new_engine(Strategy::Cranelift, cache, stack).map_err(sandbox_error)?;
    let component = Component::new(&engine, &**binary.bytes);
    let component = component.map_err(|error| damaged(binary, &format!("{error:#}")))?;
    Ok(Compilation { engine, component, cache_error })
}

pub(crate) fn damaged(binary: &Binary, error: &str) -> ComponentError {
    let problem = "the component is damaged, or uses features that this host does not support";
    ComponentError::NotComponent {
        component: binary.source.subject(),
        kind: binary.kind,
        found: format!("{problem}: {}", printable(error)),
    }
}

/// An engine with every setting that affects a policy's answer, and why its cache is off.
///
/// Two results of WebAssembly depend on the machine, and no answer may depend on them: the bits of a NaN, which
/// Winch does not canonicalize, and relaxed SIMD, which Winch does not support.
fn new_engine(
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
        // Unused, but it must not be smaller than `max_wasm_stack`.
        .async_stack_size(stack.max(2 << 20));
    // A later start reads the whole compiled component, tens of megabytes with a language runtime. Nothing uses
    // these parts of it.
    config.generate_address_map(false).native_unwind_info(false).debug_symbols(false);
    if strategy == Strategy::Cranelift {
        // A policy runs for milliseconds and is compiled after every change, so compile time counts. Optimization
        // does not change the fuel that a call consumes.
        config
            .cranelift_nan_canonicalization(true)
            .cranelift_opt_level(OptLevel::None)
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    }
    let mut cache_error = None;
    if let Some(folder) = cache {
        let mut settings = CacheConfig::new();
        settings
            .with_directory(folder)
            // The fastest to unpack. A higher level saves one megabyte.
            .with_baseline_compression_level(1)
            // Turns off the worker that compresses a frequently used entry again, which takes minutes.
            .with_optimized_compression_usage_counter_threshold(u64::MAX);
        match Cache::new(settings) {
            Ok(cache) => {
                config.cache(Some(cache));
            }
            Err(error) => cache_error = Some(format!("{error:#}")),
        }
    }
    Ok((Engine::new(&config)?, cache_error))
}
