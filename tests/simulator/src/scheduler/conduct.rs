//! Which behaviour of the scenario a task has.

use std::collections::BTreeMap;

use crate::json;
use crate::model::names::short_name;
use crate::model::{ServiceKey, TaskDefinition};
use crate::region::Region;
use crate::scenario::{TaskBehaviour, TaskFilter};

/// A task that is about to be launched, as behaviours look at it.
pub(crate) struct TaskCandidate<'a> {
    pub(crate) definition: &'a TaskDefinition,
    pub(crate) service: Option<&'a ServiceKey>,
    /// Which of the service's deployments since time 0 launches it.
    pub(crate) deployment_number: Option<u32>,
    pub(crate) images: &'a [(String, String, String)],
    /// Overridden commands, by container.
    pub(crate) commands: &'a BTreeMap<String, Vec<String>>,
}

impl Region {
    /// The conduct of a task, by the first behaviour that matches and is not used up.
    pub(crate) fn select_behaviour(&mut self, candidate: &TaskCandidate<'_>) -> TaskBehaviour {
        let rules = std::sync::Arc::clone(&self.scenario);
        for (behaviour, place) in rules.task_rules.iter().zip(0..) {
            if !self.matches_filter(&behaviour.filter, candidate) {
                continue;
            }
            let place: usize = place;
            let Some(matched) = self.rule_matches.get_mut(place) else { continue };
            let turn = *matched;
            *matched += 1;
            let end = behaviour.limit.map(|first| behaviour.skip.saturating_add(first));
            if turn >= behaviour.skip && end.is_none_or(|end| turn < end) {
                return behaviour.behaviour.clone();
            }
        }
        TaskBehaviour::Run
    }

    fn matches_filter(&self, on: &TaskFilter, candidate: &TaskCandidate<'_>) -> bool {
        let definition = candidate.definition;
        let is = |wanted: &Option<String>, own: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| own == Some(wanted))
        };
        let deployed = || {
            let service = candidate.service.and_then(|key| self.services.get(key));
            service.is_some_and(|service| {
                service.initial_task_definition.as_deref() != Some(definition.arn.as_str())
            })
        };
        let words = |container: &str| {
            let own = definition.containers().iter().find(|c| json::string(c, "name") == Some(container));
            let own = own.map(|container| json::strings(container, "command")).unwrap_or_default();
            candidate.commands.get(container).cloned().unwrap_or(own)
        };
        let named = |name: &str| on.container.as_deref().is_none_or(|wanted| wanted == name);
        let mut containers = candidate.images.iter().filter(|(name, _, _)| named(name));
        is(&on.service, candidate.service.map(|key| key.service.as_str()))
            && is(&on.family, Some(&definition.family))
            && on.revision.is_none_or(|revision| revision == definition.revision)
            && on.is_one_off.is_none_or(|one_off| one_off == candidate.service.is_none())
            && on.has_new_definition.is_none_or(|wanted| wanted == deployed())
            && on.deployment_number.is_none_or(|wanted| candidate.deployment_number == Some(wanted))
            && containers.any(|(name, image, digest)| {
                let asked = short_name(image).split_once('@').map(|(_, digest)| digest);
                on.image_digest.as_deref().is_none_or(|wanted| wanted == digest || asked == Some(wanted))
                    && on.image_contains.as_deref().is_none_or(|wanted| image.contains(wanted))
                    && on.command_prefix.as_ref().is_none_or(|wanted| words(name).starts_with(wanted))
            })
    }
}
