//! CloudWatch Logs: groups, streams, lines.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::json;
use crate::region::Region;

/// The log groups of a region.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs {
    pub(crate) groups: BTreeMap<String, BTreeMap<String, Stream>>,
}

/// A log stream.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) created: Moment,
    pub(crate) lines: Vec<(Moment, String)>,
}

impl Region {
    /// A container logs a line. The awslogs driver names the stream
    /// `prefix/container/task` ("Send Amazon ECS logs to CloudWatch" in the developer guide).
    pub(crate) fn log(&mut self, task: &str, container: &str, line: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get(task) else { return };
        let own = task.definition.containers().iter().find(|own| json::text(own, "name") == Some(container));
        let Some(configuration) = own.and_then(|own| own.get("logConfiguration")) else { return };
        if json::text(configuration, "logDriver") != Some("awslogs") {
            return;
        }
        let Some(options) = configuration.get("options") else { return };
        let Some(group) = json::text(options, "awslogs-group") else { return };
        let stream = match json::text(options, "awslogs-stream-prefix") {
            Some(prefix) => format!("{prefix}/{container}/{}", task.id),
            None => task
                .containers
                .iter()
                .find(|own| own.name == container)
                .map(|own| own.runtime.clone())
                .unwrap_or_default(),
        };
        let streams = self.logs.groups.entry(group.to_owned()).or_default();
        let stream = streams.entry(stream).or_insert_with(|| Stream { created: now, lines: Vec::new() });
        stream.lines.push((now, line.to_owned()));
    }
}
