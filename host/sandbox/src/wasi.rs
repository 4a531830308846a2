//! The part of WASI 0.2 that the sandbox provides: what the runtimes of Rust, JavaScript and Python import, without any
//! effect except the output streams.

mod clock;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::sync::{
    filesystem::types as sync_files, io as sync_io, sockets as sync_sockets,
};
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi::{Deterministic, WasiCtx, WasiView};

use clock::{HasStoppedMonotonicClock, StoppedMonotonicClock, StoppedWallClock};

/// The version of these interfaces, without the patch level.
pub(crate) const VERSION_PREFIX: &str = "0.2.";

/// The provided interfaces, without their versions.
///
/// The file system is one of them because wasi-libc keeps its standard streams and its files in one table, so
/// nearly every guest with std imports it. It is empty: no folder is open, and a guest cannot open one. The sockets are
/// there for runtimes that import them for their standard streams: every call to create one, or to look up a name, returns
/// an error.
pub(crate) const PROVIDED: [&str; 27] = [
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
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// A context with these output streams, stopped clocks, and random numbers that are the same every time. It has no
/// environment, no arguments, no files and no network.
pub(crate) fn context(
    stdout: &MemoryOutputPipe,
    stderr: &MemoryOutputPipe,
    max_random_bytes: usize,
) -> WasiCtx {
    WasiCtx::builder()
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .wall_clock(StoppedWallClock)
        .secure_random(Deterministic::new((0..=255).collect()))
        .insecure_random(Deterministic::new((0..=255).collect()))
        .insecure_random_seed(0)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .max_random_size(u64::try_from(max_random_bytes).unwrap_or(u64::MAX))
        .build()
}

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// Adds the interfaces of [`PROVIDED`] to a linker, and no others.
pub(crate) fn add_to_linker<T: WasiView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    fn table<T: WasiView>(data: &mut T) -> &mut ResourceTable {
        data.ctx().table
    }
    let l = linker;
    cli::environment::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::exit::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::stdin::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::stdout::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::stderr::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::terminal_input::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::terminal_output::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::terminal_stdin::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::terminal_stdout::add_to_linker::<T, WasiCli>(l, T::cli)?;
    cli::terminal_stderr::add_to_linker::<T, WasiCli>(l, T::cli)?;
    clocks::wall_clock::add_to_linker::<T, WasiClocks>(l, T::clocks)?;
    clocks::monotonic_clock::add_to_linker::<T, HasStoppedMonotonicClock>(l, |data| {
        StoppedMonotonicClock(table(data))
    })?;
    filesystem::preopens::add_to_linker::<T, WasiFilesystem>(l, T::filesystem)?;
    sync_files::add_to_linker::<T, WasiFilesystem>(l, T::filesystem)?;
    random::random::add_to_linker::<T, WasiRandom>(l, |data| data.ctx().ctx.random())?;
    random::insecure::add_to_linker::<T, WasiRandom>(l, |data| data.ctx().ctx.random())?;
    random::insecure_seed::add_to_linker::<T, WasiRandom>(l, |data| data.ctx().ctx.random())?;
    sockets::instance_network::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sockets::network::add_to_linker::<T, WasiSockets>(
        l,
        &sockets::network::LinkOptions::default(),
        T::sockets,
    )?;
    sockets::tcp_create_socket::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sync_sockets::udp_create_socket::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sync_sockets::tcp::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sync_sockets::udp::add_to_linker::<T, WasiSockets>(l, T::sockets)?;
    sync_io::error::add_to_linker::<T, Io>(l, table)?;
    sync_io::poll::add_to_linker::<T, Io>(l, table)?;
    sync_io::streams::add_to_linker::<T, Io>(l, table)
}
