//! Rollbacks: the plan of what a service goes back to and how, its execution, and the watch
//! until the service is there.
//!
//! There are three callers. The engine rolls back a rollout that it started and that failed or
//! timed out. `cancel` does the same after a signal, and does not wait for the end. The verb
//! `rollback` knows only the service. All of them make a [`RollbackPlan`] and execute it in the
//! same way; they differ in what they know, in how long they may wait, and in what they report.

mod error;
mod execute;
mod in_progress;
mod plan;
mod previous;
mod request;
mod subject;
mod verb;

pub use error::RollbackError;
pub(super) use execute::{Executor, RollbackEnd};
pub use plan::{RollbackMethod, RollbackPlan};
pub(super) use request::{Request, Requester, RollbackStep};
pub use verb::Rollback;
