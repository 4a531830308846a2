//! The problems of an answer.

use std::fmt;

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
