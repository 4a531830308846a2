//! The deployment to a schedule or a rule: the revision, and the replacement of the task definition that it starts.
//!
//! `UpdateSchedule` replaces a whole schedule, and `PutTargets` whole targets. Both are read again right before, and
//! nothing is replaced if someone else has changed them since the plan was made.

use std::cell::Cell;

use tokio::time::Instant;

use super::Engine;
use super::error::StartError;
use super::start::StartOutcome;
use super::steps::TargetStep;
use crate::ecs::Ecs;
use crate::ecs::retry::{MutationError, retry_mutation};
use crate::schedules::Schedules;
use model::decision::TriggerName;
use model::event::Event;
use model::names::TaskDefinitionArn;
use model::plan::trigger::{TriggerDocument, TriggerPlan};
use model::plan::{TargetPlan, TaskDefinition};

/// The outcome of a replacement.
enum Replacement {
    /// The schedule or the rule starts the task definition.
    Done,
    /// Nothing was replaced: it is not as planned any more, but like this.
    Changed(TriggerDocument),
}

impl Engine<'_> {
    /// Registers the revision of a schedule or a rule, and lets it start that one.
    pub(super) async fn replace_started(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
    ) -> Result<StartOutcome, StartError> {
        // Each start runs the latest revision of the family.
        let names_revision = |trigger: &&TriggerPlan| trigger.names_revision;
        let trigger = plan.trigger.as_ref().filter(names_revision).zip(plan.destination.trigger());
        let Some((trigger, name)) = trigger else {
            return self.register_family(ecs, plan).await;
        };
        let revision = match plan.new_revision(&self.digests)? {
            None if plan.redeploy && plan.is_deregistered => Some(plan.copy_of_base(&self.digests)?),
            None if !plan.redeploy => return Ok(StartOutcome::Unchanged(None)),
            revision => revision,
        };
        let schedules = ecs.schedules();
        // A long build may lie between the plan and this.
        let current = schedules.read_document(&name).await?;
        if !current.is_same(&trigger.document) {
            return self.examine_change(ecs, plan, &current).await;
        }
        let until = Instant::now() + self.timeout(plan);
        let task_definition = match &revision {
            Some(revision) => self.register(ecs, plan, revision, until).await?,
            None => plan.base.clone(),
        };
        self.states.set(&plan.name, TargetStep::Replacing(task_definition.clone()));
        let replaced = self.replace(&schedules, (&name, trigger), &task_definition, until).await;
        match replaced {
            Ok(Replacement::Done) => {
                let (target, registered) = (plan.name.clone(), task_definition.clone());
                self.events.emit(&Event::TriggerUpdated { target, task_definition });
                Ok(StartOutcome::Registered(registered))
            }
            Ok(Replacement::Changed(current)) => self.examine_change(ecs, plan, &current).await,
            Err(error) if error.is_outcome_unknown => Err(StartError::ReplacementUnknown(error)),
            Err(MutationError { error, .. }) => {
                Err(StartError::NotReplaced { error, registered: task_definition })
            }
        }
    }

    /// Replaces the task definition and no other member. If the response is lost, it reads whether AWS executed the call.
    async fn replace(
        &self,
        schedules: &Schedules,
        (name, trigger): (&TriggerName, &TriggerPlan),
        task_definition: &str,
        until: Instant,
    ) -> Result<Replacement, MutationError> {
        let new = trigger.document.with_revision(task_definition);
        // A read that fails has replaced nothing.
        let is_sent = Cell::new(false);
        let call = async || {
            let current = schedules.read_document(name).await?;
            if current.is_same(&new) {
                return Ok(Replacement::Done);
            }
            if !current.is_same(&trigger.document) {
                return Ok(Replacement::Changed(current));
            }
            is_sent.set(true);
            schedules.replace_document(name, &current, &new).await?;
            Ok(Replacement::Done)
        };
        let find_outcome = async || {
            let current = schedules.read_document(name).await?;
            Ok(current.is_same(&new).then_some(Replacement::Done))
        };
        let warn = |message| self.events.emit(&Event::Warning { message });
        let replaced = retry_mutation(until, warn, call, find_outcome).await;
        replaced.map_err(|error| MutationError {
            is_outcome_unknown: error.is_outcome_unknown && is_sent.get(),
            ..error
        })
    }

    /// The outcome for a schedule or a rule that someone else changed after planning: unchanged, if another run of this
    /// build deployed to it.
    ///
    /// # Errors
    /// [`StartError::Superseded`] if it starts a newer build now, and otherwise [`StartError::Changed`].
    async fn examine_change(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        current: &TriggerDocument,
    ) -> Result<StartOutcome, StartError> {
        let started: Vec<TaskDefinitionArn> =
            current.task_definitions().filter_map(|name| TaskDefinitionArn::parse(name).ok()).collect();
        for arn in started.iter().filter(|arn| arn.to_string() != plan.base) {
            let definition = ecs.describe_task_definition(&arn.to_string()).await?;
            if let Some(build) = plan.newer_stamp(&definition) {
                let task_definition = arn.to_string();
                return Err(StartError::Superseded { task_definition, build: Box::new(build) });
            }
            if self.is_deployed(plan, current, arn, &definition)? {
                return Ok(StartOutcome::Unchanged(None));
            }
        }
        Err(StartError::Changed)
    }

    /// Whether a schedule or a rule is as planned but for the revision, which is the one that this run would register.
    fn is_deployed(
        &self,
        plan: &TargetPlan,
        current: &TriggerDocument,
        arn: &TaskDefinitionArn,
        definition: &TaskDefinition,
    ) -> Result<bool, StartError> {
        let planned = plan.trigger.as_ref().map(|trigger| trigger.document.with_revision(&arn.to_string()));
        let revision = plan.new_revision(&self.digests)?;
        Ok(planned.is_some_and(|planned| planned.is_same(current))
            && revision.is_some_and(|revision| revision.equals_ignoring_stamp(definition)))
    }
}
