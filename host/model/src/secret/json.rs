//! Secrets in a document: a task definition, a decision or a plan.

use std::ops::Range;

use serde_json::Value;

use super::command::Command;
use super::text::{mask_parts, range_of};
use super::{MASK, redact, secret_parts};

/// Replaces every secret in a document by a mask. The shape of the document stays.
pub fn redact_document(document: &mut Value) {
    visit("", document, &mut |name, text, argument| {
        let masked = mask_parts(text, argument.and_then(|range| text.get(range)));
        *text = redact(name, &masked);
    });
}

/// Replaces every secret in a document by a mask, and each text that is one as a whole by `null`.
pub fn hide_secrets(document: &mut Value) {
    redact_document(document);
    set_null(document);
}

/// Replaces each text that consists of a mask by `null`.
pub fn set_null(value: &mut Value) {
    match value {
        Value::String(text) if text == MASK => *value = Value::Null,
        Value::Array(elements) => elements.iter_mut().for_each(set_null),
        Value::Object(fields) => fields.values_mut().for_each(set_null),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every secret in a document.
#[must_use]
pub fn find_in_document(document: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    visit("", &mut document.clone(), &mut |name, text, argument| {
        let argument = argument.and_then(|range| text.get(range));
        for part in argument.into_iter().chain(secret_parts(name, text)) {
            if !found.iter().any(|known| known == part) {
                found.push(part.to_owned());
            }
        }
    });
    found
}

/// Visits every string with the name that it has:
/// - the field `value` of an object has its `name` or `key`, as a variable, a build argument or a tag has;
/// - any other string has the name of its field.
///
/// `edit` also receives where an element of a list contains a secret because of those before it, as in
/// `["--password", "…"]`.
fn visit(name: &str, value: &mut Value, edit: &mut impl FnMut(&str, &mut String, Option<Range<usize>>)) {
    match value {
        Value::String(text) => edit(name, text, None),
        Value::Array(elements) => visit_elements(name, elements, Command::exact(), edit),
        Value::Object(fields) => {
            let label_of =
                |field| Some((field, fields.get("value").and(fields.get(field))?.as_str()?.to_owned()));
            let label = ["name", "key"].into_iter().find_map(label_of);
            let entry_point = fields.get("entryPoint").and_then(Value::as_array).cloned();
            for (field, value) in fields {
                match (&label, value) {
                    (Some((_, label)), value) if field == "value" => visit(label, value, edit),
                    (Some((label_field, _)), _) if field == label_field => {}
                    (_, Value::Array(elements)) if field == "command" => {
                        let command = read_all(entry_point.iter().flatten());
                        visit_elements(field, elements, command, edit);
                    }
                    (_, value) => visit(field, value, edit),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A command after these words. The words of a container's `command` follow those of its `entryPoint`.
fn read_all<'v>(words: impl Iterator<Item = &'v Value>) -> Command {
    let mut command = Command::exact();
    for word in words.filter_map(Value::as_str) {
        command.read(word);
    }
    command
}

fn visit_elements(
    name: &str,
    elements: &mut [Value],
    mut command: Command,
    edit: &mut impl FnMut(&str, &mut String, Option<Range<usize>>),
) {
    for element in elements {
        match element {
            Value::String(text) => {
                let argument = command.read(text).and_then(|secret| range_of(text, secret));
                edit(name, text, argument);
            }
            other => visit(name, other, edit),
        }
    }
}
