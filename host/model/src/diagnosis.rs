//! Why tasks stopped.

use serde::Serialize;

/// Why the tasks of a rollout stopped, as far as ECS and CloudWatch Logs report it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Diagnosis {
    /// The causes, the most frequent first; empty if no task failed.
    pub causes: Vec<Cause>,
    /// The ends of the logs of one task that stopped for the first cause.
    pub logs: Vec<LogTail>,
    /// What could not be read, a sentence each.
    pub unread: Vec<String>,
}

impl Diagnosis {
    /// Whether there is nothing to report.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.causes.is_empty() && self.logs.is_empty() && self.unread.is_empty()
    }

    /// The causes on one line, for a reason or an error.
    #[must_use]
    pub fn summary(&self) -> String {
        match self.causes.as_slice() {
            [] => "ECS reports no cause".to_owned(),
            [Cause { count: 1, description }] => description.clone(),
            causes => {
                let counts = causes.iter().map(|cause| format!("{} × {}", cause.count, cause.description));
                counts.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// One cause, and how many tasks stopped for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cause {
    /// The number of tasks.
    pub count: usize,
    /// What happened, such as `web exited 1`.
    pub description: String,
}

/// The end of a container's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogTail {
    /// The container's name.
    pub container: String,
    /// The task's id.
    pub task: String,
    /// The log group in CloudWatch Logs.
    pub group: String,
    /// The log stream in that group.
    pub stream: String,
    /// The last lines, without invisible characters and CI commands.
    pub lines: Vec<String>,
}
