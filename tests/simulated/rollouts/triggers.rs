//! The verbs about schedules and rules beside `run`.

use serde_json::{Value, json};

use super::table::triggers::{jobs, rule_target, ruled, scheduled, starts, to_schedule};
use super::world::{COMMIT, World, scenario};

fn world() -> World {
    let mut scenario = scenario();
    for change in [jobs(), scheduled(starts("jobs:1")), ruled(json!([rule_target("a", "jobs")]))] {
        change(&mut scenario);
    }
    World::new(&scenario)
}

#[test]
fn status_shows_what_a_schedule_and_a_rule_start() {
    let world = world();
    world.run_decision(&to_schedule()).exits(0);
    let subjects = [
        "schedule:jobs/report",
        "main/web",
        "arn:aws:events:eu-west-1:123456789012:rule/orders/order",
        "schedule:missing",
    ];
    let ended = world.verb("status").args(&subjects).exits(5);
    ended
        .prints("schedule jobs/report starts jobs:2")
        .prints("started by cron(0 3 * * ? *) in Europe/Berlin")
        .prints(&format!("commit {}, build 57 of example/simple-todo", &COMMIT[..12]))
        .prints("event rule orders/order starts jobs:2")
        .prints("started by each event that its pattern matches")
        .prints("schedule:default/missing: it does not exist in eu-west-1");
    let events = ended.events();
    let described: Vec<&Value> =
        events.iter().filter(|event| event["event"] == "trigger-described").collect();
    assert_eq!(described.len(), 2, "{}", ended.transcript());
    assert_eq!(described[0]["trigger"], "schedule jobs/report");
    assert_eq!(described[0]["starts"]["build"]["number"], 57);
    assert_eq!(
        (&described[0]["is_enabled"], &described[1]["has_event_pattern"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn a_rollback_or_a_continue_of_a_schedule_is_rejected_with_what_to_do() {
    let world = world();
    for name in ["schedule:jobs/report", "arn:aws:scheduler:eu-west-1:123456789012:schedule/jobs/report"] {
        let ended = world.verb("rollback").args(&[name]).output();
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{text}");
        assert!(
            text.contains("a schedule or a rule has no rollout") && text.contains("--allow-older"),
            "{text}"
        );
    }
    let ended = world.verb("continue").args(&["schedule:jobs/report"]).output();
    let text = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{text}");
    assert!(text.contains("has no rollout, and no pause") && !text.contains("--allow-older"), "{text}");
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn a_plan_changes_no_schedule() {
    let world = world();
    let policy = crate::fixtures::policy("echo-policy").display().to_string();
    let ended = world.verb("plan").args(&[&policy]).set("DECISION", &to_schedule().to_string()).exits(0);
    ended.prints("schedule jobs/report: new revision after jobs:1, started from then on");
    assert!(ended.mutations().is_empty(), "{}", ended.transcript());
    let plan = ended.events().into_iter().find(|event| event["event"] == "plan-created").unwrap();
    let trigger = &plan["plan"]["targets"][0]["trigger"];
    assert_eq!((&trigger["names_revision"], &trigger["time_zone"]), (&json!(true), &json!("Europe/Berlin")));
    // The input of a target may contain secrets.
    assert!(!ended.json().contains("bin/report"), "{}", ended.json());
}
