//! How things look in answers.

pub(crate) mod definitions;
pub(crate) mod deployments;
pub(crate) mod services;
pub(crate) mod tasks;

use serde_json::{Map, Value};

/// Puts a member that is there.
pub(crate) fn insert_some(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), value.into());
    }
}
