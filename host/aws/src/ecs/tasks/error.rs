//! How a one-off task fails.

use thiserror::Error;

use super::OneOff;
use crate::AwsError;
use model::diagnosis::Diagnosis;
use model::names::short_task_id;

/// Why a one-off task did not succeed.
#[derive(Debug, Clone, Error)]
pub enum TaskError {
    /// A call before or at its start failed.
    #[error(
        "the one-off task `{name}` was not started: {error}{}",
        if *unsure { "; no answer came, so look in the cluster for a task that runs all the same" } else { "" }
    )]
    NotStarted {
        /// The one-off task's name.
        name: String,
        /// The call.
        error: Box<AwsError>,
        /// Whether ECS may have started it, and only the answer was lost.
        unsure: bool,
    },
    /// ECS found no place for it.
    #[error("the one-off task `{name}` was not placed in cluster `{cluster}`: {}", reasons.join("; "))]
    NotPlaced {
        /// The one-off task's name.
        name: String,
        /// The cluster.
        cluster: String,
        /// ECS's reasons, in words.
        reasons: Vec<String>,
    },
    /// It ended, and not well.
    #[error("the one-off task `{name}` (task {}) failed: {}", short_task_id(task), explanation.summary())]
    Failed {
        /// The one-off task's name.
        name: String,
        /// The task's id.
        task: String,
        /// Why, and the end of its log.
        explanation: Box<Diagnosis>,
    },
    /// Its time is up.
    #[error(
        "the one-off task `{name}` (task {}) did not end within {seconds} s; {}",
        short_task_id(task),
        not_stopped.as_ref().map_or_else(
            || "it was told to stop".to_owned(),
            |error| format!("it goes on in ECS, since it could not be stopped: {error}")
        )
    )]
    TimedOut {
        /// The one-off task's name.
        name: String,
        /// The task's id.
        task: String,
        /// How long it could take.
        seconds: u64,
        /// Why it could not be stopped; none where it was.
        not_stopped: Option<Box<AwsError>>,
        /// The end of its log.
        explanation: Box<Diagnosis>,
    },
    /// It was started, and can't be watched.
    #[error(
        "the one-off task `{name}` (task {}) goes on in ECS, and can't be watched, so its outcome is not known: {error}",
        short_task_id(task)
    )]
    Lost {
        /// The one-off task's name.
        name: String,
        /// The task's id.
        task: String,
        /// The call.
        error: Box<AwsError>,
    },
}

impl TaskError {
    pub(crate) fn not_started(task: &OneOff<'_>, error: AwsError, unsure: bool) -> Self {
        Self::NotStarted { name: task.name.to_owned(), error: Box::new(error), unsure }
    }

    /// Why the task failed and what it logged, where it ran.
    #[must_use]
    pub fn explanation(&self) -> Option<&Diagnosis> {
        match self {
            Self::Failed { explanation, .. } | Self::TimedOut { explanation, .. } => Some(explanation),
            Self::NotStarted { .. } | Self::NotPlaced { .. } | Self::Lost { .. } => None,
        }
    }
}
