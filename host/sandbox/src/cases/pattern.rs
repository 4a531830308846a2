//! Patterns: `{ matches = "REGEX" }` in place of a string.

use regex_lite::Regex;
use serde_json::Value;

/// The key of a pattern.
pub(super) const KEY: &str = "matches";

/// The regular expression of a value that is a pattern.
pub(super) fn pattern(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(KEY)?.as_str()
}

/// Whether a string matches a regular expression, anywhere in it.
pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
}

/// The problem of the first pattern in a value that is not a regular expression.
pub(super) fn problem(value: &Value) -> Option<String> {
    match (pattern(value), value) {
        (Some(pattern), _) => {
            Regex::new(pattern).err().map(|error| format!("invalid regular expression `{pattern}`: {error}"))
        }
        (None, Value::Array(values)) => values.iter().find_map(problem),
        (None, Value::Object(fields)) => fields.values().find_map(problem),
        _ => None,
    }
}
