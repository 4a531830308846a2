//! Whether two task definitions are the same.

use serde_json::Value;

use super::edit::remove_stamp;
use super::{TaskDefinition, text_field};
use crate::plan::diff::Change;

impl TaskDefinition {
    /// Whether a definition that ECS returns is this one. The order of variables and secrets does not count: ECS does
    /// not promise to keep it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.with_sorted_variables() == other.with_sorted_variables()
    }

    fn with_sorted_variables(&self) -> Self {
        let mut sorted = self.clone();
        let containers = sorted.0.get_mut("containerDefinitions").and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            for list in ["environment", "secrets"] {
                if let Some(variables) = container.get_mut(list).and_then(Value::as_array_mut) {
                    variables.sort_by(|one, other| text_field(one, "name").cmp(text_field(other, "name")));
                }
            }
        }
        sorted
    }

    /// Whether two definitions are equal apart from their stamps, and so run the same.
    #[must_use]
    pub fn equals_ignoring_stamp(&self, other: &Self) -> bool {
        self.without_stamp() == other.without_stamp()
    }

    /// The differences of a revision to this definition apart from their stamps, without secrets.
    #[must_use]
    pub fn changes_ignoring_stamp(&self, revision: &Self) -> Vec<Change> {
        self.without_stamp().changes(&revision.without_stamp())
    }

    fn without_stamp(&self) -> Self {
        let mut plain = self.clone();
        let containers = plain.0.get_mut("containerDefinitions").and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            remove_stamp(container);
        }
        plain
    }
}
