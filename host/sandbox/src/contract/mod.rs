//! The contract between a policy and the host: the WIT package `ecs-host:policy`, one module per version.
//!
//! Each version converts its generated types to those of the model. Nothing else in this crate sees them.

use std::fmt;

pub(crate) mod v0_1;

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
    Invalid(Vec<Problem>),
}

/// A part of an answer that breaks the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets read it"))]
pub struct Problem {
    /// The part, the rule that it breaks, and what to do.
    pub text: String,
    /// The value that breaks the rule, as the policy returned it; `None` if no single value does.
    pub value: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
