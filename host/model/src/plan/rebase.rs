//! A plan on another base than the one that it was made on.

use std::cmp::Ordering;

use super::RolloutState;
use super::containers::rebase_containers;
use super::definition::TaskDefinition;
use super::target::TargetPlan;
use crate::names::compare_revisions;

/// The revision that someone else deployed after a plan was made.
#[derive(Debug, Clone, Copy)]
pub struct NewBase<'a> {
    /// Its ARN.
    pub task_definition: &'a str,
    /// The task definition itself.
    pub definition: &'a TaskDefinition,
    /// Whether it is deregistered.
    pub is_deregistered: bool,
    /// The ARN that this run deployed meanwhile, if it did.
    pub own: Option<&'a str>,
}

impl TargetPlan {
    /// The same plan on another base. A revision that is newer than it remains the one that the new revision is made
    /// from. `None` if that has no container for the images.
    #[must_use]
    pub fn rebase(&self, base: NewBase<'_>) -> Option<Self> {
        let newer_definition = self
            .newer_definition
            .clone()
            .filter(|_| compare_revisions(&self.made_from, base.task_definition) == Some(Ordering::Greater));
        let made_from = match &newer_definition {
            Some(_) => self.made_from.clone(),
            None => base.task_definition.to_owned(),
        };
        let source = newer_definition.as_ref().unwrap_or(base.definition);
        let containers = rebase_containers(&self.containers, self.names_containers, source)?;
        let new = [Some(base.task_definition), base.own].into_iter().flatten().map(str::to_owned);
        Some(Self {
            base: base.task_definition.to_owned(),
            definition: base.definition.clone(),
            is_deregistered: base.is_deregistered,
            made_from,
            newer_definition,
            containers,
            deployed_definitions: self.deployed_definitions.iter().cloned().chain(new).collect(),
            // The state of the old base's rollout does not apply to this one, and the other deployment
            // of it fulfils `--force`.
            rollout: RolloutState::Complete,
            redeploy: false,
            ..self.clone()
        })
    }
}
