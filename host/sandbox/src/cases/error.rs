//! The error of a file of cases.

use thiserror::Error;

use model::exit::Exit;
use model::text::printable;

/// A file that contains no cases, or an invalid one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}:{line}: {problem}", printable(file))]
pub struct CaseError {
    /// The file, as passed to [`parse`](super::parse).
    pub file: String,
    /// The line of the problem, from 1.
    pub line: usize,
    /// The problem, and what is valid instead.
    pub problem: String,
}

impl CaseError {
    /// The exit code of a run that ends with this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}
