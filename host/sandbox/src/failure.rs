//! The text that describes a trap: its cause, the end of stderr, and the backtrace.
//!
//! The parts of the language's runtime are left out. They do not concern the policy's author, and a Python policy would
//! have thirty lines of them.

use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use model::text::printable;

/// Lines of stderr that are printed.
const STDERR_LINES: usize = 40;

/// Functions of a backtrace that are printed.
const FRAMES: usize = 12;

/// How functions begin that are part of a language's standard library or runtime.
const RUNTIME_FUNCTIONS: [&str; 20] = [
    "std::",
    "core::",
    "alloc::",
    "<std::",
    "<core::",
    "<alloc::",
    "__rustc::",
    "rust_",
    "__rust",
    "dlmalloc::",
    "wit_bindgen::",
    "wit_dylib_",
    "<pyo3::",
    "pyo3::",
    "_Py",
    "Py",
    "abort",
    "exit",
    "_Exit",
    "adapter ",
];

/// What the runtimes print about themselves when the code of a policy fails, besides the error of that code.
const RUNTIME_LINES: [&str; 4] = [
    // Rust. The environment of a policy is empty.
    "note: run with `RUST_BACKTRACE=1`",
    // componentize-py, after the traceback.
    "Python function threw an unexpected exception",
    "thread '<unnamed>' (1) panicked at runtime/src/lib.rs:",
    // componentize-js, after the stack.
    "Redirecting call to abort()",
];

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

/// The cause of a trap, the end of the policy's stderr, and the functions of the policy that ran. Without any of them,
/// the functions of the runtime are there instead.
pub(crate) fn describe_trap(error: &wasmtime::Error, stderr: &[String]) -> String {
    let cause = match (error.downcast_ref::<Trap>(), error.downcast_ref::<I32Exit>()) {
        (Some(Trap::UnreachableCodeReached), _) => "it panicked".to_owned(),
        (Some(trap), _) => trap.to_string(),
        (None, Some(I32Exit(status))) => format!("it exited with status {status}"),
        (None, None) => printable(&error.root_cause().to_string()),
    };
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    let functions: Vec<String> = frames
        .iter()
        .filter_map(|frame| frame.func_name())
        .map(|name| printable(&format!("{:#}", rustc_demangle::demangle(name))))
        .collect();
    let mut text = format!("{cause}{}", explain(stderr, &functions));
    if functions.is_empty() && !frames.is_empty() && stderr.is_empty() {
        text.push_str(
            "\n  no function names in the component; build it without stripping them to see a backtrace",
        );
    }
    text
}

/// The lines of stderr and of the backtrace, without those of the runtime.
fn explain(stderr: &[String], functions: &[String]) -> String {
    let own_lines: Vec<String> = stderr.iter().filter(|line| !is_of_runtime(line)).cloned().collect();
    let own: Vec<&String> = functions.iter().filter(|name| !is_runtime_function(name)).collect();
    let mut text = stderr_tail(&own_lines);
    let shown: Vec<&String> = if own.is_empty() && own_lines.iter().all(String::is_empty) {
        functions.iter().collect()
    } else {
        own
    };
    for function in shown.into_iter().take(FRAMES) {
        text.push_str(&format!("\n    at {function}"));
    }
    text
}

fn is_of_runtime(line: &str) -> bool {
    // componentize-js calls the policy from a script of its own, in a folder whose name is random.
    let is_glue = line.contains("/sources/initializer.js:");
    is_glue || RUNTIME_LINES.iter().any(|start| line.trim_start().starts_with(start))
}

/// The exported functions are named by the message.
fn is_runtime_function(name: &str) -> bool {
    let is_export = name.starts_with(crate::contract::PACKAGE);
    is_export || RUNTIME_FUNCTIONS.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_traceback_of_python_is_all_that_is_left_of_an_exception() {
        let stderr = lines(
            "Traceback (most recent call last):\n  File \"/0/policy.py\", line 29, in select\nIndexError: list index out of \
             range\n\nthread '<unnamed>' (1) panicked at runtime/src/lib.rs:1293:29:\nPython function threw an unexpected \
             exception\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        );
        let functions =
            lines("abort\nstd::process::abort\ncore::panicking::panic_fmt\nwit_dylib_export_call");
        assert_eq!(
            explain(&stderr, &functions),
            "\n  Traceback (most recent call last):\n    File \"/0/policy.py\", line 29, in select\n  IndexError: list index \
             out of range"
        );
    }

    #[test]
    fn the_glue_of_componentize_js_is_left_out_of_a_stack() {
        let stderr = lines(
            "can't access property \"tag\", variant32 is undefined\nStack:\n  select@src/policy.js:3:4\n  \
             export_policy_0_2_0$select@/tmp/2dfcc547dbf8/sources/initializer.js:341:15\nRedirecting call to abort() to \
             mozalloc_abort",
        );
        let functions = lines("ecs-host:policy/policy@0.2.0#select");
        assert_eq!(
            explain(&stderr, &functions),
            "\n  can't access property \"tag\", variant32 is undefined\n  Stack:\n    select@src/policy.js:3:4"
        );
    }

    #[test]
    fn the_message_of_a_rust_panic_and_the_functions_of_the_policy_stay() {
        let stderr = lines(
            "\nthread '<unnamed>' (1) panicked at src/lib.rs:7:5:\nno such branch\nnote: run with `RUST_BACKTRACE=1` \
             environment variable to display a backtrace",
        );
        let functions = lines("core::panicking::panic_fmt\nshop::find\necs-host:policy/policy@0.2.0#select");
        assert_eq!(
            explain(&stderr, &functions),
            "\n  thread '<unnamed>' (1) panicked at src/lib.rs:7:5:\n  no such branch\n    at shop::find"
        );
    }

    #[test]
    fn a_panic_without_a_message_and_without_own_functions_shows_those_of_the_runtime() {
        let functions = lines("core::panicking::panic_fmt\necs-host:policy/policy@0.2.0#select");
        let shown = "\n    at core::panicking::panic_fmt\n    at ecs-host:policy/policy@0.2.0#select";
        assert_eq!(explain(&[], &functions), shown);
    }
}
