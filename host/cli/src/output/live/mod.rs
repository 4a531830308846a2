//! The live view: what is in progress, in lines below the others that change in place on a terminal.

mod block;
mod frame;
mod line;
mod screen;
#[cfg(test)]
pub(super) mod tests;
mod view;

use std::time::{Duration, Instant};

pub(super) use block::{Block, Frame};
use model::Environment;
use model::event::Event;
use screen::Screen;
use view::View;

/// The interval in which times are drawn again.
const CLOCK_INTERVAL: Duration = Duration::from_secs(1);

/// The shortest time between two drawings of what has changed.
const CHANGE_INTERVAL: Duration = Duration::from_millis(50);

/// The state of the live view.
pub(super) struct Live {
    view: View,
    is_unicode: bool,
    /// Whether the view has changed since it was drawn.
    is_changed: bool,
    drawn_at: Instant,
}

impl Live {
    pub(super) fn new(environment: &Environment) -> Self {
        let is_unicode = is_unicode(environment);
        Self { view: View::default(), is_unicode, is_changed: false, drawn_at: Instant::now() }
    }

    /// Records an event, `elapsed` after the start of the run.
    pub(super) fn observe(&mut self, event: &Event, elapsed: Duration) {
        self.view.observe(event, elapsed);
        self.is_changed = true;
    }

    /// The time until the view has to be drawn.
    pub(super) fn until_drawing(&self) -> Duration {
        let interval = if self.is_changed { CHANGE_INTERVAL } else { CLOCK_INTERVAL };
        interval.saturating_sub(self.drawn_at.elapsed())
    }

    /// The lines of the view, which are drawn on a terminal of this size.
    pub(super) fn draw(&mut self, (columns, rows): (usize, usize), elapsed: Duration) -> Vec<String> {
        (self.is_changed, self.drawn_at) = (false, Instant::now());
        self.view.lines(Screen { columns, rows, is_unicode: self.is_unicode }, elapsed)
    }
}

/// Whether a live view can be drawn: a person reads the terminal, which can move its cursor, and no log of a CI job.
pub(super) fn is_possible(environment: &Environment) -> bool {
    let terminal = environment.get("TERM").unwrap_or("dumb");
    terminal != "dumb" && environment.get("CI").is_none() && crate::ci::log_provider(environment).is_none()
}

/// Whether the terminal shows characters beyond ASCII, by the first of the variables of POSIX that is set.
fn is_unicode(environment: &Environment) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| environment.get(name));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
