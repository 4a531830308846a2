//! Recording a real decision as a case, which runs without CI and without AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::answer::{Answer, Outcome};
use super::facts::Facts;
use super::to_toml::{self, TomlValue};
use crate::error::ComponentError;
use crate::evaluate::Evaluation;
use model::build::{Build, PartialBuild};
use model::decision::Decision;
use model::secret::json::redact_document;
use model::secret::{MASK, redact_text};
use model::text::printable;

#[derive(Serialize)]
struct RecordedFile {
    case: [RecordedCase; 1],
}

#[derive(Serialize)]
struct RecordedCase {
    name: String,
    build: PartialBuild,
    settings: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Facts::is_empty")]
    facts: Facts,
    #[serde(serialize_with = "serialize_value")]
    expect: Value,
}

fn serialize_value<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    TomlValue(value).serialize(serializer)
}

/// An expectation in which each text with a secret is a pattern for the rest of it.
fn hide_secrets(expectation: Value) -> Value {
    let mut shown = expectation.clone();
    redact_document(&mut shown);
    replace_masked(expectation, &shown)
}

/// Replaces each text that `shown`, a document of the same shape, has with a mask.
fn replace_masked(value: Value, shown: &Value) -> Value {
    match value {
        Value::String(text) => match shown.as_str() {
            Some(masked) if masked != text => {
                let parts: Vec<String> = masked.split(MASK).map(regex_lite::escape).collect();
                json!({"matches": parts.join(".*")})
            }
            _ => Value::String(text),
        },
        Value::Array(values) => {
            let pairs = values.into_iter().zip(shown.as_array().into_iter().flatten());
            pairs.map(|(value, shown)| replace_masked(value, shown)).collect()
        }
        Value::Object(fields) => {
            let pair = |(name, value)| {
                let shown = shown.get(&name).unwrap_or(&Value::Null);
                let value = replace_masked(value, shown);
                (name, value)
            };
            fields.into_iter().map(pair).collect()
        }
        other => other,
    }
}

/// The text of a decision, as a case expects it: what is neither empty nor absent, without secrets.
#[must_use]
pub fn decision_text(decision: &Decision) -> String {
    let answer = Answer { outcome: Outcome::Decided(decision.clone()), log: Vec::new() };
    let expectation = hide_secrets(to_toml::expectation(&answer));
    // Every value of a decision has a form in TOML.
    to_toml::printable_document(&TomlValue(&expectation)).unwrap_or_default()
}

/// The text of a case: the build, the settings except `secrets`, the results of all lookups, and the answer.
///
/// # Errors
/// A message, if the policy failed and so has no answer to expect.
pub fn record(build: &Build, evaluation: &Evaluation, secrets: &BTreeSet<String>) -> Result<String, String> {
    let outcome = match &evaluation.decision {
        Ok(decision) => Outcome::Decided(decision.clone()),
        Err(ComponentError::Rejected { reason, .. }) => Outcome::Rejected(reason.clone()),
        Err(error) => return Err(format!("there is no answer to record: {error}")),
    };
    let answer = Answer { outcome, log: evaluation.output.clone() };
    let settings = evaluation.settings.values.iter().cloned();
    let (omitted, settings): (Vec<_>, Vec<_>) = settings.partition(|(name, _)| secrets.contains(name));
    let case = RecordedCase {
        name: printable(&format!("{} at {}", build.branch, build.short_commit())),
        build: PartialBuild::from(build),
        settings: settings.into_iter().map(|(name, value)| (name, redact_text(&value))).collect(),
        facts: Facts::from_lookups(&evaluation.lookups),
        expect: hide_secrets(to_toml::expectation(&answer)),
    };
    let document = to_toml::to_document(&RecordedFile { case: [case] });
    let document = document.map_err(|error| format!("cannot write the decision as a case: {error}"))?;
    let mut text = document.to_string();
    for (name, _) in omitted {
        text = format!("# The policy also received {name}, a secret, which is not recorded.\n{text}");
    }
    Ok(text)
}
