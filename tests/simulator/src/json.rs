//! Access to the members of JSON objects, whatever a client has sent.

use serde_json::{Map, Value};

/// A member that is a string.
pub(crate) fn string<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// A member that is a number, without its fraction.
pub(crate) fn integer(object: &Value, name: &str) -> Option<i64> {
    object.get(name).and_then(to_number).map(|number| {
        #[allow(clippy::cast_possible_truncation, reason = "the numbers of requests are small")]
        let integer = number as i64;
        integer
    })
}

/// A member that is a number, without its fraction; 0 if negative.
pub(crate) fn count(object: &Value, name: &str) -> Option<u32> {
    integer(object, name).map(|number| u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

/// A number, or a string that contains one.
pub(crate) fn to_number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// Whether a member is `true`.
pub(crate) fn boolean(object: &Value, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The elements of a member that is an array; empty otherwise.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The strings in a member that is an array.
pub(crate) fn strings(object: &Value, name: &str) -> Vec<String> {
    list(object, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a member exists and is not null.
pub(crate) fn is_set(object: &Value, name: &str) -> bool {
    object.get(name).is_some_and(|member| !member.is_null())
}

/// The members of an object; empty for other values.
pub(crate) fn into_members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

pub(crate) fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Inserts a member if there is a value.
pub(crate) fn insert_some(members: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value.into());
    }
}

/// Inserts members in this order.
pub(crate) fn extend<const N: usize>(members: &mut Map<String, Value>, new: [(&str, Value); N]) {
    members.extend(new.map(|(name, value)| (name.to_owned(), value)));
}
