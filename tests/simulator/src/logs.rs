//! CloudWatch Logs: groups, streams, lines.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::json;
use crate::model::Task;
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
    /// The group and stream of a container's log, where it has one. The awslogs driver names
    /// the stream `prefix/container/task` ("Send Amazon ECS logs to CloudWatch" in the
    /// developer guide).
    fn stream_of(&self, task: &Task, container: &str) -> Option<(String, String)> {
        let own =
            task.definition.containers().iter().find(|own| json::text(own, "name") == Some(container))?;
        let configuration = own.get("logConfiguration")?;
        if json::text(configuration, "logDriver") != Some("awslogs") {
            return None;
        }
        let options = configuration.get("options")?;
        let stream = match json::text(options, "awslogs-stream-prefix") {
            Some(prefix) => format!("{prefix}/{container}/{}", task.id),
            None => task.containers.iter().find(|own| own.name == container)?.runtime.clone(),
        };
        Some((json::text(options, "awslogs-group")?.to_owned(), stream))
    }

    /// A container logs a line.
    pub(crate) fn log(&mut self, task: &str, container: &str, line: &str) {
        let now = self.now;
        let named = self.tasks.get(task).and_then(|task| self.stream_of(task, container));
        if let Some((group, stream)) = named {
            self.logs.open(group, stream, now).lines.push((now, line.to_owned()));
        }
    }

    /// The driver opens a stream for each container that starts, before it says anything.
    pub(crate) fn open_streams(&mut self, task: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get(task) else { return };
        let streams: Vec<(String, String)> =
            task.containers.iter().filter_map(|own| self.stream_of(task, &own.name)).collect();
        for (group, stream) in streams {
            self.logs.open(group, stream, now);
        }
    }
}

impl Logs {
    fn open(&mut self, group: String, stream: String, at: Moment) -> &mut Stream {
        let streams = self.groups.entry(group).or_default();
        streams.entry(stream).or_insert_with(|| Stream { created: at, lines: Vec::new() })
    }
}
