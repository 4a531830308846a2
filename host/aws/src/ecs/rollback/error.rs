//! Why a service cannot be rolled back.

use thiserror::Error;

use crate::ecs::retry::MutationError;
use crate::error::AwsError;
use model::decision::ServiceName;
use model::exit::Exit;
use model::names::short_revision;

/// Why a service cannot be rolled back. Nothing was changed.
#[derive(Debug, Error)]
pub enum RollbackError {
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Whether ECS executed the update is unknown.
    #[error(transparent)]
    OutcomeUnknown(MutationError),
    /// The service or its cluster does not exist, or the service cannot be updated.
    #[error("cannot roll back {service}: {why}")]
    Unavailable {
        /// The service.
        service: ServiceName,
        /// Why.
        why: String,
    },
    /// The requested revision is of another family, account or region.
    #[error(
        "cannot roll back {service} to {requested}: the service runs {}; name a revision of the same family",
        short_revision(runs)
    )]
    OtherFamily {
        /// The service.
        service: ServiceName,
        /// The ARN of the task definition that the service runs.
        runs: String,
        /// The revision as it was requested.
        requested: String,
    },
    /// The revision does not exist.
    #[error(
        "cannot roll back {service} to {}: there is no such revision; {}",
        short_revision(to),
        advice(to)
    )]
    RevisionNotFound {
        /// The service.
        service: ServiceName,
        /// The ARN that the revision would have.
        to: String,
    },
    /// The revision is not active.
    #[error(
        "cannot roll back {service} to {}: it is deregistered, and ECS starts no tasks of a deregistered revision; \
         name another revision with --to: {}",
        short_revision(to),
        advice(to)
    )]
    RevisionDeregistered {
        /// The service.
        service: ServiceName,
        /// The revision's ARN.
        to: String,
    },
    /// No earlier revision was found.
    #[error("cannot roll back {service}: {why}; name a revision with --to")]
    NoPrevious {
        /// The service.
        service: ServiceName,
        /// What was looked for and not found.
        why: String,
    },
    /// Whether the service went back already cannot be decided.
    #[error(
        "cannot roll back {service}: it runs {}, {} is newer, and only its service deployments show whether it \
         went back already; allow `ecs:ListServiceDeployments` and `ecs:DescribeServiceRevisions`, or name a \
         revision with --to",
        short_revision(runs),
        short_revision(newer)
    )]
    Ambiguous {
        /// The service.
        service: ServiceName,
        /// The ARN of the task definition that the service runs.
        runs: String,
        /// The ARN of the newest revision of its family.
        newer: String,
    },
    /// A newer deployment replaced the rollout since the plan was made.
    #[error("cannot roll back {service}: a newer deployment replaced the rollout")]
    Superseded {
        /// The service.
        service: ServiceName,
    },
}

impl RollbackError {
    /// The error as part of a sentence about the service, which names it already.
    pub(in crate::ecs) fn cause(&self) -> String {
        match self {
            Self::Unavailable { why, .. } | Self::NoPrevious { why, .. } => why.clone(),
            error => error.to_string(),
        }
    }

    /// The exit code of a run that ends by this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Aws(_)
            | Self::Unavailable { .. }
            | Self::OtherFamily { .. }
            | Self::RevisionNotFound { .. }
            | Self::RevisionDeregistered { .. }
            | Self::NoPrevious { .. }
            | Self::Ambiguous { .. } => Exit::Preflight,
            Self::Superseded { .. } => Exit::Superseded,
            Self::OutcomeUnknown(_) => Exit::Unknown,
        }
    }
}

impl From<MutationError> for RollbackError {
    fn from(error: MutationError) -> Self {
        if error.is_outcome_unknown { Self::OutcomeUnknown(error) } else { Self::Aws(*error.error) }
    }
}

/// How to list the revisions of a family.
fn advice(arn: &str) -> String {
    let family = short_revision(arn).rsplit_once(':').map_or("", |(family, _)| family);
    format!("`aws ecs list-task-definitions --family-prefix {family} --sort DESC` lists the active ones")
}
