//! Rollbacks: the plan of what a service goes back to and how, its execution, and the watch
//! until the service is there.
//!
//! There are three callers. The engine rolls back a rollout that it started and that failed or
//! timed out. `cancel` does the same after a signal, and does not wait for the end. The verb
//! `rollback` knows only the service. All of them make a [`RollbackPlan`] and execute it in the
//! same way; they differ in what they know, in how long they may wait, and in what they report.

mod error;
mod execute;
mod facts;
mod in_progress;
mod plan;
mod previous;
mod reader;
mod request;
mod verb;

pub use error::RollbackError;
pub(super) use error::failure_exit;
pub(super) use execute::{Executor, RollbackEnd};
pub use plan::{RollbackMethod, RollbackPlan};
pub(super) use reader::RolloutReader;
pub(super) use request::{Request, Requester, RollbackStep};
pub use verb::Rollback;

use model::exit::Exit;
use model::verdict::Verdict;

/// The verdict on one target, and what it is about.
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The ARN of the task definition that the verdict is about.
    pub task_definition: String,
    /// The exit code of this target.
    pub exit: Exit,
    /// The ARNs of the task definitions that the rollout replaced.
    pub(super) replaced: Vec<String>,
}

impl Outcome {
    /// An outcome with the verdict's own exit code, which replaced nothing.
    pub(super) fn new(verdict: Verdict, task_definition: impl Into<String>) -> Self {
        Self { exit: verdict.exit(), verdict, task_definition: task_definition.into(), replaced: Vec::new() }
    }
}
