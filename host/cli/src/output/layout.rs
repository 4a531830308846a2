//! The layout of what people read: a heading in a column of ten characters, and the text beside it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use console::{measure_text_width, truncate_str};

use model::names::Tag;
use model::text::printable_line;

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Writes one line, in the manner of `writeln!`. Whatever its parts contain, it stays one line, and what is invisible in it
/// is escaped.
macro_rules! put_line {
    ($out:expr, $($format:tt)*) => {
        $crate::output::layout::write_line($out, &format!($($format)*))
    };
}
pub(super) use put_line;

/// Writes one line. See [`put_line!`].
pub(super) fn write_line(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{}", printable_line(text))
}

/// Writes a line with a heading.
pub(super) fn write_heading(out: &mut impl Write, heading: &str, text: &str) -> io::Result<()> {
    put_line!(out, "{HEADING}{heading:<10}{HEADING:#}{text}")
}

/// Writes a line without a heading, below one with a heading.
pub(super) fn write_detail(out: &mut impl Write, text: &str) -> io::Result<()> {
    put_line!(out, "          {text}")
}

/// Writes a message of the host, which can list problems on lines of their own, after its kind.
pub(super) fn write_message(out: &mut impl Write, kind: &str, style: Style, message: &str) -> io::Result<()> {
    let mut lines = message.split('\n');
    put_line!(out, "{style}{kind}:{style:#} {}", lines.next().unwrap_or_default())?;
    lines.try_for_each(|text| write_line(out, text))
}

/// A text without its middle, if it is too wide: names differ at their start or their end. `dots` replace the middle.
pub(super) fn shorten_middle(text: &str, columns: usize, dots: &str) -> String {
    if measure_text_width(text) <= columns {
        return text.to_owned();
    }
    let rest = columns.saturating_sub(measure_text_width(dots));
    let start = truncate_str(text, rest / 2, "").into_owned();
    let mut end = String::new();
    for c in text.chars().rev() {
        let longer = format!("{c}{end}");
        if measure_text_width(&longer) > rest - rest / 2 {
            break;
        }
        end = longer;
    }
    format!("{start}{dots}{end}")
}

/// What the names of several rows have in common at their start and at their end, in characters: where a name has to be
/// cut, it is cut there, so that the rows differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SharedAffixes {
    start: usize,
    end: usize,
}

impl SharedAffixes {
    pub(super) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut names = names.into_iter();
        let Some(first) = names.next() else { return Self::default() };
        let (mut start, mut end, mut shortest) = (usize::MAX, usize::MAX, first.chars().count());
        for name in names {
            let same = |(a, b): &(char, char)| a == b;
            start = start.min(first.chars().zip(name.chars()).take_while(same).count());
            end = end.min(first.chars().rev().zip(name.chars().rev()).take_while(same).count());
            shortest = shortest.min(name.chars().count());
        }
        // One name alone differs from no other, and a character is at the start or at the end.
        let start = if start == usize::MAX { 0 } else { start };
        let end = if end == usize::MAX { 0 } else { end.min(shortest.saturating_sub(start)) };
        Self { start, end }
    }

    /// A name in at most this number of columns. `dots` stand for what is cut.
    pub(super) fn shorten(self, name: &str, columns: usize, dots: &str) -> String {
        let excess = measure_text_width(name).saturating_sub(columns);
        if excess == 0 {
            return name.to_owned();
        }
        let count = name.chars().count();
        let part = |from: usize, to: usize| -> String {
            name.chars().skip(from).take(to.saturating_sub(from)).collect()
        };
        let own = part(self.start, count.saturating_sub(self.end));
        let width = measure_text_width(&own) + 2 * measure_text_width(dots);
        let Some(spare) = columns.checked_sub(width) else {
            return shorten_middle(&own, columns, dots);
        };
        // What is left is for the end, and then for the start.
        let after = self.end.min(spare);
        let before = self.start.min(spare - after);
        let start = part(0, before) + if before < self.start { dots } else { "" };
        let end = if after < self.end { dots } else { "" }.to_owned() + &part(count - after, count);
        shorten_middle(&format!("{start}{own}{end}"), columns, dots)
    }
}

pub(super) fn join_tags(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_cut_still_differ() {
        let names: Vec<String> =
            (10..50).map(|number| format!("main/service-number-{number}-with-a-long-name")).collect();
        let shared = SharedAffixes::of(names.iter().map(String::as_str));
        for columns in [8, 12, 20, 30, 36, 60] {
            let short: std::collections::BTreeSet<String> =
                names.iter().map(|name| shared.shorten(name, columns, "…")).collect();
            assert_eq!(short.len(), names.len(), "{columns}: {short:?}");
            assert!(short.iter().all(|name| measure_text_width(name) <= columns), "{columns}: {short:?}");
        }
        assert_eq!(shared.shorten(&names[0], 25, "…"), "main…10-with-a-long-name");
        let alone = SharedAffixes::of(["a-service-with-a-long-name"]);
        assert_eq!(alone.shorten("a-service-with-a-long-name", 11, "…"), "a-ser…-name");
        assert!(SharedAffixes::of(["same", "same"]).shorten("same", 2, "…").chars().count() <= 2);
    }
}
