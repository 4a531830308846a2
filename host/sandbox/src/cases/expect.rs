//! The expected answer of a case, and how an answer differs from it.

use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use super::matcher::{self, Matcher};
use super::matrix::Combination;
use super::{shape, values};

/// The expected parts of an answer. Only the parts that are set are compared. A value is compared literally, or by a
/// matcher such as `{ matches = "REGEX" }`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[serde(expecting = "a table, such as `expect.skip = \"REASON\"`")]
pub struct Expectation {
    /// The reason of a skipped build.
    pub skip: Option<Value>,
    /// The component's own error.
    pub error: Option<Value>,
    /// All images of a deployment, in their order.
    pub images: Option<Value>,
    /// All targets of a deployment, in their order.
    pub targets: Option<Value>,
    /// All findings of a guard, in their order; an empty list if it allows the plan.
    pub findings: Option<Value>,
    /// All lines that the policy prints.
    pub log: Option<Value>,
}

/// A part of an answer that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The path of the part, as in `images[0].tags[1]`.
    pub path: String,
    /// The expected value.
    pub expected: String,
    /// The actual value.
    pub actual: String,
}

impl Difference {
    /// A difference at a path.
    #[must_use]
    pub fn new(path: impl Into<String>, expected: &str, actual: &str) -> Self {
        Self { path: path.into(), expected: expected.to_owned(), actual: actual.to_owned() }
    }
}

impl Expectation {
    fn parts(&self) -> [(&'static str, Option<&Value>); 6] {
        [
            ("skip", self.skip.as_ref()),
            ("error", self.error.as_ref()),
            ("images", self.images.as_ref()),
            ("targets", self.targets.as_ref()),
            ("findings", self.findings.as_ref()),
            ("log", self.log.as_ref()),
        ]
    }

    /// Whether no part is set, so that every answer would pass.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts().iter().all(|(_, part)| part.is_none())
    }

    /// The parts that are set, as one table.
    pub(super) fn to_value(&self) -> Value {
        let parts =
            self.parts().into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?.clone())));
        Value::Object(parts.collect())
    }

    /// Every problem of the expectation.
    pub(super) fn problems(&self) -> Vec<String> {
        let deploys = self.images.is_some() || self.targets.is_some();
        let kinds = [self.skip.is_some(), self.error.is_some(), self.findings.is_some(), deploys];
        if kinds.iter().filter(|is| **is).count() > 1 {
            return vec![
                "expect: an answer is only one of `skip`, `error`, `findings`, and `images` with `targets`"
                    .to_owned(),
            ];
        }
        let mut problems = Vec::new();
        for (name, part) in self.parts() {
            let Some(part) = part else { continue };
            problems.extend(shape::problems(name, part).iter().map(|problem| format!("expect.{problem}")));
            problems
                .extend(matcher::problems(part).iter().map(|problem| format!("expect.{name}: {problem}")));
        }
        problems
    }

    /// Replaces the placeholders in the strings with the values of a combination.
    ///
    /// # Errors
    /// A message about a placeholder that the combination has no value for.
    pub(super) fn with_values(&self, combination: &Combination) -> Result<Self, String> {
        let mut expectation = self.clone();
        let Self { skip, error, images, targets, findings, log } = &mut expectation;
        for part in [skip, error, images, targets, findings, log].into_iter().flatten() {
            combination.replace_placeholders(part)?;
        }
        Ok(expectation)
    }

    /// The differences of an answer, part by part.
    #[must_use]
    pub fn differences(&self, answer: &Answer) -> Vec<Difference> {
        let value = answer.to_value();
        let mut differences = Vec::new();
        for (name, part) in self.parts() {
            let Some(expected) = part else { continue };
            match value.get(name) {
                Some(actual) => compare(name.to_owned(), expected, actual, &mut differences),
                // The answer is of another kind, which one difference describes.
                None => {
                    let is_deployment = ["images", "targets"].contains(&name);
                    let expected = if is_deployment {
                        "a deployment".to_owned()
                    } else {
                        format!("{name}: {}", text(expected))
                    };
                    differences.push(Difference::new("answer", &expected, &answer.to_string()));
                    return differences;
                }
            }
        }
        differences
    }
}

/// Whether a part of an answer is as expected.
pub(super) fn is_met(expected: &Value, actual: &Value) -> bool {
    let mut differences = Vec::new();
    compare(String::new(), expected, actual, &mut differences);
    differences.is_empty()
}

/// Adds the differences between two values. Fields of the actual value that are not expected are ignored.
fn compare(path: String, expected: &Value, actual: &Value, differences: &mut Vec<Difference>) {
    if let Some(matcher) = Matcher::of(expected) {
        return compare_by(matcher, path, expected, actual, differences);
    }
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, expected) in expected {
                let path = format!("{path}.{name}");
                match actual.get(name) {
                    Some(actual) => compare(path, expected, actual, differences),
                    None if Matcher::of(expected) == Some(Matcher::Absent(true)) => {}
                    None => {
                        let fields: Vec<&str> = actual.keys().map(String::as_str).collect();
                        let actual = format!("no such field; the fields are {}", fields.join(", "));
                        differences.push(Difference::new(path, &text(expected), &actual));
                    }
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(format!("{path}[{index}]"), expected, actual, differences);
            }
            for (index, missing) in expected.iter().enumerate().skip(actual.len()) {
                differences.push(Difference::new(format!("{path}[{index}]"), &text(missing), "nothing"));
            }
            for (index, surplus) in actual.iter().enumerate().skip(expected.len()) {
                differences.push(Difference::new(format!("{path}[{index}]"), "nothing", &text(surplus)));
            }
        }
        (expected, actual) if expected == actual => {}
        // Values of two kinds may look the same without quotes, such as `"null"` and `null`.
        (expected, actual) if expected.is_string() != actual.is_string() => {
            differences.push(Difference::new(path, &expected.to_string(), &actual.to_string()));
        }
        (expected, actual) => differences.push(Difference::new(path, &text(expected), &text(actual))),
    }
}

/// Adds the differences of a value from what a matcher requires.
fn compare_by(
    matcher: Matcher<'_>,
    path: String,
    expected: &Value,
    actual: &Value,
    differences: &mut Vec<Difference>,
) {
    let agrees = match (matcher, actual) {
        (Matcher::Matches(pattern), Value::String(line)) => matcher::is_match(pattern, line),
        (Matcher::Contains(Value::String(part)), Value::String(line)) => line.contains(part.as_str()),
        (Matcher::Contains(expected), Value::Array(actual)) => {
            let expected: Vec<&Value> = matcher::required_elements(expected).iter().collect();
            matcher::pair(&expected, actual, is_met).0.is_empty()
        }
        (Matcher::Not(expected), actual) => !is_met(expected, actual),
        (Matcher::Absent(expected), actual) => matcher::is_absent(actual) == expected,
        (Matcher::Unordered(expected), Value::Array(actual)) => {
            let (missing, surplus) = matcher::pair(&expected.iter().collect::<Vec<_>>(), actual, is_met);
            let path = format!("{path}[*]");
            let missing = missing.into_iter().map(|own| Difference::new(path.clone(), &text(own), "nothing"));
            let surplus = surplus.into_iter().map(|own| Difference::new(path.clone(), "nothing", &text(own)));
            return differences.extend(missing.chain(surplus));
        }
        _ => false,
    };
    if !agrees {
        differences.push(Difference::new(path, &text(expected), &text(actual)));
    }
}

/// A value on one line.
fn text(value: &Value) -> String {
    match Matcher::of(value) {
        Some(Matcher::Matches(pattern)) => format!("matches {pattern}"),
        Some(Matcher::Contains(value)) => format!("contains {}", text(value)),
        Some(Matcher::Not(value)) => format!("not: {}", text(value)),
        Some(Matcher::Absent(true)) => "nothing".to_owned(),
        Some(Matcher::Absent(false)) => "a value".to_owned(),
        Some(Matcher::Unordered(_)) | None => values::plain(value),
    }
}
