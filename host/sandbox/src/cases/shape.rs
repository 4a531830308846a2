//! The shape of an answer, so that a typing error in an expectation is reported before a case runs.

use serde_json::{Map, Value};

use super::pattern::pattern;
use super::values::{describe, suggest};

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
    /// A name and its value.
    Pair,
    /// A list of values of one shape.
    List(&'static Shape),
    /// A table with some of these fields.
    Fields(&'static [(&'static str, Shape)]),
    /// A table with one of these fields.
    Either(&'static [(&'static str, Shape)]),
}

use Shape::{Bool, Either, Fields, Integer, List, Pair, Source, Text, Word};

static IMAGES: Shape = List(&Fields(&[
    ("name", Text),
    ("repository", Text),
    ("tags", List(&Text)),
    ("source", Source),
    ("publish-only", Bool),
]));

static SOURCE: Shape = Either(&[("build", BUILD), ("pushed", Either(&[("tag", Text), ("digest", Text)]))]);

const BUILD: Shape = Fields(&[
    ("context", Text),
    ("dockerfile", Text),
    ("stage", Text),
    ("arguments", List(&Pair)),
    ("platforms", List(&Text)),
    ("labels", List(&Pair)),
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
    ("environment", List(&Pair)),
    ("timeout-seconds", Integer),
]);

static TARGETS: Shape = List(&Fields(&[
    (
        "destination",
        Either(&[
            ("service", Fields(&[("cluster", Text), ("service", Text)])),
            ("family", Text),
            ("schedule", Fields(&[("group", Text), ("schedule", Text)])),
            ("event-rule", Fields(&[("bus", Text), ("rule", Text)])),
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
            ("environment", List(&Pair)),
            ("secrets", List(&Pair)),
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

static LOG: Shape = List(&Text);

/// The first problem in the expected value of a part, with its path.
pub(super) fn problem(part: &str, expected: &Value) -> Option<String> {
    let shape = match part {
        "skip" | "error" => &Text,
        "images" => &IMAGES,
        "targets" => &TARGETS,
        "log" => &LOG,
        _ => return None,
    };
    problem_at(shape, expected, part)
}

fn problem_at(shape: &Shape, expected: &Value, path: &str) -> Option<String> {
    match (shape, expected) {
        (Text, Value::String(_)) => None,
        (Word(words), Value::String(word)) if words.contains(&word.as_str()) => None,
        (Text | Word(_), value) if pattern(value).is_some() => None,
        (Integer, Value::Number(number)) if number.as_u64().is_some_and(|it| u32::try_from(it).is_ok()) => {
            None
        }
        (Bool, Value::Bool(_)) => None,
        (Source, Value::String(word)) if word == "dockerfile" => None,
        (Source, table @ Value::Object(_)) if pattern(table).is_none() => problem_at(&SOURCE, table, path),
        (Pair, Value::Array(pair)) if pair.len() == 2 => problem_in_list(&Text, pair, path),
        (List(shape), Value::Array(values)) => problem_in_list(shape, values, path),
        (Fields(known), Value::Object(fields)) => problem_in_table(known, fields, path),
        (Either(known), Value::Object(fields)) => problem_in_table(known, fields, path).or_else(|| {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            (names.len() > 1).then(|| format!("{path}: expected only one of {}", names.join(", ")))
        }),
        (shape, value) => Some(format!("{path}: expected {}, found {}", shape.name(), describe(value))),
    }
}

fn problem_in_list(shape: &Shape, values: &[Value], path: &str) -> Option<String> {
    let mut values = values.iter().enumerate();
    values.find_map(|(index, value)| problem_at(shape, value, &format!("{path}[{index}]")))
}

fn problem_in_table(
    known: &[(&'static str, Shape)],
    fields: &Map<String, Value>,
    path: &str,
) -> Option<String> {
    fields.iter().find_map(|(name, value)| match known.iter().find(|(known, _)| known == name) {
        Some((_, shape)) => problem_at(shape, value, &format!("{path}.{name}")),
        None => Some(format!("{path}: unknown field `{name}`{}", suggest(name, &field_names(known)))),
    })
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
            Pair => "a name and a value, `[\"NAME\", \"VALUE\"]`".to_owned(),
            List(_) => "a list".to_owned(),
            Fields(known) => format!("a table with some of {}", field_names(known).join(", ")),
            Either(known) => format!("a table with one of {}", field_names(known).join(", ")),
        }
    }
}

#[cfg(test)]
mod tests;
