//! One case for every combination of branches, settings and other parts of a build.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::expect::MATCHES;
use super::fixture::{self, PARTS};
use super::wording::{instead, told, worded};
use model::build::PartialBuild;
use model::text::printable;

/// The values that each part takes. `{branch}` and `{settings.NAME}` in what a
/// case expects stand for the combination's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(expecting = "a table of lists, such as `matrix.branch = [\"a\", \"b\"]`")]
pub(super) struct Matrix {
    #[serde(default)]
    settings: BTreeMap<String, Value>,
    /// Parts of the build, by the names that they have there.
    #[serde(flatten)]
    build: BTreeMap<String, Value>,
}

/// One combination.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Combination {
    pub(super) build: PartialBuild,
    pub(super) settings: BTreeMap<String, String>,
    /// Each part and its value, as it is shown and put into texts.
    pub(super) parts: Vec<(String, String)>,
}

/// Combinations that one case may have: more are a mistake, and would fill the memory.
const MOST: usize = 100_000;

impl Matrix {
    /// The first part that its case names too, as in `build.branch`.
    pub(super) fn named_by(
        &self,
        build: &PartialBuild,
        settings: &BTreeMap<String, String>,
    ) -> Option<String> {
        let part = self
            .build
            .keys()
            .find(|part| fixture::has_field(build, part))
            .map(|part| format!("build.{part}"));
        let setting = || self.settings.keys().find(|name| settings.contains_key(*name));
        part.or_else(|| setting().map(|name| format!("settings.{name}")))
    }

    /// Every combination; one that changes nothing where there is no matrix.
    ///
    /// # Errors
    /// A sentence where a part is none of a build's, or has no values.
    pub(super) fn combinations(&self) -> Result<Vec<Combination>, String> {
        let mut all = vec![Combination::default()];
        let build = self.build.iter().map(|(part, value)| (part.clone(), value));
        let settings = self.settings.iter().map(|(name, value)| (format!("settings.{name}"), value));
        let lists: Vec<_> = build.chain(settings).map(values).collect::<Result<_, _>>()?;
        let count = lists.iter().map(|(_, values)| values.len()).fold(1usize, usize::saturating_mul);
        if count > MOST {
            return Err(format!("matrix: it has {count} combinations, and {MOST} are the most"));
        }
        for (part, values) in lists {
            let given = values.iter().enumerate().map(|(index, value)| {
                Ok((one(&part, value, &format!("matrix.{part}[{index}]"))?, shown(value)))
            });
            let given = given.collect::<Result<Vec<_>, String>>()?;
            all = each(&all, &given, |combination, (given, text)| {
                match given {
                    Part::Build(given) => combination.build = given.clone().or(combination.build.clone()),
                    Part::Setting(name) => drop(combination.settings.insert(name.clone(), text.clone())),
                }
                combination.parts.push((part.clone(), text.clone()));
            });
        }
        Ok(all)
    }
}

/// What a value of the matrix is a value of.
enum Part {
    Build(Box<PartialBuild>),
    Setting(String),
}

/// The values of a part, none of them twice: their cases would have one name.
fn values((part, value): (String, &Value)) -> Result<(String, &Vec<Value>), String> {
    let values = value.as_array();
    let values = values.ok_or_else(|| format!("matrix.{part} is a list of values, not {}", told(value)))?;
    if values.is_empty() {
        return Err(format!("matrix.{part} has no values, which leaves no combination"));
    }
    let mut seen = BTreeSet::new();
    match values.iter().map(shown).find(|value| !seen.insert(value.clone())) {
        Some(twice) => Err(format!("matrix.{part} has `{twice}` twice")),
        None => Ok((part, values)),
    }
}

/// One value of a part.
fn one(part: &str, value: &Value, at: &str) -> Result<Part, String> {
    if let Some(name) = part.strip_prefix("settings.") {
        return match value {
            Value::String(_) => Ok(Part::Setting(name.to_owned())),
            other => Err(format!("{at} is a text, not {}", told(other))),
        };
    }
    if !PARTS.contains(&part) {
        let known: Vec<&str> = PARTS.into_iter().chain(["settings"]).collect();
        return Err(format!("matrix has no `{part}`{}", instead(part, &known)));
    }
    let build = Map::from_iter([(part.to_owned(), value.clone())]);
    let given = serde_json::from_value(Value::Object(build));
    given.map(Part::Build).map_err(|error| worded(at, &error.to_string(), Some(value)))
}

fn each<T>(all: &[Combination], values: &[T], set: impl Fn(&mut Combination, &T)) -> Vec<Combination> {
    let with = |combination: &Combination, value: &T| {
        let mut combination = combination.clone();
        set(&mut combination, value);
        combination
    };
    all.iter()
        .flat_map(|combination| values.iter().map(move |value| (combination, value)))
        .map(|(c, v)| with(c, v))
        .collect()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Combination {
    /// What a case is called in this combination.
    pub(super) fn name(&self, case: &str) -> String {
        if self.parts.is_empty() {
            return case.to_owned();
        }
        let parts: Vec<String> = self.parts.iter().map(|(part, value)| format!("{part}={value}")).collect();
        printable(&format!("{case} [{}]", parts.join(" ")))
    }

    /// Puts the combination's values into all texts of a value.
    ///
    /// # Errors
    /// A sentence where a text asks for a part that the matrix does not have.
    pub(super) fn fill(&self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::String(text) => *text = self.filled(text, str::to_owned)?,
            // Within a pattern a value is a text, whatever characters it has.
            Value::Object(fields) if fields.len() == 1 && fields.contains_key(MATCHES) => {
                if let Some(Value::String(pattern)) = fields.get_mut(MATCHES) {
                    *pattern = self.filled(pattern, regex_lite::escape)?;
                }
            }
            Value::Array(values) => values.iter_mut().try_for_each(|value| self.fill(value))?,
            Value::Object(fields) => fields.values_mut().try_for_each(|value| self.fill(value))?,
            _ => {}
        }
        Ok(())
    }

    /// A text with the combination's values, each of them put in once: what
    /// looks like a part in a value stays as it is.
    fn filled(&self, text: &str, written: impl Fn(&str) -> String) -> Result<String, String> {
        if self.parts.is_empty() {
            return Ok(text.to_owned());
        }
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let name = after.split_once('}').map(|(name, _)| name);
            let own = self.parts.iter().find(|(part, _)| Some(part.as_str()) == name);
            if let (Some((_, value)), Some(name)) = (own, name) {
                filled.push_str(&written(value));
                rest = after.get(name.len() + 1..).unwrap_or_default();
                continue;
            }
            if let Some(name) = name.filter(|name| is_part(name)) {
                return Err(format!("`{{{name}}}` stands for a value of the matrix, which has no `{name}`"));
            }
            filled.push('{');
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// Whether a text has a place for a part that a matrix can have.
pub(super) fn has_place(text: &str) -> bool {
    let names = text.split('{').skip(1).filter_map(|after| after.split_once('}'));
    names.into_iter().any(|(name, _)| is_part(name))
}

/// Whether a matrix can have a part of this name.
fn is_part(name: &str) -> bool {
    name.starts_with("settings.") || PARTS.contains(&name)
}
