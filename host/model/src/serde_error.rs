//! The messages of serde about a file, in the words of the file's author.

use crate::names::suggestion;

/// A message of serde without the names of Rust's types: what a file contains and what is expected, and for an unknown
/// name the most similar known one.
#[must_use]
pub fn translate_serde_error(message: &str) -> String {
    translate(message).unwrap_or_else(|| message.to_owned())
}

/// `None` for a message of another form.
fn translate(message: &str) -> Option<String> {
    for (start, kind) in [("unknown field ", "field"), ("unknown variant ", "value")] {
        let Some(rest) = message.strip_prefix(start) else { continue };
        // The name may contain anything, and the known ones do not.
        let (name, known) = rest.rsplit_once(", expected ")?;
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        return Some(format!("unknown {kind} `{name}`{}", suggestion(name, &known)));
    }
    let rest = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "))?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    Some(format!("expected {}, found {}", expected_text(expected), found_text(found)))
}

fn expected_text(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a non-negative integer",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

fn found_text(found: &str) -> &str {
    match found {
        "sequence" => "a list",
        "map" => "a table",
        other => {
            let kinds = ["integer ", "floating point ", "boolean ", "string "];
            let value = kinds.into_iter().find_map(|kind| other.strip_prefix(kind));
            value.map_or(other, |value| value.trim_matches('`'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_words_of_the_file() {
        for (message, expected) in [
            (
                "unknown field `brunch`, expected one of `branch`, `commit`, `event`",
                "unknown field `brunch`; did you mean `branch`?",
            ),
            ("unknown field `zzz`, expected `a` or `b`", "unknown field `zzz`; expected one of a, b"),
            ("unknown field `zzz`, expected `a`", "unknown field `zzz`; expected one of a"),
            (
                "unknown field `x`, expected `y`, expected one of `branch`, `commit`, `event`",
                "unknown field `x`, expected `y`; expected one of branch, commit, event",
            ),
            (
                "unknown variant `pull`, expected one of `push`, `pull-request`, `tag`",
                "unknown value `pull`; did you mean `pull-request`?",
            ),
            ("invalid type: integer `5`, expected a string", "expected a string, found 5"),
            ("invalid type: string \"x\", expected u32", "expected a non-negative integer, found \"x\""),
            ("invalid value: integer `-1`, expected u64", "expected a non-negative integer, found -1"),
            (
                "invalid type: floating point `1.5`, expected u64",
                "expected a non-negative integer, found 1.5",
            ),
            ("invalid type: sequence, expected a string", "expected a string, found a list"),
            ("invalid type: boolean `true`, expected a map", "expected a table, found true"),
            ("invalid type: string \"web\", expected struct ImageFact", "expected a table, found \"web\""),
            ("missing field `name`", "missing field `name`"),
            ("unclosed array", "unclosed array"),
        ] {
            assert_eq!(translate_serde_error(message), expected);
        }
    }
}
