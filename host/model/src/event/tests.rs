use std::time::Duration;

use serde_json::{Value, json};

use super::*;

fn to_value(event: &Event) -> Value {
    serde_json::from_str(&event.to_json(Duration::from_millis(1500))).unwrap()
}

#[test]
fn the_json_of_an_event_has_its_name_its_fields_and_the_elapsed_seconds() {
    let started = Event::RunStarted { schema: SCHEMA, version: "1.0.0".to_owned(), verb: "plan".to_owned() };
    let expected = json!({
        "event": "run-started", "schema": 1, "version": "1.0.0", "verb": "plan", "elapsed": 1.5,
    });
    assert_eq!(to_value(&started), expected);
}

#[test]
fn the_last_event_has_the_exit_code_and_its_name() {
    let finished = to_value(&Event::RunFinished { exit: Exit::Signal(15) });
    let expected =
        json!({"event": "run-finished", "exit_code": 143, "outcome": "interrupted", "elapsed": 1.5});
    assert_eq!(finished, expected);
}
