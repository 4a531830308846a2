//! What a preflight found, as values and as text for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::terminal::wrapped;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// One thing that a deployment needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is.
    pub name: String,
    /// Whether it is there.
    pub state: CheckState,
    /// What was found, and what to do where it is not as it should be.
    pub detail: String,
}

/// Whether something is as a deployment needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// It is.
    Ok,
    /// It is not, and a run would fail.
    Failed,
    /// It is not needed, can't be known, or was not looked at: the detail says
    /// which.
    Skipped,
}

impl Check {
    /// Something that is as it should be.
    pub fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Ok, detail: detail.into() }
    }

    /// Something that is not as it should be.
    pub fn failed(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Failed, detail: detail.into() }
    }

    /// Something of which it is not known, or does not matter.
    pub fn skipped(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), state: CheckState::Skipped, detail: detail.into() }
    }
}

pub(super) fn write(out: &mut impl Write, check: &Check) -> io::Result<()> {
    let (word, style) = match check.state {
        CheckState::Ok => ("ok", GOOD),
        CheckState::Failed => ("FAILED", BAD),
        CheckState::Skipped => ("skipped", FAINT),
    };
    let text = check.detail.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = wrapped(&format!("{}: {text}", check.name), 70);
    for (number, line) in lines.iter().enumerate() {
        match number {
            0 => writeln!(out, "{style}{word:<10}{style:#}{line}")?,
            _ => writeln!(out, "          {line}")?,
        }
    }
    Ok(())
}
