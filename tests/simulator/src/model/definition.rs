//! Task definitions: raw JSON, so that nothing of them is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::names::{RegionId, short_name};
use crate::clock::Moment;
use crate::json;

/// A revision of a family.
#[derive(Debug, Clone)]
pub(crate) struct TaskDefinition {
    pub(crate) arn: String,
    pub(crate) family: String,
    pub(crate) revision: u32,
    /// What was registered, without its tags.
    pub(crate) body: Value,
    pub(crate) tags: Vec<Value>,
    pub(crate) registered_at: Moment,
    pub(crate) deregistered_at: Option<Moment>,
}

impl TaskDefinition {
    pub(crate) fn is_active(&self) -> bool {
        self.deregistered_at.is_none()
    }

    pub(crate) fn containers(&self) -> &[Value] {
        json::list(&self.body, "containerDefinitions")
    }

    /// Containers are essential where they don't say otherwise.
    pub(crate) fn is_essential(container: &Value) -> bool {
        container.get("essential").and_then(Value::as_bool).unwrap_or(true)
    }

    pub(crate) fn has_health_check(&self) -> bool {
        self.containers()
            .iter()
            .any(|container| Self::is_essential(container) && json::is_set(container, "healthCheck"))
    }

    pub(crate) fn is_awsvpc(&self) -> bool {
        json::string(&self.body, "networkMode") == Some("awsvpc")
    }
}

/// The families of an account and region.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskDefinitions(BTreeMap<String, Vec<Arc<TaskDefinition>>>);

impl TaskDefinitions {
    pub(crate) fn register(
        &mut self,
        site: &RegionId,
        family: &str,
        body: Value,
        tags: Vec<Value>,
        at: Moment,
    ) -> Arc<TaskDefinition> {
        let revisions = self.0.entry(family.to_owned()).or_default();
        let revision = revisions.last().map_or(1, |newest| newest.revision + 1);
        let definition = Arc::new(TaskDefinition {
            arn: site.ecs_arn("task-definition", &format!("{family}:{revision}")),
            family: family.to_owned(),
            revision,
            body,
            tags,
            registered_at: at,
            deregistered_at: None,
        });
        revisions.push(Arc::clone(&definition));
        definition
    }

    /// By ARN, by `family:revision`, or by family alone, which means its newest active revision.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<TaskDefinition>> {
        let name = short_name(name);
        match name.split_once(':') {
            Some((family, revision)) => {
                let revision: u32 = revision.parse().ok()?;
                self.0.get(family)?.iter().find(|definition| definition.revision == revision)
            }
            None => self.0.get(name)?.iter().rev().find(|definition| definition.is_active()),
        }
    }

    pub(crate) fn replace(&mut self, definition: TaskDefinition) -> Arc<TaskDefinition> {
        let shared = Arc::new(definition);
        if let Some(place) = self
            .0
            .get_mut(&shared.family)
            .and_then(|revisions| revisions.iter_mut().find(|other| other.revision == shared.revision))
        {
            *place = Arc::clone(&shared);
        }
        shared
    }

    /// All, by family and then by revision.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<TaskDefinition>> {
        self.0.values().flatten()
    }

    pub(crate) fn families(&self) -> impl Iterator<Item = (&String, &Vec<Arc<TaskDefinition>>)> {
        self.0.iter()
    }
}
