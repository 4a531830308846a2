//! The shape of an answer, so that a typing error in an expectation is reported before a case runs.

use serde_json::{Map, Value};

use super::matcher::{Matcher, required_elements};
use super::values::describe;
use model::names::suggestion;

/// The shape of a part of an answer.
enum Shape {
    /// A text, or a pattern.
    Text,
    /// One of these words, or a pattern.
    Word(&'static [&'static str]),
    /// An integer of 32 bits, as in the contract.
    Integer,
    /// `true` or `false`.
    Bool,
    /// The source of an image: the word `dockerfile`, or a table.
    Source,
    /// A list of values of one shape.
    List(&'static Shape),
    /// A table with some of these fields.
    Fields(&'static [(&'static str, Shape)]),
    /// A table with one of these fields.
    Either(&'static [(&'static str, Shape)]),
}

use Shape::{Bool, Either, Fields, Integer, List, Source, Text, Word};

static IMAGES: Shape = List(&Fields(&[
    ("name", Text),
    ("repository", Text),
    ("tags", List(&Text)),
    ("source", Source),
    ("publish-only", Bool),
]));

static SOURCE: Shape = Either(&[("build", BUILD), ("pushed", Text)]);

/// Names and values.
const SETTINGS: Shape = List(&Fields(&[("name", Text), ("value", Text)]));

const BUILD: Shape = Fields(&[
    ("context", Text),
    ("dockerfile", Text),
    ("stage", Text),
    ("arguments", SETTINGS),
    ("platforms", List(&Text)),
    ("labels", SETTINGS),
    ("pull", Bool),
    (
        "buildkit",
        Fields(&[
            ("secrets", List(&Fields(&[("id", Text), ("variable", Text)]))),
            ("ssh", List(&Text)),
            ("cache-from", List(&Text)),
            ("cache-to", List(&Text)),
            (
                "contexts",
                List(&Fields(&[
                    ("name", Text),
                    ("content", Either(&[("directory", Text), ("image", Text)])),
                ])),
            ),
        ]),
    ),
]);

static TASK: Shape = Fields(&[
    ("name", Text),
    ("container", Text),
    ("command", List(&Text)),
    ("environment", SETTINGS),
    ("timeout-seconds", Integer),
]);

static TARGETS: Shape = List(&Fields(&[
    (
        "destination",
        Either(&[
            ("service", Fields(&[("cluster", Text), ("service", Text)])),
            ("family", Text),
            ("schedule", Text),
            ("event-rule", Text),
        ]),
    ),
    ("region", Text),
    ("arn-region", Text),
    ("account", Text),
    ("role", Text),
    (
        "containers",
        List(&Fields(&[
            ("container", Text),
            ("image", Text),
            ("environment", SETTINGS),
            ("secrets", List(&Fields(&[("name", Text), ("value-from", Text)]))),
            ("unset", List(&Text)),
            ("command", List(&Text)),
        ])),
    ),
    (
        "task-definition",
        Fields(&[("base", Word(&["running", "latest"])), ("cpu-units", Integer), ("memory-mib", Integer)]),
    ),
    (
        "rollout",
        Fields(&[
            ("desired-count", Integer),
            ("timeout-seconds", Integer),
            ("bake-seconds", Integer),
            ("on-failure", Word(&["leave", "roll-back"])),
        ]),
    ),
    ("tasks-before", List(&TASK)),
    ("tasks-after", List(&TASK)),
    ("wave", Integer),
]));

static FINDINGS: Shape = List(&Fields(&[
    ("severity", Word(&["deny", "warn"])),
    ("rule", Text),
    ("message", Text),
    ("target", Text),
]));

static LOG: Shape = List(&Text);

/// Every problem in the expected value of a part, each with its path.
pub(super) fn problems(part: &str, expected: &Value) -> Vec<String> {
    let shape = match part {
        "skip" | "error" => &Text,
        "images" => &IMAGES,
        "targets" => &TARGETS,
        "findings" => &FINDINGS,
        "log" => &LOG,
        _ => return Vec::new(),
    };
    let mut problems = Vec::new();
    check(shape, expected, part, &mut problems);
    problems
}

fn check(shape: &Shape, expected: &Value, path: &str, problems: &mut Vec<String>) {
    if let Some(matcher) = Matcher::of(expected) {
        return check_matcher(shape, matcher, expected, path, problems);
    }
    match (shape, expected) {
        (Text, Value::String(_)) | (Bool, Value::Bool(_)) => {}
        (Word(words), Value::String(word)) if words.contains(&word.as_str()) => {}
        (Integer, Value::Number(number)) if number.as_u64().is_some_and(|it| u32::try_from(it).is_ok()) => {}
        (Source, Value::String(word)) if word == "dockerfile" => {}
        (Source, table @ Value::Object(_)) => check(&SOURCE, table, path, problems),
        (List(shape), Value::Array(values)) => check_list(shape, values, path, problems),
        (Fields(known), Value::Object(fields)) => check_table(known, fields, path, problems),
        (Either(known), Value::Object(fields)) => {
            check_table(known, fields, path, problems);
            if fields.len() > 1 {
                let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                problems.push(format!("{path}: expected only one of {}", names.join(", ")));
            }
        }
        (shape, value) => {
            problems.push(format!("{path}: expected {}, found {}", shape.name(), describe(value)));
        }
    }
}

/// Checks a matcher: only a string matches a pattern or has a part, and only a list has elements.
fn check_matcher(
    shape: &Shape,
    matcher: Matcher<'_>,
    expected: &Value,
    path: &str,
    problems: &mut Vec<String>,
) {
    match (matcher, shape) {
        (Matcher::Absent(_), _) | (Matcher::Matches(_), Text | Word(_)) => {}
        (Matcher::Not(value), shape) => check(shape, value, &format!("{path}.not"), problems),
        (Matcher::Contains(Value::String(_)), Text | Word(_)) => {}
        (Matcher::Contains(value), List(shape)) => {
            for element in required_elements(value) {
                check(shape, element, &format!("{path}.contains"), problems);
            }
        }
        (Matcher::Unordered(values), List(shape)) => {
            check_list(shape, values, &format!("{path}.unordered"), problems);
        }
        _ => {
            let key = expected.as_object().and_then(|fields| fields.keys().next());
            let key = key.map(String::as_str).unwrap_or_default();
            problems.push(format!("{path}: expected {}, found the matcher `{key}`", shape.name()));
        }
    }
}

fn check_list(shape: &Shape, values: &[Value], path: &str, problems: &mut Vec<String>) {
    for (index, value) in values.iter().enumerate() {
        check(shape, value, &format!("{path}[{index}]"), problems);
    }
}

fn check_table(
    known: &[(&'static str, Shape)],
    fields: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<String>,
) {
    for (name, value) in fields {
        match known.iter().find(|(known, _)| known == name) {
            Some((_, shape)) => check(shape, value, &format!("{path}.{name}"), problems),
            None => {
                problems
                    .push(format!("{path}: unknown field `{name}`{}", suggestion(name, &field_names(known))));
            }
        }
    }
}

fn field_names(fields: &[(&'static str, Shape)]) -> Vec<&'static str> {
    fields.iter().map(|(name, _)| *name).collect()
}

impl Shape {
    fn name(&self) -> String {
        match self {
            Text => "a string, or `{ matches = \"REGEX\" }`".to_owned(),
            Word(words) => format!("one of {}", words.join(", ")),
            Integer => "an integer from 0 to 4294967295".to_owned(),
            Bool => "true or false".to_owned(),
            Source => "`dockerfile`, or a table with one of build, pushed".to_owned(),
            List(Text) => "a list of strings".to_owned(),
            List(Fields(known)) => format!("a list of tables with some of {}", field_names(known).join(", ")),
            List(_) => "a list".to_owned(),
            Fields(known) => format!("a table with some of {}", field_names(known).join(", ")),
            Either(known) => format!("a table with one of {}", field_names(known).join(", ")),
        }
    }
}

#[cfg(test)]
mod tests;
