//! The layout of the live view: a block of lines that fits a terminal.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use console::{measure_text_width, truncate_str};

use super::view::{Docker, Stage, Target, View};
use crate::output::layout::FAINT;
use model::event::DockerStep;
use model::lifecycle::{HookKind, function_name};
use model::progress::Progress;
use model::text::printable;

const RUNNING: Style = AnsiColor::Green.on_default();
const PENDING: Style = AnsiColor::Yellow.on_default();
const FAILED: Style = AnsiColor::Red.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();

/// The columns of a bar.
const BAR: usize = 10;

/// The columns of a terminal from which on it shows bars.
const MIN_COLUMNS_WITH_BARS: usize = 60;

/// The columns of a terminal from which on it shows anything.
const MIN_COLUMNS: usize = 20;

/// The columns before a name.
const INDENT: usize = 2;

/// The terminal that a block has to fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Whether it shows characters beyond ASCII.
    pub(super) is_unicode: bool,
}

impl Screen {
    /// The rows of the block. The others show what has happened.
    fn block_rows(self) -> usize {
        (self.rows * 3 / 4).max(3)
    }

    /// The most columns of a target's name.
    fn max_name_columns(self) -> usize {
        self.columns / 3
    }

    /// The columns of a line. A terminal may wrap a line that reaches its edge.
    fn line_columns(self) -> usize {
        self.columns.saturating_sub(1)
    }
}

impl View {
    /// The lines of the view, `elapsed` after the start of the run.
    pub(super) fn lines(&self, screen: Screen, elapsed: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        if self.is_over || screen.columns < MIN_COLUMNS {
            return lines;
        }
        let rows = screen.block_rows();
        if let Some(docker) = &self.docker {
            docker.write(&mut lines, screen, rows, elapsed);
        } else if self.rollout_since.is_some() {
            self.write_targets(&mut lines, screen, rows, elapsed);
        }
        lines
            .iter()
            .map(|line| truncate_str(line, screen.line_columns(), ellipsis(screen)).into_owned())
            .collect()
    }

    fn write_targets(&self, lines: &mut Vec<String>, screen: Screen, rows: usize, elapsed: Duration) {
        let moving: Vec<&Target> = self.targets.iter().filter(|target| target.is_moving()).collect();
        // The last line is about all targets, and the one before it about those that do not fit.
        let fitting = rows.saturating_sub(1);
        let (shown, hidden) = if moving.len() <= fitting {
            (moving, Vec::new())
        } else {
            select(moving, fitting.saturating_sub(1))
        };
        let name_columns = shown
            .iter()
            .map(|target| measure_text_width(&target.title()))
            .max()
            .unwrap_or(0)
            .min(screen.max_name_columns());
        lines.extend(shown.iter().map(|target| target.line(screen, name_columns, elapsed)));
        if !hidden.is_empty() {
            lines.push(format!("{:INDENT$}{FAINT}{}{FAINT:#}", "", hidden_text(&hidden, screen)));
        }
        let since = self.rollout_since.unwrap_or(elapsed);
        lines.push(aligned(
            &format!("{:INDENT$}{FAINT}{}{FAINT:#}", "", self.counts()),
            &time_text(elapsed.saturating_sub(since)),
            screen,
        ));
    }

    /// The number of targets in each state.
    fn counts(&self) -> String {
        let count =
            |is_it: &dyn Fn(&Target) -> bool| self.targets.iter().filter(|target| is_it(target)).count();
        let done = count(&|target| target.stage == Stage::Done);
        let paused = count(&|target| matches!(target.stage, Stage::Paused(_)));
        let back = count(&|target| target.stage == Stage::RollingBack);
        let moving = count(&|target| target.is_moving()) - paused - back;
        let waiting = count(&|target| target.stage == Stage::Waiting);
        let parts =
            [(moving, "in progress"), (back, "rolling back"), (paused, "paused"), (waiting, "waiting")];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        let all = self.targets.len();
        [vec![format!("{done} of {all} done")], parts].concat().join(", ")
    }
}

/// The targets that are shown, in their order, and those that are not: whoever needs attention is shown first.
fn select(moving: Vec<&Target>, count: usize) -> (Vec<&Target>, Vec<&Target>) {
    let urgent = moving.iter().filter(|target| target.needs_attention()).count().min(count);
    let (mut left_urgent, mut left) = (urgent, count - urgent);
    moving.into_iter().partition(|target| {
        let budget = if target.needs_attention() { &mut left_urgent } else { &mut left };
        let fits = *budget > 0;
        *budget = budget.saturating_sub(1);
        fits
    })
}

/// The targets for which there is no line, in one.
fn hidden_text(hidden: &[&Target], screen: Screen) -> String {
    let progress = || hidden.iter().filter_map(|target| target.progress.as_ref());
    let (running, desired): (i32, i32) = (
        progress().map(|progress| progress.running).sum(),
        progress().map(|progress| progress.desired).sum(),
    );
    let tasks = match desired {
        0 => "starting".to_owned(),
        desired => format!("{running}/{desired} running"),
    };
    let urgent = hidden.iter().filter(|target| target.needs_attention()).count();
    let urgent = if urgent > 0 { format!(", {urgent} with problems") } else { String::new() };
    format!("{} and {} more: {tasks}{urgent}", ellipsis(screen), hidden.len())
}

impl Target {
    fn title(&self) -> String {
        printable(self.name.as_str())
    }

    fn line(&self, screen: Screen, name_columns: usize, elapsed: Duration) -> String {
        let time = time_text(elapsed.saturating_sub(self.since.unwrap_or(elapsed)));
        let name = shorten_middle(&self.title(), name_columns, screen);
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

impl Docker {
    fn write(&self, lines: &mut Vec<String>, screen: Screen, rows: usize, elapsed: Duration) {
        let skipped = self.lines.len().saturating_sub(rows.saturating_sub(1));
        for line in self.lines.iter().skip(skipped) {
            let line = printable(&anstream::adapter::strip_str(line).to_string().replace('\t', "    "));
            lines.push(
                truncate_str(&format!("  {FAINT}{line}{FAINT:#}"), screen.line_columns(), ellipsis(screen))
                    .into_owned(),
            );
        }
        let what = match self.step {
            DockerStep::Build => "building",
            DockerStep::Push => "pushing",
        };
        let time = time_text(elapsed.saturating_sub(self.since));
        lines.push(aligned(&format!("  {FAINT}{what}{FAINT:#}"), &time, screen));
    }
}

/// A time at the right edge of a line.
fn aligned(text: &str, time: &str, screen: Screen) -> String {
    let room = screen.line_columns().saturating_sub(time.len() + 1);
    let text = truncate_str(text, room, ellipsis(screen));
    let blank = room.saturating_sub(measure_text_width(&text)) + 1;
    format!("{text}{:blank$}{FAINT}{time}{FAINT:#}", "")
}

/// A time as a clock shows it: the view is drawn every second.
fn time_text(time: Duration) -> String {
    let (seconds, minutes, hours) = (time.as_secs() % 60, time.as_secs() / 60 % 60, time.as_secs() / 3600);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn ellipsis(screen: Screen) -> &'static str {
    if screen.is_unicode { "…" } else { "..." }
}

/// A text without its middle, if it is too wide: its start and its end tell names apart.
fn shorten_middle(text: &str, columns: usize, screen: Screen) -> String {
    if measure_text_width(text) <= columns {
        return text.to_owned();
    }
    let dots = ellipsis(screen);
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
