//! Short ways to read a request, which is JSON that anything may have sent.

use serde_json::{Map, Value};

/// A member that is text.
pub(crate) fn string<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A member that is a whole number.
pub(crate) fn integer(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(to_number).map(|number| {
        #[allow(clippy::cast_possible_truncation, reason = "counts, which are small")]
        let whole = number as i64;
        whole
    })
}

/// A number, which clients may have written with a fraction.
pub(crate) fn to_number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// A member that counts something.
pub(crate) fn count(value: &Value, name: &str) -> Option<u32> {
    integer(value, name).map(|number| u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

pub(crate) fn boolean(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The members of an array.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The texts of an array.
pub(crate) fn strings(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a member is there, and says something.
pub(crate) fn is_set(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(|member| !member.is_null())
}

/// An object's members.
pub(crate) fn into_members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Sets a member of an object.
pub(crate) fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Whether `name` fits `pattern`, in which `*` stands for anything.
pub(crate) fn matches_pattern(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern.eq_ignore_ascii_case(name) };
    let Some(start) = name.get(..head.len()).filter(|start| start.eq_ignore_ascii_case(head)) else {
        return false;
    };
    let rest = name.get(start.len()..).unwrap_or_default();
    (0..=rest.len())
        .filter(|at| rest.is_char_boundary(*at))
        .any(|at| matches_pattern(tail, rest.get(at..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::matches_pattern;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches_pattern("ecs:*Tasks", "ecs:DescribeTasks"));
        assert!(matches_pattern("*", "ecs:RunTask"));
        assert!(!matches_pattern("ecs:*Tasks", "ecs:RunTask"));
        assert!(!matches_pattern("ecs:List", "ecs:ListTasks"));
    }
}
