//! What a report writes of services that are watched: see [`FleetView`].

use std::io;

use console::Term;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::fleet::{FleetLayout, FleetView};
use super::queue::Stream;
use super::shared::State;
use super::{Format, Report};
use model::time::Time;

impl Report {
    /// Shows services in this layout from now on, whenever [`Report::draw_fleet`] is called.
    pub fn show_fleet(&self, layout: FleetLayout, is_watched: bool) {
        let is_in_place = is_watched && self.shared.live_stream.is_some();
        let table_columns = self.shared.wraps(Stream::Stdout).then(|| usize::from(Term::stdout().size().1));
        let view = FleetView::new(layout, is_watched, is_in_place, table_columns);
        self.shared.lock().fleet = Some(view);
    }

    /// Draws what was read: the whole the first time and in a terminal, and what has changed since elsewhere.
    pub fn draw_fleet(&self) {
        let mut state = self.shared.lock();
        // Writing to memory does not fail.
        let text = state.fleet.as_mut().map(|fleet| fleet.draw(Time::now()).unwrap_or_default());
        self.write_fleet(&mut state, text.unwrap_or_default());
    }

    /// Ends the view: a terminal keeps its last state.
    pub fn end_fleet(&self) {
        let mut state = self.shared.lock();
        let fleet = state.fleet.take().filter(FleetView::is_shown_in_place);
        let text = fleet.map(|fleet| fleet.to_text(Time::now()).unwrap_or_default());
        self.write_fleet(&mut state, text.unwrap_or_default());
    }

    fn write_fleet(&self, state: &mut State, text: String) {
        let stream = if self.shared.format == Format::Text { Stream::Stdout } else { Stream::Stderr };
        let text = self.shared.without_styles(stream, state.secrets.mask(&text));
        self.shared.enqueue(state, stream, text);
    }

    /// Whether nobody reads stdout any more, as after `status --watch | head`.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        let stdout = io::stdout();
        let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
        let is_polled = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok();
        is_polled && fds.iter().any(|fd| fd.revents().intersects(PollFlags::ERR | PollFlags::HUP))
    }
}
