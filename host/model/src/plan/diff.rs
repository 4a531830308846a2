//! The differences between two JSON documents, path by path.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::secret::json::redact_document;

/// One difference. The values are shown without secrets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The path, such as `containerDefinitions[web].image`: an element of a list by its name, or by its position from 0
    /// if the elements have none. The second element of one name is `[web #2]`. A path that ends with ` (order)` is a
    /// list whose elements have another order; its values are their names.
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
        ) => match (names(old), names(new)) {
            (Some(old), Some(new)) => diff_named(&path, (before, &old), (after, &new), changes),
            _ => {
                for position in 0..old.len().max(new.len()) {
                    let (old, new) = (before.element(position), after.element(position));
                    diff_nodes(format!("{path}[{position}]"), old, new, changes);
                }
            }
        },
        (before, after) => {
            let [before, after] = [before, after].map(|node| node.map(|node| node.shown.clone()));
            changes.push(Change { path, before, after });
        }
    }
}

/// The fields that name an element of a list, as the ECS API reference documents them: `name` of a container, a variable,
/// a secret, a volume and a ulimit, `key` of a tag, and those of dependencies, system controls and hosts.
const NAME_FIELDS: [&str; 5] = ["name", "key", "containerName", "namespace", "hostname"];

/// The name of an element, and how many elements before it in the list have the same one.
type Name<'v> = (&'v str, usize);

/// The names of the elements of a list; `None` if an element has none.
fn names(elements: &[Value]) -> Option<Vec<Name<'_>>> {
    let field = NAME_FIELDS.into_iter().find(|field| elements.iter().all(|own| own.get(field).is_some()));
    let texts: Option<Vec<&str>> = elements.iter().map(|own| own.get(field?)?.as_str()).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let names = texts?.into_iter().map(|text| {
        let count = counts.entry(text).or_default();
        *count += 1;
        (text, *count - 1)
    });
    Some(names.collect())
}

fn step((text, earlier): &Name<'_>) -> String {
    if *earlier == 0 { (*text).to_owned() } else { format!("{text} #{}", earlier + 1) }
}

/// Compares two lists by the names of their elements, and the order of those that both have.
fn diff_named(
    path: &str,
    (before, old): (Node<'_>, &[Name<'_>]),
    (after, new): (Node<'_>, &[Name<'_>]),
    changes: &mut Vec<Change>,
) {
    let position = |names: &[Name<'_>], name: &Name<'_>| names.iter().position(|own| own == name);
    let added = new.iter().filter(|name| !old.contains(name));
    for name in old.iter().chain(added) {
        let old = position(old, name).and_then(|position| before.element(position));
        let new = position(new, name).and_then(|position| after.element(position));
        diff_nodes(format!("{path}[{}]", step(name)), old, new, changes);
    }
    let common = |own: &[Name<'_>], other: &[Name<'_>]| -> Vec<String> {
        own.iter().filter(|name| other.contains(name)).map(step).collect()
    };
    let (old, new) = (common(old, new), common(new, old));
    if old != new {
        let path = format!("{path} (order)");
        changes.push(Change { path, before: Some(json!(old)), after: Some(json!(new)) });
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
    fn elements_with_names_are_compared_by_them() {
        let variable = |name: &str, value: &str| json!({"name": name, "value": value});
        let password = json!({"name": "DB_PASSWORD", "value": "hunter2"});
        let before = json!({"environment": [variable("B", "2"), variable("A", "1"), password]});
        let after = json!({"environment": [variable("A", "10"), variable("NEW", "3"), password]});
        let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
        let change = |path: &str, before, after| Change { path: path.to_owned(), before, after };
        assert_eq!(
            changes,
            [
                change("environment[B]", Some(variable("B", "2")), None),
                change("environment[A].value", Some(json!("1")), Some(json!("10"))),
                change("environment[NEW]", None, Some(variable("NEW", "3"))),
            ]
        );
    }

    #[test]
    fn another_order_is_one_change_and_shows_no_value() {
        let variable = |name: &str| json!({"name": name, "value": "hunter2"});
        let before = json!({"environment": [variable("A_TOKEN"), variable("B"), variable("C")]});
        let after = json!({"environment": [variable("C"), variable("A_TOKEN")]});
        let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
        assert_eq!(paths(&before, &after), ["environment[B]", "environment (order)"]);
        assert_eq!(changes[1].before, Some(json!(["A_TOKEN", "C"])));
        assert_eq!(changes[1].after, Some(json!(["C", "A_TOKEN"])));
    }

    #[test]
    fn a_name_that_a_list_has_twice_is_numbered() {
        let variable = |name: &str, value: &str| json!({"name": name, "value": value});
        let before = json!({"environment": [variable("A", "1"), variable("B", "2"), variable("A", "3")]});
        let after = json!({"environment": [variable("A", "9"), variable("B", "2")]});
        assert_eq!(paths(&before, &after), ["environment[A].value", "environment[A #2]"]);
    }

    #[test]
    fn elements_are_compared_by_their_own_field_or_by_position() {
        let before = json!({"tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
            "portMappings": [{"containerPort": 80}, {"containerPort": 81, "name": "x"}]});
        let after = json!({"tags": [{"key": "b", "value": "3"}],
            "portMappings": [{"containerPort": 81, "name": "x"}]});
        let expected = [
            "tags[a]",
            "tags[b].value",
            "portMappings[0].containerPort",
            "portMappings[0].name",
            "portMappings[1]",
        ];
        assert_eq!(paths(&before, &after), expected);
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
