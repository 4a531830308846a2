//! The differences between two JSON documents, path by path.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::secret::json::redact_document;

/// One difference. The values are shown without secrets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The path, such as `containerDefinitions[web].image`: a list's element by its `name`, or by its
    /// position from 0 if it has none.
    pub path: String,
    /// The old value; `None` for an addition.
    pub before: Option<Value>,
    /// The new value; `None` for a removal.
    pub after: Option<Value>,
}

/// Every difference, in the order of the old document. Two secrets that differ are a difference, and both are masked.
#[must_use]
pub fn diff(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let [before, after] = [before, after].map(|fields| Value::Object(fields.clone()));
    let [shown_before, shown_after] = [&before, &after].map(|document| {
        let mut shown = document.clone();
        redact_document(&mut shown);
        shown
    });
    let mut changes = Vec::new();
    let before = Node { exact: &before, shown: &shown_before };
    let after = Node { exact: &after, shown: &shown_after };
    diff_nodes(String::new(), Some(before), Some(after), &mut changes);
    changes
}

/// A value of a document, and the same value without secrets. Both have the same shape.
#[derive(Clone, Copy)]
struct Node<'v> {
    exact: &'v Value,
    shown: &'v Value,
}

impl<'v> Node<'v> {
    fn field(self, name: &str) -> Option<Self> {
        Some(Self { exact: self.exact.get(name)?, shown: self.shown.get(name)? })
    }

    fn element(self, position: usize) -> Option<Self> {
        Some(Self { exact: self.exact.get(position)?, shown: self.shown.get(position)? })
    }
}

fn diff_nodes(path: String, before: Option<Node<'_>>, after: Option<Node<'_>>, changes: &mut Vec<Change>) {
    match (before, after) {
        (None, None) => {}
        (Some(before), Some(after)) if before.exact == after.exact => {}
        (
            Some(before @ Node { exact: Value::Object(old), .. }),
            Some(after @ Node { exact: Value::Object(new), .. }),
        ) => {
            let added = new.keys().filter(|name| !old.contains_key(*name));
            for name in old.keys().chain(added) {
                diff_nodes(field_path(&path, name), before.field(name), after.field(name), changes);
            }
        }
        (
            Some(before @ Node { exact: Value::Array(old), .. }),
            Some(after @ Node { exact: Value::Array(new), .. }),
        ) => {
            for position in 0..old.len().max(new.len()) {
                let (old, new) = (before.element(position), after.element(position));
                let name = old.or(new).and_then(|node| node.exact.get("name")).and_then(Value::as_str);
                let step = name.map_or_else(|| position.to_string(), str::to_owned);
                diff_nodes(format!("{path}[{step}]"), old, new, changes);
            }
        }
        (before, after) => {
            let [before, after] = [before, after].map(|node| node.map(|node| node.shown.clone()));
            changes.push(Change { path, before, after });
        }
    }
}

fn field_path(path: &str, name: &str) -> String {
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match (path, is_word) {
        ("", _) => name.to_owned(),
        (_, true) => format!("{path}.{name}"),
        (_, false) => format!("{path}[{name:?}]"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(before: &Value, after: &Value) -> Vec<String> {
        diff(before.as_object().unwrap(), after.as_object().unwrap()).into_iter().map(|c| c.path).collect()
    }

    #[test]
    fn equal_documents_have_no_changes() {
        let document = json!({"a": [1, {"name": "x"}], "b": {}});
        assert_eq!(paths(&document, &document), Vec::<String>::new());
    }

    #[test]
    fn an_element_with_a_name_is_addressed_by_it() {
        let before = json!({"c": [{"name": "web", "image": "a"}, {"name": "log", "image": "b"}]});
        let after = json!({"c": [{"name": "web", "image": "z"}, {"name": "log", "image": "b", "cpu": 0}]});
        assert_eq!(paths(&before, &after), ["c[web].image", "c[log].cpu"]);
    }

    #[test]
    fn a_secret_that_changes_is_masked_on_both_sides() {
        let before = json!({"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]});
        let after = json!({"environment": [{"name": "DB_PASSWORD", "value": "hunter3"}]});
        let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
        let masked = Some(json!("***"));
        let path = "environment[DB_PASSWORD].value".to_owned();
        assert_eq!(changes, [Change { path, before: masked.clone(), after: masked }]);
        // A whole list that is added is masked in the same way.
        let added = diff(&Map::new(), after.as_object().unwrap());
        assert_eq!(added[0].after, Some(json!([{"name": "DB_PASSWORD", "value": "***"}])));
    }

    #[test]
    fn additions_removals_and_changes_of_kind_are_differences() {
        let before = json!({"gone": [], "kind": {}, "list": [1, 2], "labels": {"a.b": "1"}});
        let after = json!({"kind": [], "list": [1], "labels": {"a.b": "2"}, "new": null});
        assert_eq!(paths(&before, &after), ["gone", "kind", "list[1]", "labels[\"a.b\"]", "new"]);
    }
}
