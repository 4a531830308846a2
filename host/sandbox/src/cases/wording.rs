//! What is wrong in a file of cases, in the words of those who write one.

use serde_json::Value;

use super::expect::pattern;
use model::names::nearest_name;

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

/// The name that was meant by one that there isn't, or all that there are.
pub(super) fn instead(name: &str, known: &[&str]) -> String {
    match nearest_name(name, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!(", but {}", known.join(", ")),
    }
}

/// What the reader of a value says of it, which speaks of Rust's types. The value is told where it
/// is known; else it is as the reader tells it.
pub(super) fn worded(key: &str, message: &str, value: Option<&Value>) -> String {
    let subject = if key.is_empty() { "what stands here" } else { key };
    let is = |expected: &str, found: &str| {
        let found = value.map_or_else(|| found.to_owned(), told);
        format!("{subject} is {expected}, not {found}")
    };
    let of_kind = ["invalid type: ", "invalid value: "].iter().find_map(|kind| message.strip_prefix(kind));
    if let Some((found, expected)) = of_kind.and_then(|rest| rest.rsplit_once(", expected ")) {
        return is(kind(expected), &found_as(found));
    }
    let of_name = |what: &str| message.strip_prefix(what)?.rsplit_once("`, expected ");
    if let Some((name, known)) = of_name("unknown variant `") {
        return is(&format!("one of {}", quoted(known).join(", ")), &format!("\"{name}\""));
    }
    let of_it = if key.is_empty() { String::new() } else { format!("{key}: ") };
    if let Some((name, known)) = of_name("unknown field `") {
        return format!("{of_it}there is no `{name}` here{}", instead(name, &quoted(known)));
    }
    match message {
        "wanted string or table" => format!("{subject} is a text"),
        message => format!("{of_it}{message}"),
    }
}

/// The names between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn kind(expected: &str) -> &str {
    match expected {
        "a string" | "string or map" => "a text",
        "a sequence" => "a list",
        "a map" => "a table",
        "u32" => WHOLE,
        "u64" => "a whole number from 0 on",
        expected if expected.starts_with("struct ") => "a table",
        expected => expected,
    }
}

fn found_as(found: &str) -> String {
    let plain = ["string ", "integer ", "floating point ", "boolean "];
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "a table".to_owned(),
        found => match plain.iter().find_map(|kind| found.strip_prefix(kind)) {
            Some(value) => value.trim_matches('`').to_owned(),
            None => found.to_owned(),
        },
    }
}
