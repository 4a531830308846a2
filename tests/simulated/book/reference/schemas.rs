//! Events, the plan and their types, from the schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use super::cell;
use crate::support::WORKSPACE;

fn schema(name: &str) -> Value {
    let path = format!("{WORKSPACE}/docs/schema/{name}.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

/// The type of a value, with links to the types that have a name.
fn kind(value: &Value) -> String {
    if let Some(name) = text(value, "$ref").strip_prefix("#/$defs/") {
        return format!("[{name}](types.md#{})", name.to_lowercase());
    }
    if let Some(constant) = value.get("const") {
        return format!("`{}`", constant.as_str().map_or_else(|| constant.to_string(), str::to_owned));
    }
    if let Some(values) = value["enum"].as_array() {
        let values: Vec<String> =
            values.iter().map(|value| format!("`{}`", value.as_str().unwrap_or("null"))).collect();
        return values.join(", ");
    }
    if let Some(alternatives) = value["anyOf"].as_array().or_else(|| value["oneOf"].as_array()) {
        let kinds: Vec<String> = alternatives.iter().map(kind).filter(|kind| !kind.is_empty()).collect();
        return kinds.join(" or ");
    }
    if value["type"] == "array" {
        return format!("list of {}", kind(&value["items"]));
    }
    if value["type"] == "object" && value["additionalProperties"].is_object() {
        return format!("object of {}", kind(&value["additionalProperties"]));
    }
    match &value["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    }
}

/// The fields of an object, with those of its alternatives.
fn fields(value: &Value, hidden: &[&str]) -> String {
    let mut rows = rows(value, hidden) + &flattened("", value);
    for alternative in value["oneOf"].as_array().into_iter().flatten() {
        let (tags, further): (Vec<_>, Vec<_>) = alternative["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .partition(|(_, field)| field.get("const").is_some());
        let tag = tags.iter().map(|(name, field)| format!("`{name}` is {}", kind(field))).collect::<Vec<_>>();
        if tag.is_empty() {
            continue;
        }
        rows += &format!("| {} | | {} |\n", tag.join(", "), cell(text(alternative, "description")));
        for (name, field) in further {
            rows += &row(&format!("↳ `{name}`"), field, is_required(alternative, name));
        }
        rows += &flattened("↳ ", alternative);
    }
    if rows.is_empty() {
        String::new()
    } else {
        format!("\n| field | type | content |\n|---|---|---|\n{rows}")
    }
}

/// The row of an object that has the fields of a named type besides its own.
fn flattened(indent: &str, value: &Value) -> String {
    if value["$ref"].is_string() && value["properties"].is_object() {
        let of = serde_json::json!({ "$ref": value["$ref"] });
        return format!("| {indent}the fields of | {} | |\n", kind(&of));
    }
    String::new()
}

fn is_required(value: &Value, name: &str) -> bool {
    value["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
}

fn rows(value: &Value, hidden: &[&str]) -> String {
    let fields = value["properties"].as_object().into_iter().flatten();
    let fields = fields.filter(|(name, _)| !hidden.contains(&name.as_str()));
    fields.map(|(name, field)| row(&format!("`{name}`"), field, is_required(value, name))).collect()
}

fn row(name: &str, field: &Value, is_required: bool) -> String {
    let optional = if is_required { "" } else { "optional; " };
    format!("| {name} | {} | {optional}{} |\n", cell(&kind(field)), cell(text(field, "description")))
}

/// Each event and its fields.
pub fn events() -> String {
    let schema = schema("events");
    let events = schema["oneOf"].as_array().unwrap();
    let name = |event: &Value| text(&event["properties"]["event"], "const").to_owned();
    let mut page = String::from("| event | when |\n|---|---|\n");
    for event in events {
        page += &format!("| [`{0}`](#{0}) | {1} |\n", name(event), cell(text(event, "description")));
    }
    for event in events {
        let name = name(event);
        page += &format!("\n## {name}\n\n{}\n", text(event, "description"));
        // The verdicts have a page of their own.
        let mut event = event.clone();
        if name == "verdict-reached" {
            event["oneOf"] = Value::Null;
            page += "\nThe field `verdict` is the name of a [verdict](verdicts.md), which adds fields of its own.\n";
        }
        page += &fields(&event, &["event", "elapsed"]);
    }
    page
}

/// The document of a plan.
pub fn plan() -> String {
    fields(&schema("plan"), &[])
}

/// The verdicts with their descriptions and fields.
pub fn verdicts() -> Vec<(String, String, String)> {
    let schema = schema("events");
    let events = schema["oneOf"].as_array().unwrap();
    let event =
        events.iter().find(|event| event["properties"]["event"]["const"] == "verdict-reached").unwrap();
    let verdicts = event["oneOf"].as_array().unwrap().iter();
    let verdict = |verdict: &Value| {
        let name = text(&verdict["properties"]["verdict"], "const").to_owned();
        (name, text(verdict, "description").to_owned(), fields(verdict, &["verdict"]))
    };
    verdicts.map(verdict).collect()
}

/// Each type that has a name, of both schemas.
pub fn types() -> String {
    let mut types = BTreeMap::new();
    for schema in [schema("events"), schema("plan")] {
        for (name, value) in schema["$defs"].as_object().unwrap() {
            types.insert(name.clone(), value.clone());
        }
    }
    let mut page = String::new();
    for (name, value) in types {
        page += &format!("\n## {name}\n\n{}\n", text(&value, "description"));
        let fields = fields(&value, &[]);
        if !fields.is_empty() {
            page += &fields;
        } else {
            page += &match value["oneOf"].as_array() {
                // The words of an enumeration, each with a description.
                Some(words) => {
                    let row =
                        |word: &Value| format!("| {} | {} |\n", kind(word), cell(text(word, "description")));
                    format!("\n| value | meaning |\n|---|---|\n{}", words.iter().map(row).collect::<String>())
                }
                None => format!("\nType: {}.\n", kind(&value)),
            };
        }
    }
    page
}
