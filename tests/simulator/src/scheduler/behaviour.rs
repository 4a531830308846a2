//! The choice of a task's behaviour by the scenario's task rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json;
use crate::model::{ContainerImage, ServiceKey, TaskDefinition, short_name};
use crate::region::Region;
use crate::scenario::{TaskBehaviour, TaskFilter};

/// The properties of a task that filters compare.
pub(super) struct TaskCandidate<'a> {
    pub(super) definition: &'a TaskDefinition,
    /// `None` for a one-off task.
    pub(super) service: Option<&'a ServiceKey>,
    /// The service deployment that launches the task, counted from 1 for the first one after time 0.
    pub(super) deployment_number: Option<u32>,
    pub(super) images: &'a [ContainerImage],
    /// The overridden commands, by container name.
    pub(super) commands: &'a BTreeMap<String, Vec<String>>,
}

impl TaskCandidate<'_> {
    fn command(&self, container: &str) -> Vec<String> {
        self.commands.get(container).cloned().unwrap_or_else(|| {
            let mut definitions = self.definition.containers().iter();
            let definition = definitions.find(|other| json::string(other, "name") == Some(container));
            definition.map(|definition| json::strings(definition, "command")).unwrap_or_default()
        })
    }
}

impl Region {
    /// The behaviour by the first rule that matches a task and has not reached its limit.
    pub(super) fn select_behaviour(&mut self, candidate: &TaskCandidate<'_>) -> TaskBehaviour {
        let scenario = Arc::clone(&self.scenario);
        for (index, rule) in scenario.task_rules.iter().enumerate() {
            if !self.matches_filter(&rule.filter, candidate) {
                continue;
            }
            let Some(matches) = self.rule_matches.get_mut(index) else { continue };
            let earlier_matches = *matches;
            *matches += 1;
            let end = rule.limit.map(|limit| rule.skip.saturating_add(limit));
            if earlier_matches >= rule.skip && end.is_none_or(|end| earlier_matches < end) {
                return rule.behaviour.clone();
            }
        }
        TaskBehaviour::Run
    }

    fn matches_filter(&self, filter: &TaskFilter, candidate: &TaskCandidate<'_>) -> bool {
        let definition = candidate.definition;
        let service = candidate.service.map(|key| key.service.as_str());
        filter.service.as_deref().is_none_or(|name| service == Some(name))
            && filter.family.as_deref().is_none_or(|family| family == definition.family)
            && filter.revision.is_none_or(|revision| revision == definition.revision)
            && filter.is_one_off.is_none_or(|is_one_off| is_one_off == candidate.service.is_none())
            && filter.has_new_definition.is_none_or(|is_new| is_new == self.has_new_definition(candidate))
            && filter.deployment_number.is_none_or(|number| candidate.deployment_number == Some(number))
            && candidate.images.iter().any(|image| matches_container(filter, candidate, image))
    }

    fn has_new_definition(&self, candidate: &TaskCandidate<'_>) -> bool {
        let service = candidate.service.and_then(|key| self.services.get(key));
        service.is_some_and(|service| {
            service.initial_task_definition.as_deref() != Some(candidate.definition.arn.as_str())
        })
    }
}

fn matches_container(filter: &TaskFilter, candidate: &TaskCandidate<'_>, image: &ContainerImage) -> bool {
    let requested_digest = short_name(&image.image).split_once('@').map(|(_, digest)| digest);
    let has_digest =
        |digest: &str| image.digest.as_deref() == Some(digest) || requested_digest == Some(digest);
    filter.container.as_ref().is_none_or(|name| *name == image.container)
        && filter.image_digest.as_deref().is_none_or(has_digest)
        && filter.image_contains.as_ref().is_none_or(|text| image.image.contains(text))
        && filter
            .command_prefix
            .as_ref()
            .is_none_or(|words| candidate.command(&image.container).starts_with(words))
}
