//! Lines and keys at a position in a file of cases.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

/// The positions at which the lines of a string begin. A file may contain tens of thousands of cases, and counting
/// the lines before each of them would take longer than running them.
pub(super) struct LineIndex(Vec<usize>);

impl LineIndex {
    pub(super) fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(position, _)| position + 1).collect())
    }

    /// The line in which a span begins, from 1; line 1 without a span.
    pub(super) fn line(&self, span: Option<Range<usize>>) -> usize {
        let position = span.map_or(0, |span| span.start);
        self.0.partition_point(|begin| *begin <= position) + 1
    }
}

/// The line of each case in a file.
pub(super) fn case_lines<S>(document: &Document<S>, index: &LineIndex) -> Vec<usize> {
    let cases = document.get("case").and_then(Item::as_array_of_tables);
    cases.into_iter().flatten().map(|case| index.line(case.span())).collect()
}

/// The path of the key whose value is at a position, as in `case.build.branch`; empty if there is no value.
pub(super) fn key_at(text: &str, position: usize) -> String {
    let Ok(document) = Document::parse(text) else { return String::new() };
    let mut path = Vec::new();
    find_in_table(document.as_table(), position, &mut path);
    path.join(".")
}

fn find_in_table<'t>(table: &'t dyn TableLike, position: usize, path: &mut Vec<&'t str>) -> bool {
    for (name, item) in table.iter() {
        path.push(name);
        let found = match item {
            Item::Table(table) => find_in_table(table, position, path),
            Item::ArrayOfTables(tables) => tables.iter().any(|table| find_in_table(table, position, path)),
            Item::Value(value) => find_in_value(value, position, path),
            Item::None => false,
        };
        if found {
            return true;
        }
        path.pop();
    }
    false
}

fn find_in_value<'t>(value: &'t Value, position: usize, path: &mut Vec<&'t str>) -> bool {
    match value {
        Value::InlineTable(table) if find_in_table(table, position, path) => true,
        Value::Array(values) if values.iter().any(|value| find_in_value(value, position, path)) => true,
        value => value.span().is_some_and(|span| span.contains(&position)),
    }
}
