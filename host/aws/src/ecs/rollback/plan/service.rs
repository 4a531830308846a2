//! The plan of a rollback of which only the service is known: the rollout, and what ran before it,
//! are read from ECS.

use super::super::in_progress::{DeploymentInProgress, find_deployment_in_progress, if_offered};
use super::super::previous::{Previous, read_previous};
use super::super::subject::RollbackSubject;
use super::{RollbackMethod, RollbackPlan};
use crate::ecs::family::{self, AdjacentRevision};
use crate::ecs::rollback::RollbackError;
use crate::ecs::rollout::{Purpose, Rollout};
use crate::ecs::{Ecs, history};
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
        let subject = RollbackSubject::read(ecs, service).await?;
        let plan = match to {
            Some(requested) => to_revision(ecs, &subject, requested).await?,
            None => to_previous(ecs, &subject).await?,
        };
        let to = plan.to.clone();
        let Some(found) = ecs.find_task_definition(&to).await? else {
            return Err(RollbackError::RevisionNotFound { service: service.clone(), to });
        };
        // No task is started of what runs already, or is in progress.
        let starts_tasks = matches!(plan.method, RollbackMethod::Update { .. } | RollbackMethod::Stop { .. });
        if starts_tasks && !found.is_active {
            return Err(RollbackError::RevisionDeregistered { service: service.clone(), to });
        }
        Ok(Self { build: Stamp::from_definition(&found.definition), ..plan })
    }
}

async fn to_revision(
    ecs: &Ecs,
    subject: &RollbackSubject,
    requested: &RevisionName,
) -> Result<RollbackPlan, RollbackError> {
    let current = TaskDefinitionArn::parse(&subject.task_definition).ok();
    let to = current.and_then(|current| requested.resolve(&current));
    let to = to.map(|to| to.to_string()).ok_or_else(|| RollbackError::OtherFamily {
        service: subject.name.clone(),
        runs: subject.task_definition.clone(),
        requested: requested.to_string(),
    })?;
    if to != subject.task_definition {
        return Ok(subject.update(to));
    }
    Ok(match subject.state() {
        RolloutState::Complete => subject.stay(RollbackMethod::Settled),
        RolloutState::Failed => subject.stay(RollbackMethod::Update { force_new_deployment: true }),
        RolloutState::InProgress(_) => {
            subject.follow(find_deployment_in_progress(ecs, &subject.name, &subject.task_definition).await?)
        }
    })
}

/// The plan to go back to what ran before. A service that went back already stays: the revision
/// that it left is not deployed again.
async fn to_previous(ecs: &Ecs, subject: &RollbackSubject) -> Result<RollbackPlan, RollbackError> {
    if let RolloutState::InProgress(_) = subject.state() {
        return from_rollout_in_progress(ecs, subject).await;
    }
    match read_previous(ecs, &subject.name, &subject.task_definition).await? {
        Some(Previous::Ran(to)) => return Ok(subject.update(to)),
        Some(Previous::WentBackFrom(left)) => return Ok(subject.stay_after_rollback(left)),
        Some(Previous::None) => {
            return Err(subject.no_previous(
                "no other task definition had a successful deployment among those that ECS lists, of 90 days",
            ));
        }
        None => {}
    }
    if let Some(left) = subject.newer_revision(&subject.others()) {
        return Ok(subject.stay_after_rollback(left));
    }
    // What still runs beside a failed rollout ran before it.
    if let Some(to) = subject.other() {
        return Ok(subject.update(to));
    }
    match family::find_adjacent_revision(ecs, &subject.task_definition).await? {
        AdjacentRevision::Older(to) => Ok(subject.update(to)),
        AdjacentRevision::None => {
            Err(subject.no_previous("its task definition has no lower active revision"))
        }
        AdjacentRevision::Newer(newer) => Err(RollbackError::Ambiguous {
            service: subject.name.clone(),
            runs: subject.task_definition.clone(),
            newer,
        }),
    }
}

async fn from_rollout_in_progress(
    ecs: &Ecs,
    subject: &RollbackSubject,
) -> Result<RollbackPlan, RollbackError> {
    let own = &subject.task_definition;
    let deployment = find_deployment_in_progress(ecs, &subject.name, own).await?;
    if deployment.as_ref().is_some_and(DeploymentInProgress::is_rollback) {
        return Ok(subject.follow(deployment));
    }
    let sources = deployment.as_ref().map(|deployment| deployment.sources.clone());
    let replaced = sources.filter(|sources| !sources.is_empty()).unwrap_or_else(|| subject.others());
    if let Some(left) = subject.newer_revision(&replaced) {
        let mut plan = subject.follow(deployment);
        plan.rollout.purpose = Purpose::Rollback { restores: Some(left.clone()) };
        return Ok(RollbackPlan { went_back_from: Some(left), ..plan });
    }
    let last = if_offered(history::find_successful(ecs, &subject.name, |_| true).await)?.flatten();
    if let (Some(deployment), Some(to)) =
        (deployment.filter(DeploymentInProgress::is_stoppable), last.clone())
    {
        // A rollout of the same revision once more can be stopped, too.
        let rollout = Rollout { service_deployment: Some(deployment.arn.clone()), ..subject.rollout() };
        let method = RollbackMethod::Stop { service_deployment: deployment.arn };
        return Ok(RollbackPlan { rollout, ..subject.plan(to, method) });
    }
    let to = last.filter(|last| last != own).or_else(|| subject.other());
    to.map(|to| subject.update(to))
        .ok_or_else(|| subject.no_previous("its rollout is in progress, and what it replaces is unknown"))
}

impl RollbackSubject {
    fn plan(&self, to: String, method: RollbackMethod) -> RollbackPlan {
        RollbackPlan {
            to,
            method,
            build: None,
            went_back_from: None,
            rollout: self.rollout(),
            deployed_definitions: self.task_definitions(),
            restores: self.complete_definition(),
            bake_time: self.bake_time(),
        }
    }

    fn update(&self, to: String) -> RollbackPlan {
        self.plan(to, RollbackMethod::Update { force_new_deployment: false })
    }

    fn stay(&self, method: RollbackMethod) -> RollbackPlan {
        self.plan(self.task_definition.clone(), method)
    }

    /// The service went back already: nothing is to be done, unless that rollout failed.
    fn stay_after_rollback(&self, left: String) -> RollbackPlan {
        let method = match self.state() {
            RolloutState::Failed => RollbackMethod::Update { force_new_deployment: true },
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
        RollbackPlan { rollout, ..self.stay(RollbackMethod::InProgress { is_ecs_rollback }) }
    }

    fn no_previous(&self, why: &str) -> RollbackError {
        RollbackError::NoPrevious { service: self.name.clone(), why: why.to_owned() }
    }
}
