//! Why the rollout of a target did not start.

use thiserror::Error;

use crate::AwsError;
use crate::ecs::rollback::failure_exit;
use crate::ecs::tasks::TaskError;
use model::decision::ServiceName;
use model::exit::Exit;
use model::names::short_revision;
use model::plan::Stamp;
use model::plan::definition::DefinitionError;

/// Why the rollout of a target did not start.
#[derive(Debug, Error)]
pub(super) enum StartError {
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// ECS did not update the service.
    #[error("{error}; the service was not changed{}", registered.as_ref().map(|arn| format!(
        ", and {} stays registered for the next run", short_revision(arn)
    )).unwrap_or_default())]
    NotUpdated {
        /// The error of the update.
        error: Box<AwsError>,
        /// The ARN of the revision that was registered for it.
        registered: Option<String>,
    },
    /// The planned changes do not apply to the task definition.
    #[error("cannot revise its task definition: {0}")]
    Definition(#[from] DefinitionError),
    /// Others kept deploying to the service.
    #[error("others keep deploying to {service}; run this again when they are done")]
    Contended {
        /// The service.
        service: ServiceName,
    },
    /// The task definition that someone else deployed has no container for the images.
    #[error("{} has no container for the images", short_revision(task_definition))]
    NoContainer {
        /// The ARN of their task definition.
        task_definition: String,
    },
    /// A newer build was deployed after planning, and runs.
    #[error("a newer build was deployed after planning, and runs")]
    Superseded {
        /// The ARN of its task definition.
        task_definition: String,
        /// The newer build.
        build: Box<Stamp>,
    },
    /// A one-off task before the update failed.
    #[error("the service was not changed: {0}")]
    Task(#[source] TaskError),
}

impl StartError {
    /// The exit code of the target.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) => failure_exit(error),
            Self::NotUpdated { error, .. } | Self::Task(TaskError::NotStarted { error, .. }) => {
                failure_exit(error)
            }
            Self::Superseded { .. } => Exit::Superseded,
            Self::Definition(_) | Self::Contended { .. } | Self::NoContainer { .. } | Self::Task(_) => {
                Exit::Failed
            }
        }
    }
}
