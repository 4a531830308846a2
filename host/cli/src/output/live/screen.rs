//! The terminal that the live view has to fit, and texts of a given width.

use std::time::Duration;

use console::{measure_text_width, truncate_str};

use crate::output::layout::FAINT;

/// The columns of a terminal from which on it shows bars.
pub(super) const MIN_COLUMNS_WITH_BARS: usize = 60;

/// The columns of a terminal from which on it shows anything.
pub(super) const MIN_COLUMNS: usize = 20;

/// The columns before a name.
pub(super) const INDENT: usize = 2;

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
    pub(super) fn block_rows(self) -> usize {
        (self.rows * 3 / 4).max(3)
    }

    /// The most columns of a target's name.
    pub(super) fn max_name_columns(self) -> usize {
        // The rest is for a bar, for the counts of tasks or the name of a stage, and for a time.
        self.columns.saturating_sub(48).max(self.columns / 3)
    }

    /// The columns of a line. A terminal may wrap a line that reaches its edge.
    pub(super) fn line_columns(self) -> usize {
        self.columns.saturating_sub(1)
    }
}

/// A time at the right edge of a line.
pub(super) fn aligned(text: &str, time: &str, screen: Screen) -> String {
    let room = screen.line_columns().saturating_sub(time.len() + 1);
    let text = truncate_str(text, room, ellipsis(screen));
    let blank = room.saturating_sub(measure_text_width(&text)) + 1;
    format!("{text}{:blank$}{FAINT}{time}{FAINT:#}", "")
}

/// A time as a clock shows it: the view is drawn every second.
pub(super) fn time_text(time: Duration) -> String {
    let (seconds, minutes, hours) = (time.as_secs() % 60, time.as_secs() / 60 % 60, time.as_secs() / 3600);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

pub(super) fn ellipsis(screen: Screen) -> &'static str {
    if screen.is_unicode { "…" } else { "..." }
}
