//! What an answer's parts are, so that a slip in what a case expects is told
//! before anything is run.

use serde_json::{Map, Value};

use super::expect::pattern;
use super::wording::{WHOLE, instead, told};

/// What a part of an answer is.
enum Shape {
    /// A text, which a pattern may tell.
    Text,
    /// One of these words, which a pattern may tell.
    Word(&'static [&'static str]),
    /// A whole number.
    Whole,
    /// A name and its value.
    Pair,
    /// Any number of the same.
    List(&'static Shape),
    /// Parts with names, of which a case may leave some out.
    Fields(&'static [(&'static str, Shape)]),
    /// One of these parts.
    Either(&'static [(&'static str, Shape)]),
}

use Shape::{Either, Fields, List, Pair, Text, Whole, Word};

static IMAGES: Shape = List(&Fields(&[
    ("name", Text),
    ("repository", Text),
    ("tags", List(&Text)),
    (
        "source",
        Either(&[
            (
                "dockerfile",
                Fields(&[
                    ("context", Text),
                    ("dockerfile", Text),
                    ("stage", Text),
                    ("arguments", List(&Pair)),
                    ("platform", Text),
                ]),
            ),
            ("pushed", Either(&[("tag", Text), ("digest", Text)])),
        ]),
    ),
]));

static TASK: Shape =
    Fields(&[("name", Text), ("container", Text), ("command", List(&Text)), ("timeout", Whole)]);

static TARGETS: Shape = List(&Fields(&[
    (
        "destination",
        Either(&[("service", Fields(&[("cluster", Text), ("service", Text)])), ("family", Text)]),
    ),
    ("region", Text),
    ("arn-region", Text),
    ("account", Text),
    ("role", Text),
    ("containers", List(&Fields(&[("container", Text), ("image", Text), ("environment", List(&Pair))]))),
    ("tasks-before", List(&TASK)),
    ("tasks-after", List(&TASK)),
    ("wave", Whole),
    ("timeout", Whole),
    ("on-failure", Word(&["leave", "roll-back"])),
]));

static LOG: Shape = List(&Text);

/// The first thing in what is expected of a part that no answer has there.
pub(super) fn problem(part: &str, expected: &Value) -> Option<String> {
    let shape = match part {
        "skip" | "error" => &Text,
        "images" => &IMAGES,
        "targets" => &TARGETS,
        "log" => &LOG,
        _ => return None,
    };
    within(shape, expected, part)
}

fn within(shape: &Shape, expected: &Value, at: &str) -> Option<String> {
    match (shape, expected) {
        (Text, Value::String(_)) => None,
        (Word(known), Value::String(word)) if known.contains(&word.as_str()) => None,
        (Text | Word(_), value) if pattern(value).is_some() => None,
        // The contract's numbers have 32 bits.
        (Whole, Value::Number(number)) if number.as_u64().is_some_and(|it| u32::try_from(it).is_ok()) => None,
        (Pair, Value::Array(pair)) if pair.len() == 2 => each(&Text, pair, at),
        (List(shape), Value::Array(values)) => each(shape, values, at),
        (Fields(known), Value::Object(fields)) => among(known, fields, at),
        (Either(known), Value::Object(fields)) => among(known, fields, at).or_else(|| {
            let named: Vec<&str> = fields.keys().map(String::as_str).collect();
            (named.len() > 1).then(|| format!("{at} has only one of {}", named.join(", ")))
        }),
        (shape, value) => Some(format!("{at} is {}, not {}", shape.kind(), told(value))),
    }
}

fn each(shape: &Shape, values: &[Value], at: &str) -> Option<String> {
    let mut values = values.iter().enumerate();
    values.find_map(|(index, value)| within(shape, value, &format!("{at}[{index}]")))
}

fn among(known: &[(&'static str, Shape)], fields: &Map<String, Value>, at: &str) -> Option<String> {
    fields.iter().find_map(|(name, value)| match known.iter().find(|(known, _)| known == name) {
        Some((_, shape)) => within(shape, value, &format!("{at}.{name}")),
        None => Some(format!("{at} has no `{name}`{}", instead(name, &names(known)))),
    })
}

fn names(known: &[(&'static str, Shape)]) -> Vec<&'static str> {
    known.iter().map(|(name, _)| *name).collect()
}

impl Shape {
    fn kind(&self) -> String {
        match self {
            Text => "a text, or `{ matches = \"REGEX\" }`".to_owned(),
            Word(known) => format!("one of {}", known.join(", ")),
            Whole => WHOLE.to_owned(),
            Pair => "a name and a value, `[\"NAME\", \"VALUE\"]`".to_owned(),
            List(_) => "a list".to_owned(),
            Fields(known) | Either(known) => {
                let some = if matches!(self, Either(_)) { "one of" } else { "some of" };
                format!("a table with {some} {}", names(known).join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests;
