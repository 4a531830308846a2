//! The text of a check of `verify`.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use model::check::{Check, CheckState};

use super::layout::{BAD, put_line};
use super::wrap::wrap_words;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();

pub(super) fn write(out: &mut impl Write, check: &Check) -> io::Result<()> {
    let (word, style) = match check.state {
        CheckState::Ok => ("ok", GOOD),
        CheckState::Failed => ("FAILED", BAD),
        CheckState::Skipped => ("skipped", FAINT),
    };
    let detail = format!("{}: {}", check.name, check.detail);
    // A detail can list problems, each on a line of its own.
    let paragraphs = detail.split('\n').map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines: Vec<String> = paragraphs.flat_map(|text| wrap_words(&text, 70)).collect();
    for (number, line) in lines.iter().enumerate() {
        match number {
            0 => put_line!(out, "{style}{word:<10}{style:#}{line}")?,
            _ => put_line!(out, "          {line}")?,
        }
    }
    Ok(())
}
