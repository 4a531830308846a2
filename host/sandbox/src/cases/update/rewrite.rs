//! Rewriting the parts of an expectation that an answer does not meet, in their place: everything else keeps its
//! layout, its comments and its matchers.

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, Item, Table, TableLike};

use super::super::expect::is_met;
use super::super::matcher::Matcher;
use super::super::position::Segment;
use super::super::to_toml::{expected_value, to_item, to_value};
use super::elements;

/// Rewrites an expectation, and collects what it rewrote.
pub(super) struct Rewriter {
    /// Where it is.
    path: Vec<Segment>,
    /// The paths of the rewritten values.
    pub(super) rewritten: Vec<Vec<Segment>>,
}

impl Rewriter {
    pub(super) fn new(path: Vec<Segment>) -> Self {
        Self { path, rewritten: Vec::new() }
    }

    /// Records that the value at a key was rewritten.
    pub(super) fn record(&mut self, key: &str) {
        let mut path = self.path.clone();
        path.push(key.into());
        self.rewritten.push(path);
    }

    fn at<T>(&mut self, segment: Segment, rewrite: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(segment);
        let result = rewrite(self);
        self.path.pop();
        result
    }

    /// Rewrites the fields of a table. `expected` is the table without placeholders, once for every combination of the
    /// case, and the same in what is rewritten.
    pub(super) fn rewrite_fields(
        &mut self,
        table: &mut dyn TableLike,
        expected: &[&Value],
        actual: &Map<String, Value>,
    ) -> Result<(), String> {
        let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            let own: Vec<&Value> = expected.iter().filter_map(|expected| expected.get(&name)).collect();
            match (actual.get(&name), table.get_mut(&name)) {
                (Some(actual), Some(item)) => {
                    let had_header = item.as_table().is_some_and(|table| !table.is_dotted());
                    self.at(Segment::from(name.as_str()), |this| this.rewrite_item(item, &own, actual))?;
                    let is_value = item.is_value();
                    // What surrounds a name in a header does not belong around a key.
                    if let Some(mut key) = table.key_mut(&name).filter(|_| had_header && is_value) {
                        key.leaf_decor_mut().clear();
                    }
                }
                // A field that the answer cannot have, unless its absence is expected.
                (None, _) if !own.iter().all(|own| Matcher::of(own) == Some(Matcher::Absent(true))) => {
                    table.remove(&name);
                    self.record(&name);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn rewrite_item(&mut self, item: &mut Item, expected: &[&Value], actual: &Value) -> Result<(), String> {
        if is_met_by_all(expected, actual) {
            return Ok(());
        }
        if !is_matcher(expected) {
            match (&mut *item, actual) {
                (Item::Value(value), _) => return self.rewrite_value(value, expected, actual),
                (Item::Table(table), Value::Object(actual)) => {
                    return self.rewrite_fields(table, expected, actual);
                }
                (Item::ArrayOfTables(tables), Value::Array(actual)) => {
                    return self.rewrite_tables(tables, expected, actual);
                }
                _ => {}
            }
        } else if let Item::Value(value) = item {
            return self.replace(value, actual);
        }
        *item = to_item(&expected_value(actual))?;
        self.rewritten.push(self.path.clone());
        Ok(())
    }

    fn rewrite_value(
        &mut self,
        value: &mut toml_edit::Value,
        expected: &[&Value],
        actual: &Value,
    ) -> Result<(), String> {
        if is_met_by_all(expected, actual) {
            return Ok(());
        }
        match (&mut *value, actual) {
            _ if is_matcher(expected) => self.replace(value, actual),
            (toml_edit::Value::InlineTable(table), Value::Object(actual)) => {
                self.rewrite_fields(table, expected, actual)
            }
            (toml_edit::Value::Array(array), Value::Array(actual))
                if !array.is_empty() && !actual.is_empty() =>
            {
                self.rewrite_array(array, expected, actual)
            }
            _ => self.replace(value, actual),
        }
    }

    /// Replaces a value. What surrounds it stays.
    fn replace(&mut self, value: &mut toml_edit::Value, actual: &Value) -> Result<(), String> {
        let decor = value.decor().clone();
        *value = to_value(&expected_value(actual))?;
        *value.decor_mut() = decor;
        self.rewritten.push(self.path.clone());
        Ok(())
    }

    fn rewrite_array(
        &mut self,
        array: &mut Array,
        expected: &[&Value],
        actual: &[Value],
    ) -> Result<(), String> {
        let span = Changed::new(array.len(), expected, actual);
        for index in span.both() {
            let (Some(value), Some(actual)) = (array.get_mut(index), actual.get(index)) else { continue };
            let own = elements_at(expected, index);
            self.at(Segment::Index(index), |this| this.rewrite_value(value, &own, actual))?;
        }
        for index in span.surplus().rev() {
            elements::remove(array, index);
        }
        for index in span.missing() {
            if let Some(actual) = actual.get(index) {
                elements::insert(array, index, to_value(&expected_value(actual))?);
            }
        }
        if !span.has_same_length() {
            self.rewritten.push(self.path.clone());
        }
        Ok(())
    }

    fn rewrite_tables(
        &mut self,
        tables: &mut ArrayOfTables,
        expected: &[&Value],
        actual: &[Value],
    ) -> Result<(), String> {
        let span = Changed::new(tables.len(), expected, actual);
        for index in span.both() {
            let (Some(table), Some(Value::Object(actual))) = (tables.get_mut(index), actual.get(index))
            else {
                continue;
            };
            let own = elements_at(expected, index);
            self.at(Segment::Index(index), |this| this.rewrite_fields(table, &own, actual))?;
        }
        for index in span.surplus().rev() {
            tables.remove(index);
        }
        // Tables can be added at the end only: those after the new ones follow them.
        let rest: Vec<Table> = match span.missing().next() {
            Some(at) => {
                let rest = (at..tables.len()).filter_map(|index| tables.get(index).cloned()).collect();
                (at..tables.len()).rev().for_each(|index| drop(tables.remove(index)));
                rest
            }
            None => Vec::new(),
        };
        for index in span.missing() {
            let mut table = Table::new();
            let actual = actual.get(index).map(expected_value).unwrap_or_default();
            for (name, value) in actual.as_object().into_iter().flatten() {
                table.insert(name, to_item(value)?);
            }
            tables.push(table);
        }
        for mut table in rest {
            table.set_position(None);
            tables.push(table);
        }
        if !span.has_same_length() {
            self.rewritten.push(self.path.clone());
        }
        Ok(())
    }
}

/// The elements of two lists between a common start and a common end, which stay.
struct Changed {
    start: usize,
    /// The number of expected elements after the start.
    expected: usize,
    /// The number of actual ones.
    actual: usize,
}

impl Changed {
    fn new(len: usize, expected: &[&Value], actual: &[Value]) -> Self {
        let is_met = |own: usize, other: usize| {
            actual.get(other).is_some_and(|actual| is_met_by_all(&elements_at(expected, own), actual))
        };
        let shorter = len.min(actual.len());
        let start = (0..shorter).take_while(|index| is_met(*index, *index)).count();
        let from_end = |back: &usize| is_met(len - 1 - back, actual.len() - 1 - back);
        let end = (0..shorter - start).take_while(from_end).count();
        Self { start, expected: len - start - end, actual: actual.len() - start - end }
    }

    /// The positions in both lists.
    fn both(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.expected.min(self.actual)
    }

    /// The positions of the expected elements that the actual list lacks.
    fn surplus(&self) -> std::ops::Range<usize> {
        self.both().end..self.start + self.expected
    }

    /// The positions of the actual elements that the expected list lacks.
    fn missing(&self) -> std::ops::Range<usize> {
        self.both().end..self.start + self.actual
    }

    fn has_same_length(&self) -> bool {
        self.expected == self.actual
    }
}

fn is_met_by_all(expected: &[&Value], actual: &Value) -> bool {
    expected.iter().all(|expected| is_met(expected, actual))
}

fn is_matcher(expected: &[&Value]) -> bool {
    expected.first().is_some_and(|expected| Matcher::of(expected).is_some())
}

fn elements_at<'v>(expected: &[&'v Value], index: usize) -> Vec<&'v Value> {
    expected.iter().filter_map(|expected| expected.get(index)).collect()
}
