//! Values and names of a file of cases, as messages print them.

use serde_json::Value;

use super::matcher::Matcher;

/// A value, or the kind of a value that may be long.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) if Matcher::of(value).is_some() => "a matcher".to_owned(),
        Value::Object(_) => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// A text without quotes, or any other value as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
