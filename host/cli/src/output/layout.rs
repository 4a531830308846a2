//! The layout of what people read: a heading in a column of ten characters, and the text beside it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use console::{measure_text_width, truncate_str};

use model::names::Tag;
use model::text::printable_line;

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();

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

/// A text without its middle, if it is too wide: its start and its end tell names apart. `dots` stand in its place.
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

pub(super) fn join_tags(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ")
}
