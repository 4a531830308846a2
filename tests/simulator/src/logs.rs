//! CloudWatch Logs: groups, streams, lines.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::json;
use crate::model::Task;
use crate::region::Region;

/// The log groups of a region.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogGroups {
    pub(crate) groups: BTreeMap<String, BTreeMap<String, LogStream>>,
}

/// A log stream.
#[derive(Debug, Clone)]
pub(crate) struct LogStream {
    pub(crate) created: Moment,
    pub(crate) lines: Vec<(Moment, String)>,
}

impl Region {
    /// The group and stream of a container's log, where it has one. The awslogs driver names
    /// the stream `prefix/container/task` ("Send Amazon ECS logs to CloudWatch" in the
    /// developer guide).
    fn log_stream_name(&self, task: &Task, container: &str) -> Option<(String, String)> {
        let own = task
            .task_definition
            .containers()
            .iter()
            .find(|own| json::string(own, "name") == Some(container))?;
        let configuration = own.get("logConfiguration")?;
        if json::string(configuration, "logDriver") != Some("awslogs") {
            return None;
        }
        let options = configuration.get("options")?;
        let stream = match json::string(options, "awslogs-stream-prefix") {
            Some(prefix) => format!("{prefix}/{container}/{}", task.id),
            None => task.containers.iter().find(|own| own.name == container)?.runtime_id.clone(),
        };
        Some((json::string(options, "awslogs-group")?.to_owned(), stream))
    }

    /// A container logs a line.
    pub(crate) fn write_log(&mut self, task: &str, container: &str, line: &str) {
        let now = self.now;
        let named = self.tasks.get(task).and_then(|task| self.log_stream_name(task, container));
        if let Some((group, stream)) = named {
            self.logs.open_stream(group, stream, now).lines.push((now, line.to_owned()));
        }
    }

    /// The driver opens a stream for each container that starts, before it says anything.
    pub(crate) fn open_log_streams(&mut self, task: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get(task) else { return };
        let streams: Vec<(String, String)> =
            task.containers.iter().filter_map(|own| self.log_stream_name(task, &own.name)).collect();
        for (group, stream) in streams {
            self.logs.open_stream(group, stream, now);
        }
    }
}

impl LogGroups {
    fn open_stream(&mut self, group: String, stream: String, at: Moment) -> &mut LogStream {
        let streams = self.groups.entry(group).or_default();
        streams.entry(stream).or_insert_with(|| LogStream { created: at, lines: Vec::new() })
    }
}
