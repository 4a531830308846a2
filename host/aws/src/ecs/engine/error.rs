//! Why the rollout of a target did not start.

use thiserror::Error;

use super::MAX_UPDATE_ATTEMPTS;
use crate::ecs::retry::MutationError;
use crate::ecs::tasks::TaskError;
use crate::ecs::verdict::failure_exit;
use crate::error::AwsError;
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
    /// The revision was not registered.
    #[error("{0}; nothing was deployed")]
    NotRegistered(MutationError),
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
    /// Whether ECS updated the service is unknown.
    #[error("{0}")]
    UpdateUnknown(MutationError),
    /// The planned changes do not apply to the task definition.
    #[error("cannot revise its task definition: {0}")]
    Definition(#[from] DefinitionError),
    /// The task definition that a schedule or a rule starts was not replaced.
    #[error("{error}; {} stays registered for the next run", short_revision(registered))]
    NotReplaced {
        /// The error of the replacement.
        error: Box<AwsError>,
        /// The ARN of the revision that was registered for it.
        registered: String,
    },
    /// Whether AWS replaced the task definition that a schedule or a rule starts is unknown.
    #[error("{0}")]
    ReplacementUnknown(MutationError),
    /// Someone else changed the schedule or the rule.
    #[error(
        "someone else changed it after planning, and a deployment would overwrite that; run this again, which plans with \
         the change"
    )]
    Changed,
    /// Someone else deployed after the plan was reviewed.
    #[error("the plan was reviewed without {}", short_revision(task_definition))]
    Moved {
        /// The ARN of their task definition.
        task_definition: String,
    },
    /// Someone else deployed after the plan was reviewed, this run replaced that, and ECS did not take it back.
    #[error(
        "this run replaced {}, which someone else deployed after the plan was reviewed, and deploying that again \
         failed: {error}; deploy it again, or run this again, which plans with what the service runs",
        short_revision(replaced)
    )]
    NotRestored {
        /// The ARN of their task definition.
        replaced: String,
        /// The error of the update back to it.
        error: MutationError,
    },
    /// Someone else deployed to the service during each attempt.
    #[error(
        "gave up after {MAX_UPDATE_ATTEMPTS} attempts to deploy to {service}: someone else deployed to it during each; \
         run this again when their deployments have finished"
    )]
    Contended {
        /// The service.
        service: ServiceName,
    },
    /// The task definition that someone else deployed has no container for the images.
    #[error(
        "none of the containers of {}, which someone else deployed after planning, runs an image of this decision; \
         add the container, or assign it in the policy",
        short_revision(task_definition)
    )]
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
    #[error("{0}; the service was not changed")]
    Task(#[source] TaskError),
}

impl StartError {
    /// The exit code of the target.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) => failure_exit(error),
            Self::NotRegistered(MutationError { error, .. }) => failure_exit(error),
            Self::Task(error) if error.is_outcome_unknown() => Exit::Unknown,
            Self::NotUpdated { error, .. }
            | Self::NotReplaced { error, .. }
            | Self::Task(TaskError::NotStarted { error, .. }) => failure_exit(error),
            Self::Superseded { .. } | Self::Moved { .. } => Exit::Superseded,
            Self::UpdateUnknown(_) | Self::ReplacementUnknown(_) => Exit::Unknown,
            Self::NotRestored { error, .. } if error.is_outcome_unknown => Exit::Unknown,
            Self::NotRestored { error, .. } => failure_exit(&error.error),
            Self::Changed
            | Self::Definition(_)
            | Self::Contended { .. }
            | Self::NoContainer { .. }
            | Self::Task(_) => Exit::Failed,
        }
    }
}

impl From<MutationError> for StartError {
    /// The error of an update.
    fn from(error: MutationError) -> Self {
        if error.is_outcome_unknown {
            return Self::UpdateUnknown(error);
        }
        Self::NotUpdated { error: error.error, registered: None }
    }
}
