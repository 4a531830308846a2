//! The error of a file of cases.

use std::fmt;

use model::exit::Exit;
use model::text::{limited_list, printable};

/// A file that contains no cases, or invalid ones: all of their problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// The file, as passed to [`parse`](super::parse).
    pub file: String,
    /// The problems, at least one, by line.
    pub problems: Vec<Problem>,
}

/// A problem of a file of cases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong, and what is valid instead, on one line.
    pub text: String,
}

impl std::error::Error for CaseError {}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = printable(&self.file);
        let located = |problem: &Problem| format!("{file}:{}: {}", problem.line, problem.text);
        match self.problems.as_slice() {
            [problem] => f.write_str(&located(problem)),
            problems => {
                let located: Vec<String> = problems.iter().map(located).collect();
                write!(f, "{file} has {} problems:{}", problems.len(), limited_list(&located))
            }
        }
    }
}

impl CaseError {
    /// The exit code of a run that ends with this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}
