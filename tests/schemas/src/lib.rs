//! Checks what programs read of `ecs-host`, its events and its plans, against the schemas in `docs/schema`, for tests.
//!
//! The published schemas are open, so that a reader accepts the fields of a later version. Here they are closed: a field
//! that a schema does not name is an error.
//!
//! It is a package of its own, and a default member, so that `cargo build` and `cargo test` select the same features of the
//! dependencies that the validator shares with the host, and compile the host once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test, what should not be is a failure"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

/// The compiled schemas.
struct Compiled {
    schemas: Schemas,
    /// The schema of each event, by its name.
    events: BTreeMap<String, SchemaIndex>,
    plan: SchemaIndex,
    recorded_plan: SchemaIndex,
    saved_plan: SchemaIndex,
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let mut events = parse(EVENTS);
    let mut plan = parse(PLAN);
    // Each alternative is the whole of one event.
    let alternatives = events["oneOf"].as_array_mut().expect("events");
    alternatives.iter_mut().for_each(|alternative| close(alternative, true));
    let definitions = events["$defs"].as_object_mut().expect("definitions");
    definitions.iter_mut().for_each(|(_, definition)| close(definition, false));
    let alternatives = events["oneOf"].as_array().expect("events");
    let name = |alternative: &Value| {
        alternative["properties"]["event"]["const"].as_str().expect("the name of an event").to_owned()
    };
    let names: Vec<String> = alternatives.iter().map(name).collect();
    close(&mut plan, true);
    let mut recorded_plan = parse(RECORDED_PLAN);
    close(&mut recorded_plan, true);
    let mut saved_plan = parse(SAVED_PLAN);
    close(&mut saved_plan, true);
    let resources = [
        ("mem:///events", events),
        ("mem:///plan", plan),
        ("mem:///recorded-plan", recorded_plan),
        ("mem:///saved-plan", saved_plan),
    ];
    for (url, schema) in resources {
        compiler.add_resource(url, schema).expect("a schema");
    }
    let mut compile =
        |url: &str| compiler.compile(url, &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
    let events = names.into_iter().enumerate();
    let events =
        events.map(|(number, name)| (name, compile(&format!("mem:///events#/oneOf/{number}")))).collect();
    let (plan, recorded_plan) = (compile("mem:///plan"), compile("mem:///recorded-plan"));
    let saved_plan = compile("mem:///saved-plan");
    Compiled { schemas, events, plan, recorded_plan, saved_plan }
});

/// The schemas in the repository. They are compiled in, so that a build in another checkout does not read this one's.
const EVENTS: &str = include_str!("../../../docs/schema/events.schema.json");
const PLAN: &str = include_str!("../../../docs/schema/plan.schema.json");
const RECORDED_PLAN: &str = include_str!("../../../docs/schema/recorded-plan.schema.json");
const SAVED_PLAN: &str = include_str!("../../../docs/schema/saved-plan.schema.json");

fn parse(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap_or_else(|error| panic!("a schema in docs/schema: {error}"))
}

/// Lets the objects that a schema describes have no other fields. `is_whole` states whether the schema describes all
/// fields of an object, and not only some, as an alternative or a definition beside other fields does.
fn close(schema: &mut Value, is_whole: bool) {
    let Some(keywords) = schema.as_object_mut() else { return };
    let each_field = |value: &mut Value, is_whole: bool| {
        value.as_object_mut().into_iter().flatten().for_each(|(_, own)| close(own, is_whole));
    };
    for (keyword, value) in keywords.iter_mut() {
        match keyword.as_str() {
            "properties" => each_field(value, true),
            // What refers to a definition is closed, because it can add fields of its own.
            "$defs" => each_field(value, false),
            "items" | "additionalProperties" => close(value, true),
            "oneOf" | "anyOf" | "allOf" => {
                value.as_array_mut().into_iter().flatten().for_each(|own| close(own, false));
            }
            _ => {}
        }
    }
    let describes = ["$ref", "properties", "oneOf", "anyOf", "allOf"];
    if is_whole && describes.iter().any(|keyword| keywords.contains_key(*keyword)) {
        keywords.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

/// What is wrong with the events of a run, each a line of JSON; empty if all have their schema. A line that is not an event
/// is none: a run that was killed may have left a part of one.
#[must_use]
pub fn event_errors(stream: &str) -> Vec<String> {
    let error = |line: &str| {
        let event = serde_json::from_str::<Value>(line).ok()?;
        let name = event.get("event")?.as_str()?;
        let Some(schema) = COMPILED.events.get(name) else {
            return Some(format!("the schema has no event `{name}`"));
        };
        let error = COMPILED.schemas.validate(&event, *schema).err()?;
        Some(format!("{error:#}\n  {line}"))
    };
    stream.lines().filter_map(error).collect()
}

/// Asserts that the events of a run have their schema.
///
/// # Panics
/// If one has not.
pub fn assert_events(stream: &str) {
    let errors = event_errors(stream);
    assert!(errors.is_empty(), "the events do not have their schema:\n{}", errors.join("\n"));
}

/// Parses the document of a plan, and asserts that it has its schema.
///
/// # Panics
/// If it has not.
#[must_use]
pub fn plan_document(text: &str) -> Value {
    checked(text, COMPILED.plan)
}

/// Parses a recorded plan, and asserts that it has its schema.
///
/// # Panics
/// If it has not.
#[must_use]
pub fn recorded_plan(text: &str) -> Value {
    checked(text, COMPILED.recorded_plan)
}

/// Parses a saved plan, and asserts that it has its schema.
///
/// # Panics
/// If it has not.
#[must_use]
pub fn saved_plan(text: &str) -> Value {
    checked(text, COMPILED.saved_plan)
}

fn checked(text: &str, schema: SchemaIndex) -> Value {
    let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let result = COMPILED.schemas.validate(&document, schema);
    assert!(result.is_ok(), "the plan does not have its schema: {:#}\n{text}", result.unwrap_err());
    document
}
