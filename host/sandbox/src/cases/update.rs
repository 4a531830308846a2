//! Writing the actual answers into the cases of a file, for a person to review.

mod elements;
mod layout;
mod rewrite;

use serde_json::Value;
use toml_edit::{Document, DocumentMut, Item, Table, TableLike};

use super::answer::{Answer, Outcome};
use super::facts::MissingFact;
use super::file::Case;
use super::matcher::Matcher;
use super::matrix;
use super::position::{LineIndex, Segment, case_lines, line_of, path_text};
use super::run::CaseResult;
use super::to_toml::{expectation, from_item, to_item};
use layout::Layout;
use rewrite::Rewriter;

/// The updated text of a file of cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The text. Everything but the rewritten values is unchanged.
    pub text: String,
    /// The cases that were updated.
    pub updated: Vec<UpdatedCase>,
    /// The lines in that text of failed cases that were not updated, with the reasons.
    pub skipped: Vec<(usize, String)>,
}

/// A case that was updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatedCase {
    /// The name, without a combination of its matrix.
    pub name: String,
    /// The line in the updated text.
    pub line: usize,
    /// The rewritten values, as in `expect.images[0].tags`, each with its line in the updated text. The line of a value
    /// that was removed is that of what contained it.
    pub rewritten: Vec<(usize, String)>,
}

/// The parts of an answer that exclude each other.
const KINDS: [&str; 5] = ["skip", "error", "images", "targets", "findings"];

/// Rewrites the values that the failed cases of a file expect and the answers do not have. A case that expects some
/// parts of an answer expects the same parts afterwards. Layout, comments and matchers that are met stay.
///
/// # Errors
/// A message, if the text is not that of these cases.
pub fn update(text: &str, results: &[(&Case, &CaseResult)]) -> Result<Update, String> {
    let layout = Layout::of(text);
    let mut document: DocumentMut = layout.without(text).parse().map_err(|error| format!("{error}"))?;
    let cases = document.get_mut("case").and_then(Item::as_array_of_tables_mut);
    let cases = cases.ok_or("its cases are not written as `[[case]]`")?;
    let (mut updated, mut skipped) = (Vec::new(), Vec::new());
    let by_index = |(case, _): &(&Case, &CaseResult)| case.index;
    // The results are in the order of the file, and the combinations of one matrix follow each other.
    for combinations in results.chunk_by(|a, b| by_index(a) == by_index(b)) {
        let Some((case, first)) = combinations.first() else { continue };
        let Some(table) = cases.get_mut(case.index) else { continue };
        if combinations.iter().all(|(_, result)| result.has_passed()) {
            continue;
        }
        match reason_to_skip(table, combinations, first) {
            Some(reason) => skipped.push((case.index, reason)),
            None => {
                let path = [Segment::from("case"), Segment::Index(case.index), Segment::from("expect")];
                let mut rewriter = Rewriter::new(path.into());
                write_expectation(table, combinations, &first.answer, &mut rewriter)?;
                let name = table.get("name").and_then(Item::as_str).unwrap_or_default().to_owned();
                updated.push((case.index, name, rewriter.rewritten));
            }
        }
    }
    // The new lines: a longer expectation moves the cases below it.
    let text = document.to_string();
    let document = Document::parse(text.as_str()).map_err(|error| error.to_string())?;
    let index = LineIndex::new(&text);
    let lines = case_lines(&document, &index);
    let line = |case: usize| lines.get(case).copied().unwrap_or(1);
    let located = |(case, name, paths): (usize, String, Vec<Vec<Segment>>)| UpdatedCase {
        name,
        line: line(case),
        rewritten: paths
            .iter()
            .map(|path| (line_of(&document, &index, path), path_text(path.get(2..).unwrap_or_default())))
            .collect(),
    };
    let updated = updated.into_iter().map(located).collect();
    let skipped = skipped.into_iter().map(|(case, reason)| (line(case), reason)).collect();
    drop(document);
    Ok(Update { text: layout.restore(text), updated, skipped })
}

fn reason_to_skip(
    table: &Table,
    combinations: &[(&Case, &CaseResult)],
    first: &CaseResult,
) -> Option<String> {
    if matches!(first.answer.outcome, Outcome::Failed(_)) {
        return Some("the component failed".to_owned());
    }
    // A mistake in the policy would replace the expectations of every case.
    if matches!(first.answer.outcome, Outcome::Rejected(_)) && expects_decision(table) {
        return Some(
            "the component returned an error, and the case expects another answer; if the error is right, remove its `expect`"
                .to_owned(),
        );
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

/// Whether a case expects a decision or findings.
fn expects_decision(table: &Table) -> bool {
    let expect = table.get("expect").and_then(Item::as_table_like);
    expect.is_some_and(|expect| {
        ["skip", "images", "targets", "findings"].iter().any(|part| expect.contains_key(part))
    })
}

/// The fact that a lookup of the policy needed and the case does not contain. Without it, the answer depends on the
/// case and not on the build.
fn missing_fact(case: &Case, result: &CaseResult) -> Option<MissingFact> {
    result.lookups.iter().find_map(|lookup| case.facts.missing_fact(&lookup.query))
}

fn write_expectation(
    table: &mut Table,
    combinations: &[(&Case, &CaseResult)],
    answer: &Answer,
    rewriter: &mut Rewriter,
) -> Result<(), String> {
    let parts = expectation(answer);
    let whole = answer.to_value();
    let (Some(parts), Some(whole)) = (parts.as_object(), whole.as_object()) else { return Ok(()) };
    let expect = table.entry("expect").or_insert_with(|| {
        let mut table = Table::new();
        table.set_dotted(true);
        Item::Table(table)
    });
    let expect: &mut dyn TableLike = expect.as_table_like_mut().ok_or("`expect` is not a table")?;
    let is_new = expect.is_empty();
    let is_same_kind = KINDS.iter().any(|kind| expect.contains_key(kind) && whole.contains_key(*kind));
    let is_log_only = expect.contains_key("log") && expect.len() == 1;
    if !(is_same_kind || is_log_only) {
        KINDS.iter().for_each(|kind| drop(expect.remove(kind)));
    }
    // Without placeholders.
    let expected: Vec<Value> = combinations.iter().map(|(case, _)| case.expect.to_value()).collect();
    rewriter.rewrite_fields(expect, &expected.iter().collect::<Vec<_>>(), whole)?;
    if !(is_same_kind || is_log_only) {
        for kind in KINDS {
            if let Some(value) = parts.get(kind) {
                expect.insert(kind, to_item(value)?);
                rewriter.record(kind);
            }
        }
    }
    if let Some(log) = parts.get("log").filter(|_| is_new) {
        expect.insert("log", to_item(log)?);
        rewriter.record("log");
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

#[cfg(test)]
mod tests;
