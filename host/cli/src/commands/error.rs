//! Why a verb failed, and the exit code of every reason.

use std::io;

use thiserror::Error;

use super::lookups::ConnectionError;
use super::policy::DigestMismatch;
use super::record::RecordError;
use super::region::RegionConflict;
use super::stdout::StdoutError;
use super::test::NoCases;
use crate::ci::BuildError;
use crate::docker::ImageError;
use crate::oci::{LockError, RegistryError};
use crate::project::ProjectError;
use aws::AwsError;
use aws::ecs::rollback::RollbackError;
use model::exit::Exit;
use model::plan::PlanError;
use sandbox::PolicyError;
use sandbox::cases::CaseError;

/// Why a verb failed: one variant an area.
#[derive(Debug, Error)]
pub(super) enum Error {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    CaseFile(#[from] NoCases),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Region(#[from] RegionConflict),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    PolicyDigest(#[from] DigestMismatch),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    LookupConnection(#[from] ConnectionError),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Rollback(#[from] RollbackError),
    #[error(transparent)]
    Stdout(#[from] StdoutError),
    /// The operating system refused what the process itself needs, such as its signal handlers.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Error {
    /// The exit code. Every `match` here and below is total and has no wildcard, so that the compiler finds an error
    /// without a code.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Build(error) => error.exit(),
            Self::Project(error) => error.exit(),
            Self::Case(error) => case_exit(error),
            Self::CaseFile(_) | Self::Record(_) | Self::Region(_) => Exit::Usage,
            Self::Policy(error) => policy_exit(error),
            Self::Lock(error) => lock_exit(error),
            Self::Registry(error) => registry_exit(error),
            Self::Aws(error) => aws_exit(error),
            Self::Plan(error) => plan_exit(error),
            Self::Image(error) => image_exit(error),
            Self::Rollback(error) => rollback_exit(error),
            Self::PolicyDigest(_) | Self::LookupConnection(_) | Self::Stdout(_) | Self::System(_) => {
                Exit::Preflight
            }
        }
    }
}

// The areas whose enums are elsewhere. Each function becomes the enum's own `exit`.

fn policy_exit(error: &PolicyError) -> Exit {
    match error {
        PolicyError::Unreadable { .. } => Exit::Usage,
        PolicyError::Rejected { .. } => Exit::Rejected,
        PolicyError::Secret { .. } | PolicyError::NotGranted { .. } | PolicyError::Sandbox { .. } => {
            Exit::Preflight
        }
        PolicyError::NotComponent { .. }
        | PolicyError::WrongWorld { .. }
        | PolicyError::UnsupportedImports { .. }
        | PolicyError::InvalidSetting { .. }
        | PolicyError::Unpublishable { .. }
        | PolicyError::LimitExceeded { .. }
        | PolicyError::Trapped { .. }
        | PolicyError::InvalidAnswer { .. } => Exit::PolicyFailed,
    }
}

fn case_exit(_: &CaseError) -> Exit {
    Exit::Usage
}

fn lock_exit(_: &LockError) -> Exit {
    Exit::Preflight
}

fn registry_exit(_: &RegistryError) -> Exit {
    Exit::Preflight
}

fn aws_exit(_: &AwsError) -> Exit {
    Exit::Preflight
}

fn rollback_exit(_: &RollbackError) -> Exit {
    Exit::Preflight
}

fn plan_exit(error: &PlanError) -> Exit {
    if error.superseded { Exit::Superseded } else { Exit::Preflight }
}

fn image_exit(error: &ImageError) -> Exit {
    match error {
        ImageError::Aws(error) => aws_exit(error),
        ImageError::Docker(_) | ImageError::Config(_) | ImageError::DigestMismatch { .. } => Exit::Docker,
    }
}

#[cfg(test)]
mod tests;
