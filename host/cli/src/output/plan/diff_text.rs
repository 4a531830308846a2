//! The rows of a diff as lines for a terminal: what is removed in red, what is added in green.

use std::io::{self, Write};

use super::diff::{DiffRow, RowChange};
use super::values::{omit_common, shorten_digests, shorten_pair};
use super::{COLUMNS, NEW, OLD};
use crate::output::columns::{width, wrap};
use crate::output::layout::{HEADING, put_line};

/// Writes rows, the first level of which is indented by `indent`.
pub(super) fn write_rows(out: &mut impl Write, rows: &[DiffRow], indent: usize) -> io::Result<()> {
    rows.iter().try_for_each(|row| write_row(out, row, indent + 2 * row.depth))
}

fn write_row(out: &mut impl Write, row: &DiffRow, indent: usize) -> io::Result<()> {
    let label = &row.label;
    match &row.change {
        RowChange::Heading => put_line!(out, "{:indent$}{HEADING}{label}{HEADING:#}", ""),
        RowChange::AddedHeading => put_line!(out, "{:indent$}{NEW}+ {label}{NEW:#}", ""),
        RowChange::RemovedHeading => put_line!(out, "{:indent$}{OLD}- {label}{OLD:#}", ""),
        RowChange::Added(value) => {
            write_value(out, indent, '+', &format!("{label}: {}", shorten_digests(value)))
        }
        RowChange::Removed(value) => {
            write_value(out, indent, '-', &format!("{label}: {}", shorten_digests(value)))
        }
        RowChange::Changed(before, after) => write_change(out, indent, label, before, after),
    }
}

/// Writes a value after its sign. What does not fit is continued below it.
fn write_value(out: &mut impl Write, indent: usize, sign: char, text: &str) -> io::Result<()> {
    let style = if sign == '+' { NEW } else { OLD };
    for (number, line) in wrap(text, COLUMNS.saturating_sub(indent + 2)).iter().enumerate() {
        let sign = if number == 0 { sign } else { ' ' };
        put_line!(out, "{:indent$}{style}{sign} {line}{style:#}", "")?;
    }
    Ok(())
}

/// Writes both values on one line if they fit, and otherwise below each other.
fn write_change(
    out: &mut impl Write,
    indent: usize,
    label: &str,
    before: &str,
    after: &str,
) -> io::Result<()> {
    let (before, after) = shorten_pair(before, after);
    let start = format!("~ {label}");
    let room = COLUMNS.saturating_sub(indent + width(&start));
    if width(&before) + width(&after) + width(":  → ") <= room {
        return put_line!(out, "{:indent$}{start}: {OLD}{before}{OLD:#} → {NEW}{after}{NEW:#}", "");
    }
    for line in wrap(&start, COLUMNS.saturating_sub(indent)) {
        put_line!(out, "{:indent$}{line}", "")?;
    }
    let indent = indent + 4;
    let room = COLUMNS.saturating_sub(indent + 2);
    let is_whole = width(&before) <= room && width(&after) <= room;
    let (before, after) = if is_whole { (before, after) } else { omit_common(&before, &after) };
    write_value(out, indent, '-', &before)?;
    write_value(out, indent, '+', &after)
}
