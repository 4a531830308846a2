//! Answers and values as TOML.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use toml_edit::ser::ValueSerializer;
use toml_edit::{Array, DocumentMut, Item};

use super::answer::Answer;

/// The parts of an answer that are neither empty nor absent. A deployment always has images and targets.
pub(super) fn expectation(answer: &Answer) -> Value {
    let mut value = answer.to_value();
    if let Some(fields) = value.as_object_mut() {
        let (images, targets) = (fields.contains_key("images"), fields.contains_key("targets"));
        remove_empty(fields);
        for (name, is_deployed) in [("images", images), ("targets", targets)] {
            if is_deployed && !fields.contains_key(name) {
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

/// A value as an item of a document.
pub(super) fn to_item(value: &Value) -> Result<Item, String> {
    to_value(value).map(Item::Value)
}

/// A value as one of a document. A list of tables has one table a line.
pub(super) fn to_value(value: &Value) -> Result<toml_edit::Value, String> {
    let value = TomlValue(value).serialize(ValueSerializer::new()).map_err(|error| error.to_string())?;
    Ok(match value {
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
    })
}

/// The value of an item of a document.
pub(super) fn from_item(item: &Item) -> Value {
    let mut document = DocumentMut::new();
    document.insert("value", item.clone());
    let whole: Value = toml_edit::de::from_str(&document.to_string()).unwrap_or_default();
    whole.get("value").cloned().unwrap_or_default()
}
