//! The cells of a service.

use std::io;

use anstyle::{AnsiColor, Style};

use super::table::{self, Cell, Cells, Widths};
use crate::output::layout::put_line;
use model::progress::Progress;
use model::status::{Drift, DriftKind, ServiceCondition, ServiceStatus};
use model::text::printable;
use model::time::Time;

const GOOD: Style = AnsiColor::Green.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

pub(super) fn cells(service: &ServiceStatus, now: Time) -> Cells {
    let runs = service.runs.as_ref();
    let build = runs.and_then(|runs| runs.build.as_ref());
    let policy = build.map(|build| build.policy.split('@').next().unwrap_or_default());
    let is_unread = runs.is_some_and(|runs| runs.read_error.is_some());
    [
        Cell::from(printable(service.service.as_str())),
        Cell::optional(build.map(|build| build.short_commit().to_owned())),
        Cell::optional(build.and_then(|build| build.number).map(|number| number.to_string())),
        Cell::optional(runs.and_then(|runs| runs.since).map(|since| short_age(since, now))),
        Cell::optional(policy.filter(|policy| !policy.is_empty()).map(printable)),
        rollout(service),
        match &service.drift {
            Some(drift) => Cell::new(drift_text(drift), CAUTION),
            None if is_unread => Cell::new("not read", CAUTION),
            None => Cell::optional(None),
        },
    ]
}

/// Writes the rows of services, below the headings if `has_head`. `all` are the rows of the table that they belong to.
pub(super) fn write_rows<'s>(
    out: &mut impl io::Write,
    all: &[Cells],
    services: impl IntoIterator<Item = &'s ServiceStatus>,
    (widths, has_head): (&Widths, bool),
    now: Time,
) -> io::Result<()> {
    if has_head {
        put_line!(out, "{}", table::head(widths))?;
    }
    let shared = table::shared_affixes(all);
    let mut rows = services.into_iter().map(|service| cells(service, now));
    rows.try_for_each(|row| put_line!(out, "{}", table::line(&row, widths, shared)))
}

/// The largest unit of an age, such as `40 d`.
fn short_age(since: Time, now: Time) -> String {
    let age = since.age(now);
    let parts: Vec<&str> = age.split(' ').take(2).collect();
    parts.join(" ").replace("days", "d")
}

fn rollout(service: &ServiceStatus) -> Cell {
    let style = match service.condition {
        ServiceCondition::Steady => GOOD,
        ServiceCondition::Failed => BAD,
        ServiceCondition::Paused
        | ServiceCondition::RollingOut
        | ServiceCondition::Unsteady
        | ServiceCondition::Inactive => CAUTION,
    };
    let progress = service.rollout.as_ref().map(|rollout| &rollout.progress);
    let (running, desired) =
        progress.map_or((service.running, service.desired), |progress| (progress.running, progress.desired));
    let mut text = format!("{} {running}/{desired}", service.condition.as_str());
    if let Some(stage) = progress.and_then(Progress::pause).and_then(|pause| pause.stage.as_deref()) {
        text += &format!(" at {}", printable(stage));
    }
    if let Some(failed) = progress.map(|progress| progress.failed).filter(|failed| *failed > 0) {
        text += &format!(", {failed} failed");
    }
    match service.ended.as_ref().map(|ended| ended.outcome.as_str()) {
        Some("ROLLBACK_SUCCESSFUL") => text += ", rolled back",
        Some("ROLLBACK_FAILED") => text += ", rollback failed",
        Some("STOPPED") => text += ", stopped",
        _ => {}
    }
    Cell::new(text, style)
}

/// What somebody else has changed, in one or two words.
fn drift_text(drift: &Drift) -> String {
    let image = drift.changes_image();
    match drift.kind {
        DriftKind::Unstamped if image => "no stamp, image".to_owned(),
        DriftKind::Unstamped => "no stamp".to_owned(),
        DriftKind::Copied if image => "image".to_owned(),
        DriftKind::Copied => "changed".to_owned(),
    }
}
