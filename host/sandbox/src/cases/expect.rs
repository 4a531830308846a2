//! What a case expects, and how an answer differs from it.

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::matrix::Combination;
use super::run::Seen;
use super::shape;

/// What a case names of the answer; only that is compared. A text is the very
/// one, or `{ matches = "REGEX" }`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a table, such as `expect.skip = \"REASON\"`")]
pub struct Expectation {
    /// The build is skipped, for this reason.
    pub skip: Option<Value>,
    /// The policy says no, with this sentence.
    pub error: Option<Value>,
    /// The images of a deployment, all of them, in their order.
    pub images: Option<Value>,
    /// Its targets, all of them, in their order.
    pub targets: Option<Value>,
    /// The lines that the policy prints, all of them.
    pub log: Option<Value>,
}

/// Something in an answer that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where in the answer, as in `images[0].tags[1]`.
    pub at: String,
    /// What the case expects there.
    pub expected: String,
    /// What the policy answered.
    pub answered: String,
}

/// The key of a text that is told by a pattern.
pub(super) const MATCHES: &str = "matches";

impl Expectation {
    fn parts(&self) -> [(&'static str, Option<&Value>); 5] {
        [
            ("skip", self.skip.as_ref()),
            ("error", self.error.as_ref()),
            ("images", self.images.as_ref()),
            ("targets", self.targets.as_ref()),
            ("log", self.log.as_ref()),
        ]
    }

    /// Whether nothing is expected: such a case could never fail.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts().iter().all(|(_, part)| part.is_none())
    }

    /// What is wrong with it, if anything is.
    pub(super) fn problem(&self) -> Option<String> {
        let deploys = self.images.is_some() || self.targets.is_some();
        if [self.skip.is_some(), self.error.is_some(), deploys].iter().filter(|is| **is).count() > 1 {
            return Some(
                "expect: an answer is only one of `skip`, `error`, and `images` with `targets`".to_owned(),
            );
        }
        for (name, part) in self.parts() {
            let Some(part) = part else { continue };
            if let Some(problem) = shape::problem(name, part) {
                return Some(format!("expect.{problem}"));
            }
            if let Some(wrong) = bad_pattern(part) {
                return Some(format!("expect.{name}: {wrong}"));
            }
        }
        None
    }

    /// With a combination's values in its texts.
    ///
    /// # Errors
    /// A sentence where a text asks for a value that the combination does not have.
    pub(super) fn filled(&self, combination: &Combination) -> Result<Self, String> {
        let mut filled = self.clone();
        let parts =
            [&mut filled.skip, &mut filled.error, &mut filled.images, &mut filled.targets, &mut filled.log];
        for part in parts.into_iter().flatten() {
            combination.fill(part)?;
        }
        Ok(filled)
    }

    /// How an answer differs, part by part; not at all where it is as expected.
    #[must_use]
    pub fn differences(&self, seen: &Seen) -> Vec<Difference> {
        let answer = seen.to_value();
        let mut differences = Vec::new();
        for (name, part) in self.parts() {
            let Some(expected) = part else { continue };
            match answer.get(name) {
                Some(answered) => compare(name.to_owned(), expected, answered, &mut differences),
                // Another kind of answer altogether: one line says it all.
                None => {
                    let expected = if expected.is_array() {
                        "a deployment".to_owned()
                    } else {
                        format!("{name}: {}", text(expected))
                    };
                    differences.push(Difference {
                        at: "answer".to_owned(),
                        expected,
                        answered: seen.to_string(),
                    });
                    return differences;
                }
            }
        }
        differences
    }
}

/// Whether an answer, or a part of one, is as expected.
pub(super) fn is_met(expected: &Value, answered: &Value) -> bool {
    let mut differences = Vec::new();
    compare(String::new(), expected, answered, &mut differences);
    differences.is_empty()
}

/// The regular expression of a text that is told by one.
pub(super) fn pattern(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(MATCHES)?.as_str()
}

fn bad_pattern(value: &Value) -> Option<String> {
    match (pattern(value), value) {
        (Some(pattern), _) => {
            Regex::new(pattern).err().map(|error| format!("`{pattern}` is no regular expression: {error}"))
        }
        (None, Value::Array(values)) => values.iter().find_map(bad_pattern),
        (None, Value::Object(fields)) => fields.values().find_map(bad_pattern),
        _ => None,
    }
}

/// Everything that is expected has to be in the answer; what the answer has
/// beyond that is not looked at.
fn compare(at: String, expected: &Value, answered: &Value, differences: &mut Vec<Difference>) {
    if let (Some(pattern), Value::String(line)) = (pattern(expected), answered) {
        if !Regex::new(pattern).is_ok_and(|regex| regex.is_match(line)) {
            differences.push(Difference { at, expected: text(expected), answered: text(answered) });
        }
        return;
    }
    match (expected, answered) {
        (Value::Object(fields), Value::Object(own)) => {
            for (name, expected) in fields {
                let at = format!("{at}.{name}");
                match own.get(name) {
                    Some(answered) => compare(at, expected, answered, differences),
                    None => {
                        let known: Vec<&str> = own.keys().map(String::as_str).collect();
                        let answered = format!("there is no such field, but {}", known.join(", "));
                        differences.push(Difference { at, expected: text(expected), answered });
                    }
                }
            }
        }
        (Value::Array(values), Value::Array(own)) => {
            for (index, (expected, answered)) in values.iter().zip(own).enumerate() {
                compare(format!("{at}[{index}]"), expected, answered, differences);
            }
            for (index, missing) in values.iter().enumerate().skip(own.len()) {
                let at = format!("{at}[{index}]");
                differences.push(Difference { at, expected: text(missing), answered: "nothing".to_owned() });
            }
            for (index, surplus) in own.iter().enumerate().skip(values.len()) {
                let at = format!("{at}[{index}]");
                differences.push(Difference { at, expected: "nothing".to_owned(), answered: text(surplus) });
            }
        }
        (expected, answered) if expected == answered => {}
        // Of two kinds they may read the same: `"null"`, and what an answer doesn't have.
        (expected, answered) if expected.is_string() != answered.is_string() => {
            let (expected, answered) = (expected.to_string(), answered.to_string());
            differences.push(Difference { at, expected, answered });
        }
        (expected, answered) => {
            differences.push(Difference { at, expected: text(expected), answered: text(answered) });
        }
    }
}

/// A value as a line: a text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    if let Some(pattern) = pattern(value) {
        return format!("matches {pattern}");
    }
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
