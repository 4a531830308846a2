//! The layout of what people read: a heading in a column of ten characters, and the text beside it.

use std::io::{self, Write};

use anstyle::Style;

use model::names::Tag;

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();

/// Writes a line with a heading.
pub(super) fn write_heading(out: &mut impl Write, heading: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{heading:<10}{HEADING:#}{text}")
}

/// Writes a line without a heading, below one with a heading.
pub(super) fn write_detail(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "          {text}")
}

pub(super) fn join_tags(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ")
}
