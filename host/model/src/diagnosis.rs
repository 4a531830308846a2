//! Why tasks stopped.

use serde::Serialize;

use crate::names::short_task_id;

/// Why tasks stopped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The causes, the most frequent first; none where no task has failed.
    pub causes: Vec<Cause>,
    /// The ends of the logs of a task that stopped for the first of them.
    pub logs: Vec<LogTail>,
    /// What could not be read, a sentence each.
    pub unread: Vec<String>,
}

impl Diagnosis {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.causes.is_empty() && self.logs.is_empty() && self.unread.is_empty()
    }

    /// It as lines for people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.causes.iter().map(|cause| format!("{} × {}", cause.count, cause.what)).collect();
        for log in &self.logs {
            lines.push(format!("log of {} (task {}):", log.container, short_task_id(&log.task)));
            lines.extend(log.lines.iter().map(|line| format!("  {line}").trim_end().to_owned()));
        }
        lines.extend(self.unread.iter().cloned());
        lines
    }

    /// The causes in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        match self.causes.as_slice() {
            [] => "ECS gives no cause".to_owned(),
            [Cause { count: 1, what }] => what.clone(),
            causes => causes
                .iter()
                .map(|cause| format!("{} × {}", cause.count, cause.what))
                .collect::<Vec<_>>()
                .join("; "),
        }
    }
}

/// Why tasks stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// How many tasks stopped for it.
    pub count: usize,
    /// What happened, such as `web exited 1`.
    pub what: String,
}

/// The end of a container's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogTail {
    /// The container's name.
    pub container: String,
    /// The task's id.
    pub task: String,
    /// The log group.
    pub group: String,
    /// The log stream.
    pub stream: String,
    /// The last lines, safe to show.
    pub lines: Vec<String>,
}
