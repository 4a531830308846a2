//! Tests of a policy: builds, the facts it may look up, and what it has to answer.
//!
//! A case is written in TOML, beside others in a file or a folder of files:
//!
//! ```
//! let file = r#"
//! [settings]
//! DEPLOY_BRANCHES = "master production"
//!
//! [[case]]
//! name = "a branch that does not deploy is skipped"
//! build.branch = "develop"
//! expect.skip = "Branch `develop` is not one of DEPLOY_BRANCHES (`master production`)."
//! "#;
//! let cases = ecs_host::cases::read("skips.toml", file).unwrap();
//! assert_eq!((cases.len(), cases[0].line), (1, 5));
//! ```
//!
//! Everything here is pure: the policy runs in its sandbox, and what it looks up
//! comes out of the case.

pub mod coverage;
mod expect;
mod facts;
mod file;
mod fixture;
mod lacking;
mod matrix;
mod place;
mod record;
mod run;
mod shape;
mod update;
mod wording;

use thiserror::Error;

pub use expect::{Difference, Expectation};
pub use facts::Facts;
pub use file::{Case, read};
pub use record::record;
pub use run::{Answer, Ran, Seen, run};
pub use update::{Updated, update};

use model::text::printable;

/// A file that holds no cases.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}:{line}: {problem}", printable(file))]
pub struct CaseError {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and what is right.
    pub problem: String,
}
