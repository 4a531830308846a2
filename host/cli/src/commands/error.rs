//! Why a verb failed, and the exit code of every reason.

use std::io;

use thiserror::Error;

use super::environment::UndecodableError;
use super::fetch::DigestMismatch;
use super::guards::GuardError;
use super::iam::IamError;
use super::lookups::LookupOutage;
use super::man::ManError;
use super::record::RecordError;
use super::region::RegionConflict;
use super::report::ReportError;
use super::saved_plan::SavedPlanError;
use super::test::{NoCases, PolicyBuildError};
use crate::ci::BuildError;
use crate::docker::ImageError;
use crate::oci::{LockError, RegistryError};
use crate::oidc::OidcError;
use crate::oidc::trust::TrustError;
use crate::project::ProjectError;
use aws::AwsError;
use aws::ecs::continuation::ContinueError;
use aws::ecs::rollback::RollbackError;
use model::confinement::ConfinementError;
use model::exit::Exit;
use model::plan::PlanError;
use sandbox::ComponentError;
use sandbox::cases::CaseError;

/// Why a verb failed: one variant an area.
#[derive(Debug, Error)]
pub(super) enum Error {
    #[error(transparent)]
    Undecodable(#[from] UndecodableError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(transparent)]
    CaseFile(#[from] NoCases),
    #[error(transparent)]
    PolicyBuild(#[from] PolicyBuildError),
    #[error(transparent)]
    Iam(#[from] IamError),
    #[error(transparent)]
    Oidc(#[from] OidcError),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Man(#[from] ManError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Region(#[from] RegionConflict),
    #[error(transparent)]
    Component(#[from] ComponentError),
    #[error(transparent)]
    Confinement(#[from] ConfinementError),
    #[error(transparent)]
    PolicyDigest(#[from] DigestMismatch),
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error(transparent)]
    LookupOutage(#[from] LookupOutage),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    SavedPlan(#[from] SavedPlanError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error(transparent)]
    Rollback(#[from] RollbackError),
    #[error(transparent)]
    Continue(#[from] ContinueError),
    /// Stdout cannot be written to.
    #[error("cannot write the output to stdout: {0}")]
    Stdout(io::Error),
    /// The operating system refused what the process itself needs, such as its signal handlers.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Error {
    /// The exit code. This `match` and those of the areas are total and have no wildcard, so that the compiler finds an
    /// error without a code.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Build(error) => error.exit(),
            Self::Project(error) => error.exit(),
            Self::Case(error) => error.exit(),
            Self::PolicyBuild(error) => error.exit(),
            Self::Undecodable(_)
            | Self::CaseFile(_)
            | Self::Man(_)
            | Self::Record(_)
            | Self::Report(_)
            | Self::Region(_) => Exit::Usage,
            Self::Iam(error) => error.exit(),
            Self::Oidc(error) => error.exit(),
            Self::Trust(error) => error.exit(),
            Self::Component(error) => error.exit(),
            // The operator's file rejects the answer, as a policy rejects a build.
            Self::Confinement(_) => Exit::Rejected,
            Self::Guard(error) => error.exit(),
            Self::Lock(error) => error.exit(),
            Self::Registry(error) => error.exit(),
            Self::Aws(error) => error.exit(),
            Self::Plan(error) => error.exit(),
            Self::SavedPlan(error) => error.exit(),
            Self::Image(error) => error.exit(),
            Self::Rollback(error) => error.exit(),
            Self::Continue(error) => error.exit(),
            Self::PolicyDigest(_) | Self::LookupOutage(_) | Self::Stdout(_) | Self::System(_) => {
                Exit::Preflight
            }
        }
    }
}

#[cfg(test)]
mod tests;
