//! The differences between two JSON documents, path by path.

mod pairing;
mod path;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::secret::json::redact_document;
use pairing::{Name, named_elements, names, to_step, to_text, without_name};
pub use path::{ChangePath, Step};

/// One difference. The values are shown without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Change {
    /// The path, such as `containerDefinitions[web].image`: an element of a list by what identifies it, such as its name or
    /// `80/tcp` for a port, or by its position from 0. The second element of one name is `[web #2]`. A path that ends with
    /// ` (order)` is a list whose elements have another order; its values are their names.
    pub path: ChangePath,
    /// The old value; `None` for an addition.
    pub before: Option<Value>,
    /// The new value; `None` for a removal.
    pub after: Option<Value>,
}

impl Change {
    /// The differences of single values: what an object or a list that was added or removed contains, value by value. A
    /// list of texts or numbers is one value.
    #[must_use]
    pub fn leaves(&self) -> Vec<Self> {
        let is_single = |value: &Option<Value>| value.as_ref().is_none_or(is_leaf);
        if is_single(&self.before) && is_single(&self.after) {
            return vec![self.clone()];
        }
        let mut leaves = Vec::new();
        let content = |value: &Value| without_name(self.path.steps().last(), value);
        if let Some(before) = &self.before {
            let removal = |path, value| Self { path, before: Some(value), after: None };
            visit_leaves(&self.path, &content(before), &mut |path, value| leaves.push(removal(path, value)));
        }
        if let Some(after) = &self.after {
            let addition = |path, value| Self { path, before: None, after: Some(value) };
            visit_leaves(&self.path, &content(after), &mut |path, value| leaves.push(addition(path, value)));
        }
        leaves
    }
}

/// Whether a value is shown as a whole: it contains no object.
fn is_leaf(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(elements) => !elements.iter().any(|element| element.is_object() || element.is_array()),
        _ => true,
    }
}

fn visit_leaves(path: &ChangePath, value: &Value, visit: &mut impl FnMut(ChangePath, Value)) {
    match value {
        value if is_leaf(value) => visit(path.clone(), value.clone()),
        Value::Object(fields) => {
            for (name, value) in fields {
                visit_leaves(&path.join(Step::Field(name.clone())), value, visit);
            }
        }
        Value::Array(elements) => {
            for (step, element) in named_elements(elements) {
                visit_leaves(&path.join(step), &element, visit);
            }
        }
        value => visit(path.clone(), value.clone()),
    }
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
    diff_nodes(ChangePath::default(), Some(before), Some(after), &mut changes);
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

fn diff_nodes(
    path: ChangePath,
    before: Option<Node<'_>>,
    after: Option<Node<'_>>,
    changes: &mut Vec<Change>,
) {
    match (before, after) {
        (None, None) => {}
        (Some(before), Some(after)) if before.exact == after.exact => {}
        (
            Some(before @ Node { exact: Value::Object(old), .. }),
            Some(after @ Node { exact: Value::Object(new), .. }),
        ) => {
            let added = new.keys().filter(|name| !old.contains_key(*name));
            for name in old.keys().chain(added) {
                let path = path.join(Step::Field(name.clone()));
                diff_nodes(path, before.field(name), after.field(name), changes);
            }
        }
        (
            Some(before @ Node { exact: Value::Array(old), .. }),
            Some(after @ Node { exact: Value::Array(new), .. }),
            // A list of texts, such as a command, is one value: a word more would be a difference of each word after it.
        ) if !(is_leaf(before.exact) && is_leaf(after.exact)) => match names(old, new) {
            Some((old, new)) => diff_named(&path, (before, &old), (after, &new), changes),
            None => {
                for position in 0..old.len().max(new.len()) {
                    let (old, new) = (before.element(position), after.element(position));
                    diff_nodes(path.join(Step::Position(position)), old, new, changes);
                }
            }
        },
        (before, after) => {
            let [before, after] = [before, after].map(|node| node.map(|node| node.shown.clone()));
            changes.push(Change { path, before, after });
        }
    }
}

/// Compares two lists by the names of their elements, and the order of those that both have.
fn diff_named(
    path: &ChangePath,
    (before, old): (Node<'_>, &[Name]),
    (after, new): (Node<'_>, &[Name]),
    changes: &mut Vec<Change>,
) {
    let position = |names: &[Name], name: &Name| names.iter().position(|own| own == name);
    let added = new.iter().filter(|name| !old.contains(name));
    for name in old.iter().chain(added) {
        let old = position(old, name).and_then(|position| before.element(position));
        let new = position(new, name).and_then(|position| after.element(position));
        diff_nodes(path.join(to_step(name)), old, new, changes);
    }
    let common = |own: &[Name], other: &[Name]| -> Vec<String> {
        own.iter().filter(|name| other.contains(name)).map(to_text).collect()
    };
    let (old, new) = (common(old, new), common(new, old));
    if old != new {
        changes.push(Change {
            path: path.join(Step::Order),
            before: Some(json!(old)),
            after: Some(json!(new)),
        });
    }
}
