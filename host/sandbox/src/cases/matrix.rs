//! The matrix of a case: one case for every combination of branches, settings and other fields of a build.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::fixture::{self, FIELDS};
use super::matcher;
use super::values::{describe, plain};
use model::build::PartialBuild;
use model::names::suggestion;
use model::serde_error::translate_serde_error;
use model::text::printable;

/// The values of each field. In an expectation, `{branch}` and `{settings.NAME}` are placeholders for the values of
/// a combination.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(expecting = "a table of lists, such as `matrix.branch = [\"a\", \"b\"]`")]
pub(super) struct Matrix {
    #[serde(default)]
    settings: BTreeMap<String, Value>,
    /// Fields of the build.
    #[serde(flatten)]
    build: BTreeMap<String, Value>,
}

/// One combination of values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Combination {
    pub(super) build: PartialBuild,
    pub(super) settings: BTreeMap<String, String>,
    /// Each field, as in `branch` or `settings.NAME`, with its value as text.
    values: Vec<(String, String)>,
}

/// The largest number of combinations. More are a mistake, and exhaust the memory.
const MAX_COMBINATIONS: usize = 100_000;

impl Matrix {
    /// The first field that the case itself sets too, as in `build.branch`.
    pub(super) fn conflict(
        &self,
        build: &PartialBuild,
        settings: &BTreeMap<String, String>,
    ) -> Option<String> {
        let field = self.build.keys().find(|field| fixture::has_field(build, field));
        let setting = || self.settings.keys().find(|name| settings.contains_key(*name));
        field
            .map(|field| format!("build.{field}"))
            .or_else(|| setting().map(|name| format!("settings.{name}")))
    }

    /// Every combination; a single one without values if there is no matrix.
    ///
    /// # Errors
    /// A message about an unknown field, or an invalid list of values.
    pub(super) fn combinations(&self) -> Result<Vec<Combination>, String> {
        let build = self.build.iter().map(|(field, value)| (field.clone(), value));
        let settings = self.settings.iter().map(|(name, value)| (format!("settings.{name}"), value));
        let lists = build.chain(settings).map(|(field, value)| Ok((list(&field, value)?, field)));
        let lists: Vec<(&Vec<Value>, String)> = lists.collect::<Result<_, String>>()?;
        let count = lists.iter().map(|(values, _)| values.len()).fold(1usize, usize::saturating_mul);
        if count > MAX_COMBINATIONS {
            return Err(format!("matrix: {count} combinations exceed the maximum of {MAX_COMBINATIONS}"));
        }
        let mut combinations = vec![Combination::default()];
        for (values, field) in lists {
            let entries = values
                .iter()
                .enumerate()
                .map(|(index, value)| Entry::parse(&field, value, &format!("matrix.{field}[{index}]")));
            let entries = entries.collect::<Result<Vec<_>, String>>()?;
            let combine = |combination: &Combination| -> Vec<Combination> {
                entries.iter().map(|entry| combination.with(&field, entry)).collect()
            };
            combinations = combinations.iter().flat_map(combine).collect();
        }
        Ok(combinations)
    }
}

/// The values of a field. A repeated value is an error, because two cases would have one name.
fn list<'v>(field: &str, value: &'v Value) -> Result<&'v Vec<Value>, String> {
    let values = value
        .as_array()
        .ok_or_else(|| format!("matrix.{field}: expected a list of values, found {}", describe(value)))?;
    if values.is_empty() {
        return Err(format!("matrix.{field}: the list is empty, so there is no combination"));
    }
    let mut seen = BTreeSet::new();
    match values.iter().map(plain).find(|value| !seen.insert(value.clone())) {
        Some(repeated) => Err(format!("matrix.{field}: `{repeated}` is listed twice")),
        None => Ok(values),
    }
}

/// One value of a field.
enum Entry {
    Build { build: Box<PartialBuild>, text: String },
    Setting { name: String, value: String },
}

impl Entry {
    fn parse(field: &str, value: &Value, path: &str) -> Result<Self, String> {
        if let Some(name) = field.strip_prefix("settings.") {
            return match value {
                Value::String(value) => Ok(Self::Setting { name: name.to_owned(), value: value.clone() }),
                other => Err(format!("{path}: expected a string, found {}", describe(other))),
            };
        }
        if !FIELDS.contains(&field) {
            let known: Vec<&str> = FIELDS.into_iter().chain(["settings"]).collect();
            return Err(format!("matrix: unknown field `{field}`{}", suggestion(field, &known)));
        }
        let build = Map::from_iter([(field.to_owned(), value.clone())]);
        let build = serde_json::from_value(Value::Object(build));
        let build =
            build.map_err(|error| format!("{path}: {}", translate_serde_error(&error.to_string())))?;
        Ok(Self::Build { build, text: plain(value) })
    }
}

impl Combination {
    fn with(&self, field: &str, entry: &Entry) -> Self {
        let mut combination = self.clone();
        let text = match entry {
            Entry::Build { build, text } => {
                combination.build = PartialBuild::clone(build).or(combination.build);
                text
            }
            Entry::Setting { name, value } => {
                combination.settings.insert(name.clone(), value.clone());
                value
            }
        };
        combination.values.push((field.to_owned(), text.clone()));
        combination
    }

    /// The name of a case in this combination.
    pub(super) fn case_name(&self, case: &str) -> String {
        if self.values.is_empty() {
            return case.to_owned();
        }
        let values: Vec<String> =
            self.values.iter().map(|(field, value)| format!("{field}={value}")).collect();
        printable(&format!("{case} [{}]", values.join(" ")))
    }

    /// Replaces the placeholders in every text of a value.
    ///
    /// # Errors
    /// A message about a placeholder that this combination has no value for.
    pub(super) fn replace_placeholders(&self, value: &mut Value) -> Result<(), String> {
        match value {
            Value::String(text) => *text = self.replace_in(text, str::to_owned)?,
            // In a pattern, a value matches literally.
            Value::Object(fields) if fields.len() == 1 && fields.contains_key(matcher::PATTERN) => {
                if let Some(Value::String(pattern)) = fields.get_mut(matcher::PATTERN) {
                    *pattern = self.replace_in(pattern, regex_lite::escape)?;
                }
            }
            Value::Array(values) => {
                values.iter_mut().try_for_each(|value| self.replace_placeholders(value))?
            }
            Value::Object(fields) => {
                fields.values_mut().try_for_each(|value| self.replace_placeholders(value))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Replaces the placeholders in a string once: a placeholder within a value stays.
    fn replace_in(&self, text: &str, escape: impl Fn(&str) -> String) -> Result<String, String> {
        if self.values.is_empty() {
            return Ok(text.to_owned());
        }
        let (mut replaced, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            replaced.push_str(before);
            let name = after.split_once('}').map(|(name, _)| name);
            let value = self.values.iter().find(|(field, _)| Some(field.as_str()) == name);
            if let (Some((_, value)), Some(name)) = (value, name) {
                replaced.push_str(&escape(value));
                rest = after.get(name.len() + 1..).unwrap_or_default();
                continue;
            }
            if let Some(name) = name.filter(|name| is_field(name)) {
                return Err(format!("no value for the placeholder `{{{name}}}`: the matrix has no `{name}`"));
            }
            replaced.push('{');
            rest = after;
        }
        replaced.push_str(rest);
        Ok(replaced)
    }
}

/// Whether a string contains a placeholder for a field of a matrix.
pub(super) fn has_placeholder(text: &str) -> bool {
    // As they are replaced: a name ends at the next `}`, whatever is before it.
    let mut starts = text.match_indices('{').filter_map(|(start, _)| text.get(start + 1..));
    starts.any(|after| after.split_once('}').is_some_and(|(name, _)| is_field(name)))
}

fn is_field(name: &str) -> bool {
    name.starts_with("settings.") || FIELDS.contains(&name)
}
