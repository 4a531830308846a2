//! Deployments of others to the same service between the plan and the update: a plan is based again
//! on what they deployed, so that their changes are not lost.

use tokio::time::Instant;

use super::Engine;
use super::error::StartError;
use super::steps::TargetStep;
use crate::ecs::mutations::{UpdateRequest, update_service};
use crate::ecs::retry::MutationError;
use crate::ecs::rollout::Rollout;
use crate::ecs::{Ecs, Retry, Revision, read};
use model::decision::ServiceName;
use model::event::Event;
use model::names::short_revision;
use model::plan::{NewBase, RolloutState, TargetPlan};

impl Engine<'_> {
    /// Updates a service to what someone else deployed after planning, and the rollout replaced: a newer build, or what the
    /// guards of the plan have not seen.
    pub(super) async fn restore(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        rollout: &Rollout,
        (other, is_newer): (&str, bool),
        until: Instant,
    ) -> Result<Rollout, MutationError> {
        self.warn(format!(
            "{} was updated to {} after planning; restoring it",
            plan.name,
            describe(other, is_newer)
        ));
        let request = UpdateRequest {
            service: &rollout.service,
            task_definition: Some(other),
            desired_count: None,
            force_new_deployment: false,
        };
        let restored = update_service(ecs, &request, until, self.events).await?;
        let outcome = format!("superseded by {}, which was deployed again", short_revision(other));
        self.states.set(&plan.name, TargetStep::Ended { outcome, rollout: None });
        Ok(restored)
    }

    /// The plan on the task definition that the service is set to now. `None` if that is still the
    /// planned one.
    pub(super) async fn detect_drift(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        service: &ServiceName,
    ) -> Result<Option<TargetPlan>, StartError> {
        let found = ecs.describe_service(service, Retry::ByCaller).await?;
        let Some(current) = found.as_ref().map(read::to_service_state) else { return Ok(None) };
        if current.task_definition.is_empty() || current.task_definition == plan.base {
            return Ok(None);
        }
        let mut rebased = self.read_and_rebase(ecs, plan, &current.task_definition, None).await?;
        // Another run of this build may have deployed it, and left nothing to change.
        rebased.redeploy = current.rollout == RolloutState::Failed;
        (rebased.rollout, rebased.primary_deployment_id, rebased.primary_created_at) =
            (current.rollout, current.primary_deployment_id, current.primary_created_at);
        Ok(Some(rebased))
    }

    /// The plan on the latest revision of its family. `None` if that is still the planned one. A
    /// long build may lie between the two.
    pub(super) async fn detect_family_drift(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
    ) -> Result<Option<TargetPlan>, StartError> {
        let latest = ecs.find_task_definition(plan.family()).await?;
        // Another target of this run may have registered its own revision there.
        let is_other = |arn: &str| arn != plan.base && !self.has_registered(arn);
        match latest.filter(|latest| is_other(&latest.arn.to_string())) {
            Some(latest) => self.rebase_on(plan, latest, None).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn warn_of_rebase(&self, plan: &TargetPlan) {
        self.warn(format!(
            "{} was updated to {} by someone else after planning; the deployment is based on it",
            plan.name,
            short_revision(&plan.base)
        ));
    }

    /// What someone else deployed is replaced without its changes: the rollout that replaced it
    /// continues and is watched.
    pub(super) fn warn_of_lost_changes(&self, plan: &TargetPlan, rollout: &Rollout, why: &StartError) {
        self.warn(format!(
            "{} replaced what someone else deployed to {} after planning, and lacks its changes: {why}",
            short_revision(&rollout.task_definition),
            plan.name
        ));
    }

    pub(super) fn warn(&self, message: String) {
        self.events.emit(&Event::Warning { message });
    }

    /// Reads the task definition `other`, and bases a plan on it. `own` is the one that this run deployed instead, if it
    /// did.
    ///
    /// # Errors
    /// [`StartError`] if it cannot be read, is of a newer build, or has no container for the images, and if the plan is
    /// carried out as it is or not at all.
    pub(super) async fn read_and_rebase(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        other: &str,
        own: Option<&str>,
    ) -> Result<TargetPlan, StartError> {
        self.rebase_on(plan, ecs.describe_revision(other).await?, own)
    }

    fn rebase_on(
        &self,
        plan: &TargetPlan,
        other: Revision,
        own: Option<&str>,
    ) -> Result<TargetPlan, StartError> {
        let task_definition = other.arn.to_string();
        if let Some(build) = plan.newer_stamp(&other.definition) {
            return Err(StartError::Superseded { task_definition, build: Box::new(build) });
        }
        if self.options.exact {
            return Err(StartError::Moved { task_definition });
        }
        let base = NewBase {
            task_definition: &task_definition,
            definition: &other.definition,
            is_deregistered: !other.is_active,
            own,
        };
        plan.rebase(base).ok_or(StartError::NoContainer { task_definition })
    }
}

/// The revision of someone else, in a sentence.
fn describe(revision: &str, is_newer: bool) -> String {
    let revision = short_revision(revision);
    if is_newer { format!("the newer {revision}") } else { revision.to_owned() }
}
