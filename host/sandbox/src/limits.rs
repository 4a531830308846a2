//! How much a policy may use: every limit in one place.

use std::fmt;
use std::time::Duration;

use wasmtime::{Trap, WasmBacktrace};

/// How much a policy may use. The defaults hold a thousand times what the
/// Travis convention needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of its file.
    pub size: usize,
    /// The time of compiling it, where the cache does not have it. A machine
    /// that is slow or busy needs more, so this is far from what any needs.
    pub compile: Duration,
    /// Instructions, about one unit each. The same call burns the same fuel on
    /// every machine, so this limit decides; the wall clock only backs it up.
    pub fuel: u64,
    /// Bytes of memory, all memories together.
    pub memory: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Instances, memories and tables, so many of each. A policy with Rust's
    /// std has some ten instances, one in JavaScript or Python some thirty.
    pub instances: usize,
    /// Bytes of its stack.
    pub stack: usize,
    /// Bytes that one answer of its may have as the host holds it: its texts,
    /// and the records around them. What it hands to an import counts the same.
    pub answer: usize,
    /// Handles that it may hold at a time, such as those of streams.
    pub handles: usize,
    /// Bytes that it may print to each of its output streams.
    pub output: usize,
    /// Different questions that it may ask of ECS and ECR.
    pub lookups: usize,
    /// The time of all of its answers together, lookups included.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 64 << 20,
            compile: Duration::from_secs(120),
            fuel: 1_000_000_000,
            memory: 64 << 20,
            table_elements: 100_000,
            instances: 100,
            stack: 512 << 10,
            answer: 4 << 20,
            handles: 10_000,
            output: 64 << 10,
            lookups: 100,
            time: Duration::from_secs(10),
        }
    }
}

/// A limit that was reached, with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// See [`Limits::size`].
    Size(usize),
    /// See [`Limits::compile`].
    Compile(Duration),
    /// See [`Limits::fuel`].
    Fuel(u64),
    /// See [`Limits::memory`].
    Memory(usize),
    /// See [`Limits::table_elements`].
    TableElements(usize),
    /// See [`Limits::instances`].
    Instances(usize),
    /// See [`Limits::instances`], of memories.
    Memories(usize),
    /// See [`Limits::instances`], of tables.
    Tables(usize),
    /// See [`Limits::stack`].
    Stack(usize),
    /// See [`Limits::answer`].
    Answer(usize),
    /// See [`Limits::handles`].
    Handles(usize),
    /// See [`Limits::output`].
    Output(usize),
    /// See [`Limits::lookups`].
    Lookups(usize),
    /// See [`Limits::time`].
    Time(Duration),
}

impl Limit {
    /// The flag that raises this limit.
    #[must_use]
    pub fn flag(&self) -> &'static str {
        match self {
            Self::Size(_) => "`--policy-size MIB`",
            Self::Compile(_) => "`--policy-compile SECONDS`",
            Self::Fuel(_) => "`--policy-fuel UNITS`",
            Self::Memory(_) => "`--policy-memory MIB`",
            Self::TableElements(_) => "`--policy-table-elements COUNT`",
            Self::Instances(_) | Self::Memories(_) | Self::Tables(_) => "`--policy-instances COUNT`",
            Self::Stack(_) => "`--policy-stack KIB`",
            Self::Answer(_) => "`--policy-answer KIB`",
            Self::Handles(_) => "`--policy-handles COUNT`",
            Self::Output(_) => "`--policy-output KIB`",
            Self::Lookups(_) => "`--policy-lookups COUNT`",
            Self::Time(_) => "`--policy-time SECONDS`",
        }
    }

    /// The limit that an error of the sandbox's means, if it means one.
    pub(super) fn behind(error: &wasmtime::Error, limits: &Limits) -> Option<Self> {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => return Some(Self::Fuel(limits.fuel)),
            Some(Trap::Interrupt) => return Some(Self::Time(limits.time)),
            Some(Trap::StackOverflow) => return Some(Self::Stack(limits.stack)),
            _ => {}
        }
        if let Some(Reached(limit)) = error.downcast_ref::<Reached>() {
            return Some(*limit);
        }
        // Wasmtime has no types for these. The version is locked, and a test reaches each of them.
        let said = error.root_cause().to_string();
        let named = |part: &str| said.contains(part);
        if named("fuel allocated for hostcalls has been exhausted") {
            Some(Self::Answer(limits.answer))
        } else if named("store handle limit exceeded") || named("resource table has no free keys") {
            Some(Self::Handles(limits.handles))
        } else if named("resource limit exceeded: instance") {
            Some(Self::Instances(limits.instances))
        } else if named("resource limit exceeded: memory") {
            Some(Self::Memories(limits.instances))
        } else if named("resource limit exceeded: table") {
            Some(Self::Tables(limits.instances))
        } else {
            None
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(bytes) => write!(f, "{} MiB of file", bytes >> 20),
            Self::Compile(time) => write!(f, "{} seconds of compiling", time.as_secs()),
            Self::Fuel(units) => write!(f, "{units} units of fuel"),
            Self::Memory(bytes) => write!(f, "{} MiB of memory", bytes >> 20),
            Self::TableElements(count) => write!(f, "{count} table elements"),
            Self::Instances(count) => write!(f, "{count} instances"),
            Self::Memories(count) => write!(f, "{count} memories"),
            Self::Tables(count) => write!(f, "{count} tables"),
            Self::Stack(bytes) => write!(f, "{} KiB of stack (a recursion without an end?)", bytes >> 10),
            Self::Answer(bytes) => write!(f, "{} KiB of answer", bytes >> 10),
            Self::Handles(count) => write!(f, "{count} handles"),
            Self::Output(bytes) => write!(f, "{} KiB of output", bytes >> 10),
            Self::Lookups(count) => write!(f, "{count} lookups"),
            Self::Time(time) => write!(f, "{} seconds", time.as_secs()),
        }
    }
}

/// The error with which growing past a limit ends.
#[derive(Debug, thiserror::Error)]
#[error("the limit of {0} is reached")]
pub(super) struct Reached(pub(super) Limit);

/// How many lines of what a policy wrote to its standard error are shown where it broke.
const LINES: usize = 40;

/// What a policy wrote to its standard error last, each line on one of its own.
pub(super) fn last_words(words: &[String]) -> String {
    // Rust's panics begin with an empty line.
    let words: Vec<&String> = words.iter().filter(|line| !line.is_empty()).collect();
    let (before, last) = words.split_at(words.len().saturating_sub(LINES));
    let mut said = String::new();
    if !before.is_empty() {
        said.push_str(&format!("\n  … {} lines before these", before.len()));
    }
    for line in last {
        said.push_str(&format!("\n  {line}"));
    }
    said
}

/// How many functions of a backtrace are shown.
const FRAMES: usize = 12;

/// How a policy broke: the trap, its own last words, and where it was.
pub(super) fn breaking(error: &wasmtime::Error, words: &[String]) -> String {
    let mut reason = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "it panicked".to_owned(),
        Some(trap) => trap.to_string(),
        None => model::text::printable(&error.root_cause().to_string()),
    };
    reason.push_str(&last_words(words));
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    let named: Vec<&str> = frames.iter().filter_map(|frame| frame.func_name()).take(FRAMES).collect();
    for name in &named {
        let name = format!("{:#}", rustc_demangle::demangle(name));
        reason.push_str(&format!("\n    at {}", model::text::printable(&name)));
    }
    if named.is_empty() && !frames.is_empty() {
        reason.push_str("\n  its functions have no names; a build that keeps them shows where this was");
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_every_limit_with_its_default_and_its_flag() {
        let Limits { size, compile, fuel, memory, table_elements, instances, stack, .. } = Limits::default();
        let Limits { answer, handles, output, lookups, time, .. } = Limits::default();
        let (mib, kib) = (|bytes| format!("{} MiB", bytes >> 20), |bytes| format!("{} KiB", bytes >> 10));
        let seconds = |time: Duration| format!("{} s", time.as_secs());
        let readme = include_str!("../../../README.md");
        for (limit, default) in [
            (Limit::Size(size), mib(size)),
            (Limit::Compile(compile), seconds(compile)),
            (Limit::Fuel(fuel), fuel.to_string()),
            (Limit::Memory(memory), mib(memory)),
            (Limit::TableElements(table_elements), table_elements.to_string()),
            (Limit::Instances(instances), instances.to_string()),
            (Limit::Stack(stack), kib(stack)),
            (Limit::Answer(answer), kib(answer)),
            (Limit::Handles(handles), handles.to_string()),
            (Limit::Output(output), kib(output)),
            (Limit::Lookups(lookups), lookups.to_string()),
            (Limit::Time(time), seconds(time)),
        ] {
            let row = format!("| {default} | {} |", limit.flag());
            assert!(readme.contains(&row), "the readme has no `{row}`");
        }
    }
}
