//! The shapes are those of real answers.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::cases::answer::{Answer, Outcome};
use model::decision::*;
use model::names::{BuildCache, Digest, ImageReference, Region, Repository, RoleArn, Tag};

/// Every path in a shape, with its kind.
fn kinds_of_shape(shape: &Shape, at: &str, kinds: &mut BTreeSet<String>) {
    let mut add = |kind: &str| {
        kinds.insert(format!("{at}: {kind}"));
    };
    match shape {
        Text => add("text"),
        Word(words) => words.iter().for_each(|word| add(&format!("text {word}"))),
        Integer => add("number"),
        Bool => add("bool"),
        Source => {
            add("text");
            kinds_of_shape(&SOURCE, at, kinds);
        }
        List(shape) => {
            add("list");
            kinds_of_shape(shape, &format!("{at}[]"), kinds);
        }
        // The number of fields distinguishes the two.
        Fields(fields) | Either(fields) => {
            let together = if matches!(shape, Either(_)) { 1 } else { fields.len() };
            add(&format!("{together} fields"));
            for (name, shape) in *fields {
                kinds_of_shape(shape, &format!("{at}.{name}"), kinds);
            }
        }
    }
}

fn kinds_of_value(value: &Value, at: &str, kinds: &mut BTreeSet<String>) {
    let mut add = |kind: &str| {
        kinds.insert(format!("{at}: {kind}"));
    };
    match value {
        Value::String(word) if at.ends_with(".on-failure") || at.ends_with(".base") => {
            add(&format!("text {word}"))
        }
        Value::String(_) => add("text"),
        Value::Number(_) => add("number"),
        Value::Array(values) => {
            add("list");
            values.iter().for_each(|value| kinds_of_value(value, &format!("{at}[]"), kinds));
        }
        Value::Object(fields) => {
            add(&format!("{} fields", fields.len()));
            for (name, value) in fields {
                kinds_of_value(value, &format!("{at}.{name}"), kinds);
            }
        }
        Value::Bool(_) => add("bool"),
        Value::Null => add("something else"),
    }
}

/// A deployment with a value in every field.
fn full_deployment() -> Deployment {
    let repository = Repository::parse("registry.example.com/app").unwrap();
    let tag = || Tag::parse("a").unwrap();
    let image = |source| Image {
        name: "a".into(),
        repository: repository.clone(),
        tags: vec![tag()],
        source,
        publish_only: true,
    };
    let built = DockerBuild {
        context: ".".into(),
        dockerfile: Some("a".into()),
        stage: Some("a".into()),
        arguments: vec![("a".into(), "b".into())],
        platforms: vec!["a".into()],
        labels: vec![("a".into(), "b".into())],
        pull: true,
        buildkit: Some(Box::new(BuildkitOptions {
            secrets: vec![BuildSecret { id: "a".into(), variable: "A".into() }],
            ssh: vec!["default".into()],
            cache_from: vec![BuildCache::parse_source("a.example/b:c").unwrap()],
            cache_to: vec![BuildCache::parse_destination("type=inline").unwrap()],
            contexts: [
                ContextContent::Directory("a".into()),
                ContextContent::Image(ImageReference::parse("a.example/b:c").unwrap()),
            ]
            .map(|content| BuildContext { name: "a".into(), content })
            .into(),
        })),
    };
    let task = || OneOffTask {
        name: "a".into(),
        container: "a".into(),
        command: vec!["a".into()],
        environment: vec![("a".into(), "b".into())],
        timeout_seconds: Some(1),
    };
    let target = |destination, on_failure| Target {
        destination,
        region: Region::parse("eu-central-1").ok(),
        arn_region: Region::parse("eu-central-1").ok(),
        account: Some("123456789012".into()),
        role: RoleArn::parse("arn:aws:iam::123456789012:role/a").ok(),
        containers: Some(vec![ContainerChange {
            container: "a".into(),
            image: Some("a".into()),
            settings: ContainerSettings {
                environment: vec![("a".into(), "b".into())],
                secrets: vec![("a".into(), "b".into())],
                unset: vec!["a".into()],
                command: Some(vec!["a".into()]),
            },
        }]),
        task_definition: TaskDefinitionOptions {
            base: Some(match on_failure {
                FailureAction::Leave => RevisionBase::Running,
                FailureAction::RollBack => RevisionBase::Latest,
            }),
            cpu_units: Some(1),
            memory_mib: Some(1),
        },
        rollout: RolloutOptions {
            desired_count: Some(1),
            timeout_seconds: Some(1),
            bake_seconds: Some(1),
            on_failure: Some(on_failure),
        },
        tasks_before: vec![task()],
        tasks_after: vec![task()],
        wave: u32::MAX,
    };
    let service = Destination::Service(ServiceName { cluster: "a".into(), service: "a".into() });
    let schedule = Destination::Schedule(ScheduleName { group: "a".into(), schedule: "a".into() });
    let rule = Destination::EventRule(EventRuleName { bus: "a".into(), rule: "a".into() });
    Deployment {
        images: vec![
            image(ImageSource::Dockerfile),
            image(ImageSource::Build(built)),
            image(ImageSource::Pushed(Reference::Tag(tag()))),
            image(ImageSource::Pushed(Reference::Digest(Digest::sha256(b"a")))),
        ],
        targets: vec![
            target(service, FailureAction::Leave),
            target(Destination::Family("a".into()), FailureAction::RollBack),
            target(schedule, FailureAction::RollBack),
            target(rule, FailureAction::RollBack),
        ],
    }
}

#[test]
fn the_shapes_have_the_fields_and_kinds_of_real_answers() {
    let outcome = Outcome::Decided(Decision::Deploy(full_deployment()));
    let answer = Answer { outcome, log: vec!["a".into()] }.to_value();
    for (part, shape) in [("images", &IMAGES), ("targets", &TARGETS), ("log", &LOG)] {
        let (mut known, mut answered) = (BTreeSet::new(), BTreeSet::new());
        kinds_of_shape(shape, part, &mut known);
        kinds_of_value(&answer[part], part, &mut answered);
        assert_eq!(known, answered);
        assert_eq!(problems(part, &answer[part]), Vec::<String>::new());
    }
    for outcome in [Outcome::Rejected("a".into()), Outcome::Decided(Decision::Skip { reason: "a".into() })] {
        let answer = Answer { outcome, log: Vec::new() }.to_value();
        for (part, value) in answer.as_object().unwrap() {
            assert_eq!(problems(part, value), Vec::<String>::new());
        }
    }
}

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
