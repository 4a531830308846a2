//! A table whose columns are narrowed until its lines fit.

use anstyle::Style;
use console::{measure_text_width, truncate_str};

use crate::output::layout::{HEADING, SharedAffixes};

/// The number of columns.
pub(super) const CELLS: usize = 7;

/// What is between two columns.
const GAP: &str = "  ";

/// The headings.
const HEADINGS: [&str; CELLS] = ["SERVICE", "COMMIT", "BUILD", "AGE", "POLICY", "ROLLOUT", "DRIFT"];

/// Columns whose texts are cut in another way than at the end.
const SERVICE: usize = 0;
const COMMIT: usize = 1;

/// The columns that are narrowed, in this order, and to which width: a name is what a person looks for.
const NARROWED: [(usize, usize); 8] =
    [(COMMIT, 7), (4, 6), (SERVICE, 30), (6, 9), (5, 16), (SERVICE, 20), (2, 5), (SERVICE, 8)];

/// The columns that a narrow terminal does not show, in this order. Their width is 0.
const OMITTED: [usize; 5] = [4, 2, 3, COMMIT, 6];

/// What marks the end of a text that is cut.
const CUT: &str = "…";

/// A text without styles, and its style.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, style: Style::new() }
    }
}

/// The cells of one line.
pub(super) type Cells = [Cell; CELLS];

/// The widths of the columns in which the rows fit into lines of this many columns.
pub(super) fn widths(rows: &[Cells], columns: usize) -> [usize; CELLS] {
    let mut widths = HEADINGS.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(&cell.text));
        }
    }
    for (column, least) in NARROWED {
        let excess = total(&widths).saturating_sub(columns);
        if let Some(width) = widths.get_mut(column) {
            *width = (*width).min(width.saturating_sub(excess).max(least));
        }
    }
    for column in OMITTED {
        let is_wide = total(&widths) > columns;
        if let Some(width) = widths.get_mut(column).filter(|_| is_wide) {
            *width = 0;
        }
    }
    widths
}

/// The width of a line.
fn total(widths: &[usize; CELLS]) -> usize {
    let shown = widths.iter().filter(|width| **width > 0);
    shown.map(|width| width + GAP.len()).sum::<usize>().saturating_sub(GAP.len())
}

/// The line of headings.
pub(super) fn head(widths: &[usize; CELLS]) -> String {
    line(&HEADINGS.map(|heading| Cell::new(heading, HEADING)), widths, SharedAffixes::default())
}

/// What the names of the services have in common.
pub(super) fn shared_affixes(rows: &[Cells]) -> SharedAffixes {
    SharedAffixes::of(rows.iter().filter_map(|row| row.get(SERVICE)).map(|cell| cell.text.as_str()))
}

/// The line of a row, whose name is shortened where it is like the others.
pub(super) fn line(row: &Cells, widths: &[usize; CELLS], shared: SharedAffixes) -> String {
    let mut line = String::new();
    // The blanks before the next cell that has a text.
    let mut blanks = 0;
    let columns = row.iter().zip(widths).enumerate().filter(|(_, (_, width))| **width > 0);
    for (column, (cell, width)) in columns {
        let text = match column {
            SERVICE => shared.shorten(&cell.text, *width, CUT),
            // The first digits are a name of their own.
            COMMIT => truncate_str(&cell.text, *width, "").into_owned(),
            _ => truncate_str(&cell.text, *width, CUT).into_owned(),
        };
        if !text.is_empty() {
            line.extend(std::iter::repeat_n(' ', blanks));
            blanks = 0;
            line.push_str(&format!("{}{text}{:#}", cell.style, cell.style));
        }
        blanks += width.saturating_sub(measure_text_width(&text)) + GAP.len();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(texts: [&str; CELLS]) -> Cells {
        texts.map(|text| Cell::from(text.to_owned()))
    }

    #[test]
    fn the_columns_are_narrowed_until_a_line_fits() {
        let long = row([
            "a-cluster-with-a-long-name/a-service-with-a-long-name",
            "3f2a9c10d1e2",
            "1234567",
            "59 min",
            "a-policy-with-a-long-name",
            "rolling out 10/12, 3 failed, rolled back",
            "no stamp, image",
        ]);
        let short = row(["a/b", "", "7", "3 s", "", "steady 1/1", ""]);
        for columns in [26, 45, 60, 80, 100, 120, 200] {
            let widths = widths(&[long.clone(), short.clone()], columns);
            let shared = SharedAffixes::default();
            for line in [line(&long, &widths, shared), line(&short, &widths, shared), head(&widths)] {
                let plain = anstream::adapter::strip_str(&line).to_string();
                assert!(
                    measure_text_width(&plain) <= columns && plain == plain.trim_end(),
                    "{columns}: {plain}"
                );
            }
        }
        let fitting = widths(std::slice::from_ref(&short), 80);
        assert_eq!(
            line(&short, &fitting, SharedAffixes::default()),
            "a/b              7      3 s          steady 1/1"
        );
    }
}
