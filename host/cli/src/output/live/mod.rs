//! The live view: what is in progress, in lines below the others that change in place on a terminal.

mod frame;
mod line;
mod screen;
#[cfg(test)]
pub(super) mod tests;
mod view;

use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::queue::Stream;
use model::Environment;
use model::event::Event;
use screen::Screen;
use view::View;

/// The interval in which times are drawn again.
const CLOCK_INTERVAL: Duration = Duration::from_secs(1);

/// The shortest time between two drawings of what has changed.
const CHANGE_INTERVAL: Duration = Duration::from_millis(50);

/// The most drawings in a second that the bar accepts. [`CHANGE_INTERVAL`] limits them further.
const MAX_DRAWINGS: u8 = 255;

/// The state of the live view.
pub(super) struct Live {
    view: View,
    is_unicode: bool,
    /// Whether the view has changed since it was drawn.
    is_changed: bool,
    drawn_at: Instant,
}

/// The block of lines on the terminal. The thread that writes owns it, so that nothing else is written meanwhile.
pub(super) struct Block {
    terminal: Term,
    bar: ProgressBar,
    /// The size of the terminal and the number of lines when they were drawn; `None` if none are shown.
    drawn: Option<Drawn>,
}

/// What was drawn.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    columns: usize,
    lines: usize,
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

impl Block {
    /// A block on the terminal that a stream writes to.
    pub(super) fn on(stream: Stream) -> Self {
        let terminal = match stream {
            Stream::Stdout => Term::buffered_stdout(),
            Stream::Stderr => Term::buffered_stderr(),
        };
        let bar = bar(&terminal);
        Self { terminal, bar, drawn: None }
    }

    /// The columns and rows of the terminal.
    pub(super) fn size(&self) -> (usize, usize) {
        let (rows, columns) = self.terminal.size();
        (columns.into(), rows.into())
    }

    /// Draws lines in place of those that were drawn before.
    pub(super) fn draw(&mut self, lines: &[String]) {
        self.write_above(lines, || {});
    }

    /// Removes the lines, writes to the terminal, and draws these lines below.
    pub(super) fn write_above<T>(&mut self, lines: &[String], write: impl FnOnce() -> T) -> T {
        let (columns, _) = self.size();
        self.forget_resized(columns);
        if lines.is_empty() {
            if self.drawn.take().is_some() {
                self.bar.finish_and_clear();
                self.bar = bar(&self.terminal);
            }
            return write();
        }
        self.bar.set_message(lines.join("\n"));
        self.drawn = Some(Drawn { columns, lines: lines.len() });
        let result = self.bar.suspend(write);
        // The bar leaves the cursor at the right edge, where the `^C` of a terminal would begin another row. A failed write to
        // the terminal cannot be reported on it.
        let _ = self.terminal.write_str("\r");
        let _ = self.terminal.flush();
        result
    }

    /// Removes lines that were drawn for another width. The bar has drawn them side by side at full width, and the
    /// terminal has wrapped them anew since.
    fn forget_resized(&mut self, columns: usize) {
        let Some(drawn) = self.drawn.filter(|drawn| drawn.columns != columns && columns > 0) else { return };
        // The cursor is at the start of the last line.
        let rows = drawn.columns * drawn.lines.saturating_sub(1) / columns;
        // A failed write to the terminal cannot be reported on it.
        let _ = self.terminal.move_cursor_up(rows);
        let _ = self.terminal.write_str("\r");
        let _ = self.terminal.clear_to_end_of_screen();
        let _ = self.terminal.flush();
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
        self.bar = bar(&self.terminal);
        self.drawn = None;
    }
}

/// A bar that is nothing but its message.
fn bar(terminal: &Term) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term(terminal.clone(), MAX_DRAWINGS));
    // The template is constant and valid. Without it the bar would show another text.
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    bar
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
