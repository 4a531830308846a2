//! A real decision written down as a case, so that it can be had again without
//! CI and without AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::run::{Answer, Seen};
use super::{Facts, update};
use crate::PolicyError;
use model::build::Build;
use model::build::PartialBuild;
use model::text::printable;

#[derive(Serialize)]
struct File {
    case: [Recorded; 1],
}

#[derive(Serialize)]
struct Recorded {
    name: String,
    build: PartialBuild,
    settings: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Facts::is_empty")]
    facts: Facts,
    #[serde(serialize_with = "plain")]
    expect: Value,
}

fn plain<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    update::Plain(value).serialize(serializer)
}

/// The case of a decision: the build, the settings that the policy was given
/// but for secrets, every fact that it was told, and its answer.
///
/// # Errors
/// A sentence where the policy broke: there is no answer to expect then.
pub fn record(build: &Build, asked: &crate::Answer, secrets: &BTreeSet<String>) -> Result<String, String> {
    let answer = match &asked.decision {
        Ok(decision) => Answer::Decided(decision.clone()),
        Err(PolicyError::Rejected { sentence, .. }) => Answer::Rejected(sentence.clone()),
        Err(broke) => return Err(format!("there is no answer to record: {broke}")),
    };
    let seen = Seen { answer, log: asked.output.clone() };
    let given = asked.settings.given.iter();
    let (left_out, settings): (Vec<_>, Vec<_>) = given.cloned().partition(|(name, _)| secrets.contains(name));
    let case = Recorded {
        name: printable(&format!("{} at {}", build.branch, build.short_commit())),
        build: PartialBuild::from(build),
        settings: settings.into_iter().collect(),
        facts: Facts::of(&asked.lookups),
        expect: update::expectation(&seen),
    };
    let text = toml_edit::ser::to_string_pretty(&File { case: [case] });
    let mut text = text.map_err(|error| format!("the decision can't be written as a case: {error}"))?;
    for (name, _) in left_out {
        text = format!("# The policy was given {name} too: a secret, which is not recorded.\n{text}");
    }
    Ok(text)
}
