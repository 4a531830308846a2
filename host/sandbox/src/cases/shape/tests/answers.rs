//! The shapes are those of real answers.

use std::collections::BTreeSet;

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
