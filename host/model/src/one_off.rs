//! What happens to a one-off task.

use std::fmt;

use serde::Serialize;

use crate::names::short_task_id;

/// What happens to a one-off task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum OneOffTaskChange {
    /// ECS has it.
    Started {
        /// Its id.
        task: String,
    },
    /// An earlier run started it, and it goes on.
    GoesOn {
        /// Its id.
        task: String,
    },
    /// An earlier run started it, and it has succeeded.
    HadSucceeded {
        /// Its id.
        task: String,
    },
    /// Its state changed.
    State {
        /// Its id.
        task: String,
        /// The state, as ECS calls it: `PENDING`, `RUNNING`.
        state: String,
    },
    /// It has ended.
    Ended {
        /// Its id.
        task: String,
        /// Whether all that counts ended with exit code 0.
        succeeded: bool,
    },
    /// A call failed, and is made again.
    Warning {
        /// Which, on what, what came back.
        message: String,
    },
}

impl fmt::Display for OneOffTaskChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { task } => write!(f, "started (task {})", short_task_id(task)),
            Self::GoesOn { task } => write!(f, "goes on since an earlier run (task {})", short_task_id(task)),
            Self::HadSucceeded { task } => {
                write!(f, "succeeded in an earlier run (task {})", short_task_id(task))
            }
            Self::State { task, state } => write!(f, "is {state} (task {})", short_task_id(task)),
            Self::Ended { task, succeeded } => {
                write!(
                    f,
                    "{} (task {})",
                    if *succeeded { "succeeded" } else { "failed" },
                    short_task_id(task)
                )
            }
            Self::Warning { message } => f.write_str(message),
        }
    }
}
