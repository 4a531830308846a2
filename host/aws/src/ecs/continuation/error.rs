//! Why a rollout cannot be continued.

use thiserror::Error;

use crate::ecs::retry::MutationError;
use crate::error::AwsError;
use model::decision::ServiceName;
use model::exit::Exit;
use model::lifecycle::Hook;

/// Why a rollout cannot be continued. Nothing was changed.
#[derive(Debug, Error)]
pub enum ContinueError {
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Whether ECS executed the request is unknown.
    #[error("{0}")]
    OutcomeUnknown(MutationError),
    /// The cluster or the service does not exist.
    #[error("cannot continue the rollout of {service}: {why}")]
    Missing {
        /// The service.
        service: ServiceName,
        /// What does not exist.
        why: String,
    },
    /// No rollout of the service is in progress.
    #[error("cannot continue the rollout of {service}: none is in progress{}", latest.as_ref().map(|latest| format!(
        "; the latest one is {latest}"
    )).unwrap_or_default())]
    NoRollout {
        /// The service.
        service: ServiceName,
        /// The status of the latest service deployment.
        latest: Option<String>,
    },
    /// The rollout in progress is not paused, or not by the named pause.
    #[error("cannot roll back {service} from a pause: {why}; `ecs-host rollback {service}` rolls it back")]
    NotPaused {
        /// The service.
        service: ServiceName,
        /// What was found.
        why: String,
    },
    /// No pause has the id that the command line names.
    #[error("no pause of the rollout of {service} has the id `{id}`; it has {}", list(pauses))]
    NoSuchPause {
        /// The service.
        service: ServiceName,
        /// The id.
        id: String,
        /// The pauses of the rollout.
        pauses: Vec<Hook>,
    },
    /// The rollout waits for several pauses, and the command line names none.
    #[error("the rollout of {service} waits for several pauses; name one with --hook: {}", list(pauses))]
    SeveralPauses {
        /// The service.
        service: ServiceName,
        /// The pauses.
        pauses: Vec<Hook>,
    },
}

fn list(pauses: &[Hook]) -> String {
    let pauses: Vec<&str> = pauses.iter().map(|pause| pause.id.as_str()).collect();
    if pauses.is_empty() { "none".to_owned() } else { pauses.join(", ") }
}

impl ContinueError {
    /// The error of a service without a rollout in progress; `latest` is the status of its latest service deployment.
    #[must_use]
    pub fn no_rollout(service: &ServiceName, latest: Option<&str>) -> Self {
        Self::NoRollout { service: service.clone(), latest: latest.map(str::to_owned) }
    }

    /// The exit code of a run that ends by this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Aws(_)
            | Self::Missing { .. }
            | Self::NoRollout { .. }
            | Self::NotPaused { .. }
            | Self::NoSuchPause { .. }
            | Self::SeveralPauses { .. } => Exit::Preflight,
            Self::OutcomeUnknown(_) => Exit::Unknown,
        }
    }
}

impl From<MutationError> for ContinueError {
    fn from(error: MutationError) -> Self {
        if error.is_outcome_unknown { Self::OutcomeUnknown(error) } else { Self::Aws(*error.error) }
    }
}
