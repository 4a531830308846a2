//! The contract between a policy and the host: the WIT package `ecs-host:policy`, one module per version.
//!
//! Each version converts its generated types to those of the model. Nothing else in this crate sees them.

pub(crate) mod v0_2;

/// Why a call of an export returned no value.
pub(crate) enum CallError {
    /// The export trapped, or reached a limit.
    Failed {
        /// The export.
        export: &'static str,
        /// The error of wasmtime.
        error: wasmtime::Error,
    },
    /// The policy returned an error of its own.
    Rejected(String),
    /// The value breaks the contract: every problem.
    Invalid(Vec<String>),
}
