//! Secrets in a document: a task definition, a decision or a plan.

use serde_json::Value;

use super::{redact, secret_parts};

/// Replaces every secret in a document by a mask. The shape of the document stays.
pub fn redact_document(document: &mut Value) {
    visit("", document, &mut |name, text| *text = redact(name, text));
}

/// Every secret in a document.
#[must_use]
pub fn find_in_document(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit("", &mut document.clone(), &mut |name, text| {
        found.extend(secret_parts(name, text).into_iter().map(str::to_owned));
    });
    found
}

/// Visits every string with the name that it has:
/// - the field `value` of an object has its `name` or `key`, as a variable, a build argument or a tag has;
/// - an element of a command has the option before it, as in `["--password", "…"]`;
/// - any other string has the name of its field.
fn visit(name: &str, value: &mut Value, edit: &mut impl FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => edit(name, text),
        Value::Array(elements) => visit_elements(name, elements, edit),
        Value::Object(fields) => {
            let label_of =
                |field| Some((field, fields.get("value").and(fields.get(field))?.as_str()?.to_owned()));
            let label = ["name", "key"].into_iter().find_map(label_of);
            for (field, value) in fields {
                match &label {
                    Some((_, label)) if field == "value" => visit(label, value, edit),
                    Some((label_field, _)) if field == label_field => {}
                    _ => visit(field, value, edit),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn visit_elements(name: &str, elements: &mut [Value], edit: &mut impl FnMut(&str, &mut String)) {
    let mut option: Option<String> = None;
    for element in elements {
        match element {
            Value::String(text) => {
                let next = text.starts_with('-') && !text.contains('=');
                let next = next.then(|| text.trim_start_matches('-').to_owned());
                edit(option.as_deref().unwrap_or(name), text);
                option = next;
            }
            other => visit(name, other, edit),
        }
    }
}
