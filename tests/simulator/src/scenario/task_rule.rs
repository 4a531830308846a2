//! How tasks behave, and to which tasks that applies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Assigns a behaviour to the tasks that match a filter.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskRule {
    /// The tasks that match.
    pub filter: TaskFilter,
    /// The number of matching tasks to skip first.
    pub skip: u32,
    /// The number of tasks after those that get the behaviour; unlimited by default.
    pub limit: Option<u32>,
    /// The behaviour of those tasks.
    pub behaviour: TaskBehaviour,
}

/// Selects tasks. A task matches if it matches every field that is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaskFilter {
    /// The name of the service.
    pub service: Option<String>,
    /// The family of the task definition.
    pub family: Option<String>,
    /// The revision of the task definition.
    pub revision: Option<u32>,
    /// The digest of a container's image, as written in the task definition or as resolved from its tag.
    pub image_digest: Option<String>,
    /// A substring of a container's image.
    pub image_contains: Option<String>,
    /// The name of a container. The fields about images and commands then apply to this container only.
    pub container: Option<String>,
    /// The first words of a container's command, after overrides.
    pub command_prefix: Option<Vec<String>>,
    /// Whether the task definition differs from the service's task definition at time 0.
    pub has_new_definition: Option<bool>,
    /// The service deployment that started the task, counted from 1 for the first one after time 0.
    pub deployment_number: Option<u32>,
    /// Whether the task was started by RunTask.
    pub is_one_off: Option<bool>,
}

/// The exit of one container on its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContainerExit {
    /// The container's name.
    pub container: String,
    /// Its exit code.
    pub exit_code: i32,
    /// Seconds from RUNNING to the exit.
    pub after: f64,
    /// The container's `reason`.
    pub reason: Option<String>,
}

/// What a task does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskBehaviour {
    /// A task of a service runs until it is stopped. A one-off task exits with code 0.
    #[default]
    Run,
    /// The essential containers exit.
    Exit {
        /// The exit code of the first essential container.
        #[serde(default)]
        exit_code: i32,
        /// Exit codes by container name; they take precedence over `exit_code`.
        #[serde(default)]
        container_exit_codes: BTreeMap<String, i32>,
        /// Seconds from RUNNING to the exit.
        #[serde(default)]
        after: f64,
        /// The log lines of each container, oldest first.
        #[serde(default)]
        logs: BTreeMap<String, Vec<String>>,
    },
    /// The containers exit one by one. The first essential one that exits ends the task: ECS stops the others.
    ExitInOrder {
        /// The exits. A container without one runs until it is stopped.
        exits: Vec<ContainerExit>,
        /// The exit codes of the containers that ECS stops, by container name; 0 by default.
        #[serde(default)]
        stopped_exit_codes: BTreeMap<String, i32>,
    },
    /// The task runs until it is stopped, and its containers write log lines.
    Log {
        /// The log lines of each container, oldest first.
        logs: BTreeMap<String, Vec<String>>,
    },
    /// An image cannot be pulled.
    CannotPull {
        /// The text after `CannotPullContainerError: `; "not found" for the image by default.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The health check fails.
    Unhealthy {
        /// Seconds from RUNNING to the failure; [`Delays::health_check`](super::Delays::health_check) if 0.
        #[serde(default)]
        after: f64,
    },
    /// The first essential container is killed for its memory usage, with exit code 137.
    OutOfMemory {
        /// Seconds from RUNNING to the exit.
        #[serde(default)]
        after: f64,
    },
    /// A resource that the task requires before its containers start, such as a secret, cannot be fetched.
    CannotInitialize {
        /// The text after `ResourceInitializationError: `; a secret that cannot be retrieved by default.
        #[serde(default)]
        reason: Option<String>,
    },
    /// No container instance has room for the task.
    Unplaceable {
        /// RunTask's failure reason; `RESOURCE:MEMORY` by default.
        #[serde(default)]
        reason: Option<String>,
    },
    /// The task runs, and reports this digest for its images instead of the requested ones.
    WrongDigest {
        /// The digest.
        digest: String,
    },
    /// The task stays PENDING.
    Hang,
}
