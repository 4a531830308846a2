//! What identifies an element of a list, so that two lists are compared element by element and not by position.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::path::Step;

/// What can identify the elements of a list, as the ECS API reference documents them.
#[derive(Debug, Clone, Copy)]
enum Key {
    /// The port and the protocol of a port mapping. Its `name` is optional.
    Port,
    /// A field by which an element is addressed. A list can have a name twice: ECS accepts two variables of one name.
    Name(&'static str),
    /// A field that identifies an element if no two of the list have the same.
    Unique(&'static str),
}

/// The keys, in the order in which they are tried: `name` of a container, a variable, a secret, a volume and a ulimit,
/// `key` of a tag, those of dependencies, system controls, hosts, volumes of another container and mounts, `type` of a
/// resource, and `value` of a file of variables.
const KEYS: [Key; 11] = [
    Key::Port,
    Key::Name("name"),
    Key::Name("key"),
    Key::Name("containerName"),
    Key::Name("namespace"),
    Key::Name("hostname"),
    Key::Unique("sourceContainer"),
    Key::Unique("containerPath"),
    Key::Unique("hostPath"),
    Key::Unique("type"),
    Key::Unique("value"),
];

/// The name of an element, and how many elements before it in the list have the same one.
pub(super) type Name = (String, usize);

impl Key {
    fn text(self, element: &Value) -> Option<String> {
        match self {
            Self::Port => {
                let port = match element.get("containerPort") {
                    Some(port) => port.as_u64()?.to_string(),
                    None => element.get("containerPortRange")?.as_str()?.to_owned(),
                };
                // The default of ECS.
                let protocol = element.get("protocol").and_then(Value::as_str).unwrap_or("tcp");
                Some(format!("{port}/{protocol}"))
            }
            Self::Name(field) | Self::Unique(field) => element.get(field)?.as_str().map(str::to_owned),
        }
    }

    /// Whether a field is part of the element's name.
    fn contains(self, field: &str) -> bool {
        match self {
            Self::Port => ["containerPort", "containerPortRange", "protocol"].contains(&field),
            Self::Name(name) | Self::Unique(name) => name == field,
        }
    }

    fn remove_from(self, element: &Value) -> Value {
        let mut element = element.clone();
        if let Some(fields) = element.as_object_mut() {
            fields.retain(|name, _| !self.contains(name));
        }
        element
    }

    /// The names of the elements of a list; `None` if this key does not identify each of them.
    fn names(self, elements: &[Value]) -> Option<Vec<Name>> {
        let texts: Vec<String> = elements.iter().map(|element| self.text(element)).collect::<Option<_>>()?;
        let is_unique = || texts.iter().collect::<BTreeSet<_>>().len() == texts.len();
        if !matches!(self, Self::Name(_)) && !is_unique() {
            return None;
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let names = texts.into_iter().map(|text| {
            let count = counts.entry(text.clone()).or_default();
            *count += 1;
            (text, *count - 1)
        });
        Some(names.collect())
    }
}

/// The names of the elements of two lists, by the same key; `None` if no key identifies all of them.
pub(super) fn names(before: &[Value], after: &[Value]) -> Option<(Vec<Name>, Vec<Name>)> {
    KEYS.into_iter().find_map(|key| key.names(before).zip(key.names(after)))
}

/// The elements of a list with the step that leads to each. The fields of a name are left out of its element.
pub(super) fn named_elements(elements: &[Value]) -> Vec<(Step, Value)> {
    let found = KEYS.into_iter().find_map(|key| Some((key, key.names(elements)?)));
    let Some((key, names)) = found else {
        let element = |(position, element): (usize, &Value)| (Step::Position(position), element.clone());
        return elements.iter().enumerate().map(element).collect();
    };
    names.iter().zip(elements).map(|(name, element)| (to_step(name), key.remove_from(element))).collect()
}

/// An element without the fields of its name, which the last step of its path contains.
pub(super) fn without_name(step: Option<&Step>, element: &Value) -> Value {
    let Some(Step::Element(name)) = step else { return element.clone() };
    let is_named = |key: &Key| {
        let text = key.text(element);
        text.is_some_and(|text| {
            name.strip_prefix(&text).is_some_and(|rest| rest.is_empty() || rest.starts_with(" #"))
        })
    };
    KEYS.into_iter().find(is_named).map_or_else(|| element.clone(), |key| key.remove_from(element))
}

pub(super) fn to_step(name: &Name) -> Step {
    Step::Element(to_text(name))
}

pub(super) fn to_text((text, earlier): &Name) -> String {
    if *earlier == 0 { text.clone() } else { format!("{text} #{}", earlier + 1) }
}
