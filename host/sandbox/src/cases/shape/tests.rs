//! The problems of expectations, with their paths.

mod answers;

use serde_json::json;

use super::*;

#[test]
fn an_unknown_field_is_reported_with_its_path() {
    for (part, expected, message) in [
        (
            "images",
            json!([{"name": "a"}, {"tgas": []}]),
            "images[1]: unknown field `tgas`; did you mean `tags`?",
        ),
        (
            "images",
            json!([{"source": {"build": {"x": 1}}}]),
            "images[0].source.build: unknown field `x`; expected one of context",
        ),
        (
            "targets",
            json!([{"rollout": {"on_failure": "leave"}}]),
            "targets[0].rollout: unknown field `on_failure`; did you mean `on-failure`?",
        ),
        (
            "targets",
            json!([{"tasks-before": [{"comand": []}]}]),
            "targets[0].tasks-before[0]: unknown field `comand`; did",
        ),
    ] {
        let problem = problems(part, &expected).remove(0);
        assert!(problem.starts_with(message), "{problem}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_reported_with_its_path() {
    let target = |target: Value| ("targets", json!([target]));
    let image = |image: Value| ("images", json!([image]));
    let integer = "an integer from 0 to 4294967295";
    for ((part, expected), message) in [
        (image(json!({"tags": "web"})), "images[0].tags: expected a list of strings, found \"web\""),
        (
            image(json!({"source": "x"})),
            "images[0].source: expected `dockerfile`, or a table with one of build, pushed, found \"x\"",
        ),
        (
            image(json!({"source": {"build": {"arguments": {"A": "b"}}}})),
            "images[0].source.build.arguments: expected a list of tables with some of name, value, found a table",
        ),
        (
            image(json!({"name": 5})),
            "images[0].name: expected a string, or `{ matches = \"REGEX\" }`, found 5",
        ),
        (target(json!({"wave": "0"})), &format!("targets[0].wave: expected {integer}, found \"0\"")),
        (target(json!({"wave": -1})), &format!("targets[0].wave: expected {integer}, found -1")),
        (
            target(json!({"wave": 4_294_967_296_u64})),
            &format!("targets[0].wave: expected {integer}, found 4294967296"),
        ),
        (
            target(json!({"wave": {"matches": "1"}})),
            &format!("targets[0].wave: expected {integer}, found the matcher `matches`"),
        ),
        (
            target(json!({"destination": "dev/web"})),
            "targets[0].destination: expected a table with one of service, family, schedule, event-rule, found \"dev/web\"",
        ),
        (
            target(json!({"destination": {"service": {}, "family": "x"}})),
            "targets[0].destination: expected only one of service, family",
        ),
        (
            target(json!({"rollout": {"on-failure": "rollback"}})),
            "targets[0].rollout.on-failure: expected one of leave, roll-back, found \"rollback\"",
        ),
        (
            target(json!({"containers": [{"environment": [["A", "b"]]}]})),
            "targets[0].containers[0].environment[0]: expected a table with some of name, value, found a list",
        ),
        (("targets", json!(["web"])), "targets[0]: expected a table with some of destination, region,"),
        (("skip", json!(["No."])), "skip: expected a string, or `{ matches = \"REGEX\" }`, found a list"),
        (("log", json!("a line")), "log: expected a list of strings, found \"a line\""),
    ] {
        let problem = problems(part, &expected).remove(0);
        assert!(problem.starts_with(message), "{problem}");
    }
}

#[test]
fn a_pattern_replaces_any_text_and_fields_are_optional() {
    let any = || json!({"matches": "x"});
    let targets = json!([{}, {
        "destination": {"service": {"cluster": any()}}, "role": any(), "rollout": {"on-failure": any()},
        "tasks-before": [{"command": [any()]}], "containers": [{"environment": [{"name": "A", "value": any()}]}],
    }, {"destination": {}}]);
    assert_eq!(problems("targets", &targets), Vec::<String>::new());
    assert_eq!(problems("error", &any()), Vec::<String>::new());
}

#[test]
fn every_matcher_is_checked_against_the_shape_that_it_is_in() {
    let good = json!([{
        "destination": {"service": {"cluster": {"contains": "prod"}, "service": {"not": "web"}}},
        "region": {"absent": true},
        "containers": {"unordered": [{"container": "a", "environment": {"contains": {"name": "A"}}}]},
        "tasks-before": {"contains": {"name": {"not": {"matches": "^x"}}}},
        "wave": {"not": 1},
    }]);
    assert_eq!(problems("targets", &good), Vec::<String>::new());
    assert_eq!(problems("targets", &json!({"unordered": [{}, {}]})), Vec::<String>::new());
    let bad = json!([{
        "region": {"unordered": ["a"]},
        "wave": {"contains": "1"},
        "tasks-before": {"contains": {"nmae": "x"}},
        "role": {"not": 5},
    }]);
    let found = problems("targets", &bad);
    for part in [
        "targets[0].region: expected a string, or `{ matches = \"REGEX\" }`, found the matcher `unordered`",
        "targets[0].wave: expected an integer from 0 to 4294967295, found the matcher `contains`",
        "targets[0].tasks-before.contains: unknown field `nmae`; did you mean `name`?",
        "targets[0].role.not: expected a string",
    ] {
        assert!(found.iter().any(|problem| problem.starts_with(part)), "{found:#?}");
    }
    assert_eq!(found.len(), 4);
}
