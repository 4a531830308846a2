//! Where something stands in a file of cases.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

/// Where the lines of a text begin. A file may hold tens of thousands of cases:
/// counting up to each of them would take longer than running them.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of_text(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(position, _)| position + 1).collect())
    }

    /// The line that a span begins in, from 1.
    pub(super) fn of(&self, span: Option<Range<usize>>) -> usize {
        let position = span.map_or(0, |span| span.start);
        self.0.partition_point(|begin| *begin <= position) + 1
    }
}

/// The lines of a file's cases.
pub(super) fn of_cases<S>(document: &Document<S>, lines: &Lines) -> Vec<usize> {
    let cases = document.get("case").and_then(Item::as_array_of_tables);
    cases.into_iter().flatten().map(|case| lines.of(case.span())).collect()
}

/// The key whose value stands at a position, with the keys that lead to it, as
/// in `case.build.branch`; empty where that is nobody's value.
pub(super) fn key_at(text: &str, position: usize) -> String {
    let Ok(document) = Document::parse(text) else { return String::new() };
    let mut path = Vec::new();
    within_table(document.as_table(), position, &mut path);
    path.join(".")
}

fn within_table<'t>(table: &'t dyn TableLike, position: usize, path: &mut Vec<&'t str>) -> bool {
    for (name, item) in table.iter() {
        path.push(name);
        let found = match item {
            Item::Table(table) => within_table(table, position, path),
            Item::ArrayOfTables(tables) => tables.iter().any(|table| within_table(table, position, path)),
            Item::Value(value) => within_value(value, position, path),
            Item::None => false,
        };
        if found {
            return true;
        }
        path.pop();
    }
    false
}

fn within_value<'t>(value: &'t Value, position: usize, path: &mut Vec<&'t str>) -> bool {
    match value {
        Value::InlineTable(table) if within_table(table, position, path) => true,
        Value::Array(values) if values.iter().any(|value| within_value(value, position, path)) => true,
        value => value.span().is_some_and(|span| span.contains(&position)),
    }
}
