//! Compiling a component within the limits of time, memory and instances.

use std::sync::mpsc::{self, RecvTimeoutError};

use crate::binary::Binary;
use crate::compiler::Compiler;
use crate::engine::{COMPILER_STACK, Compilation, compile_unlimited, damaged};
use crate::error::ComponentError;
use crate::instances;
use crate::kind::Subject;
use crate::limits::{Limit, Limits};

/// Compiles a component within the limits of compile time, compiler memory and instances. A cache folder that cannot be
/// used turns the cache off.
///
/// # Errors
/// [`ComponentError::NotComponent`] if compiling fails, [`ComponentError::LimitExceeded`], or [`ComponentError::Sandbox`].
pub(crate) fn compile(
    binary: &Binary,
    compiler: &Compiler,
    limits: &Limits,
) -> Result<Compilation, ComponentError> {
    let exceeded = |export, limit| {
        let component = Subject::new(binary.kind, binary.source.provisional_name());
        Err(ComponentError::LimitExceeded { component, export, limit, stderr: String::new() })
    };
    if instances::count_instances(&binary.bytes) > u64::try_from(limits.instances).unwrap_or(u64::MAX) {
        return exceeded("instantiate", Limit::Instances(limits.instances));
    }
    compiler.prove(binary, limits)?;
    // A compilation cannot be canceled. After the time limit its thread runs until the process ends, which is soon.
    let (shared, folder, stack) = (binary.clone(), compiler.code_folder(), limits.stack);
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::Builder::new().stack_size(COMPILER_STACK).spawn(move || {
        // The receiver is gone after the time limit.
        let _ = sender.send(compile_unlimited(&shared, folder.as_deref(), stack));
    });
    thread.map_err(|error| {
        let source = wasmtime::Error::msg(format!("cannot start the compiler's thread: {error}"));
        ComponentError::Sandbox { component: binary.source.subject(), source }
    })?;
    // Computes the digest on a second core while the component compiles.
    binary.digest();
    match receiver.recv_timeout(limits.compile) {
        Ok(compilation) => compilation.map(|compilation| {
            let cache_error = compilation.cache_error.or_else(|| compiler.cache_problem.clone());
            Compilation { cache_error, ..compilation }
        }),
        Err(RecvTimeoutError::Timeout) => exceeded("compile", Limit::Compile(limits.compile)),
        Err(RecvTimeoutError::Disconnected) => Err(damaged(binary, "the compiler panicked")),
    }
}
