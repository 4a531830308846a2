//! Writing the actual answers into the cases of a file, for a person to review.

use serde_json::Value;
use toml_edit::{Document, DocumentMut, Item, Table, TableLike};

use super::answer::{Answer, Outcome};
use super::expect::is_met;
use super::facts::MissingFact;
use super::file::Case;
use super::matcher::Matcher;
use super::matrix;
use super::position::{LineIndex, case_lines};
use super::run::CaseResult;
use super::to_toml::{expectation, from_item, to_item};

/// The updated text of a file of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The text. Everything but the expectations is unchanged.
    pub text: String,
    /// The lines in that text of the cases that were updated.
    pub updated_lines: Vec<usize>,
    /// The lines in that text of failed cases that were not updated, with the reasons.
    pub skipped: Vec<(usize, String)>,
}

/// The parts of an answer that exclude each other.
const KINDS: [&str; 4] = ["skip", "error", "images", "targets"];

/// Replaces the expectations of the failed cases of a file with the actual answers. A case that expects some parts
/// of an answer expects the same parts afterwards.
///
/// # Errors
/// A message, if the text is not that of these cases.
pub fn update(text: &str, results: &[(&Case, &CaseResult)]) -> Result<Update, String> {
    let mut document: DocumentMut = text.parse().map_err(|error| format!("{error}"))?;
    let cases = document.get_mut("case").and_then(Item::as_array_of_tables_mut);
    let cases = cases.ok_or("the file contains no cases")?;
    let (mut updated, mut skipped) = (Vec::new(), Vec::new());
    for (index, table) in cases.iter_mut().enumerate() {
        let combinations: Vec<_> = results.iter().filter(|(case, _)| case.index == index).collect();
        let Some((_, first)) = combinations.first() else { continue };
        if combinations.iter().all(|(_, result)| result.has_passed()) {
            continue;
        }
        match reason_to_skip(table, &combinations, first) {
            Some(reason) => skipped.push((index, reason)),
            None => {
                write_expectation(table, &first.answer)?;
                updated.push(index);
            }
        }
    }
    // The new lines: a longer expectation moves the cases below it.
    let text = document.to_string();
    let lines = {
        let document = Document::parse(text.as_str()).map_err(|error| error.to_string())?;
        case_lines(&document, &LineIndex::new(&text))
    };
    let line = |index: usize| lines.get(index).copied().unwrap_or(1);
    let updated_lines = updated.into_iter().map(line).collect();
    let skipped = skipped.into_iter().map(|(index, reason)| (line(index), reason)).collect();
    Ok(Update { text, updated_lines, skipped })
}

fn reason_to_skip(
    table: &Table,
    combinations: &[&(&Case, &CaseResult)],
    first: &CaseResult,
) -> Option<String> {
    if matches!(first.answer.outcome, Outcome::Failed(_)) {
        return Some("the policy failed".to_owned());
    }
    if let Some(missing) = combinations.iter().find_map(|(case, result)| missing_fact(case, result)) {
        return Some(format!("it lacks facts: {}", missing.remedy()));
    }
    let answers = combinations.iter().map(|(_, result)| result.answer.to_value()).collect::<Vec<_>>();
    if answers.iter().any(|answer| Some(answer) != answers.first()) {
        return Some("its combinations have different answers".to_owned());
    }
    if table.get("expect").is_some_and(|expect| has_unknown_field(&from_item(expect), &first.answer)) {
        return Some("it expects a field that the answer does not have".to_owned());
    }
    if has_matrix(table) && answers.iter().any(has_placeholder) {
        return Some("the answer contains a string that is a placeholder of its matrix".to_owned());
    }
    None
}

/// The fact that a lookup of the policy needed and the case does not contain. Without it, the answer depends on the
/// case and not on the build.
fn missing_fact(case: &Case, result: &CaseResult) -> Option<MissingFact> {
    result.lookups.iter().find_map(|lookup| case.facts.missing_fact(&lookup.query))
}

fn write_expectation(case: &mut Table, answer: &Answer) -> Result<(), String> {
    let expectation = expectation(answer);
    let Some(parts) = expectation.as_object() else { return Ok(()) };
    let expect = case.entry("expect").or_insert_with(|| {
        let mut table = Table::new();
        table.set_dotted(true);
        Item::Table(table)
    });
    let expect: &mut dyn TableLike = expect.as_table_like_mut().ok_or("`expect` is not a table")?;
    let is_new = expect.is_empty();
    let is_same_kind = KINDS.iter().any(|kind| expect.contains_key(kind) && parts.contains_key(*kind));
    let is_log_only = expect.contains_key("log") && expect.len() == 1;
    if !(is_same_kind || is_log_only) {
        KINDS.iter().for_each(|kind| drop(expect.remove(kind)));
        for kind in KINDS {
            if let Some(value) = parts.get(kind) {
                expect.insert(kind, to_item(value)?);
            }
        }
    }
    let names: Vec<String> = expect.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        let empty = Value::Array(Vec::new());
        let actual = parts.get(&name).unwrap_or(&empty);
        let expected = expect.get(&name).map(from_item).unwrap_or_default();
        if !is_met(&expected, actual) {
            expect.insert(&name, to_item(&narrow(&expected, actual))?);
        }
    }
    if let Some(log) = parts.get("log").filter(|_| is_new) {
        expect.insert("log", to_item(log)?);
    }
    Ok(())
}

/// Whether an expectation has a field that no answer of this kind has: a typing error, which an update would hide.
fn has_unknown_field(expectation: &Value, answer: &Answer) -> bool {
    fn is_unknown(expected: &Value, actual: &Value) -> bool {
        match (expected, actual) {
            (matcher, _) if Matcher::of(matcher).is_some() => false,
            (Value::Object(expected), Value::Object(actual)) => expected
                .iter()
                .any(|(name, value)| actual.get(name).is_none_or(|actual| is_unknown(value, actual))),
            (Value::Array(expected), Value::Array(actual)) => {
                expected.iter().zip(actual).any(|(expected, actual)| is_unknown(expected, actual))
            }
            _ => false,
        }
    }
    let answer = answer.to_value();
    let parts = expectation.as_object().into_iter().flatten();
    parts.into_iter().any(|(name, part)| answer.get(name).is_some_and(|actual| is_unknown(part, actual)))
}

fn has_matrix(case: &Table) -> bool {
    case.get("matrix").and_then(Item::as_table_like).is_some_and(|matrix| !matrix.is_empty())
}

/// Whether a value contains a string such as `{branch}`, which in an expectation is replaced.
fn has_placeholder(value: &Value) -> bool {
    match value {
        Value::String(text) => matrix::has_placeholder(text),
        Value::Array(values) => values.iter().any(has_placeholder),
        Value::Object(fields) => fields.values().any(has_placeholder),
        _ => false,
    }
}

/// The fields of the actual value that the expected value has. A matcher that is met stays.
fn narrow(expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (matcher, actual) if Matcher::of(matcher).is_some() => {
            if is_met(matcher, actual) {
                matcher.clone()
            } else {
                actual.clone()
            }
        }
        (Value::Object(expected), Value::Object(actual)) => {
            let fields = actual.iter().filter_map(|(name, value)| {
                expected.get(name).map(|expected| (name.clone(), narrow(expected, value)))
            });
            Value::Object(fields.collect())
        }
        (Value::Array(expected), Value::Array(actual)) => {
            let values = actual.iter().enumerate().map(|(index, value)| {
                expected.get(index).map_or_else(|| value.clone(), |expected| narrow(expected, value))
            });
            Value::Array(values.collect())
        }
        (_, actual) => actual.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cases::{Difference, parse};

    #[test]
    fn an_answer_with_a_placeholder_of_the_matrix_is_not_written() {
        for (matrix, reason, is_skipped) in [
            ("matrix.branch = [\"a\"]", "Not {branch}.", true),
            ("matrix.settings.X = [\"a\"]", "Not {settings.X}.", true),
            ("matrix.settings.X = [\"a\"]", "Not {branch}.", true),
            ("matrix.settings.X = [\"a\"]", "Not {it}.", false),
            ("", "Not {branch}.", false),
        ] {
            let text = format!("[[case]]\nname = \"one\"\n{matrix}\n");
            let cases = parse("cases.toml", &text).unwrap();
            let answer = Answer { outcome: Outcome::Rejected(reason.to_owned()), log: Vec::new() };
            let result = CaseResult {
                answer: answer.clone(),
                differences: vec![Difference::new("expect", "", "")],
                fuel: 0,
                duration: Duration::ZERO,
                settings: Vec::new(),
                unused_settings: Vec::new(),
                lookups: Vec::new(),
            };
            let update = update(&text, &[(&cases[0], &result)]).unwrap();
            assert_eq!(!update.skipped.is_empty(), is_skipped, "{matrix}: {reason}");
            let updated = parse("cases.toml", &update.text).unwrap();
            assert!(is_skipped || updated[0].expect.differences(&answer).is_empty(), "{}", update.text);
        }
    }
}
