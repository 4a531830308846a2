//! The line of a target in the live view.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use console::{measure_text_width, truncate_str};

use super::screen::{INDENT, MIN_COLUMNS_WITH_BARS, Screen, aligned, ellipsis, time_text};
use super::view::{Stage, Target};
use crate::output::layout::{FAINT, SharedAffixes};
use model::lifecycle::{HookKind, function_name};
use model::progress::Progress;
use model::text::printable;

const RUNNING: Style = AnsiColor::Green.on_default();
const PENDING: Style = AnsiColor::Yellow.on_default();
const FAILED: Style = AnsiColor::Red.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();

/// The columns of a bar.
const BAR: usize = 10;

impl Target {
    pub(super) fn title(&self) -> String {
        printable(self.name.as_str())
    }

    pub(super) fn line(
        &self,
        screen: Screen,
        (name_columns, shared): (usize, SharedAffixes),
        elapsed: Duration,
    ) -> String {
        let time = time_text(elapsed.saturating_sub(self.since.unwrap_or(elapsed)));
        let name = shared.shorten(&self.title(), name_columns, ellipsis(screen));
        let blank = name_columns.saturating_sub(measure_text_width(&name));
        let start = format!("{:INDENT$}{name}{:blank$}  {}", "", "", self.bar(screen));
        let room = screen.line_columns().saturating_sub(measure_text_width(&start) + time.len() + 1);
        let texts = self.texts();
        let fits = |text: &&String| measure_text_width(text) <= room;
        let text = texts.iter().find(fits).or(texts.last()).cloned().unwrap_or_default();
        let text = truncate_str(&text, room, ellipsis(screen)).into_owned();
        let style = self.style();
        aligned(&format!("{start}{style}{text}{style:#}"), &time, screen)
    }

    fn style(&self) -> Style {
        match &self.stage {
            Stage::Paused(_) | Stage::RollingBack => CAUTION,
            _ if self.needs_attention() => FAILED,
            _ => Style::new(),
        }
    }

    /// The state of the target in words, the longest first.
    fn texts(&self) -> Vec<String> {
        match (&self.stage, &self.progress) {
            (Stage::Task(text), _) => vec![printable(text)],
            (Stage::Baking(until), progress) => {
                let counts = progress.as_ref().map(|progress| format!("{}, ", running_text(progress)));
                let until = until.to_utc_text();
                // Without the date, which the line of the event has.
                let time = until.split(' ').skip(1).collect::<Vec<_>>().join(" ");
                vec![
                    format!("{}baking until {time}", counts.unwrap_or_default()),
                    format!("baking until {time}"),
                    "baking".to_owned(),
                ]
            }
            (Stage::RollingBack, _) => vec!["rolling back".to_owned()],
            (Stage::Paused(hook), _) => {
                let stage = hook.stage.as_deref().map(printable);
                let at = stage.map(|stage| format!(" at {stage}")).unwrap_or_default();
                let until = hook.expires_at.map(|time| time.to_utc_text());
                let until = until
                    .as_deref()
                    .and_then(|until| until.split(' ').nth(1))
                    .map(|time| format!(" until {time}"));
                vec![
                    format!("paused{at}{}", until.clone().unwrap_or_default()),
                    format!("paused{at}"),
                    format!("paused{}", until.unwrap_or_default()),
                    "paused".to_owned(),
                ]
            }
            (_, None) => vec!["starting".to_owned()],
            (_, Some(progress)) => {
                let pending = (progress.pending > 0).then(|| format!(", {} pending", progress.pending));
                let failed = (progress.failed > 0).then(|| format!(", {} failed", progress.failed));
                let (pending, failed) = (pending.unwrap_or_default(), failed.unwrap_or_default());
                let (running, short) =
                    (running_text(progress), format!("{}/{}", progress.running, progress.desired));
                let mut texts = Vec::new();
                for stage in lifecycle_texts(progress) {
                    texts.push(format!("{running}{pending}{failed}, {stage}"));
                    texts.push(format!("{short}{failed}, {stage}"));
                    texts.push(format!("{short}, {stage}"));
                    texts.push(stage);
                }
                texts.push(format!("{running}{pending}{failed}"));
                texts.push(format!("{short}{pending}{failed}"));
                texts.push(format!("{short}{failed}"));
                texts
            }
        }
    }

    /// The bar, with the blanks after it.
    fn bar(&self, screen: Screen) -> String {
        if screen.columns < MIN_COLUMNS_WITH_BARS {
            return String::new();
        }
        let progress = self.progress.clone().unwrap_or_default();
        let is_counted = !matches!(self.stage, Stage::RollingBack | Stage::Task(_));
        let desired = usize::try_from(progress.desired).unwrap_or(0);
        let count = |tasks: i32| usize::try_from(tasks).unwrap_or(0);
        // A task that runs is never rounded to none, and only all of them fill the bar.
        let columns = |tasks: usize| match tasks {
            _ if !is_counted || desired == 0 => 0,
            0 => 0,
            tasks if tasks >= desired => BAR,
            tasks => (tasks * BAR / desired).max(1),
        };
        let running = columns(count(progress.running));
        let started = columns(count(progress.running) + count(progress.pending));
        // A task that failed is in the place of one that is still to run.
        let tried = columns(count(progress.running) + count(progress.pending) + count(progress.failed));
        let cells = if screen.is_unicode { ["█", "▒", "×", "·"] } else { ["#", "+", "x", "."] };
        let widths = [running, started.saturating_sub(running), tried.saturating_sub(started), BAR - tried];
        let styles = [RUNNING, PENDING, FAILED, FAINT];
        let parts = cells.iter().zip(widths).zip(styles);
        let bar: String =
            parts.map(|((cell, width), style)| format!("{style}{}{style:#}", cell.repeat(width))).collect();
        format!("{bar}  ")
    }
}

/// What the rollout does now, if that is more than `IN_PROGRESS`: the function that it waits for, and its stage.
fn lifecycle_texts(progress: &Progress) -> Vec<String> {
    let waits = progress.hooks.iter().find_map(|hook| match &hook.kind {
        HookKind::Lambda { function } => Some(format!("waiting for {}", printable(function_name(function)))),
        HookKind::Pause => None,
    });
    let (state, stage) = match progress.state.split_once(", ") {
        Some((state, stage)) => (state, Some(printable(stage))),
        None => (progress.state.as_str(), None),
    };
    let state = (!matches!(state, "IN_PROGRESS" | "PENDING")).then(|| printable(state));
    waits.into_iter().chain(stage.or(state)).collect()
}

fn running_text(progress: &Progress) -> String {
    format!("{}/{} running", progress.running, progress.desired)
}
