//! The plan of a rollback of which only the service is known: the rollout, and what ran before it,
//! are read from ECS.

use super::super::facts::ServiceFacts;
use super::super::in_progress::{DeploymentInProgress, deployment_in_progress, if_offered};
use super::super::previous::{Previous, previous};
use super::{RollbackMethod, RollbackPlan};
use crate::ecs::family::{self, AdjacentRevision};
use crate::ecs::rollback::RollbackError;
use crate::ecs::{Ecs, Rollout, history};
use model::decision::ServiceName;
use model::names::{RevisionName, TaskDefinitionArn};
use model::plan::{RolloutState, Stamp};

impl RollbackPlan {
    /// Plans the rollback of a service to a named revision, or to what ran before. Nothing is
    /// changed.
    ///
    /// # Errors
    /// [`RollbackError`] if the service cannot be rolled back.
    pub async fn for_service(
        ecs: &Ecs,
        service: &ServiceName,
        to: Option<&RevisionName>,
    ) -> Result<Self, RollbackError> {
        let facts = ServiceFacts::read(ecs, service).await?;
        let plan = match to {
            Some(requested) => to_revision(ecs, &facts, requested).await?,
            None => to_previous(ecs, &facts).await?,
        };
        let to = plan.to.clone();
        let Some(found) = ecs.find_task_definition(&to).await? else {
            return Err(RollbackError::RevisionNotFound { service: service.clone(), to });
        };
        // No task is started of what runs already, or is under way.
        let starts_tasks = matches!(plan.method, RollbackMethod::Update { .. } | RollbackMethod::Stop { .. });
        if starts_tasks && !found.is_active {
            return Err(RollbackError::RevisionDeregistered { service: service.clone(), to });
        }
        Ok(Self { build: Stamp::from_definition(&found.definition), ..plan })
    }
}

async fn to_revision(
    ecs: &Ecs,
    facts: &ServiceFacts,
    requested: &RevisionName,
) -> Result<RollbackPlan, RollbackError> {
    let current = TaskDefinitionArn::parse(&facts.task_definition).ok();
    let to = current.and_then(|current| requested.resolve(&current));
    let to = to.map(|to| to.to_string()).ok_or_else(|| RollbackError::OtherFamily {
        service: facts.name.clone(),
        runs: facts.task_definition.clone(),
        requested: requested.to_string(),
    })?;
    if to != facts.task_definition {
        return Ok(facts.update(to));
    }
    Ok(match facts.state() {
        RolloutState::Complete => facts.stay(RollbackMethod::Settled),
        RolloutState::Failed => facts.stay(RollbackMethod::Update { force: true }),
        RolloutState::InProgress(_) => {
            facts.follow(deployment_in_progress(ecs, &facts.name, &facts.task_definition).await?)
        }
    })
}

/// The plan to go back to what ran before. A service that went back already stays: the revision
/// that it left is not deployed again.
async fn to_previous(ecs: &Ecs, facts: &ServiceFacts) -> Result<RollbackPlan, RollbackError> {
    if let RolloutState::InProgress(_) = facts.state() {
        return from_rollout_in_progress(ecs, facts).await;
    }
    match previous(ecs, &facts.name, &facts.task_definition).await? {
        Some(Previous::Ran(to)) => return Ok(facts.update(to)),
        Some(Previous::WentBackFrom(left)) => return Ok(facts.stay_after_rollback(left)),
        Some(Previous::None) => {
            return Err(facts.no_previous(
                "no other task definition had a successful deployment among those that ECS lists, of 90 days",
            ));
        }
        None => {}
    }
    if let Some(left) = facts.newer_revision(&facts.others()) {
        return Ok(facts.stay_after_rollback(left));
    }
    // What still runs beside a failed rollout ran before it.
    if let Some(to) = facts.other() {
        return Ok(facts.update(to));
    }
    match family::find_adjacent_revision(ecs, &facts.task_definition).await? {
        AdjacentRevision::Older(to) => Ok(facts.update(to)),
        AdjacentRevision::None => Err(facts.no_previous("its task definition has no lower active revision")),
        AdjacentRevision::Newer(newer) => Err(RollbackError::Ambiguous {
            service: facts.name.clone(),
            runs: facts.task_definition.clone(),
            newer,
        }),
    }
}

async fn from_rollout_in_progress(ecs: &Ecs, facts: &ServiceFacts) -> Result<RollbackPlan, RollbackError> {
    let own = &facts.task_definition;
    let deployment = deployment_in_progress(ecs, &facts.name, own).await?;
    if deployment.as_ref().is_some_and(DeploymentInProgress::is_rollback) {
        return Ok(facts.follow(deployment));
    }
    let sources = deployment.as_ref().map(|deployment| deployment.sources.clone());
    let replaced = sources.filter(|sources| !sources.is_empty()).unwrap_or_else(|| facts.others());
    if let Some(left) = facts.newer_revision(&replaced) {
        return Ok(RollbackPlan { went_back_from: Some(left), ..facts.follow(deployment) });
    }
    let last = if_offered(history::find_successful(ecs, &facts.name, |_| true).await)?.flatten();
    if let (Some(deployment), Some(to)) =
        (deployment.filter(DeploymentInProgress::is_stoppable), last.clone())
    {
        // A rollout of the same revision once more can be stopped, too.
        let rollout = Rollout { service_deployment: Some(deployment.arn.clone()), ..facts.rollout() };
        let method = RollbackMethod::Stop { service_deployment: deployment.arn };
        return Ok(RollbackPlan { rollout, ..facts.plan(to, method) });
    }
    let to = last.filter(|last| last != own).or_else(|| facts.other());
    to.map(|to| facts.update(to))
        .ok_or_else(|| facts.no_previous("its rollout is in progress, and what it replaces is unknown"))
}

impl ServiceFacts {
    fn plan(&self, to: String, method: RollbackMethod) -> RollbackPlan {
        RollbackPlan {
            to,
            method,
            build: None,
            went_back_from: None,
            rollout: self.rollout(),
            deployments: self.task_definitions(),
        }
    }

    fn update(&self, to: String) -> RollbackPlan {
        self.plan(to, RollbackMethod::Update { force: false })
    }

    fn stay(&self, method: RollbackMethod) -> RollbackPlan {
        self.plan(self.task_definition.clone(), method)
    }

    /// The service went back already: nothing is to be done, unless that rollout failed.
    fn stay_after_rollback(&self, left: String) -> RollbackPlan {
        let method = match self.state() {
            RolloutState::Failed => RollbackMethod::Update { force: true },
            RolloutState::Complete | RolloutState::InProgress(_) => RollbackMethod::Settled,
        };
        RollbackPlan { went_back_from: Some(left), ..self.stay(method) }
    }

    /// A rollout of the service's task definition is in progress already, by a service deployment
    /// if that is known.
    fn follow(&self, deployment: Option<DeploymentInProgress>) -> RollbackPlan {
        let is_ecs_rollback = deployment.as_ref().is_some_and(DeploymentInProgress::is_rollback);
        let service_deployment = deployment.map(|deployment| deployment.arn);
        let rollout = Rollout { service_deployment, ..self.rollout() };
        RollbackPlan { rollout, ..self.stay(RollbackMethod::UnderWay { is_ecs_rollback }) }
    }

    fn no_previous(&self, why: &str) -> RollbackError {
        RollbackError::NoPrevious { service: self.name.clone(), why: why.to_owned() }
    }
}
