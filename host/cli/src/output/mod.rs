//! What people and machines read of a run: every step is an [`Event`].

pub mod cases;
mod check;
mod event_text;
mod fold;
pub mod inspection;
pub(crate) mod number;
mod plan;
mod secrets;
pub mod status;
pub(crate) mod terminal;

use std::convert::Infallible;
use std::io::{IsTerminal as _, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub use secrets::Secrets;

use model::event::{Event, EventSink};
use model::text::escape_json;

/// CI systems end a job that is silent for too long (Travis after ten
/// minutes), so something is said at least this often.
const SILENCE: Duration = Duration::from_secs(60);

/// Where events go: text for people and, with `--json`, one JSON object a line
/// on stdout, the text then on stderr.
pub struct Report {
    json: bool,
    /// Whether long texts are broken into lines.
    folds: bool,
    secrets: Secrets,
    started: Instant,
    state: Mutex<State>,
}

struct State {
    /// When something was last said.
    spoke: Instant,
    /// What is going on, for the line that breaks a silence.
    doing: Option<String>,
    /// The first write to stdout that failed.
    unwritten: Option<std::io::Error>,
}

impl Report {
    /// A report that begins now, and hides the secrets of the environment.
    #[must_use]
    pub fn new(json: bool, secrets: Secrets) -> Self {
        let now = Instant::now();
        // A CI log has one line each, so that a search finds all of it.
        let folds = std::io::stdout().is_terminal();
        Self {
            json,
            folds,
            secrets,
            started: now,
            state: Mutex::new(State { spoke: now, doing: None, unwritten: None }),
        }
    }

    /// The first write to stdout that failed. A pipe that was closed is none:
    /// who has read enough may leave.
    #[must_use]
    pub fn unwritten(&self) -> Option<std::io::Error> {
        self.state.lock().ok()?.unwritten.take()
    }

    /// Says what is wrong, on stderr alone.
    pub fn complain(&self, message: &str) {
        let _ = writeln!(anstream::stderr().lock(), "error: {message}");
    }

    /// Breaks every silence of a minute. Never ends by itself.
    pub async fn break_silence(&self) -> Infallible {
        self.break_silence_after(SILENCE).await
    }

    async fn break_silence_after(&self, silence: Duration) -> Infallible {
        loop {
            let (quiet, doing) = match self.state.lock() {
                Ok(state) => (state.spoke.elapsed(), state.doing.clone()),
                Err(_) => (Duration::ZERO, None),
            };
            if quiet >= silence {
                let doing = doing.unwrap_or_else(|| "working".to_owned());
                self.emit(&Event::Heartbeat { activity: doing });
            }
            let rest = silence.checked_sub(quiet).filter(|rest| !rest.is_zero());
            tokio::time::sleep(rest.unwrap_or(silence)).await;
        }
    }
}

impl EventSink for Report {
    /// Tells an event. Output that can't be written is no reason to end a
    /// rollout: [`Report::unwritten`] tells of it when all is over.
    fn emit(&self, event: &Event) {
        // Held while writing, so that the lines of two events don't mix.
        let Ok(mut state) = self.state.lock() else { return };
        state.spoke = Instant::now();
        if let Some(doing) = event_text::activity(event) {
            state.doing = Some(doing);
        }
        let elapsed = self.started.elapsed();
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = terminal::write(&mut text, event, elapsed);
        let text = self.secrets.hide(&String::from_utf8_lossy(&text));
        let text = if self.folds && event_text::is_prose(event) { fold::fold(&text) } else { text };
        if self.json {
            let line = escape_json(&self.secrets.hide(&event.to_json(elapsed)));
            let mut stdout = std::io::stdout().lock();
            state.wrote(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
        }
        if self.json || event_text::is_problem(event) {
            let _ = anstream::stderr().lock().write_all(text.as_bytes());
        } else {
            let mut stdout = anstream::stdout().lock();
            state.wrote(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
        }
    }
}

impl State {
    fn wrote(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.unwritten.get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silence_is_broken_and_says_what_goes_on() {
        let report = Report::new(false, Secrets::default());
        report.state.lock().unwrap().doing = Some("building".to_owned());
        let before = report.state.lock().unwrap().spoke;
        let spoke_again = async {
            while report.state.lock().unwrap().spoke == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            () = spoke_again => {}
            never = report.break_silence_after(Duration::from_millis(5)) => match never {},
        }
    }
}
