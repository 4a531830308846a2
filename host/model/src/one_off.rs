//! Changes of a one-off task.

use serde::Serialize;

/// A change of a one-off task. Each but a warning has the id of the task in ECS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum OneOffTaskChange {
    /// ECS accepted the task.
    Started {
        /// The task's id.
        task: String,
    },
    /// Another run started the task, and it still runs.
    Resumed {
        /// The task's id.
        task: String,
    },
    /// Another run started the task, and ECS is stopping it. It is waited for.
    Stopping {
        /// The task's id.
        task: String,
    },
    /// Another run started the task, and it succeeded.
    AlreadySucceeded {
        /// The task's id.
        task: String,
    },
    /// The task has a new state.
    StateChanged {
        /// The task's id.
        task: String,
        /// The task's `lastStatus` in ECS, such as `PENDING` or `RUNNING`.
        state: String,
    },
    /// The task stopped.
    Ended {
        /// The task's id.
        task: String,
        /// Whether the container whose command was replaced exited with code 0, and ECS did not stop it before.
        succeeded: bool,
    },
    /// A call failed, and is retried. The engine emits it as an event `warning`.
    Warning {
        /// The operation, what it was on, and what came back.
        message: String,
    },
}
