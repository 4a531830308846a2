//! The process in which the host compiles a policy, because a process is what a limit of memory can end.
//!
//! The compilers of wasmtime do not limit their memory: ten kilobytes of nested blocks make them allocate gigabytes.
//! An allocation that fails aborts the process, and a machine without a limit swaps or kills. So the host calls itself
//! with [`VERB`] and passes the component through stdin. The process limits its own memory and time, compiles, and ends
//! with an exit code. The result is in the cache; without a cache the host compiles once more, and needs as much.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use crate::binary::Binary;
use crate::engine::{COMPILER_STACK, compile_unlimited, damaged};
use crate::error::ComponentError;
use crate::kind::{ComponentKind, Subject};
use crate::limits::{Limit, Limits};
use model::source::ComponentSource;

/// The first argument of the process. It is no verb for users.
pub const VERB: &str = "compile-in-a-process";

/// The exit code if compiling failed. The host repeats it to report the error.
const FAILED: u8 = 1;

/// The exit code after the time limit.
const TIMED_OUT: u8 = 2;

/// The variables that the process inherits: where the loader finds libraries, and the number of the compiler's threads,
/// which affects its memory. The others may be secrets.
const VARIABLES: [&str; 2] = ["LD_LIBRARY_PATH", "RAYON_NUM_THREADS"];

/// Compiles a component in a process of its own. Returns whether it compiled.
///
/// # Errors
/// [`ComponentError::LimitExceeded`], [`ComponentError::NotComponent`] if the compiler crashed, or [`ComponentError::Sandbox`].
pub(crate) fn compile(
    program: &Path,
    binary: &Binary,
    cache: Option<&Path>,
    limits: &Limits,
) -> Result<bool, ComponentError> {
    let mut command = Command::new(program);
    // The name in a list of processes, whatever the path of the program is.
    command.arg0("ecs-host").arg(VERB);
    command.args([limits.compile_memory.to_string(), limits.compile.as_secs().to_string()]);
    command.arg(limits.stack.to_string()).args(cache).current_dir("/").env_clear();
    command.envs(VARIABLES.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let failed = |error: std::io::Error| {
        let source = wasmtime::Error::msg(format!("cannot start the process that compiles it: {error}"));
        ComponentError::Sandbox { component: binary.source.subject(), source }
    };
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A process that has ended reads nothing; its exit code states why.
        let _ = stdin.write_all(&binary.bytes);
    }
    let output = child.wait_with_output().map_err(failed)?;
    let exceeded = |limit| {
        let component = Subject::new(binary.kind, binary.source.provisional_name());
        Err(ComponentError::LimitExceeded { component, export: "compile", limit, stderr: String::new() })
    };
    match output.status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(0) => Ok(true),
        Some(FAILED) => Ok(false),
        Some(TIMED_OUT) => exceeded(Limit::Compile(limits.compile)),
        _ => {
            let stderr = String::from_utf8_lossy(&output.stderr);
            if is_out_of_memory(output.status, &stderr) {
                return exceeded(Limit::CompileMemory(limits.compile_memory));
            }
            let reason = stderr.trim().lines().next_back().unwrap_or("it printed nothing").to_owned();
            Err(damaged(binary, &format!("the compiler crashed ({}): {reason}", output.status)))
        }
    }
}

/// Whether a process ended because it got no more memory: an allocation of Rust, of wasmtime, or of a thread's stack
/// failed, or the system killed it.
fn is_out_of_memory(status: ExitStatus, stderr: &str) -> bool {
    let failures = ["memory allocation of", "Cannot allocate memory", "Resource temporarily unavailable"];
    status.signal() == Some(Signal::KILL.as_raw()) || failures.iter().any(|failure| stderr.contains(failure))
}

/// The process: compiles the component from stdin. `arguments` are those after [`VERB`].
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
    let (Some(memory), Some(seconds), Some(stack)) = (number(), number(), number()) else {
        return ExitCode::from(FAILED);
    };
    let cache = arguments.next().map(PathBuf::from);
    if let Err(error) = limit(memory, Duration::from_secs(seconds)) {
        // Without the limits nothing is compiled.
        let _ = writeln!(std::io::stderr(), "cannot limit the memory of the compiler's process: {error}");
        std::process::abort();
    }
    let mut bytes = Vec::new();
    let has_compiled = std::io::stdin().read_to_end(&mut bytes).is_ok()
        && compile_bytes(bytes, cache, usize::try_from(stack).unwrap_or(usize::MAX));
    if has_compiled { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}

/// Limits the memory and the time of this process, and ends it with its parent.
fn limit(memory: u64, time: Duration) -> std::io::Result<()> {
    // Not the address space: each thread's allocator reserves 64 MiB of it, and uses little.
    let maximum = getrlimit(Resource::Data).maximum.map_or(memory, |maximum| maximum.min(memory));
    let limited = |maximum| Rlimit { current: Some(maximum), maximum: Some(maximum) };
    setrlimit(Resource::Data, limited(maximum))?;
    // An abort would write the memory to a file.
    setrlimit(Resource::Core, limited(0))?;
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    std::thread::Builder::new().spawn(move || {
        std::thread::sleep(time);
        std::process::exit(i32::from(TIMED_OUT));
    })?;
    Ok(())
}

fn compile_bytes(bytes: Vec<u8>, cache: Option<PathBuf>, stack: usize) -> bool {
    let limits = Limits { size: usize::MAX, ..Limits::default() };
    // Neither is used: the parent checks what it compiled.
    let source = ComponentSource::File("component.wasm".into());
    let Ok(binary) = Binary::new(ComponentKind::Policy, source, bytes.into(), &limits) else {
        return false;
    };
    let compile = move || compile_unlimited(&binary, cache.as_deref(), stack).is_ok();
    let thread = std::thread::Builder::new().stack_size(COMPILER_STACK).spawn(compile);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(has_compiled)) => has_compiled,
        // The panic is printed.
        Ok(Err(_)) | Err(_) => std::process::abort(),
    }
}
