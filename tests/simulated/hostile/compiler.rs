//! The process that compiles a policy: its limits of time and memory, and its end.

use std::time::Duration;

use rustix::process::Signal;

use super::guest::Guest;
use super::{Row, run_all};
use crate::app::{App, REGION};
use crate::run::RUN_TIMEOUT;
use crate::wait::eventually;

/// A component with one long function, which compiles for half a minute. The function
/// ends in a tail call, which the baseline compiler does not support.
fn slow() -> Vec<u8> {
    let length = |mut length: usize| {
        let mut bytes = Vec::new();
        while length >= 0x80 {
            bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        bytes.push(u8::try_from(length).unwrap());
        bytes
    };
    let long = |bytes: Vec<u8>| [length(bytes.len()), bytes].concat();
    // local.get 0, local.get 1, i32.mul, local.get 2, i32.add, local.set 0, and so on.
    let step = [0x20, 0, 0x20, 1, 0x6c, 0x20, 2, 0x6a, 0x21, 0, 0x20, 0, 0x20, 2, 0x73, 0x21, 1];
    let body = [&[0][..], &step.repeat(300_000), &[0x20, 0, 0x20, 1, 0x20, 2, 0x12, 0, 0x0b]].concat();
    let module = [
        &b"\0asm\x01\0\0\0"[..],
        &[1, 8, 1, 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f],
        &[3, 2, 1, 0],
        &[10],
        &long([&[1][..], &long(body)].concat()),
    ];
    [&b"\0asm\x0d\0\x01\0\x01"[..], &long(module.concat())].concat()
}

#[test]
fn compilation_ends_at_its_time_limit() {
    let text =
        "reached its limit of 1 seconds for compiling in `compile`; `--policy-compile SECONDS` raises it";
    run_all([Row::new("slow-to-compile", slow()).flags(&["--policy-compile=1"]).prints(text)]);
}

/// Eight kilobytes of nested blocks, each with a thousand parameters and results. The compiler has a value for each of
/// them at each level.
fn nested_blocks(levels: usize) -> Vec<u8> {
    let values = "i32 ".repeat(1000);
    let push = "i32.const 1 ".repeat(1000);
    let module = format!(
        "(type $wide (func (param {values}) (result {values}))) (func {push} {} {})",
        "block (type $wide) ".repeat(levels) + &"end ".repeat(levels),
        "drop ".repeat(1000)
    );
    Guest { items: module, ..Guest::default() }.bytes()
}

#[test]
fn the_memory_of_the_compiler_is_limited() {
    let bomb = nested_blocks(1000);
    assert!(bomb.len() < 14_000, "{}", bomb.len());
    let text = "reached its limit of 64 MiB of memory for compiling in `compile`; `--policy-compile-memory MIB` \
                raises it";
    let row = |name| Row::new(name, bomb.clone()).flags(&["--policy-compile-memory=64"]).prints(text);
    run_all([row("nested-blocks"), row("nested-blocks-inspected").inspected()]);
}

/// Whether a process that compiles with this limit of memory, in bytes, is running.
fn is_compiling(memory: u64) -> bool {
    let memory = format!("\0{memory}\0");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut lines = processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.any(|line| line.starts_with("ecs-host\0compile-in-a-process\0") && line.contains(&memory))
}

#[test]
fn the_process_ends_with_the_run() {
    for (name, mib, signal) in
        [("compiler-killed", 901, Signal::KILL), ("compiler-terminated", 902, Signal::TERM)]
    {
        let app = App::bare(name, REGION);
        let path = app.path("policy.wasm");
        std::fs::write(&path, slow()).expect("a file");
        let run = app.start("inspect").arg(path.display().to_string());
        let run = run.arg(format!("--policy-compile-memory={mib}")).begin();
        let run = run.until("a process compiles", || is_compiling(mib << 20)).send_signal(signal);
        let (code, _) = run.finish(Duration::from_secs(5));
        assert!(matches!(code, None | Some(143)), "{name}: {code:?}");
        eventually("the process ends", RUN_TIMEOUT, || Ok((!is_compiling(mib << 20)).then_some(())))
            .expect("it does not outlive the run");
    }
}
