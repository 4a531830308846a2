//! The text that describes a trap: its cause, the end of stderr, and the backtrace.

use wasmtime::{Trap, WasmBacktrace};

use model::text::printable;

/// Lines of stderr that are printed.
const STDERR_LINES: usize = 40;

/// Functions of a backtrace that are printed.
const FRAMES: usize = 12;

/// The last lines of stderr, each on an indented line of its own.
pub(crate) fn stderr_tail(lines: &[String]) -> String {
    // Rust's panic messages begin with an empty line.
    let lines: Vec<&String> = lines.iter().filter(|line| !line.is_empty()).collect();
    let (omitted, tail) = lines.split_at(lines.len().saturating_sub(STDERR_LINES));
    let mut text = String::new();
    if !omitted.is_empty() {
        text.push_str(&format!("\n  … {} earlier lines", omitted.len()));
    }
    for line in tail {
        text.push_str(&format!("\n  {line}"));
    }
    text
}

/// The cause of a trap, the end of the policy's stderr, and the functions that ran.
pub(crate) fn describe_trap(error: &wasmtime::Error, stderr: &[String]) -> String {
    let mut text = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "it panicked".to_owned(),
        Some(trap) => trap.to_string(),
        None => printable(&error.root_cause().to_string()),
    };
    text.push_str(&stderr_tail(stderr));
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    let functions: Vec<&str> = frames.iter().filter_map(|frame| frame.func_name()).take(FRAMES).collect();
    for function in &functions {
        let function = format!("{:#}", rustc_demangle::demangle(function));
        text.push_str(&format!("\n    at {}", printable(&function)));
    }
    if functions.is_empty() && !frames.is_empty() {
        text.push_str(
            "\n  no function names in the component; build it without stripping them to see a backtrace",
        );
    }
    text
}
