//! What is wrong in a file of cases, in the words of those who write one.

use serde_json::Value;

use super::expect::pattern;

/// A whole number of 32 bits, as the contract's are.
pub(super) const WHOLE: &str = "a whole number from 0 to 4294967295";

/// What somebody wrote instead: as it is, or what kind of thing it is where it is long.
pub(super) fn told(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) if pattern(value).is_some() => "a pattern".to_owned(),
        Value::Object(_) => "a table".to_owned(),
        one => one.to_string(),
    }
}
