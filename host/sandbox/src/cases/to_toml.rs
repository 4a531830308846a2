//! Answers and values as TOML.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use toml_edit::ser::ValueSerializer;
use toml_edit::visit_mut::{VisitMut, visit_table_mut};
use toml_edit::{Array, DocumentMut, Formatted, Item, Table};

use super::answer::Answer;
use model::text::printable;

/// The parts of an answer that are neither empty nor absent. A deployment always has images and targets, and a review
/// findings.
pub(super) fn expectation(answer: &Answer) -> Value {
    let mut value = answer.to_value();
    if let Some(fields) = value.as_object_mut() {
        let lists = ["images", "targets", "findings"].map(|name| (name, fields.contains_key(name)));
        remove_empty(fields);
        for (name, is_part) in lists {
            if is_part && !fields.contains_key(name) {
                fields.insert(name.to_owned(), Value::Array(Vec::new()));
            }
        }
    }
    value
}

/// A value as an expectation: without the parts that are empty or absent. If it is absent itself, that is expected.
pub(super) fn expected_value(actual: &Value) -> Value {
    let mut value = actual.clone();
    match &mut value {
        Value::Object(fields) => {
            remove_empty(fields);
            if fields.is_empty() { json!({"absent": true}) } else { value }
        }
        Value::Array(values) => {
            values.iter_mut().filter_map(Value::as_object_mut).for_each(remove_empty);
            value
        }
        Value::Null => json!({"absent": true}),
        _ => value,
    }
}

fn remove_empty(fields: &mut Map<String, Value>) {
    fields.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(values) => {
            values.iter_mut().filter_map(Value::as_object_mut).for_each(remove_empty);
            !values.is_empty()
        }
        Value::Object(fields) => {
            remove_empty(fields);
            !fields.is_empty()
        }
        _ => true,
    });
}

/// A value whose numbers serialize as numbers. `serde_json` with the feature `arbitrary_precision` serializes a
/// number as a table, which only `serde_json` itself reads.
pub(super) struct TomlValue<'v>(pub(super) &'v Value);

impl Serialize for TomlValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => serializer.serialize_i64(number),
                (None, Some(number)) => serializer.serialize_f64(number),
                (None, None) => serializer.collect_str(number),
            },
            Value::Array(values) => serializer.collect_seq(values.iter().map(TomlValue)),
            Value::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, TomlValue(value))))
            }
            other => other.serialize(serializer),
        }
    }
}

/// A value as a document.
///
/// # Errors
/// The message of the serializer.
pub(super) fn to_document(value: &impl Serialize) -> Result<DocumentMut, String> {
    let text = toml_edit::ser::to_string_pretty(value).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    InlineSettings.visit_document_mut(&mut document);
    Ok(document)
}

/// Writes a list of names and values as a list with one inline table a line, and not with a header for each.
struct InlineSettings;

impl VisitMut for InlineSettings {
    fn visit_table_mut(&mut self, node: &mut Table) {
        const FIELDS: [&str; 5] = ["name", "value", "value-from", "id", "variable"];
        let is_setting = |table: &Table| table.iter().all(|(name, _)| FIELDS.contains(&name));
        for (mut key, item) in node.iter_mut() {
            if !item.as_array_of_tables().is_some_and(|tables| tables.iter().all(is_setting)) {
                continue;
            }
            if let Ok(toml_edit::Value::Array(values)) = std::mem::take(item).into_value() {
                *item = Item::Value(toml_edit::Value::Array(one_a_line(values)));
                // What surrounds a name in a header does not belong around a key.
                key.leaf_decor_mut().clear();
            }
        }
        visit_table_mut(self, node);
    }
}

/// A document for a log: each text is on one line, and escaped if a terminal or a CI system would interpret it.
pub(super) fn printable_document(value: &impl Serialize) -> Option<String> {
    let mut document = to_document(value).ok()?;
    EscapeTexts.visit_document_mut(&mut document);
    Some(document.to_string())
}

/// Replaces texts that are not printable by escaped ones.
struct EscapeTexts;

impl VisitMut for EscapeTexts {
    fn visit_string_mut(&mut self, node: &mut Formatted<String>) {
        if printable(node.value()) == *node.value() {
            return;
        }
        let escape = |c: char| match c {
            _ if c.is_alphanumeric() || " -_./@=,".contains(c) => c.to_string(),
            _ if u32::from(c) > 0xffff => format!("\\U{:08X}", u32::from(c)),
            _ => format!("\\u{:04X}", u32::from(c)),
        };
        let literal: String = node.value().chars().map(escape).collect();
        if let Ok(toml_edit::Value::String(mut escaped)) = format!("\"{literal}\"").parse() {
            *escaped.decor_mut() = node.decor().clone();
            *node = escaped;
        }
    }
}

/// A value as an item of a document.
pub(super) fn to_item(value: &Value) -> Result<Item, String> {
    to_value(value).map(Item::Value)
}

/// A value as one of a document. A list of tables has one table a line.
pub(super) fn to_value(value: &Value) -> Result<toml_edit::Value, String> {
    let value = TomlValue(value).serialize(ValueSerializer::new()).map_err(|error| error.to_string())?;
    Ok(match value {
        toml_edit::Value::Array(values) if values.iter().any(toml_edit::Value::is_inline_table) => {
            toml_edit::Value::Array(one_a_line(values))
        }
        value => value,
    })
}

/// A list with one value a line.
fn one_a_line(values: Array) -> Array {
    let mut lines: Array = values
        .into_iter()
        .map(|mut value| {
            value.decor_mut().set_prefix("\n    ");
            value
        })
        .collect();
    lines.set_trailing("\n");
    lines.set_trailing_comma(true);
    lines
}

/// The value of an item of a document.
pub(super) fn from_item(item: &Item) -> Value {
    let mut document = DocumentMut::new();
    document.insert("value", item.clone());
    let whole: Value = toml_edit::de::from_str(&document.to_string()).unwrap_or_default();
    whole.get("value").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_have_one_line_each() {
        let value = json!({"targets": [{
            "wave": 1,
            "containers": [{"container": "web", "environment": [
                {"name": "A", "value": "b"}, {"name": "C", "value": {"matches": "d"}},
            ]}],
        }], "build": {"labels": [{"name": "A", "value": "b"}]}});
        let text = to_document(&TomlValue(&value)).unwrap().to_string();
        let expected = "environment = [\n    { name = \"A\", value = \"b\" },\n    \
                        { name = \"C\", value = { matches = \"d\" } },\n]\n";
        assert!(text.contains(expected) && text.contains("[build]\nlabels = [\n"), "{text}");
        assert_eq!(toml_edit::de::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_text_in_a_log_is_one_line_and_reads_as_it_was() {
        let value = json!({"tags": ["a\n::error::no", "##vso[task.x]y", "plain: text", "\u{202e}\u{1f600}"]});
        let text = printable_document(&TomlValue(&value)).unwrap();
        assert!(
            text.lines().all(|line| !line.trim_start().starts_with("::") && !line.contains("##")),
            "{text}"
        );
        assert!(!text.contains('\u{202e}') && text.contains("\"plain: text\""), "{text}");
        let read: Value = toml_edit::de::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
