//! Going back to a revision that a service had before: which one that is, how
//! the service gets it, and the watch until it has it.

mod carry_out;
mod error;
mod find;
mod ongoing;
mod past;

pub use carry_out::Rollback;
pub use error::RollbackError;
pub use find::find;

use model::rollback::RollbackMethod;

use super::Rollout;
use model::decision::ServiceName;
use model::plan::Stamp;

/// What a service goes back to, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Back {
    /// The service.
    pub service: ServiceName,
    /// The ARN of the task definition that it is set to.
    pub from: String,
    /// The ARN of the one that it goes back to.
    pub to: String,
    /// The build that this one came from, where `ecs-host` deployed it.
    pub build: Option<Stamp>,
    /// How it gets there.
    pub way: Way,
    /// The ARN of the newer task definition that it went back from already, or
    /// is on its way back from.
    pub went_back: Option<String>,
    /// The id of its primary deployment.
    primary: Option<String>,
    /// The task definitions of its deployments.
    deployments: Vec<String>,
}

/// How a service gets back.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    /// It is there already.
    Settled,
    /// It is on its way there already.
    UnderWay {
        /// The rollout that takes it there.
        rollout: Box<Rollout>,
        /// Whether that is ECS's own way back from a rollout.
        rolls_back: bool,
    },
    /// The rollout that goes on is stopped, and ECS goes back.
    Stop {
        /// The ARN of its service deployment.
        deployment: String,
    },
    /// The service is updated.
    Update {
        /// Whether it is deployed once more, since that revision's rollout failed.
        again: bool,
    },
}

impl Way {
    /// It as events name it.
    #[must_use]
    pub fn name(&self) -> RollbackMethod {
        match self {
            Self::Settled => RollbackMethod::Settled,
            Self::UnderWay { .. } => RollbackMethod::UnderWay,
            Self::Stop { .. } => RollbackMethod::Stop,
            Self::Update { .. } => RollbackMethod::Update,
        }
    }
}
