//! Every limit of the sandbox, with its default and its flag.

use std::fmt;
use std::time::Duration;

use thiserror::Error;
use wasmtime::Trap;

/// The resources that a policy may use. The defaults are about a thousand times what the built-in policy uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the component.
    pub size: usize,
    /// Time of compiling, if the cache does not contain the result. The default has a large margin, because slow
    /// and busy machines differ in this alone.
    pub compile: Duration,
    /// Bytes that the compiler may allocate, if the cache does not contain the result. A policy of 18 MB with a language
    /// runtime takes 400 MiB.
    pub compile_memory: usize,
    /// Instructions, about one unit each. A call consumes the same fuel on every machine, so an endless loop ends at
    /// the same place everywhere; [`Limits::time`] is a second line.
    pub fuel: u64,
    /// Bytes of all linear memories together.
    pub memory: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Number of core instances, of memories and of tables, each. A policy with Rust's std has about ten instances,
    /// one in JavaScript or Python about thirty.
    pub instances: usize,
    /// Bytes of the stack. An interpreter takes some 20 KiB of it for a call of a function in JavaScript.
    pub stack: usize,
    /// Bytes that one answer takes in the host: its strings, and the records around them. The arguments of an
    /// import count the same.
    pub answer: usize,
    /// Handles that exist at the same time, such as those of streams.
    pub handles: usize,
    /// Bytes that the policy prints to stdout, and to stderr.
    pub output: usize,
    /// Number of different lookups.
    pub lookups: usize,
    /// Wall-clock time of all calls together, lookups included.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size: 64 << 20,
            compile: Duration::from_secs(120),
            compile_memory: 1 << 30,
            fuel: 1_000_000_000,
            memory: 64 << 20,
            table_elements: 100_000,
            instances: 100,
            stack: 4 << 20,
            answer: 4 << 20,
            handles: 10_000,
            output: 64 << 10,
            lookups: 100,
            time: Duration::from_secs(10),
        }
    }
}

/// One limit, with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// See [`Limits::size`].
    Size(usize),
    /// See [`Limits::compile`].
    Compile(Duration),
    /// See [`Limits::compile_memory`].
    CompileMemory(usize),
    /// See [`Limits::fuel`].
    Fuel(u64),
    /// See [`Limits::memory`].
    Memory(usize),
    /// See [`Limits::table_elements`].
    TableElements(usize),
    /// See [`Limits::instances`].
    Instances(usize),
    /// The memories of [`Limits::instances`].
    Memories(usize),
    /// The tables of [`Limits::instances`].
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
            Self::CompileMemory(_) => "`--policy-compile-memory MIB`",
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

    /// The limit that an error of wasmtime reports, if it reports one.
    pub(crate) fn from_error(error: &wasmtime::Error, limits: &Limits) -> Option<Self> {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => return Some(Self::Fuel(limits.fuel)),
            Some(Trap::Interrupt) => return Some(Self::Time(limits.time)),
            Some(Trap::StackOverflow) => return Some(Self::Stack(limits.stack)),
            _ => {}
        }
        if let Some(LimitExceeded(limit)) = error.downcast_ref::<LimitExceeded>() {
            return Some(*limit);
        }
        // Wasmtime has no error types for these. Its version is locked, and `tests/simulated/hostile` exceeds each of them.
        let message = error.root_cause().to_string();
        let contains = |part: &str| message.contains(part);
        if contains("fuel allocated for hostcalls has been exhausted") {
            Some(Self::Answer(limits.answer))
        } else if contains("store handle limit exceeded") || contains("resource table has no free keys") {
            Some(Self::Handles(limits.handles))
        } else if contains("resource limit exceeded: instance") {
            Some(Self::Instances(limits.instances))
        } else if contains("resource limit exceeded: memory") {
            Some(Self::Memories(limits.instances))
        } else if contains("resource limit exceeded: table") {
            Some(Self::Tables(limits.instances))
        } else {
            None
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(bytes) => write!(f, "{} MiB for its file", bytes >> 20),
            Self::Compile(time) => write!(f, "{} seconds for compiling", time.as_secs()),
            Self::CompileMemory(bytes) => write!(f, "{} MiB of memory for compiling", bytes >> 20),
            Self::Fuel(units) => write!(f, "{units} units of fuel (an endless loop?)"),
            Self::Memory(bytes) => write!(f, "{} MiB of memory", bytes >> 20),
            Self::TableElements(count) => write!(f, "{count} table elements"),
            Self::Instances(count) => write!(f, "{count} instances"),
            Self::Memories(count) => write!(f, "{count} memories"),
            Self::Tables(count) => write!(f, "{count} tables"),
            Self::Stack(bytes) => write!(f, "{} KiB of stack (an endless recursion?)", bytes >> 10),
            Self::Answer(bytes) => write!(f, "{} KiB for one answer", bytes >> 10),
            Self::Handles(count) => write!(f, "{count} handles"),
            Self::Output(bytes) => write!(f, "{} KiB of output", bytes >> 10),
            Self::Lookups(count) => write!(f, "{count} lookups"),
            Self::Time(time) => write!(f, "{} seconds of run time", time.as_secs()),
        }
    }
}

/// The error that ends an evaluation at a limit that this crate checks itself.
#[derive(Debug, Error)]
#[error("reached the limit of {0}")]
pub(crate) struct LimitExceeded(pub(crate) Limit);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_lists_every_limit_with_its_default_and_its_flag() {
        let Limits { size, compile, compile_memory, fuel, memory, table_elements, instances, stack, .. } =
            Limits::default();
        let Limits { answer, handles, output, lookups, time, .. } = Limits::default();
        let (mib, kib) = (|bytes| format!("{} MiB", bytes >> 20), |bytes| format!("{} KiB", bytes >> 10));
        let seconds = |time: Duration| format!("{} s", time.as_secs());
        let chapter = include_str!("../../../docs/reference/limits.md");
        for (limit, default) in [
            (Limit::Size(size), mib(size)),
            (Limit::Compile(compile), seconds(compile)),
            (Limit::CompileMemory(compile_memory), mib(compile_memory)),
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
            assert!(chapter.contains(&row), "the page of limits has no `{row}`");
        }
    }
}
