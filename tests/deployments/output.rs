//! The output of a run: JSON for programs, text for people.

use serde_json::{Value, json};

use crate::app::App;

#[test]
fn json_is_one_object_per_line_and_text_goes_to_stderr() {
    let app = App::new("json");
    let run = app.run().arg("--json").exits(0);
    assert!(run.stderr.contains("Verdict") && run.stderr.contains("deployed"), "{}", run.stderr);

    let events = run.events();
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let mut steps = kinds.clone();
    steps.retain(|kind| !["docker-started", "docker-output", "rollout-progressed"].contains(kind));
    let expected = [
        "run-started",
        "build-detected",
        "policy-loaded",
        "decision-made",
        "plan-created",
        "image-pushed",
        "revision-registered",
        "service-updated",
        "verdict-reached",
        "run-finished",
    ];
    assert_eq!(steps, expected, "{kinds:?}");
    assert!(kinds.contains(&"docker-output"), "{kinds:?}");

    let find = |kind: &str| events.iter().find(|event| event["event"] == json!(kind)).unwrap();
    assert_eq!(find("verdict-reached")["verdict"], json!("deployed"));
    assert_eq!(find("verdict-reached")["target"], json!("json/json"));
    assert_eq!(find("image-pushed")["digest"], json!(app.pushed()["master"]));
    assert_eq!(find("run-finished")["exit_code"], json!(0));
    assert_eq!(events[0]["schema"], json!(1));
    assert!(events.iter().all(|event| event["elapsed"].is_number()));
}

#[test]
fn an_error_is_an_event() {
    let app = App::new("json-error");
    let run = app.run().arg("--json").unset("DEPLOY_BRANCHES").exits(3);
    let events = run.events();
    let last: Vec<&Value> = events.iter().rev().take(2).collect();
    assert_eq!((&last[0]["event"], &last[0]["exit_code"]), (&json!("run-finished"), &json!(3)));
    assert_eq!(last[1]["event"], json!("error"));
    assert!(last[1]["message"].as_str().unwrap().contains("DEPLOY_BRANCHES"), "{last:?}");
}

#[test]
fn output_to_a_pipe_has_no_colors() {
    let app = App::new("plain");
    // The log of Travis CI folds by control characters.
    let run = app.run().unset("TRAVIS").exits(0);
    run.does_not_print("\u{1b}");
    assert_eq!(run.stderr, "");
}

#[test]
fn a_closed_standard_output_does_not_end_the_deployment() {
    let app = App::new("no-reader");
    app.run().with_closed_stdout().exits(0);
    assert_eq!(app.image(), format!("{}@{}", app.repository(), app.pushed()["master"]));
}

#[test]
fn an_unwritable_standard_output_is_an_error_of_verbs_that_only_print() {
    let app = App::new("full-disk");
    let failed = "cannot write the output to stdout: No space left on device";
    app.plan().with_full_disk().exits(5).prints(failed).changed_nothing();
    app.run().set("DRYRUN", "1").with_full_disk().exits(5).prints(failed).changed_nothing();
    // The rollout continues, and its verdict decides the exit code.
    app.run().with_full_disk().exits(0).does_not_print(failed);
    assert_eq!(app.image(), format!("{}@{}", app.repository(), app.pushed()["master"]));
    app.sync_ecr();
    app.run().arg("--json").with_full_disk().exits(5).prints(failed).changed_nothing();
    app.plan().with_closed_stdout().exits(0);
}
