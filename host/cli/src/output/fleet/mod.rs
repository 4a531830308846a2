//! What `status --all` and `status --watch` show: a table with one line a service, or the details of the services that
//! the command line names. In a terminal a watch draws it anew in place; in a pipe it writes what has changed.

mod cells;
mod counts;
mod printed;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::mem;

use console::truncate_str;

use super::layout::{FAINT, put_line};
use super::status;
use super::wrap::wrap_words;
pub(super) use counts::counts_text;
use model::event::Event;
use model::plan::TargetName;
use model::status::{ServiceCondition, ServiceCounts, ServiceStatus, TriggerStatus};
use model::text::printable;
use model::time::Time;
use printed::Printed;
use table::Needs;

/// The columns of sentences that are not written in place.
const COLUMNS: usize = 80;

/// How the services are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FleetLayout {
    /// A line a service.
    Table,
    /// All details of each.
    Details,
}

/// What is shown, by the last reading.
pub(super) struct FleetView {
    layout: FleetLayout,
    /// Whether it is read again and again.
    is_watched: bool,
    /// Whether the lines of a terminal show it in place.
    is_in_place: bool,
    /// The columns of sentences, those of that terminal when it was drawn last.
    columns: usize,
    /// The columns of the table; `None` for as many as it needs, in a file or a pipe, where somebody searches.
    table_columns: Option<usize>,
    services: BTreeMap<TargetName, ServiceStatus>,
    triggers: BTreeMap<TargetName, TriggerStatus>,
    /// Why a cluster or a service could not be read, by its name on the command line.
    errors: BTreeMap<String, String>,
    counts: ServiceCounts,
    /// What has changed since it was drawn.
    changed: BTreeSet<TargetName>,
    removed: BTreeSet<TargetName>,
    is_drawn: bool,
    printed: Printed,
}

impl FleetView {
    /// A view without services. `is_in_place` is whether the lines of a terminal show it, and `table_columns` the columns of
    /// the terminal that it is written to.
    pub(super) fn new(
        layout: FleetLayout,
        is_watched: bool,
        is_in_place: bool,
        table_columns: Option<usize>,
    ) -> Self {
        Self {
            layout,
            is_watched,
            is_in_place,
            columns: COLUMNS,
            table_columns,
            services: BTreeMap::new(),
            triggers: BTreeMap::new(),
            errors: BTreeMap::new(),
            counts: ServiceCounts::default(),
            changed: BTreeSet::new(),
            removed: BTreeSet::new(),
            is_drawn: false,
            printed: Printed::new(),
        }
    }

    /// Whether the lines of a terminal show services, which it loses at the end.
    pub(super) fn is_shown_in_place(&self) -> bool {
        self.is_in_place && self.is_drawn
    }

    /// Records an event. Returns whether the view shows it, so that it has no text of its own.
    pub(super) fn observe(&mut self, event: &Event) -> bool {
        match event {
            Event::ServiceDescribed(service) => {
                self.changed.insert(service.service.clone());
                self.services.insert(service.service.clone(), (**service).clone());
            }
            Event::TriggerDescribed(trigger) => {
                self.changed.insert(trigger.trigger.clone());
                self.triggers.insert(trigger.trigger.clone(), (**trigger).clone());
            }
            Event::ServiceRemoved { service } => {
                self.services.remove(service);
                self.printed.remove(service);
                self.removed.insert(service.clone());
            }
            Event::ServicesCounted(counts) => {
                self.errors.retain(|subject, _| counts.unread.contains(subject));
                self.counts = counts.clone();
            }
            Event::StatusUnavailable { subject, reason } => {
                self.errors.insert(subject.clone(), reason.clone());
                self.printed.forget(subject);
                return self.is_in_place;
            }
            _ => return false,
        }
        true
    }

    /// The text of what was read: the whole the first time, then what has changed, and nothing if a terminal shows it in place.
    pub(super) fn draw(&mut self, now: Time) -> io::Result<String> {
        let (changed, removed) = (mem::take(&mut self.changed), mem::take(&mut self.removed));
        let mut out = Vec::new();
        match (self.is_in_place, self.is_watched) {
            // The lines of the terminal are drawn by `lines`.
            (true, _) => {}
            (false, false) => self.write_all(&mut out, now)?,
            (false, true) => self.write_changes(&mut out, (&changed, &removed), now)?,
        }
        self.is_drawn = true;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    /// The text of everything.
    pub(super) fn to_text(&self, now: Time) -> io::Result<String> {
        let mut out = Vec::new();
        self.write_all(&mut out, now)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    /// The lines of a terminal of these columns and rows: as much as fits, and if that is not everything, first what needs a
    /// person.
    pub(super) fn lines(&mut self, (columns, rows): (usize, usize), now: Time) -> Vec<String> {
        if !self.is_in_place || !self.is_drawn {
            return Vec::new();
        }
        // A terminal may wrap a line that reaches its edge.
        self.columns = columns.saturating_sub(1);
        self.table_columns = Some(self.columns);
        // Writing to memory does not fail.
        let text = self.write_screen(now, rows).unwrap_or_default();
        let lines = String::from_utf8_lossy(&text).into_owned();
        let lines = lines.lines().take(rows.saturating_sub(1));
        lines.map(|line| truncate_str(line, self.columns, "…").into_owned()).collect()
    }

    /// Writes everything once.
    fn write_all(&self, out: &mut Vec<u8>, now: Time) -> io::Result<()> {
        self.write_services(out, self.services.values(), now)?;
        self.triggers.values().try_for_each(|trigger| status::write_trigger(out, trigger, now))?;
        self.write_counts(out, now)
    }

    fn write_changes(
        &mut self,
        out: &mut Vec<u8>,
        (changed, removed): (&BTreeSet<TargetName>, &BTreeSet<TargetName>),
        now: Time,
    ) -> io::Result<()> {
        let mut news = Vec::new();
        for service in self.services.values().filter(|service| changed.contains(&service.service)) {
            if self.printed.is_news(service, self.layout)? {
                news.push(service);
            }
        }
        match self.layout {
            FleetLayout::Details => news.into_iter().try_for_each(|it| status::write(out, it, now))?,
            FleetLayout::Table => {
                let all = self.rows(now);
                let (widths, is_moved) = self.printed.widths(&all, self.table_columns.unwrap_or(usize::MAX));
                let has_head = is_moved && !news.is_empty();
                cells::write_rows(out, &all, news, (&widths, has_head), now)?;
            }
        }
        let triggers = self.triggers.values().filter(|trigger| changed.contains(&trigger.trigger));
        triggers.into_iter().try_for_each(|trigger| status::write_trigger(out, trigger, now))?;
        removed.iter().try_for_each(|service| put_line!(out, "{service} was deleted"))?;
        if out.is_empty() && self.is_drawn {
            return Ok(());
        }
        self.write_counts(out, now)
    }

    fn write_screen(&self, now: Time, rows: usize) -> io::Result<Vec<u8>> {
        let mut end = Vec::new();
        self.write_counts(&mut end, now)?;
        for reason in self.errors.values() {
            for line in wrap_words(&format!("error: {}", printable(reason)), self.columns) {
                put_line!(&mut end, "{line}")?;
            }
        }
        let mut all = Vec::new();
        self.write_services(&mut all, self.services.values(), now)?;
        self.triggers.values().try_for_each(|trigger| status::write_trigger(&mut all, trigger, now))?;
        // The cursor has a row of its own.
        let room = rows.saturating_sub(line_count(&end) + 1);
        if line_count(&all) > room {
            let mut services: Vec<&ServiceStatus> = self.services.values().collect();
            services.sort_by_key(|service| (needs_nobody(service), service.condition));
            all.clear();
            self.write_services(&mut all, services, now)?;
            self.triggers.values().try_for_each(|trigger| status::write_trigger(&mut all, trigger, now))?;
            all = first_lines(&all, room)?;
        }
        all.extend(end);
        Ok(all)
    }

    fn write_services<'s>(
        &self,
        out: &mut Vec<u8>,
        services: impl IntoIterator<Item = &'s ServiceStatus>,
        now: Time,
    ) -> io::Result<()> {
        match self.layout {
            FleetLayout::Details => services.into_iter().try_for_each(|it| status::write(out, it, now)),
            FleetLayout::Table => {
                let all = self.rows(now);
                let mut needs = Needs::of_headings();
                needs.add(&all);
                let widths = needs.widths(self.table_columns.unwrap_or(usize::MAX));
                cells::write_rows(out, &all, services, (&widths, !all.is_empty()), now)
            }
        }
    }

    /// The cells of all services, which decide the widths of the columns.
    fn rows(&self, now: Time) -> Vec<table::Cells> {
        self.services.values().map(|service| cells::cells(service, now)).collect()
    }

    /// Writes the numbers of services, with the time of the reading if it is one of several.
    fn write_counts(&self, out: &mut Vec<u8>, now: Time) -> io::Result<()> {
        let at = if self.is_watched { format!(" ({})", now.to_utc_text()) } else { String::new() };
        wrap_words(&format!("{}{at}", counts_text(&self.counts)), self.columns)
            .iter()
            .try_for_each(|line| put_line!(out, "{line}"))
    }
}

fn line_count(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// The first lines of those that do not fit into a number of rows, and the number of the others.
fn first_lines(text: &[u8], room: usize) -> io::Result<Vec<u8>> {
    let shown = room.saturating_sub(1);
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let mut first: Vec<u8> = lines.take(shown).flatten().copied().collect();
    let rest = line_count(text).saturating_sub(shown);
    put_line!(&mut first, "{FAINT}… {rest} more lines do not fit{FAINT:#}")?;
    Ok(first)
}

/// Whether a service is as it should be.
fn needs_nobody(service: &ServiceStatus) -> bool {
    service.condition == ServiceCondition::Steady && service.drift.is_none()
}

/// Writes an event that has no view.
pub(super) fn write(out: &mut impl io::Write, event: &Event) -> io::Result<()> {
    match event {
        Event::ServicesCounted(counts) => put_line!(out, "{}", counts_text(counts)),
        Event::ServiceRemoved { service } => put_line!(out, "{service} was deleted"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
