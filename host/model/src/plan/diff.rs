//! The differences between two JSON documents, path by path.

use serde::Serialize;
use serde_json::{Map, Value};

/// One difference.
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

/// Every difference, in the order of the old document.
#[must_use]
pub fn diff(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let mut changes = Vec::new();
    diff_objects("", before, after, &mut changes);
    changes
}

fn diff_objects(
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    changes: &mut Vec<Change>,
) {
    let added = after.iter().filter(|(name, _)| !before.contains_key(*name));
    let both = before.iter().map(|(name, value)| (name, Some(value), after.get(name)));
    for (name, old, new) in both.chain(added.map(|(name, value)| (name, None, Some(value)))) {
        let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let path = match (path, is_word) {
            ("", _) => name.clone(),
            (_, true) => format!("{path}.{name}"),
            (_, false) => format!("{path}[{name:?}]"),
        };
        diff_values(path, old, new, changes);
    }
}

fn diff_lists(path: &str, before: &[Value], after: &[Value], changes: &mut Vec<Change>) {
    for position in 0..before.len().max(after.len()) {
        let (old, new) = (before.get(position), after.get(position));
        let name = old.or(new).and_then(|value| value.get("name")).and_then(Value::as_str);
        let step = name.map_or_else(|| position.to_string(), str::to_owned);
        diff_values(format!("{path}[{step}]"), old, new, changes);
    }
}

fn diff_values(path: String, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            diff_objects(&path, before, after, changes)
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => diff_lists(&path, before, after, changes),
        (before, after) => changes.push(Change { path, before: before.cloned(), after: after.cloned() }),
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
    fn additions_removals_and_changes_of_kind_are_differences() {
        let before = json!({"gone": [], "kind": {}, "list": [1, 2], "labels": {"a.b": "1"}});
        let after = json!({"kind": [], "list": [1], "labels": {"a.b": "2"}, "new": null});
        assert_eq!(paths(&before, &after), ["gone", "kind", "list[1]", "labels[\"a.b\"]", "new"]);
    }
}
