//! Why a rollout cannot be continued.

use thiserror::Error;

use crate::ecs::Ecs;
use crate::ecs::retry::MutationError;
use crate::error::AwsError;
use model::decision::ServiceName;
use model::exit::Exit;
use model::lifecycle::{Hook, HookAction};

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
    #[error("cannot continue the rollout of {service}: none is in progress{}{}", latest.as_ref().map(|latest| format!(
        "; the latest one is {latest}"
    )).unwrap_or_default(), if latest.as_deref() == Some("SUCCESSFUL") { format!(
        "; `{command}` rolls the service back"
    ) } else { String::new() })]
    NoRollout {
        /// The service.
        service: ServiceName,
        /// The status of the latest service deployment.
        latest: Option<String>,
        /// The command that rolls the service back.
        command: String,
    },
    /// The rollout in progress is not paused, or not by the named pause.
    #[error("cannot roll back {service} from a pause: {why}; `{command}` rolls it back")]
    NotPaused {
        /// The service.
        service: ServiceName,
        /// What was found.
        why: String,
        /// The command that rolls the service back.
        command: String,
    },
    /// ECS is rolling the rollout back.
    #[error("cannot continue the rollout of {service}: ECS is rolling it back; `{command}` watches it")]
    RollingBack {
        /// The service.
        service: ServiceName,
        /// The command that watches it.
        command: String,
    },
    /// Another request ended the pause in the other way.
    #[error("{}", overruled(service, *taken, command))]
    Overruled {
        /// The service.
        service: ServiceName,
        /// How the pause ended.
        taken: HookAction,
        /// The command to go on with.
        command: String,
    },
    /// The latest rollout is of another build than the command line names.
    #[error("the latest rollout of {service}, {found}, not of commit {commit}; nothing was changed")]
    OtherBuild {
        /// The service.
        service: ServiceName,
        /// Its revision, and the build that it came from, as a predicate.
        found: String,
        /// The first digits of the commit that the command line names.
        commit: String,
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

fn overruled(service: &ServiceName, taken: HookAction, command: &str) -> String {
    match taken {
        HookAction::RollBack => format!(
            "cannot continue the rollout of {service}: it was rolled back at this pause by another request or by ECS; \
             `{command}` watches it"
        ),
        HookAction::Continue => format!(
            "cannot roll back {service} from a pause: it was continued at this pause by another request or by ECS; \
             `{command}` rolls it back"
        ),
    }
}

fn list(pauses: &[Hook]) -> String {
    let pauses: Vec<&str> = pauses.iter().map(|pause| pause.id.as_str()).collect();
    if pauses.is_empty() { "none".to_owned() } else { pauses.join(", ") }
}

impl ContinueError {
    /// The error of a service without a rollout in progress; `latest` is the status of its latest service deployment.
    pub(super) fn no_rollout(ecs: &Ecs, service: &ServiceName, latest: Option<&str>) -> Self {
        let command = ecs.command("rollback", service);
        Self::NoRollout { service: service.clone(), latest: latest.map(str::to_owned), command }
    }

    pub(super) fn rolling_back(ecs: &Ecs, service: &ServiceName) -> Self {
        Self::RollingBack { service: service.clone(), command: ecs.command("rollback", service) }
    }

    pub(super) fn overruled(ecs: &Ecs, service: &ServiceName, taken: HookAction) -> Self {
        Self::Overruled { service: service.clone(), taken, command: ecs.command("rollback", service) }
    }

    /// The exit code of a run that ends by this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Aws(_)
            | Self::Missing { .. }
            | Self::NoRollout { .. }
            | Self::NotPaused { .. }
            | Self::RollingBack { .. }
            | Self::Overruled { .. }
            | Self::NoSuchPause { .. }
            | Self::SeveralPauses { .. } => Exit::Preflight,
            Self::OtherBuild { .. } => Exit::Superseded,
            Self::OutcomeUnknown(_) => Exit::Unknown,
        }
    }
}

impl From<MutationError> for ContinueError {
    fn from(error: MutationError) -> Self {
        if error.is_outcome_unknown { Self::OutcomeUnknown(error) } else { Self::Aws(*error.error) }
    }
}
