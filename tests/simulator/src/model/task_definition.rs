//! Task definitions, as the JSON that was registered, so that no member is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{RegionId, short_name};
use crate::clock::Moment;
use crate::json;

#[derive(Debug, Clone)]
pub(crate) struct TaskDefinition {
    pub(crate) arn: String,
    pub(crate) family: String,
    pub(crate) revision: u32,
    /// The parameters of RegisterTaskDefinition without `tags`.
    pub(crate) body: Value,
    pub(crate) tags: Vec<Value>,
    pub(crate) registered_at: Moment,
    /// The name of the IAM user that registered it.
    pub(crate) registered_by: String,
    pub(crate) deregistered_at: Option<Moment>,
}

impl TaskDefinition {
    pub(crate) fn is_active(&self) -> bool {
        self.deregistered_at.is_none()
    }

    pub(crate) fn containers(&self) -> &[Value] {
        json::list(&self.body, "containerDefinitions")
    }

    /// Whether a container is essential, which is the default.
    pub(crate) fn is_essential(container: &Value) -> bool {
        container.get("essential").and_then(Value::as_bool).unwrap_or(true)
    }

    /// Whether an essential container has a health check.
    pub(crate) fn has_health_check(&self) -> bool {
        self.containers()
            .iter()
            .any(|container| Self::is_essential(container) && json::is_set(container, "healthCheck"))
    }

    pub(crate) fn requires_fargate(&self) -> bool {
        requires_fargate(&self.body)
    }

    pub(crate) fn is_awsvpc(&self) -> bool {
        json::string(&self.body, "networkMode") == Some("awsvpc")
    }
}

/// Whether the parameters of RegisterTaskDefinition require compatibility with Fargate.
pub(crate) fn requires_fargate(parameters: &Value) -> bool {
    json::strings(parameters, "requiresCompatibilities").iter().any(|name| name == "FARGATE")
}

/// The task definitions of a region, by family and in the order of their revisions.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskDefinitions(BTreeMap<String, Vec<Arc<TaskDefinition>>>);

impl TaskDefinitions {
    /// Adds a revision.
    pub(crate) fn register(
        &mut self,
        region: &RegionId,
        family: &str,
        body: Value,
        tags: Vec<Value>,
        (now, user): (Moment, &str),
    ) -> Arc<TaskDefinition> {
        let revisions = self.0.entry(family.to_owned()).or_default();
        let revision = revisions.last().map_or(1, |newest| newest.revision + 1);
        let definition = Arc::new(TaskDefinition {
            arn: region.ecs_arn("task-definition", &format!("{family}:{revision}")),
            family: family.to_owned(),
            revision,
            body,
            tags,
            registered_at: now,
            registered_by: user.to_owned(),
            deregistered_at: None,
        });
        revisions.push(Arc::clone(&definition));
        definition
    }

    /// Finds a revision by its ARN or `FAMILY:REVISION`, or the newest active revision by its family.
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

    /// Replaces the revision of the same family and number.
    pub(crate) fn replace(&mut self, definition: TaskDefinition) -> Arc<TaskDefinition> {
        let definition = Arc::new(definition);
        let revisions = self.0.get_mut(&definition.family).into_iter().flatten();
        for revision in revisions.filter(|other| other.revision == definition.revision) {
            *revision = Arc::clone(&definition);
        }
        definition
    }

    /// All revisions, by family and number.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<TaskDefinition>> {
        self.0.values().flatten()
    }

    pub(crate) fn families(&self) -> impl Iterator<Item = (&String, &Vec<Arc<TaskDefinition>>)> {
        self.0.iter()
    }
}
