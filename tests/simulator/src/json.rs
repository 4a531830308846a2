//! Short ways to read a request, which is JSON that anything may have sent.

use serde_json::{Map, Value};

/// A member that is text.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A member that is a whole number.
pub(crate) fn whole(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(number).map(|number| {
        #[allow(clippy::cast_possible_truncation, reason = "counts, which are small")]
        let whole = number as i64;
        whole
    })
}

/// A number, which clients may have written with a fraction.
pub(crate) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// A member that counts something.
pub(crate) fn count(value: &Value, name: &str) -> Option<u32> {
    whole(value, name).map(|number| u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

pub(crate) fn truth(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The members of an array.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The texts of an array.
pub(crate) fn texts(value: &Value, name: &str) -> Vec<String> {
    list(value, name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a member is there, and says something.
pub(crate) fn given(value: &Value, name: &str) -> bool {
    value.get(name).is_some_and(|member| !member.is_null())
}

/// An object's members.
pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Sets a member of an object.
pub(crate) fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Whether `name` fits `pattern`, in which `*` stands for anything.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern.eq_ignore_ascii_case(name) };
    let Some(start) = name.get(..head.len()).filter(|start| start.eq_ignore_ascii_case(head)) else {
        return false;
    };
    let rest = name.get(start.len()..).unwrap_or_default();
    (0..=rest.len())
        .filter(|at| rest.is_char_boundary(*at))
        .any(|at| fits(tail, rest.get(at..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(fits("ecs:*Tasks", "ecs:DescribeTasks"));
        assert!(fits("*", "ecs:RunTask"));
        assert!(!fits("ecs:*Tasks", "ecs:RunTask"));
        assert!(!fits("ecs:List", "ecs:ListTasks"));
    }
}
