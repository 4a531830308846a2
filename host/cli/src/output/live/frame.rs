//! The layout of the live view: a block of lines that fits a terminal.

use std::time::Duration;

use console::{measure_text_width, truncate_str};

use super::screen::{INDENT, MIN_COLUMNS, Screen, aligned, ellipsis, time_text};
use super::view::{Docker, Stage, Target, View};
use crate::output::layout::{FAINT, SharedAffixes};
use model::event::DockerStep;
use model::text::printable;

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
        let titles: Vec<String> = self.targets.iter().map(Target::title).collect();
        let shared = SharedAffixes::of(titles.iter().map(String::as_str));
        lines.extend(shown.iter().map(|target| target.line(screen, (name_columns, shared), elapsed)));
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
    let (running, desired): (i64, i64) = (
        progress().map(|progress| i64::from(progress.running)).sum(),
        progress().map(|progress| i64::from(progress.desired)).sum(),
    );
    let tasks = match desired {
        0 => "starting".to_owned(),
        desired => format!("{running}/{desired} running"),
    };
    let urgent = hidden.iter().filter(|target| target.needs_attention()).count();
    let urgent = if urgent > 0 { format!(", {urgent} with problems") } else { String::new() };
    format!("{} and {} more: {tasks}{urgent}", ellipsis(screen), hidden.len())
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
