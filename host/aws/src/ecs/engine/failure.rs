//! Why a target did not come to roll out.

use thiserror::Error;

use crate::ecs::tasks::TaskError;
use crate::{AwsError, ErrorKind};
use model::decision::ServiceName;
use model::exit::Exit;
use model::plan::Stamp;
use model::plan::definition::DefinitionError;

/// Why a rollout did not start.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// AWS did not do it.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// ECS did not update the service.
    #[error("{error}; the service was not changed{}", left.as_ref().map(|arn| format!(
        ", and {} stays registered for the next run", model::names::short_revision(arn)
    )).unwrap_or_default())]
    NotUpdated {
        /// What came back.
        error: Box<AwsError>,
        /// The ARN of the revision that was registered for it.
        left: Option<String>,
    },
    /// The definition does not take the change.
    #[error("its task definition can't be revised: {0}")]
    Definition(#[from] DefinitionError),
    /// Others kept deploying to the service.
    #[error("others deploy to {service} all the time; run this again when they are done")]
    Contended {
        /// The service.
        service: ServiceName,
    },
    /// What others deployed can't take the images.
    #[error("{} has no container for the images", model::names::short_revision(task_definition))]
    NoPlace {
        /// The ARN of their task definition.
        task_definition: String,
    },
    /// A newer build was deployed since the plan was made; it was given back its place.
    #[error("a newer build was deployed since the plan was made, and runs again")]
    Older {
        /// The ARN of its task definition.
        task_definition: String,
        /// The newer build.
        build: Box<Stamp>,
    },
    /// A one-off task before the update failed.
    #[error("the service was not changed: {0}")]
    Task(#[source] TaskError),
}

impl Failure {
    /// A permission is something to set up, anything else a failure in ECS.
    pub(super) fn exit(&self) -> Exit {
        let to_set_up =
            |error: &AwsError| matches!(error.trouble, ErrorKind::Permission | ErrorKind::Credentials);
        match self {
            Self::Aws(error) if to_set_up(error) => Exit::Preflight,
            Self::NotUpdated { error, .. } if to_set_up(error) => Exit::Preflight,
            Self::Task(TaskError::NotStarted { error, .. }) if to_set_up(error) => Exit::Preflight,
            Self::Older { .. } => Exit::Superseded,
            _ => Exit::Failed,
        }
    }
}
