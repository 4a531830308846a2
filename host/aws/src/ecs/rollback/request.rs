//! The request to ECS that starts a rollback.

use tokio::time::Instant;

use super::{RollbackError, RollbackMethod, RollbackPlan};
use crate::ecs::Ecs;
use crate::ecs::mutations::{UpdateRequest, update_service};
use crate::ecs::retry::MutationError;
use crate::ecs::rollout::{Purpose, Rollout};
use model::event::{Event, EventSink};
use model::names::short_revision;
use model::plan::TargetName;

/// Starts rollbacks of one target.
#[derive(Clone, Copy)]
pub(in crate::ecs) struct Requester<'r> {
    pub(in crate::ecs) ecs: &'r Ecs,
    pub(in crate::ecs) events: &'r dyn EventSink,
    pub(in crate::ecs) target: &'r TargetName,
    /// Receives each step, for what is to be reported if the run is interrupted.
    pub(in crate::ecs) on_step: &'r dyn Fn(RollbackStep),
}

/// A step of a rollback.
#[derive(Debug)]
pub(in crate::ecs) enum RollbackStep {
    /// `StopServiceDeployment` is sent.
    Stopping,
    /// `UpdateService` is sent.
    Updating,
    /// ECS accepted to stop the rollout and to roll it back.
    Stopped,
    /// ECS accepted the update, which is this rollout.
    Updated(Box<Rollout>),
    /// The rollout failed before it was stopped, and ECS does not roll it back.
    RolloutFailed {
        /// Why, in ECS's words.
        reason: String,
    },
}

/// What a rollback led to, or found, in ECS.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ecs) enum Request {
    /// The service was set to the task definition already.
    Settled,
    /// The service was going back already.
    InProgress,
    /// The rollout ended, or a newer deployment replaced it, before it was stopped.
    TooLate,
    /// ECS accepted to stop the rollout and to roll it back.
    Stopped,
    /// The service goes back by this rollout.
    Updated(Box<Rollout>),
}

impl Requester<'_> {
    /// Requests what a plan needs, and does not wait for the end. If ECS does not stop the rollout,
    /// the plan is made again, by an update. ECS may have executed a call whose response was lost,
    /// so the service is read again before it is updated.
    ///
    /// # Errors
    /// [`RollbackError`] if ECS rejects the request, or if there is nothing to go back to.
    pub(in crate::ecs) async fn request(
        &self,
        plan: &mut RollbackPlan,
        until: Instant,
    ) -> Result<Request, RollbackError> {
        if let RollbackMethod::Stop { service_deployment } = &plan.method {
            (self.on_step)(RollbackStep::Stopping);
            match self.ecs.stop_service_deployment(service_deployment).await {
                Ok(()) => {
                    (self.on_step)(RollbackStep::Stopped);
                    self.report(format!("ECS rolls back {}", short_revision(plan.from())));
                    return Ok(Request::Stopped);
                }
                // "The request could not be processed because of conflict in the current state of the
                // resource" (the ECS API reference): the deployment has just ended.
                Err(error) if error.is(&["ConflictException"]) => return Ok(Request::TooLate),
                Err(error) => self.warn(format!("{error}; rolling back by an update instead")),
            }
            *plan = match plan.clone().by_update(self.ecs, true).await {
                Err(RollbackError::Superseded { .. }) => return Ok(Request::TooLate),
                plan => plan?,
            };
        }
        match &plan.method {
            RollbackMethod::Settled => Ok(Request::Settled),
            RollbackMethod::InProgress { is_ecs_rollback: false } => {
                Ok(Request::Updated(Box::new(plan.rollout.clone())))
            }
            RollbackMethod::InProgress { is_ecs_rollback: true } | RollbackMethod::Stop { .. } => {
                Ok(Request::InProgress)
            }
            RollbackMethod::Update { force_new_deployment } => {
                let rollout = self.update(plan, *force_new_deployment, until).await?;
                Ok(Request::Updated(Box::new(rollout)))
            }
        }
    }

    /// Updates the service to the task definition that it goes back to.
    async fn update(
        &self,
        plan: &RollbackPlan,
        force_new_deployment: bool,
        until: Instant,
    ) -> Result<Rollout, MutationError> {
        (self.on_step)(RollbackStep::Updating);
        self.report(format!("updating the service to {}", short_revision(&plan.to)));
        let request = UpdateRequest {
            service: plan.service(),
            task_definition: Some(&plan.to),
            desired_count: None,
            force_new_deployment,
        };
        let rollout = update_service(self.ecs, &request, until, self.events).await?;
        let purpose = Purpose::Rollback { restores: plan.restores.clone() };
        let rollout = Rollout { purpose, ..rollout };
        (self.on_step)(RollbackStep::Updated(Box::new(rollout.clone())));
        if let Some(other) = rollout.unplanned_replacement(&plan.deployed_definitions) {
            self.warn(format!(
                "{} was updated to {} by someone else at the same time; the rollback replaces it",
                plan.service(),
                short_revision(other)
            ));
        }
        Ok(rollout)
    }

    fn report(&self, how: String) {
        self.events.emit(&Event::RollbackStarted { target: self.target.clone(), detail: how });
    }

    pub(super) fn warn(&self, message: String) {
        self.events.emit(&Event::Warning { message });
    }
}
