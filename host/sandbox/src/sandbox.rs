//! What a policy can do: nothing but answer, within its limits.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime::{Engine, ResourceLimiter, Store};
use wasmtime_wasi::p2::bindings::sync::{filesystem::types as sync_files, io as sync_io};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{Deterministic, WasiCtx, WasiCtxView, WasiView};

use super::clock::{HasNoWaiting, NoWaiting, Stopped};
use super::limits::{Limit, Limits, Reached};
use super::lookup::{Lookup, Lookups};
use crate::contract::bindings::ecs_host::policy::{registry, services};

/// The state behind one instance of a policy.
pub(super) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    quota: Quota,
    pub(super) lookups: Lookups,
    /// What the policy printed.
    pub(super) stdout: MemoryOutputPipe,
    pub(super) stderr: MemoryOutputPipe,
}

/// Counts what all memories and tables take together: wasmtime's own limiter
/// counts each for itself, so that a policy with many memories escapes it.
struct Quota {
    memory: usize,
    table_elements: usize,
    limits: Limits,
}

impl ResourceLimiter for Quota {
    fn memory_growing(&mut self, now: usize, wanted: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.memory = self.memory.saturating_add(wanted.saturating_sub(now));
        if self.memory > self.limits.memory {
            return Err(Reached(Limit::Memory(self.limits.memory)).into());
        }
        Ok(true)
    }

    fn table_growing(&mut self, now: usize, wanted: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.table_elements = self.table_elements.saturating_add(wanted.saturating_sub(now));
        if self.table_elements > self.limits.table_elements {
            return Err(Reached(Limit::TableElements(self.limits.table_elements)).into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.instances
    }

    fn memories(&self) -> usize {
        self.limits.instances
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A store for one instance: no environment, no arguments, no files, no
/// network, stopped clocks, random numbers that are the same every time.
pub(super) fn store(
    engine: &Engine,
    limits: &Limits,
    lookup: Arc<dyn Lookup>,
) -> wasmtime::Result<Store<State>> {
    let stdout = MemoryOutputPipe::new(limits.output);
    let stderr = MemoryOutputPipe::new(limits.output);
    let wasi = WasiCtx::builder()
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .wall_clock(Stopped)
        .secure_random(Deterministic::new((0..=255).collect()))
        .insecure_random(Deterministic::new((0..=255).collect()))
        .insecure_random_seed(0)
        // What it is given it has to hold.
        .max_random_size(u64::try_from(limits.memory).unwrap_or(u64::MAX))
        .build();
    let quota = Quota { memory: 0, table_elements: 0, limits: limits.clone() };
    let lookups = Lookups::new(lookup, limits);
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.handles);
    let state = State { wasi, table, quota, lookups, stdout, stderr };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.quota);
    store.set_fuel(limits.fuel)?;
    store.set_hostcall_fuel(limits.answer);
    store.set_max_component_handles(limits.handles);
    store.set_epoch_deadline(ticks(limits.time));
    Ok(store)
}

/// The interfaces of WASI that a policy is given, without their versions: what
/// a guest with Rust's std needs to start. Everything else fails at load time.
///
/// The file system is there because wasi-libc's standard streams share a table
/// with its files, so that nearly every std guest imports it. It is empty: no
/// folder is opened for the policy, and it can't open one by itself.
pub(super) const OFFERED: [&str; 20] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/stderr",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:cli/terminal-stderr",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/random",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
];

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

struct Granted;

impl HasData for Granted {
    type Data<'a> = &'a mut Lookups;
}

/// A linker that gives the interfaces of [`OFFERED`], and those of the contract
/// itself: who was not granted one is refused before. Nothing else.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
    use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
    use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
    use wasmtime_wasi::random::WasiRandom;

    let mut linker = Linker::new(engine);
    let l = &mut linker;
    cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::monotonic_clock::add_to_linker::<State, HasNoWaiting>(l, |s| NoWaiting(&mut s.table))?;
    filesystem::preopens::add_to_linker::<State, WasiFilesystem>(l, State::filesystem)?;
    sync_files::add_to_linker::<State, WasiFilesystem>(l, State::filesystem)?;
    random::random::add_to_linker::<State, WasiRandom>(l, |s| s.wasi.random())?;
    random::insecure::add_to_linker::<State, WasiRandom>(l, |s| s.wasi.random())?;
    random::insecure_seed::add_to_linker::<State, WasiRandom>(l, |s| s.wasi.random())?;
    sync_io::error::add_to_linker::<State, Io>(l, |s| &mut s.table)?;
    sync_io::poll::add_to_linker::<State, Io>(l, |s| &mut s.table)?;
    sync_io::streams::add_to_linker::<State, Io>(l, |s| &mut s.table)?;
    services::add_to_linker::<State, Granted>(l, |s| &mut s.lookups)?;
    registry::add_to_linker::<State, Granted>(l, |s| &mut s.lookups)?;
    Ok(linker)
}

/// How often the wall clock looks at what runs: a policy ends this much too
/// late at most.
const TICK: Duration = Duration::from_millis(20);

/// The ticks after which an instance is ended, the one that is due at once not
/// counted.
fn ticks(time: Duration) -> u64 {
    let ticks = time.as_millis().div_ceil(TICK.as_millis()).saturating_add(1);
    // A century is enough, and no sum with it overflows.
    u64::from(u32::try_from(ticks).unwrap_or(u32::MAX))
}

/// Lets time pass for whatever runs on an engine. Dropping it stops the time.
/// Clock and deadline (`set_epoch_deadline` in [`store`]) stand here together,
/// so that one is never armed without the other.
pub(super) struct Ticker {
    _end: mpsc::Sender<()>,
}

impl Ticker {
    pub(super) fn start(engine: &Engine) -> Self {
        let (end, ended) = mpsc::channel();
        let engine = engine.weak();
        std::thread::spawn(move || {
            while matches!(ended.recv_timeout(TICK), Err(mpsc::RecvTimeoutError::Timeout)) {
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        });
        Self { _end: end }
    }
}
