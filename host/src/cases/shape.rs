//! The names that an answer's parts can have, so that a slip in what a case
//! expects is told before anything is run.

use serde_json::Value;

use crate::names::near;

/// What a part of an answer is made of.
enum Shape {
    /// A text, a number, or anything whose parts have no names.
    Plain,
    /// Any number of the same.
    List(&'static Shape),
    /// Parts with names. Those of every kind that it can be of are among them.
    Fields(&'static [(&'static str, Shape)]),
}

use Shape::{Fields, List, Plain};

static IMAGES: Shape = List(&Fields(&[
    ("name", Plain),
    ("repository", Plain),
    ("tags", List(&Plain)),
    (
        "source",
        Fields(&[
            (
                "dockerfile",
                Fields(&[
                    ("context", Plain),
                    ("dockerfile", Plain),
                    ("stage", Plain),
                    ("arguments", Plain),
                    ("platform", Plain),
                ]),
            ),
            ("pushed", Fields(&[("tag", Plain), ("digest", Plain)])),
        ]),
    ),
]));

static TASK: Shape =
    Fields(&[("name", Plain), ("container", Plain), ("command", List(&Plain)), ("timeout", Plain)]);

static TARGETS: Shape = List(&Fields(&[
    (
        "destination",
        Fields(&[("service", Fields(&[("cluster", Plain), ("service", Plain)])), ("family", Plain)]),
    ),
    ("region", Plain),
    ("arn-region", Plain),
    ("account", Plain),
    ("role", Plain),
    ("containers", List(&Fields(&[("container", Plain), ("image", Plain), ("environment", Plain)]))),
    ("tasks-before", List(&TASK)),
    ("tasks-after", List(&TASK)),
    ("wave", Plain),
    ("timeout", Plain),
    ("on-failure", Plain),
]));

/// The first name in what is expected of a part that no answer has there.
pub(super) fn unknown(part: &str, expected: &Value) -> Option<String> {
    match part {
        "images" => within(&IMAGES, expected, part),
        "targets" => within(&TARGETS, expected, part),
        _ => None,
    }
}

fn within(shape: &Shape, expected: &Value, at: &str) -> Option<String> {
    match (shape, expected) {
        (List(shape), Value::Array(values)) => {
            let mut values = values.iter().enumerate();
            values.find_map(|(index, value)| within(shape, value, &format!("{at}[{index}]")))
        }
        (Fields(known), Value::Object(fields)) => {
            fields.iter().find_map(|(name, value)| match known.iter().find(|(known, _)| known == name) {
                Some((_, shape)) => within(shape, value, &format!("{at}.{name}")),
                None => Some(format!("{at} has no `{name}`{}", instead(name, known))),
            })
        }
        // A text that is told by a pattern is not looked into; a value of another kind differs.
        _ => None,
    }
}

fn instead(name: &str, known: &[(&str, Shape)]) -> String {
    let known: Vec<&str> = known.iter().map(|(known, _)| *known).collect();
    match near(name, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!(", but {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::cases::run::{Answer, Seen};
    use crate::names::{Digest, Region, Repository, RoleArn, Tag};
    use crate::policy::Decision;
    use crate::policy::decision::*;

    fn names_of_shape(shape: &Shape, at: &str, names: &mut BTreeSet<String>) {
        match shape {
            Plain => {}
            List(shape) => names_of_shape(shape, at, names),
            Fields(fields) => {
                for (name, shape) in *fields {
                    let at = format!("{at}.{name}");
                    names_of_shape(shape, &at, names);
                    names.insert(at);
                }
            }
        }
    }

    fn names_of_value(value: &Value, at: &str, names: &mut BTreeSet<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| names_of_value(value, at, names)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let at = format!("{at}.{name}");
                    names_of_value(value, &at, names);
                    names.insert(at);
                }
            }
            _ => {}
        }
    }

    /// A deployment that has everything that one can have.
    fn whole() -> Deployment {
        let repository = Repository::parse("registry.example.com/app").unwrap();
        let tag = || Tag::parse("a").unwrap();
        let image =
            |source| Image { name: "a".into(), repository: repository.clone(), tags: vec![tag()], source };
        let built = DockerBuild {
            context: ".".into(),
            dockerfile: Some("a".into()),
            stage: Some("a".into()),
            arguments: vec![("a".into(), "b".into())],
            platform: Some("a".into()),
        };
        let task = || OneOffTask {
            name: "a".into(),
            container: "a".into(),
            command: vec!["a".into()],
            timeout: Some(1),
        };
        let target = |destination| Target {
            destination,
            region: Region::parse("eu-central-1").ok(),
            arn_region: Region::parse("eu-central-1").ok(),
            account: Some("123456789012".into()),
            role: RoleArn::parse("arn:aws:iam::123456789012:role/a").ok(),
            containers: vec![Assignment { container: "a".into(), image: "a".into(), environment: vec![] }],
            tasks_before: vec![task()],
            tasks_after: vec![task()],
            wave: 0,
            timeout: Some(1),
            on_failure: Some(FailureAction::Leave),
        };
        Deployment {
            images: vec![
                image(ImageSource::Dockerfile(built)),
                image(ImageSource::Pushed(Reference::Tag(tag()))),
                image(ImageSource::Pushed(Reference::Digest(Digest::of(b"a")))),
            ],
            targets: vec![
                target(Destination::Service(ServiceName { cluster: "a".into(), service: "a".into() })),
                target(Destination::Family("a".into())),
            ],
        }
    }

    #[test]
    fn the_names_are_those_of_answers() {
        let answer = Answer::Decided(Decision::Deploy(whole()));
        let answer = Seen { answer, log: Vec::new() }.to_value();
        for (part, shape) in [("images", &IMAGES), ("targets", &TARGETS)] {
            let (mut known, mut answered) = (BTreeSet::new(), BTreeSet::new());
            names_of_shape(shape, part, &mut known);
            names_of_value(&answer[part], part, &mut answered);
            assert_eq!(known, answered);
        }
    }

    #[test]
    fn a_slip_is_told_with_its_place() {
        for (part, expected, told) in [
            ("images", json!([{"name": "a"}, {"tgas": []}]), "images[1] has no `tgas`; did you mean `tags`?"),
            (
                "images",
                json!([{"source": {"dockerfile": {"x": 1}}}]),
                "images[0].source.dockerfile has no `x`, but",
            ),
            (
                "targets",
                json!([{"on_failure": "leave"}]),
                "targets[0] has no `on_failure`; did you mean `on-failure`?",
            ),
            (
                "targets",
                json!([{"tasks-before": [{"comand": []}]}]),
                "targets[0].tasks-before[0] has no `comand`; did",
            ),
        ] {
            let problem = unknown(part, &expected).unwrap();
            assert!(problem.starts_with(told), "{problem}");
        }
        let right =
            json!([{"destination": {"service": {"cluster": {"matches": "x"}}}, "role": 5, "wave": {"y": 1}}]);
        assert_eq!(unknown("targets", &right), None);
    }
}
