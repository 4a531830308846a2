//! Writing what a policy answered into its cases, for a person to review.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use toml_edit::ser::ValueSerializer;
use toml_edit::{Array, Document, DocumentMut, Item, Table, TableLike};

use super::expect::is_met;
use super::lacking::MissingFact;
use super::place::{self, Lines};
use super::run::Seen;
use super::{Case, Ran, matrix};

/// What came of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The file's text, with everything else as it was.
    pub text: String,
    /// The lines there of the cases that were written to.
    pub written: Vec<usize>,
    /// The lines there of cases that were not, and why.
    pub left: Vec<(usize, String)>,
}

/// The parts of an answer that exclude each other.
const KINDS: [&str; 4] = ["skip", "error", "images", "targets"];

/// Makes the cases of a file expect what the policy answered. A case that
/// names only some parts of an answer still names only these.
///
/// # Errors
/// A sentence where the text is not that of these cases.
pub fn update(text: &str, ran: &[(&Case, &Ran)]) -> Result<Updated, String> {
    let mut document: DocumentMut = text.parse().map_err(|error| format!("{error}"))?;
    let cases = document.get_mut("case").and_then(Item::as_array_of_tables_mut);
    let cases = cases.ok_or("there are no cases in it")?;
    let (mut written, mut left) = (Vec::new(), Vec::new());
    for (index, table) in cases.iter_mut().enumerate() {
        let own: Vec<_> = ran.iter().filter(|(case, _)| case.index == index).collect();
        let Some((_, first)) = own.first().filter(|_| own.iter().any(|(_, ran)| !ran.differences.is_empty()))
        else {
            continue;
        };
        let answers = own.iter().map(|(_, ran)| ran.seen.to_value()).collect::<Vec<_>>();
        let why = if first.seen.is_broken() {
            Some("the policy broke".to_owned())
        } else if let Some(lacking) = own.iter().find_map(|(case, ran)| lacking(case, ran)) {
            Some(format!("it lacks facts: {}", lacking.remedy()))
        } else if answers.iter().any(|answer| Some(answer) != answers.first()) {
            Some("its combinations have different answers".to_owned())
        } else if table.get("expect").is_some_and(|expect| names_what_is_not(&json(expect), &first.seen)) {
            Some("it names a field that the answer does not have".to_owned())
        } else if holds_a_place(table, &answers) {
            Some("the answer holds what stands for a value of its matrix".to_owned())
        } else {
            None
        };
        match why {
            Some(why) => left.push((index, why)),
            None => {
                write(table, &first.seen)?;
                written.push(index);
            }
        }
    }
    // Where they stand now: what was written above a case has moved it.
    let text = document.to_string();
    let lines = {
        let document = Document::parse(text.as_str()).map_err(|error| error.to_string())?;
        place::of_cases(&document, &Lines::of_text(&text))
    };
    let line = |index: usize| lines.get(index).copied().unwrap_or(1);
    let written = written.into_iter().map(line).collect();
    let left = left.into_iter().map(|(index, why)| (line(index), why)).collect();
    Ok(Updated { text, written, left })
}

/// What a case would have to tell of for the policy to answer it: until then the answer is about
/// the case and not about the build.
fn lacking(case: &Case, ran: &Ran) -> Option<MissingFact> {
    ran.lookups.iter().find_map(|looked_up| case.facts.lacks(&looked_up.question))
}

fn write(case: &mut Table, seen: &Seen) -> Result<(), String> {
    let answer = expectation(seen);
    let Some(answer) = answer.as_object() else { return Ok(()) };
    let expect = case.entry("expect").or_insert_with(|| {
        let mut table = Table::new();
        table.set_dotted(true);
        Item::Table(table)
    });
    let expect: &mut dyn TableLike = expect.as_table_like_mut().ok_or("`expect` is no table")?;
    let is_new = expect.is_empty();
    let same_kind = KINDS.iter().any(|kind| expect.contains_key(kind) && answer.contains_key(*kind));
    let log_alone = expect.contains_key("log") && expect.len() == 1;
    if !(same_kind || log_alone) {
        KINDS.iter().for_each(|kind| drop(expect.remove(kind)));
        for kind in KINDS {
            if let Some(value) = answer.get(kind) {
                expect.insert(kind, item(value)?);
            }
        }
    }
    let named: Vec<String> = expect.iter().map(|(name, _)| name.to_owned()).collect();
    for name in named {
        let nothing = Value::Array(Vec::new());
        let answered = answer.get(&name).unwrap_or(&nothing);
        let written = expect.get(&name).map(json).unwrap_or_default();
        if !is_met(&written, answered) {
            expect.insert(&name, item(&like(&written, answered))?);
        }
    }
    if let Some(log) = answer.get("log").filter(|_| is_new) {
        expect.insert("log", item(log)?);
    }
    Ok(())
}

/// Whether a case names a field that no answer of this kind has: a slip, which
/// would be lost if it were written over.
fn names_what_is_not(written: &Value, seen: &Seen) -> bool {
    fn unknown(written: &Value, answered: &Value) -> bool {
        match (written, answered) {
            (Value::Object(fields), Value::Object(own)) => fields
                .iter()
                .any(|(name, value)| own.get(name).is_none_or(|answered| unknown(value, answered))),
            (Value::Array(values), Value::Array(own)) => {
                values.iter().zip(own).any(|(value, answered)| unknown(value, answered))
            }
            _ => false,
        }
    }
    let answer = seen.to_value();
    let parts = written.as_object().into_iter().flatten();
    parts.into_iter().any(|(name, part)| answer.get(name).is_some_and(|answered| unknown(part, answered)))
}

/// Whether an answer has a text that would be read as the place of a value of the
/// matrix, such as `{branch}`: written down, it would stand for something else.
fn holds_a_place(case: &Table, answers: &[Value]) -> bool {
    let has_matrix =
        case.get("matrix").and_then(Item::as_table_like).is_some_and(|matrix| !matrix.is_empty());
    has_matrix && answers.iter().any(holds)
}

fn holds(value: &Value) -> bool {
    match value {
        Value::String(text) => matrix::has_place(text),
        Value::Array(values) => values.iter().any(holds),
        Value::Object(fields) => fields.values().any(holds),
        _ => false,
    }
}

/// A value for TOML: numbers as such, which `serde_json` with numbers of any
/// precision passes on as a table of its own.
pub(super) struct Plain<'v>(pub(super) &'v Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => serializer.serialize_i64(number),
                (None, Some(number)) => serializer.serialize_f64(number),
                (None, None) => serializer.collect_str(number),
            },
            Value::Array(values) => serializer.collect_seq(values.iter().map(Plain)),
            Value::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, Plain(value))))
            }
            other => other.serialize(serializer),
        }
    }
}

/// An answer, narrowed to what was named of it before.
fn like(written: &Value, answered: &Value) -> Value {
    match (written, answered) {
        (Value::Object(fields), Value::Object(own)) => {
            let named = own.iter().filter(|(name, _)| fields.contains_key(*name));
            let narrowed = named.map(|(name, value)| {
                (name.clone(), fields.get(name).map_or_else(|| value.clone(), |f| like(f, value)))
            });
            Value::Object(narrowed.collect())
        }
        (Value::Array(values), Value::Array(own)) => {
            let narrowed = own.iter().enumerate().map(|(index, value)| {
                values.get(index).map_or_else(|| value.clone(), |written| like(written, value))
            });
            Value::Array(narrowed.collect())
        }
        (pattern, answered) if is_met(pattern, answered) => pattern.clone(),
        (_, answered) => answered.clone(),
    }
}

/// What a case has to expect for this answer: all of it but what is empty or
/// absent.
pub(super) fn expectation(seen: &Seen) -> Value {
    let mut value = seen.to_value();
    if let Some(fields) = value.as_object_mut() {
        let (images, targets) = (fields.contains_key("images"), fields.contains_key("targets"));
        prune(fields);
        for (name, was) in [("images", images), ("targets", targets)] {
            if was && !fields.contains_key(name) {
                fields.insert(name.to_owned(), Value::Array(Vec::new()));
            }
        }
    }
    value
}

fn prune(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(values) => {
            values.iter_mut().filter_map(Value::as_object_mut).for_each(prune);
            !values.is_empty()
        }
        Value::Object(fields) => {
            prune(fields);
            true
        }
        _ => true,
    });
}

fn json(item: &Item) -> Value {
    let mut document = DocumentMut::new();
    document.insert("value", item.clone());
    let text = document.to_string();
    let whole: Value = toml_edit::de::from_str(&text).unwrap_or_default();
    whole.get("value").cloned().unwrap_or_default()
}

/// A value as TOML: a list of tables with one of them a line.
fn item(value: &Value) -> Result<Item, String> {
    let value = Plain(value).serialize(ValueSerializer::new()).map_err(|error| error.to_string())?;
    Ok(Item::Value(match value {
        toml_edit::Value::Array(values) if values.iter().any(toml_edit::Value::is_inline_table) => {
            let mut lines: Array = values
                .into_iter()
                .map(|mut value| {
                    value.decor_mut().set_prefix("\n    ");
                    value
                })
                .collect();
            lines.set_trailing("\n");
            lines.set_trailing_comma(true);
            toml_edit::Value::Array(lines)
        }
        value => value,
    }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cases::{Answer, read};

    #[test]
    fn what_stands_for_a_value_of_the_matrix_is_not_written_as_a_text() {
        for (matrix, said, left) in [
            ("matrix.branch = [\"a\"]", "Not {branch}.", true),
            ("matrix.settings.X = [\"a\"]", "Not {settings.X}.", true),
            ("matrix.settings.X = [\"a\"]", "Not {branch}.", true),
            ("matrix.settings.X = [\"a\"]", "Not {it}.", false),
            ("", "Not {branch}.", false),
        ] {
            let text = format!("[[case]]\nname = \"one\"\n{matrix}\n");
            let cases = read("cases.toml", &text).unwrap();
            let seen = Seen { answer: Answer::Rejected(said.to_owned()), log: Vec::new() };
            let differences = vec![super::super::Difference {
                at: "expect".to_owned(),
                expected: String::new(),
                answered: String::new(),
            }];
            let (given, lookups, unseen) = (Vec::new(), Vec::new(), Vec::new());
            let took = Duration::ZERO;
            let ran = Ran { seen: seen.clone(), differences, fuel: 0, took, given, lookups, unseen };
            let updated = update(&text, &[(&cases[0], &ran)]).unwrap();
            assert_eq!(!updated.left.is_empty(), left, "{matrix}: {said}");
            let again = read("cases.toml", &updated.text).unwrap();
            assert!(left || again[0].expect.differences(&seen).is_empty(), "{}", updated.text);
        }
    }
}
