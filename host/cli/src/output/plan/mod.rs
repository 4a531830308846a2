//! A plan for people: as text, and in Markdown. As JSON it is [`PlanDocument`](model::event::PlanDocument).
//!
//! | module | content |
//! |---|---|
//! | `diff` | the differences of a target as rows, which every format shows |
//! | `diff_text`, `images`, `target`, `commands` | text of 80 columns |
//! | `reviews` | what guards find, as text |
//! | `markdown` | a comment of a pull request, and the summary of a job |
//! | `phrases`, `values` | what all formats state about images, targets and values |

mod commands;
pub(super) mod diff;
mod diff_text;
mod images;
mod markdown;
mod phrases;
mod reviews;
mod target;
#[cfg(test)]
mod tests;
mod values;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::columns::wrap;
use super::layout::{BAD, FAINT, HEADING, put_line, write_heading};
pub(super) use commands::wrap_command;
use images::write_image;
pub(crate) use markdown::to_markdown;
use model::plan::Plan;
use phrases::{is_nothing_to_do, totals};
pub(super) use reviews::write_reviews;
pub(crate) use reviews::{finding_text, review_text};
use target::write_targets;

const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// The width of a line, in columns.
const COLUMNS: usize = 80;

/// The format of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PlanFormat {
    /// Lines of 80 columns, for people
    Text,
    /// Markdown, for a comment of a pull request and for the summary of a job
    Markdown,
    /// One JSON object
    Json,
}

/// Writes the text of a plan.
pub(super) fn write_plan(
    out: &mut impl Write,
    plan: &Plan,
    commands: &[String],
    is_dry_run: bool,
) -> io::Result<()> {
    write_heading(out, "Plan", &format!("in {}", plan.region))?;
    for image in &plan.images {
        write_image(out, image)?;
    }
    let waves = plan.waves();
    for (wave, targets) in &waves {
        if waves.len() > 1 {
            put_line!(out, "  {HEADING}wave {wave}{HEADING:#}")?;
        }
        write_targets(out, targets, &plan.build)?;
    }
    write_reviews(out, &plan.reviews)?;
    if !is_dry_run {
        return Ok(());
    }
    if !commands.is_empty() {
        put_line!(out, "  docker")?;
    }
    for command in commands {
        for (number, line) in wrap_command(command, COLUMNS - 6).iter().enumerate() {
            let prompt = if number == 0 { "$" } else { " " };
            put_line!(out, "    {FAINT}{prompt}{FAINT:#} {line}")?;
        }
    }
    for sentence in &plan.unread {
        for (number, line) in wrap(sentence, COLUMNS - 4).iter().enumerate() {
            put_line!(out, "{}{FAINT}{line}{FAINT:#}", if number == 0 { "  " } else { "    " })?;
        }
    }
    if plan.is_denied() {
        put_line!(out, "{BAD}denied{BAD:#}: a run of this plan ends with exit code 3 and changes nothing")?;
    }
    if is_nothing_to_do(plan) {
        put_line!(out, "{FAINT}nothing to do{FAINT:#}")
    } else {
        let totals = format!("this is a plan: nothing was changed ({})", totals(plan));
        wrap(&totals, COLUMNS).iter().try_for_each(|line| put_line!(out, "{FAINT}{line}{FAINT:#}"))
    }
}
