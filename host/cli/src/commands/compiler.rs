//! How components are compiled: in a process whose memory is limited, and with a cache that nobody else can write.

use std::path::{Path, PathBuf};

use model::event::EventSink as _;

use super::Context;
use crate::cli::CompilerArgs;
use crate::output::Report;
use crate::ownership;
use model::event::Event;
use sandbox::Compiler;
use sandbox::component::LoadedComponent;

/// The compiler with the cache, unless a flag turns it off. A cache that others can change is not used, because it
/// contains machine code that is executed: the `cache_error` of what is compiled then names the folder.
pub(super) fn with_cache(args: &CompilerArgs, context: &Context<'_>) -> Compiler {
    let folder = context.directories.compiled_policies.as_deref().filter(|_| !args.no_policy_cache);
    match folder.map(|folder| (folder, ownership::create_private_folder(folder))) {
        Some((folder, Ok(()))) => Compiler { cache: Some(folder.to_owned()), ..without_cache() },
        Some((_, Err(problem))) => Compiler { cache_problem: Some(describe(&problem)), ..without_cache() },
        None => without_cache(),
    }
}

fn describe(problem: &ownership::Unsafe) -> String {
    let advice = "; code that others could replace is not executed: set XDG_CACHE_HOME to a folder that only you can \
                  write, below folders that only you and root can write, or remove this one or the others' permission \
                  (`chmod go-w`)";
    format!("{problem}{}", if problem.is_changeable { advice } else { "" })
}

/// The compiler without a cache.
pub(super) fn without_cache() -> Compiler {
    Compiler { program: Some(program()), ..Compiler::default() }
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
