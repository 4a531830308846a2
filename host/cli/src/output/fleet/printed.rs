//! What a watch has written into a pipe or a file, so that it writes only what has changed, in the same columns.

use std::collections::BTreeMap;
use std::io;

use super::FleetLayout;
use super::cells::cells;
use super::table::{Cells, Needs, Widths, lasting_text};
use crate::output::status;
use model::plan::TargetName;
use model::status::ServiceStatus;
use model::time::Time;

/// What was written.
pub(super) struct Printed {
    /// The text of each service, without ages.
    services: BTreeMap<TargetName, String>,
    /// What the rows so far need: a column does not become narrower.
    needs: Needs,
    /// The widths of the last rows.
    widths: Option<Widths>,
}

impl Printed {
    /// Nothing was written.
    pub(super) fn new() -> Self {
        Self { services: BTreeMap::new(), needs: Needs::of_watched(), widths: None }
    }

    /// Records a service that is written. Returns whether its text differs from the last one by more than an age, which
    /// changes by itself.
    pub(super) fn is_news(&mut self, service: &ServiceStatus, layout: FleetLayout) -> io::Result<bool> {
        let epoch = Time::from_unix_seconds(0);
        let text = match layout {
            FleetLayout::Table => lasting_text(&cells(service, epoch)),
            FleetLayout::Details => {
                let mut text = Vec::new();
                status::write(&mut text, service, epoch)?;
                String::from_utf8_lossy(&text).into_owned()
            }
        };
        let is_news = self.services.get(&service.service) != Some(&text);
        self.services.insert(service.service.clone(), text);
        Ok(is_news)
    }

    /// Forgets a service that was deleted.
    pub(super) fn remove(&mut self, service: &TargetName) {
        self.services.remove(service);
    }

    /// Forgets what could not be read, a cluster or a service as the command line names it: its next text is news.
    pub(super) fn forget(&mut self, subject: &str) {
        let is_about = |service: &TargetName| {
            let name = service.as_str().split(' ').next().unwrap_or_default();
            name == subject || name.split('/').next() == Some(subject)
        };
        self.services.retain(|service, _| !is_about(service));
    }

    /// The widths for rows, and whether they differ from the last ones, so that the headings are to be repeated.
    pub(super) fn widths(&mut self, rows: &[Cells], columns: usize) -> (Widths, bool) {
        self.needs.add(rows);
        let widths = self.needs.widths(columns);
        (widths, self.widths.replace(widths) != Some(widths))
    }
}
