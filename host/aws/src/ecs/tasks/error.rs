//! The errors of one-off tasks.

use thiserror::Error;

use super::OneOff;
use crate::error::AwsError;
use model::diagnosis::Diagnosis;
use model::names::short_task_id;
use model::time::format_seconds;

/// Why a one-off task did not succeed.
#[derive(Debug, Clone, Error)]
pub enum TaskError {
    /// A request before or at the start of the task failed.
    #[error(
        "the one-off task `{name}` was not started: {error}{}",
        if *is_outcome_unknown { "; its outcome is unknown, so check whether the task runs in the cluster" } else { "" }
    )]
    NotStarted {
        /// The one-off task's name.
        name: String,
        /// The error of the request.
        error: Box<AwsError>,
        /// Whether ECS may have started the task, because no usable response was received.
        is_outcome_unknown: bool,
    },
    /// ECS could not place the task.
    #[error("the one-off task `{name}` was not placed in cluster `{cluster}`: {}", reasons.join("; "))]
    NotPlaced {
        /// The one-off task's name.
        name: String,
        /// The name of the cluster.
        cluster: String,
        /// The reasons that ECS reports, in words.
        reasons: Vec<String>,
    },
    /// The task stopped and failed.
    #[error("the one-off task `{name}` (task {}) failed: {}", short_task_id(task), diagnosis.summary())]
    Failed {
        /// The one-off task's name.
        name: String,
        /// The task's id.
        task: String,
        /// The cause and the last log lines.
        diagnosis: Box<Diagnosis>,
    },
    /// The task did not stop within its timeout.
    #[error(
        "the one-off task `{name}` (task {}) did not stop within {} s; {}",
        short_task_id(task),
        format_seconds(*seconds),
        stop_error.as_ref().map_or_else(
            || "ecs-host stopped it".to_owned(),
            |error| format!("it continues in ECS, because stopping it failed: {error}")
        )
    )]
    TimedOut {
        /// The one-off task's name.
        name: String,
        /// The task's id.
        task: String,
        /// The timeout, in seconds.
        seconds: f64,
        /// The error of `StopTask`, or `None` if ECS accepted it.
        stop_error: Option<Box<AwsError>>,
        /// The last log lines.
        diagnosis: Box<Diagnosis>,
    },
    /// The task was started, and its state cannot be read.
    #[error(
        "the one-off task `{name}` (task {}) continues in ECS, but its state cannot be read, so its outcome is unknown: {error}",
        short_task_id(task)
    )]
    Lost {
        /// The one-off task's name.
        name: String,
        /// The task's id.
        task: String,
        /// The error of the request.
        error: Box<AwsError>,
    },
}

impl TaskError {
    pub(crate) fn not_started(task: &OneOff<'_>, error: AwsError, is_outcome_unknown: bool) -> Self {
        Self::NotStarted { name: task.name.to_owned(), error: Box::new(error), is_outcome_unknown }
    }

    /// Whether ECS has another task for the client token, started with other parameters.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::NotStarted { error, .. } if error.is(&["ConflictException"]))
    }

    /// Whether it is unknown if the task succeeded, or if it was started.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::NotStarted { is_outcome_unknown: true, .. })
    }

    /// The diagnosis of a task that ran.
    #[must_use]
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        match self {
            Self::Failed { diagnosis, .. } | Self::TimedOut { diagnosis, .. } => Some(diagnosis),
            Self::NotStarted { .. } | Self::NotPlaced { .. } | Self::Lost { .. } => None,
        }
    }
}
