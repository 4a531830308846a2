//! The problems of a file that is no TOML.

use alloc::{format, string::String};

use toml::de::Error;

use super::table::expected_tables;
use crate::problem::{Problems, quoted};

/// The tables that are lists, as headers name them.
const LISTS: [&str; 4] = ["rule", "target", "target.tasks-before", "target.tasks-after"];

const DUPLICATE: &str = "duplicate key";

/// Adds the problems, without those that follow from another one.
pub(super) fn report(text: &str, errors: &[Error], problems: &mut Problems) {
    let is_damaged = errors.iter().any(|error| error.message() != DUPLICATE);
    // Where a table begins that has the name of another one.
    let mut doubled = None;
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let at = span.start;
        let found = text.get(span).unwrap_or_default();
        if error.message() != DUPLICATE {
            problems.add(at, message(error.message(), found));
        } else if is_damaged {
            // Keys after a damaged header count as those of the table before it.
        } else if let Some(header) = header(text, at) {
            doubled = Some(at);
            problems.add(at, duplicate_table(header));
        } else if !doubled.is_some_and(|start| is_one_table(text, start, at)) {
            problems.add(at, format!("{DUPLICATE} {}", quoted(found)));
        }
    }
}

fn message(message: &str, found: &str) -> String {
    if !message.starts_with("string values must be quoted") {
        return message.into();
    }
    let found = found.trim_matches(['“', '”', '„', '‘', '’', '«', '»', '`', ' ']);
    match found.is_empty() {
        true => "a key has no value; a text is in plain double quotes, such as `\"main\"`".into(),
        false => format!("a text is in plain double quotes; write {}", quoted_text(found)),
    }
}

/// A text as the file should contain it.
fn quoted_text(text: &str) -> String {
    let quoted = quoted(text);
    format!("`\"{}\"`", quoted.trim_matches('`'))
}

fn duplicate_table(header: &str) -> String {
    match LISTS.contains(&header) {
        true => format!("expected {}: one of them has single brackets", expected_tables(header)),
        false => format!("{DUPLICATE} {}: the file has this table twice", quoted(header)),
    }
}

/// The name in the header on the line of a position, if the line is one.
fn header(text: &str, at: usize) -> Option<&str> {
    let (before, after) = text.split_at_checked(at)?;
    let start = before.rsplit('\n').next().unwrap_or_default();
    let line = text.get(at - start.len()..)?.lines().next()?;
    let is_header = start.trim_start().starts_with('[') && !start.contains('=') && !after.is_empty();
    is_header.then(|| line.split(']').next().unwrap_or(line).trim_start_matches([' ', '\t', '[']).trim_end())
}

/// Whether no other header is between two positions.
fn is_one_table(text: &str, start: usize, end: usize) -> bool {
    let between = text.get(start..end).unwrap_or_default();
    !between.lines().any(|line| line.trim_start().starts_with('['))
}
