//! Lines and keys at a position in a file of cases.

use std::ops::Range;

use toml_edit::{Array, ArrayOfTables, Document, Item, Table, TableLike, Value};

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

/// A step from a value to one in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// A field of a table.
    Key(String),
    /// An element of a list.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

/// The path as text, as in `expect.targets[0].wave`.
pub(super) fn path_text(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Key(key) if text.is_empty() => text.push_str(key),
            Segment::Key(key) => text.extend([".", key]),
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// The line of the value at a path. If the value has no position, that of the closest one around it.
pub(super) fn line_of<S>(document: &Document<S>, index: &LineIndex, path: &[Segment]) -> usize {
    let (mut node, mut span) = (Node::Table(document.as_table()), None);
    for segment in path {
        let Some((child, own)) = node.child(segment) else { break };
        node = child;
        span = own.or(span);
    }
    index.line(span)
}

/// A value that contains others.
#[derive(Clone, Copy)]
enum Node<'d> {
    Table(&'d dyn TableLike),
    Tables(&'d ArrayOfTables),
    Array(&'d Array),
    Leaf,
}

impl<'d> Node<'d> {
    fn of_item(item: &'d Item) -> Self {
        match item {
            Item::Table(table) => Self::Table(table),
            Item::ArrayOfTables(tables) => Self::Tables(tables),
            Item::Value(value) => Self::of_value(value),
            Item::None => Self::Leaf,
        }
    }

    fn of_value(value: &'d Value) -> Self {
        match value {
            Value::InlineTable(table) => Self::Table(table),
            Value::Array(values) => Self::Array(values),
            _ => Self::Leaf,
        }
    }

    /// The value at a segment, and its position.
    fn child(self, segment: &Segment) -> Option<(Self, Option<Range<usize>>)> {
        match (self, segment) {
            (Self::Table(table), Segment::Key(key)) => {
                let (key, item) = table.get_key_value(key)?;
                // A table that a dotted key implies has no position of its own.
                Some((Self::of_item(item), key.span().or(item.span())))
            }
            (Self::Tables(tables), Segment::Index(index)) => {
                let table: &Table = tables.get(*index)?;
                Some((Self::Table(table), table.span()))
            }
            (Self::Array(values), Segment::Index(index)) => {
                let value = values.get(*index)?;
                Some((Self::of_value(value), value.span()))
            }
            _ => None,
        }
    }
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
