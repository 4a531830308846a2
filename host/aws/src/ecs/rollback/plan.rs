//! The plan of a rollback: what a service goes back to, and how.

mod service;

use std::time::Duration;

use crate::ecs::Ecs;
use crate::ecs::history::{self, PastDeployment};
use crate::ecs::rollout::Rollout;
use crate::error::AwsError;
use model::decision::ServiceName;
use model::plan::{Stamp, TaskDefinition};
use model::rollback::RollbackMethod as MethodName;

use super::RollbackError;
use super::subject::RollbackSubject;

/// What a service goes back to, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct RollbackPlan {
    /// The ARN of the task definition that the service goes back to. With
    /// [`RollbackMethod::Stop`], ECS selects that of the last successful deployment itself.
    pub to: String,
    /// How it goes back.
    pub method: RollbackMethod,
    /// The build that `to` came from, if `ecs-host` deployed it and the plan is for a service.
    pub build: Option<Stamp>,
    /// The ARN of the newer task definition that the service went back from already, or is going
    /// back from.
    pub went_back_from: Option<String>,
    /// The rollout that is rolled back: the one that this run started, or the service's latest.
    pub(super) rollout: Rollout,
    /// The ARNs of the task definitions of the service's deployments when it was last read.
    pub(super) deployed_definitions: Vec<String>,
    /// The ARN of the task definition that the service has again if the rollback is rolled back: what it goes back from, if
    /// that is deployed completely.
    pub(super) restores: Option<String>,
    /// How long the strategy of the service lets a rollout wait.
    pub(super) bake_time: Duration,
}

impl RollbackPlan {
    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.method, RollbackMethod::Settled | RollbackMethod::InProgress { .. })
    }

    /// Reads the task definition that the service goes back from, and the one that it goes back to.
    ///
    /// # Errors
    /// [`AwsError`] if one cannot be read.
    pub async fn read_definitions(&self, ecs: &Ecs) -> Result<(TaskDefinition, TaskDefinition), AwsError> {
        let (from, to) =
            tokio::try_join!(ecs.describe_revision(self.from()), ecs.describe_revision(&self.to))?;
        Ok((from.definition, to.definition))
    }
}

/// How a service goes back.
#[derive(Debug, Clone, PartialEq)]
pub enum RollbackMethod {
    /// Nothing is done: the service runs the task definition already.
    Settled,
    /// Nothing is done: the service is going back already.
    InProgress {
        /// Whether ECS rolls a rollout back, rather than rolling out the task definition.
        is_ecs_rollback: bool,
    },
    /// `StopServiceDeployment` with the type `ROLLBACK`: the rollout in progress is stopped, and
    /// ECS goes back to the last successful deployment.
    Stop {
        /// The ARN of the service deployment.
        service_deployment: String,
    },
    /// `UpdateService` with the task definition.
    Update {
        /// Whether ECS is to start a deployment although the service has the task definition already: its
        /// rollout failed.
        force_new_deployment: bool,
    },
}

impl RollbackMethod {
    /// The method as events name it.
    #[must_use]
    pub fn name(&self) -> MethodName {
        match self {
            Self::Settled => MethodName::Settled,
            Self::InProgress { .. } => MethodName::InProgress,
            Self::Stop { .. } => MethodName::Stop,
            Self::Update { .. } => MethodName::Update,
        }
    }
}

impl RollbackPlan {
    /// The service.
    #[must_use]
    pub fn service(&self) -> &ServiceName {
        &self.rollout.service
    }

    /// The ARN of the task definition that the service goes back from.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.rollout.task_definition
    }

    /// Plans the rollback of a rollout that this run started, to the task definition that the
    /// service had before. A rollout in progress whose service deployment is known is stopped;
    /// otherwise the service is updated.
    ///
    /// # Errors
    /// [`RollbackError`] if there is nothing to go back to, if the service cannot be read, or if
    /// a newer deployment replaced the rollout.
    pub(in crate::ecs) async fn for_rollout(
        ecs: &Ecs,
        rollout: &Rollout,
        is_in_progress: bool,
    ) -> Result<Self, RollbackError> {
        let previous = rollout.previous_definition.as_ref().unwrap_or(&rollout.task_definition);
        let plan = Self {
            to: previous.clone(),
            method: RollbackMethod::Update { force_new_deployment: false },
            build: None,
            went_back_from: None,
            rollout: rollout.clone(),
            deployed_definitions: Vec::new(),
            restores: None,
            bake_time: Duration::ZERO,
        };
        match rollout.service_deployment.clone().filter(|_| is_in_progress) {
            Some(service_deployment) => {
                Ok(Self { method: RollbackMethod::Stop { service_deployment }, ..plan })
            }
            None => plan.by_update(ecs, is_in_progress).await,
        }
    }

    /// The same rollback by an update, as far as the service still has the rollout: another
    /// deployment may have replaced it since the plan was made.
    ///
    /// # Errors
    /// As [`RollbackPlan::for_rollout`].
    pub(super) async fn by_update(self, ecs: &Ecs, is_in_progress: bool) -> Result<Self, RollbackError> {
        let service = self.service().clone();
        let to = if self.to == self.from() {
            // An earlier run of this build was interrupted, or the same revision was deployed again.
            find_last_successful(ecs, &self.rollout).await?.ok_or_else(|| RollbackError::NoPrevious {
                service: service.clone(),
                why: "what ran before is the same task definition".to_owned(),
            })?
        } else {
            self.to.clone()
        };
        let subject = RollbackSubject::read(ecs, &service).await?;
        let newer = subject.newer_deployment(&self.rollout).map(|newer| newer.task_definition());
        let method = match newer {
            None => RollbackMethod::Update { force_new_deployment: false },
            Some(newer) if newer != Some(&to) => return Err(RollbackError::Superseded { service }),
            Some(_) if is_in_progress => RollbackMethod::InProgress { is_ecs_rollback: true },
            Some(_) => RollbackMethod::Settled,
        };
        let deployed_definitions = subject.task_definitions();
        Ok(Self { to, method, deployed_definitions, restores: subject.complete_definition(), ..self })
    }
}

/// The ARN of the task definition of the latest successful service deployment other than that of
/// a rollout. `None` if it is the same task definition. ECS's own rollbacks go there too.
async fn find_last_successful(ecs: &Ecs, rollout: &Rollout) -> Result<Option<String>, AwsError> {
    let is_other =
        |other: PastDeployment<'_>| Some(other.service_deployment) != rollout.service_deployment.as_deref();
    let latest =
        super::in_progress::if_offered(history::find_successful(ecs, &rollout.service, is_other).await)?;
    Ok(latest.flatten().filter(|latest| *latest != rollout.task_definition))
}
