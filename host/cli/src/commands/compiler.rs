//! Compiling a policy: in a process whose memory is limited, and with a cache that nobody else can write.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::event::EventSink as _;

use super::Context;
use crate::cli::CompilerArgs;
use crate::output::Report;
use crate::ownership;
use model::event::Event;
use model::lookup::Grant;
use sandbox::component::LoadedComponent;
use sandbox::{AnyComponent, Binary, Compiler, ComponentError, Guard, Policy};

/// Compiles a policy, or reads its compiled form from the cache. A cache that others can change is not used, because
/// it contains machine code that is executed: [`LoadedComponent::cache_error`] then names the folder.
pub(super) fn compile(
    binary: &Binary,
    args: &CompilerArgs,
    grants: &BTreeSet<Grant>,
    context: &Context<'_>,
) -> Result<Policy, ComponentError> {
    let (compiler, problem) = with_cache(args, context);
    let mut policy = Policy::compile(binary, &compiler, grants, &args.limits())?;
    note_problem(&mut policy.component, problem);
    Ok(policy)
}

/// Compiles a guard, in the same way.
pub(super) fn compile_guard(
    binary: &Binary,
    args: &CompilerArgs,
    grants: &BTreeSet<Grant>,
    context: &Context<'_>,
) -> Result<Guard, ComponentError> {
    let (compiler, problem) = with_cache(args, context);
    let mut guard = Guard::compile(binary, &compiler, grants, &args.limits())?;
    note_problem(&mut guard.component, problem);
    Ok(guard)
}

/// Compiles a component of either kind, in the same way.
pub(super) fn compile_any(
    binary: &Binary,
    args: &CompilerArgs,
    grants: &BTreeSet<Grant>,
    context: &Context<'_>,
) -> Result<AnyComponent, ComponentError> {
    let (compiler, problem) = with_cache(args, context);
    let mut component = AnyComponent::compile(binary, &compiler, grants, &args.limits())?;
    note_problem(component.component_mut(), problem);
    Ok(component)
}

/// Notes that the cache is not used, because others can change it.
fn note_problem(component: &mut LoadedComponent, problem: Option<ownership::Unsafe>) {
    if let Some(problem) = problem {
        let advice = "; code that others could replace is not executed: set XDG_CACHE_HOME to a folder that only you \
                      can write, below folders that only you and root can write, or remove this one or the others' \
                      permission (`chmod go-w`)";
        let advice = if problem.is_changeable { advice } else { "" };
        component.cache_error = Some(format!("{problem}{advice}"));
    }
}

/// The compiler with the cache, unless a flag turns it off or others can change it.
pub(super) fn with_cache(
    args: &CompilerArgs,
    context: &Context<'_>,
) -> (Compiler, Option<ownership::Unsafe>) {
    let folder = context.directories.compiled_policies.as_deref().filter(|_| !args.no_policy_cache);
    let (cache, problem) = match folder.map(|folder| (folder, ownership::create_private_folder(folder))) {
        Some((folder, Ok(()))) => (Some(folder.to_owned()), None),
        Some((_, Err(problem))) => (None, Some(problem)),
        None => (None, None),
    };
    (Compiler { cache, program: Some(program()) }, problem)
}

/// The compiler without a cache, for a measurement of its time.
pub(super) fn without_cache() -> Compiler {
    Compiler { cache: None, program: Some(program()) }
}

/// Reports why a compiled component is not cached.
pub(super) fn warn_if_not_cached(component: &LoadedComponent, report: &Report) {
    if let Some(reason) = &component.cache_error {
        let message = format!("the compiled {} is not cached for the next run: {reason}", component.kind);
        report.emit(&Event::Warning { message });
    }
}

/// This program, which compiles policies in a process of its own.
fn program() -> PathBuf {
    // On Linux, this link leads to the program even if its file was replaced or removed.
    let link = Path::new("/proc/self/exe");
    if link.exists() { link.to_owned() } else { std::env::current_exe().unwrap_or_else(|_| link.to_owned()) }
}
