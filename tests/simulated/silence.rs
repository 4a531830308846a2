//! The silence rule: CI systems end a job without output, so a run prints a line every minute from its first second on.

use std::time::Duration;

use ecs_simulator::{Fault, FaultKind};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::world::{World, scenario};

/// The interval of heartbeats, and time for a busy machine.
const LIMIT: Duration = Duration::from_secs(90);

/// An ECS that does not answer.
fn silent_world() -> World {
    let kind = FaultKind::Slow(600.0);
    let fault = Fault { action: "ecs:*".to_owned(), skip: 0, limit: 100, probability: None, kind };
    World::new(&ecs_simulator::Scenario { faults: vec![fault], ..scenario() })
}

#[test]
fn every_verb_prints_a_line_a_minute_while_it_reads() {
    let world = silent_world();
    let image = json!({"name": "todo", "repository": super::world::repository(), "tags": ["master"]});
    let answer: Value = json!({"images": [image], "targets": [{"cluster": "main", "service": "web"}]});
    let run = world.run_decision(&answer).begin();
    let verbs = [world.verb("plan").begin(), world.verb("status").args(&["main/web"]).begin(), run];
    for verb in verbs {
        let ended = verb.wait_for_output_within(LIMIT, "  still ").send_signal(Signal::TERM).ends();
        let events = ended.events();
        let heartbeat = events.iter().find(|event| event["event"] == "heartbeat").expect("a heartbeat");
        assert!(!heartbeat["activity"].as_str().unwrap().is_empty(), "{}", ended.transcript());
        assert!(heartbeat["elapsed"].as_f64().unwrap() >= 59.0, "{}", ended.transcript());
    }
}
