//! The revisions that a run registers: one for all the targets that share it.

use std::rc::Rc;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::Engine;
use super::error::StartError;
use super::start::StartOutcome;
use super::steps::TargetStep;
use crate::ecs::Ecs;
use crate::ecs::mutations::register_revision;
use crate::ecs::retry::MutationError;
use model::event::Event;
use model::plan::{TargetPlan, TaskDefinition};

/// One registration, for whose ARN several targets may wait.
pub(super) type Registration = Rc<OnceCell<Result<String, MutationError>>>;

impl Engine<'_> {
    /// Registers a revision, unless this run did so for another target or an earlier run of this build did, and returns
    /// its ARN.
    pub(super) async fn register(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        revision: &TaskDefinition,
        until: Instant,
    ) -> Result<String, StartError> {
        let cell = Rc::clone(self.revisions.borrow_mut().entry(plan.revision_key(revision)).or_default());
        let register = async || {
            if let Some(arn) = plan.find_registered(revision).map(str::to_owned) {
                let task_definition = arn.clone();
                self.events.emit(&Event::RevisionReused { target: plan.name.clone(), task_definition });
                return Ok(arn);
            }
            let arn = register_revision(ecs, revision, until, self.events).await?;
            let task_definition = arn.clone();
            self.events.emit(&Event::RevisionRegistered { target: plan.name.clone(), task_definition });
            Ok(arn)
        };
        let arn = cell.get_or_init(register).await.clone().map_err(StartError::NotRegistered)?;
        self.states.set(&plan.name, TargetStep::Registered);
        Ok(arn)
    }

    /// Registers the revision of a family that no service is updated to.
    pub(super) async fn register_family(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
    ) -> Result<StartOutcome, StartError> {
        let until = Instant::now() + self.timeout(plan);
        let Some(revision) = plan.new_revision(&self.digests)? else {
            return Ok(StartOutcome::Unchanged(None));
        };
        let Some(rebased) = self.detect_family_drift(ecs, plan).await? else {
            return Ok(StartOutcome::Registered(self.register(ecs, plan, &revision, until).await?));
        };
        // Another run of this build may have registered it.
        let Some(revision) = rebased.new_revision(&self.digests)? else {
            return Ok(StartOutcome::Unchanged(None));
        };
        self.warn_of_rebase(&rebased);
        Ok(StartOutcome::Registered(self.register(ecs, &rebased, &revision, until).await?))
    }

    /// Whether this run has registered a revision.
    pub(super) fn has_registered(&self, arn: &str) -> bool {
        let revisions = self.revisions.borrow();
        revisions.values().any(|cell| matches!(cell.get(), Some(Ok(own)) if own == arn))
    }
}
