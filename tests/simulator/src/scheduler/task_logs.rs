//! The logs that tasks write to CloudWatch.

use crate::json;
use crate::model::Task;
use crate::region::Region;

impl Region {
    /// The log group and stream of a container; `None` unless it uses the awslogs driver. The driver names
    /// the stream `PREFIX/CONTAINER/TASK` ("Send Amazon ECS logs to CloudWatch" in the developer guide).
    fn log_stream_name(&self, task: &Task, container: &str) -> Option<(String, String)> {
        let containers = task.task_definition.containers();
        let definition = containers.iter().find(|other| json::string(other, "name") == Some(container))?;
        let configuration = definition.get("logConfiguration")?;
        if json::string(configuration, "logDriver") != Some("awslogs") {
            return None;
        }
        let options = configuration.get("options")?;
        let stream = match json::string(options, "awslogs-stream-prefix") {
            Some(prefix) => format!("{prefix}/{container}/{}", task.id),
            None => task.containers.iter().find(|other| other.name == container)?.runtime_id.clone(),
        };
        Some((json::string(options, "awslogs-group")?.to_owned(), stream))
    }

    /// Adds a line to the log of a container.
    pub(super) fn write_log(&mut self, task_id: &str, container: &str, line: &str) {
        let now = self.now;
        let name = self.tasks.get(task_id).and_then(|task| self.log_stream_name(task, container));
        if let Some((group, stream)) = name {
            self.log_groups.open_stream(group, stream, now).lines.push((now, line.to_owned()));
        }
    }

    /// Creates the log streams of the containers, as the driver does when a container starts.
    pub(super) fn open_log_streams(&mut self, task_id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get(task_id) else { return };
        let names: Vec<(String, String)> = task
            .containers
            .iter()
            .filter_map(|container| self.log_stream_name(task, &container.name))
            .collect();
        for (group, stream) in names {
            self.log_groups.open_stream(group, stream, now);
        }
    }
}
