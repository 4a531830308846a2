//! The page of `--report`: what a run has done, as one HTML file that loads nothing else.
//!
//! [`Record`] keeps of the events what the summary does not, within bounds. At the end [`Gantt`](gantt::Gantt),
//! [`Plots`](plots::Plots) and the other parts of the [`View`] are computed from it, and the template `page.html` shows
//! them. Texts from outside reach the template as [`Text`](clean::Text) only.

mod clean;
mod details;
mod gantt;
mod guards;
mod head;
mod plots;
mod recent;
mod record;
mod samples;
mod scale;
mod spans;
#[cfg(test)]
mod tests;
mod view;

use std::path::Path;
use std::time::Duration;

use super::{Report, Secrets};
use crate::output::summary::Summary;
use model::event::Event;
use model::exit::Exit;
use record::Record;
use view::View;

/// What the page of a run shows.
#[derive(Debug, Default)]
pub(super) struct Page(Record);

impl Page {
    /// Records an event without secrets, `elapsed` after the start of the run.
    pub(super) fn observe(&mut self, event: &Event, elapsed: Duration) {
        self.0.observe(event, elapsed);
    }

    /// The page of a run that ends now, `elapsed` after its start.
    fn to_html(&self, summary: &Summary, exit: Exit, elapsed: Duration, secrets: &Secrets) -> String {
        View::new(&self.0, summary, exit, elapsed, secrets).to_html()
    }
}

impl Report {
    /// Records what the page of this run shows. Called before the first event.
    pub fn record_page(&self) {
        self.shared.lock().page = Some(Page::default());
    }

    /// Records that the page was written: the end of the run names it, for people who read more than results.
    pub fn set_page_path(&self, path: &Path) {
        let mut state = self.shared.lock();
        if !state.lines.is_quiet() {
            state.summary.set_page(path);
        }
    }

    /// The page of the run, which ends with this exit code; `None` if it was not recorded.
    #[must_use]
    pub fn page(&self, exit: Exit) -> Option<String> {
        let state = self.shared.lock();
        let elapsed = self.shared.started.elapsed();
        Some(state.page.as_ref()?.to_html(&state.summary, exit, elapsed, &state.secrets))
    }
}
