//! The new revision of a target.

use std::collections::BTreeMap;

use super::containers::{ContainerPlan, describe_containers};
use super::definition::{ContainerEdit, DefinitionEdit, DefinitionError, TaskDefinition};
use super::target::TargetPlan;
use super::trigger::TriggerState;
use crate::names::{Digest, Place, short_revision};
use crate::text::printable;

/// Stands in a plan for the digest of an image that is not built yet.
pub(crate) const DIGEST_PLACEHOLDER: &str = "<digest of the push>";

/// The most paths that an error names.
const MAX_NAMED_PATHS: usize = 3;

/// Identifies a revision before it is registered: targets with the same key share one revision,
/// which is registered once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionKey {
    place: Place,
    request: String,
}

impl TargetPlan {
    /// The revision to register, with the digests of the images by their names; `None` if it would
    /// be the same as the base, stamps aside.
    ///
    /// # Errors
    /// [`DefinitionError`] if the base cannot be changed as planned.
    pub fn new_revision(
        &self,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<Option<TaskDefinition>, DefinitionError> {
        let revision = self.apply_images(digests)?;
        Ok((!self.definition.equals_ignoring_stamp(&revision)).then_some(revision))
    }

    /// The ARN of the latest revision of the service's family if it is this one, stamp included: an earlier run of the
    /// same build registered it.
    #[must_use]
    pub fn find_registered(&self, revision: &TaskDefinition) -> Option<&str> {
        let latest = self.latest.as_ref().filter(|latest| latest.definition.is_same(revision))?;
        Some(&latest.task_definition)
    }

    /// Whether the target has the revision that this plan makes from `base`, whole and with the stamp.
    pub(crate) fn has_revision_of(&self, base: &TaskDefinition, digests: &BTreeMap<String, Digest>) -> bool {
        let revision = base.revise(&self.edit(&self.containers, digests));
        revision.is_ok_and(|revision| self.definition.is_same(&revision))
    }

    /// Whether an earlier run of the same build registered the revision of this plan.
    pub(crate) fn is_registered(&self, digests: &BTreeMap<String, Digest>) -> bool {
        self.apply_images(digests).is_ok_and(|revision| self.find_registered(&revision).is_some())
    }

    /// A copy of the base with the stamp of this build, for a base that is deregistered.
    ///
    /// # Errors
    /// [`DefinitionError`] if the base cannot be changed as planned.
    pub fn copy_of_base(
        &self,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<TaskDefinition, DefinitionError> {
        self.apply_images(digests)
    }

    /// The key of this target's new revision.
    #[must_use]
    pub fn revision_key(&self, revision: &TaskDefinition) -> RevisionKey {
        RevisionKey { place: self.place.clone(), request: revision.to_request() }
    }

    /// The family of its revisions.
    #[must_use]
    pub fn family(&self) -> &str {
        self.definition.family()
    }

    pub(super) fn describe_containers(&self) -> String {
        format!("in `{}` {}", self.name, describe_containers(&self.definition))
    }

    /// The definition that the new revision is made from.
    fn source(&self) -> &TaskDefinition {
        self.newer_definition.as_ref().unwrap_or(&self.definition)
    }

    /// The revision as far as it is known before the images are built: a container gets the repository alone of an image
    /// that has no digest yet.
    ///
    /// # Errors
    /// [`DefinitionError`] if the base cannot be changed as planned.
    pub(crate) fn planned_revision(
        &self,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<TaskDefinition, DefinitionError> {
        let mut edit = self.edit(&self.containers, digests);
        let placeholder = format!("@{DIGEST_PLACEHOLDER}");
        for image in edit.containers.iter_mut().filter_map(|container| container.image.as_mut()) {
            if let Some(repository) = image.strip_suffix(&placeholder) {
                *image = repository.to_owned();
            }
        }
        self.source().revise(&edit)
    }

    pub(super) fn apply_images(
        &self,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<TaskDefinition, DefinitionError> {
        self.source().revise(&self.edit(&self.containers, digests))
    }

    /// Checks that the other revisions that targets of a rule start, changed as planned, are the new revision: it
    /// replaces all of them.
    ///
    /// # Errors
    /// The paths at which one differs, a predicate and what to do.
    pub(super) fn check_other_started(
        &self,
        trigger: Option<&TriggerState>,
        digests: &BTreeMap<String, Digest>,
        revision: &TaskDefinition,
    ) -> Result<(), String> {
        let revisions = trigger.and_then(|state| state.revisions.as_ref());
        for (arn, definition) in revisions.into_iter().flat_map(|revisions| &revisions.others) {
            let revised = definition.revise(&self.edit(&self.containers, digests));
            if revised.as_ref().is_ok_and(|revised| revised.equals_ignoring_stamp(revision)) {
                continue;
            }
            let difference = match &revised {
                Ok(revised) => {
                    let changes = revised.changes(revision);
                    let paths: Vec<String> = changes
                        .iter()
                        .take(MAX_NAMED_PATHS)
                        .map(|change| printable(&change.path.to_string()))
                        .collect();
                    paths.join(", ")
                }
                Err(_) => "their containers".to_owned(),
            };
            return Err(format!(
                "its targets start {} and {}, which differ in {difference}, and one new revision would replace both; \
                 create a rule for each of them, or let both start one revision",
                short_revision(arn),
                short_revision(&self.base)
            ));
        }
        Ok(())
    }

    pub(super) fn edit(
        &self,
        containers: &[ContainerPlan],
        digests: &BTreeMap<String, Digest>,
    ) -> DefinitionEdit {
        let image = |plan: &ContainerPlan| {
            let repository = plan.repository()?;
            Some(match plan.image.as_ref().and_then(|name| digests.get(name)) {
                Some(digest) => repository.pinned(digest),
                None => format!("{repository}@{DIGEST_PLACEHOLDER}"),
            })
        };
        let edit = |plan: &ContainerPlan| ContainerEdit {
            container: plan.container.clone(),
            image: image(plan),
            settings: plan.settings.clone(),
        };
        DefinitionEdit {
            containers: containers.iter().map(edit).collect(),
            size: self.size,
            labels: self.stamp.to_labels(),
        }
    }
}
