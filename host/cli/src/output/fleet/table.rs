//! A table whose columns are narrowed until its lines fit.

use anstyle::Style;
use console::{measure_text_width, truncate_str};

use crate::output::layout::{HEADING, SharedAffixes};

/// The number of columns.
pub(super) const CELLS: usize = 7;

/// What is not known, or does not exist.
const NONE: &str = "-";

/// What is between two columns.
const GAP: &str = "  ";

/// The headings.
const HEADINGS: [&str; CELLS] = ["SERVICE", "COMMIT", "BUILD", "AGE", "POLICY", "ROLLOUT", "DRIFT"];

/// Columns whose texts are cut in another way than at the end.
const SERVICE: usize = 0;
const COMMIT: usize = 1;

/// The column that changes by itself.
const AGE: usize = 3;

/// The least widths of columns whose texts change while services are watched: an age such as `59 min`, and a rollout such
/// as `rolling out 10/12, 3 failed`.
const WATCHED: [(usize, usize); 2] = [(AGE, 6), (5, 27)];

/// The columns that are narrowed, in this order, and to which width: a name is what a person looks for.
const NARROWED: [(usize, usize); 8] =
    [(COMMIT, 7), (4, 6), (SERVICE, 30), (6, 9), (5, 16), (SERVICE, 20), (2, 5), (SERVICE, 8)];

/// The columns that a narrow terminal does not show, in this order, after those without a text. Their width is 0.
const OMITTED: [usize; 5] = [4, 2, AGE, COMMIT, 6];

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

    /// A text, if there is one.
    pub(super) fn optional(text: Option<String>) -> Self {
        Self::from(text.unwrap_or_else(|| NONE.to_owned()))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, style: Style::new() }
    }
}

/// The cells of one line.
pub(super) type Cells = [Cell; CELLS];

/// The width of each column.
pub(super) type Widths = [usize; CELLS];

/// What rows need of each column.
#[derive(Debug, Clone)]
pub(super) struct Needs {
    widths: Widths,
    has_text: [bool; CELLS],
}

impl Needs {
    /// What the headings need.
    pub(super) fn of_headings() -> Self {
        Self { widths: HEADINGS.map(str::len), has_text: [false; CELLS] }
    }

    /// What the headings need above rows that change.
    pub(super) fn of_watched() -> Self {
        let mut needs = Self::of_headings();
        for (column, least) in WATCHED {
            if let Some(width) = needs.widths.get_mut(column) {
                *width = (*width).max(least);
            }
        }
        needs
    }

    /// Adds what further rows need.
    pub(super) fn add(&mut self, rows: &[Cells]) {
        for row in rows {
            for ((width, has_text), cell) in self.widths.iter_mut().zip(&mut self.has_text).zip(row) {
                *width = (*width).max(measure_text_width(&cell.text));
                *has_text |= cell.text != NONE;
            }
        }
    }

    /// The widths in which the rows fit into lines of this many columns.
    pub(super) fn widths(&self, columns: usize) -> Widths {
        let mut widths = self.widths;
        if total(&widths) > columns {
            for (width, has_text) in widths.iter_mut().zip(self.has_text) {
                *width = if has_text { *width } else { 0 };
            }
        }
        let mut narrowed = narrow(widths, columns);
        for column in OMITTED {
            if total(&narrowed) <= columns {
                break;
            }
            if let Some(width) = widths.get_mut(column) {
                *width = 0;
            }
            narrowed = narrow(widths, columns);
        }
        narrowed
    }
}

/// The widths of columns that are cut so that lines fit, if they can.
fn narrow(mut widths: Widths, columns: usize) -> Widths {
    for (column, least) in NARROWED {
        let excess = total(&widths).saturating_sub(columns);
        if let Some(width) = widths.get_mut(column) {
            *width = (*width).min(width.saturating_sub(excess).max(least));
        }
    }
    widths
}

/// The texts of a row but for what changes by itself.
pub(super) fn lasting_text(row: &Cells) -> String {
    let lasting = row.iter().enumerate().filter(|(column, _)| *column != AGE);
    lasting.map(|(_, cell)| cell.text.as_str()).collect::<Vec<_>>().join(GAP)
}

/// The width of a line.
fn total(widths: &Widths) -> usize {
    let shown = widths.iter().filter(|width| **width > 0);
    shown.map(|width| width + GAP.len()).sum::<usize>().saturating_sub(GAP.len())
}

/// The line of headings.
pub(super) fn head(widths: &Widths) -> String {
    line(&HEADINGS.map(|heading| Cell::new(heading, HEADING)), widths, SharedAffixes::default())
}

/// What the names of the services have in common.
pub(super) fn shared_affixes(rows: &[Cells]) -> SharedAffixes {
    SharedAffixes::of(rows.iter().filter_map(|row| row.get(SERVICE)).map(|cell| cell.text.as_str()))
}

/// The line of a row, whose name is shortened where it is like the others.
pub(super) fn line(row: &Cells, widths: &Widths, shared: SharedAffixes) -> String {
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

    fn widths(rows: &[Cells], columns: usize) -> Widths {
        let mut needs = Needs::of_headings();
        needs.add(rows);
        needs.widths(columns)
    }

    fn plain(line: &str) -> String {
        anstream::adapter::strip_str(line).to_string()
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
                let plain = plain(&line);
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

    #[test]
    fn a_narrow_table_omits_columns_without_a_text_first() {
        let own = row(["main/web-frontend", "3f2a9c10d1e2", "-", "3 s", "-", "steady 1/1", "-"]);
        let rows = std::slice::from_ref(&own);
        for (columns, expected) in [
            (60, "SERVICE            COMMIT        AGE  ROLLOUT"),
            (46, "SERVICE            COMMIT      AGE  ROLLOUT"),
            (30, "SERVICE    COMMIT   ROLLOUT"),
            (80, "SERVICE            COMMIT        BUILD  AGE  POLICY  ROLLOUT     DRIFT"),
        ] {
            assert_eq!(plain(&head(&widths(rows, columns))), expected, "{columns}");
        }
        let drifted = row(["main/web", "3f2a9c10d1e2", "7", "3 s", "travis", "steady 1/1", "image"]);
        let text =
            plain(&line(&drifted, &widths(std::slice::from_ref(&drifted), 30), SharedAffixes::default()));
        assert_eq!(text, "main/web  steady 1/1  image");
    }
}
