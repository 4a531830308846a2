//! The output of a run: every step is an [`Event`], written as text and as JSON.

pub mod cases;
mod check;
pub(crate) mod events;
pub mod inspection;
mod layout;
pub(crate) mod number;
mod phrases;
mod plan;
mod secret_forms;
mod secrets;
pub mod status;
mod wrap;

use std::convert::Infallible;
use std::io::{IsTerminal as _, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub use secrets::Secrets;

use model::event::{Event, EventSink};
use model::text::escape_json;

/// The interval of heartbeats. CI systems end a job without output (Travis CI after ten minutes).
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(60);

/// The writer of events. It writes text to stdout, and problems to stderr. With `--json` it writes one JSON object a
/// line to stdout, and all text to stderr.
pub struct Report {
    json: bool,
    /// Whether long sentences are wrapped.
    wraps: bool,
    started: Instant,
    state: Mutex<State>,
}

struct State {
    /// What is masked.
    secrets: Secrets,
    /// The time of the last event.
    last_event_at: Instant,
    /// The current activity, for the heartbeat.
    activity: Option<String>,
    /// The error of the first failed write to stdout.
    write_error: Option<std::io::Error>,
}

impl Report {
    /// A report whose clock starts now, and that masks `secrets`.
    #[must_use]
    pub fn new(json: bool, secrets: Secrets) -> Self {
        let now = Instant::now();
        // A CI log is not wrapped, so that a search finds a whole sentence.
        let wraps = std::io::stdout().is_terminal();
        Self {
            json,
            wraps,
            started: now,
            state: Mutex::new(State { secrets, last_event_at: now, activity: None, write_error: None }),
        }
    }

    /// Masks further secrets from now on.
    pub fn add_secrets(&self, secrets: impl IntoIterator<Item = String>) {
        if let Ok(mut state) = self.state.lock() {
            state.secrets.add(secrets);
        }
    }

    /// Removes and returns the error of the first failed write to stdout. A closed pipe is no error, as in
    /// `ecs-host run | head`.
    #[must_use]
    pub fn take_write_error(&self) -> Option<std::io::Error> {
        self.state.lock().ok()?.write_error.take()
    }

    /// Writes an error to stderr, without an event.
    pub fn write_error_to_stderr(&self, message: &str) {
        let _ = writeln!(anstream::stderr().lock(), "error: {message}");
    }

    /// Emits a heartbeat after every minute without an event. Never returns.
    pub async fn emit_heartbeats(&self) -> Infallible {
        self.emit_heartbeats_after(HEARTBEAT_INTERVAL).await
    }

    async fn emit_heartbeats_after(&self, interval: Duration) -> Infallible {
        loop {
            let (elapsed, activity) = match self.state.lock() {
                Ok(state) => (state.last_event_at.elapsed(), state.activity.clone()),
                Err(_) => (Duration::ZERO, None),
            };
            if elapsed >= interval {
                let activity = activity.unwrap_or_else(|| "working".to_owned());
                self.emit(&Event::Heartbeat { activity });
            }
            let rest = interval.checked_sub(elapsed).filter(|rest| !rest.is_zero());
            tokio::time::sleep(rest.unwrap_or(interval)).await;
        }
    }
}

impl EventSink for Report {
    /// Writes an event. A failed write does not stop a rollout: [`Report::take_write_error`] returns it at the end.
    fn emit(&self, event: &Event) {
        // The lock lasts until the event is written, so that the lines of two events do not mix.
        let Ok(mut state) = self.state.lock() else { return };
        state.last_event_at = Instant::now();
        if let Some(activity) = activity(event) {
            state.activity = Some(activity);
        }
        let elapsed = self.started.elapsed();
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = events::write(&mut text, event, elapsed);
        let text = state.secrets.mask(&String::from_utf8_lossy(&text));
        let text = if self.wraps && is_prose(event) { wrap::wrap_lines(&text) } else { text };
        if self.json {
            let line = escape_json(&state.secrets.mask(&event.to_json(elapsed)));
            let mut stdout = std::io::stdout().lock();
            state.record(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
        }
        if self.json || is_problem(event) {
            let _ = anstream::stderr().lock().write_all(text.as_bytes());
        } else {
            let mut stdout = anstream::stdout().lock();
            state.record(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
        }
    }
}

impl State {
    fn record(&mut self, result: std::io::Result<()>) {
        if let Err(error) = result
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.write_error.get_or_insert(error);
        }
    }
}

/// The activity that starts with an event, for the heartbeat. `None` if the event starts none.
fn activity(event: &Event) -> Option<String> {
    match event {
        Event::PlanCreated { .. } => Some("working".to_owned()),
        Event::DockerStarted { command } => Some(format!("running `{command}`")),
        Event::ImagePushed { .. } => Some("registering".to_owned()),
        Event::OneOffTaskChanged { target, name, .. } => Some(format!("running `{name}` for {target}")),
        Event::RolloutProgressed { target, progress } if progress.is_rollback() => {
            Some(format!("waiting for ECS to roll back {target} ({})", progress.state))
        }
        Event::RolloutProgressed { target, progress } => {
            Some(format!("rolling out {target}: {}", phrases::progress_text(progress)))
        }
        Event::ServiceUpdated { target, .. } => Some(format!("rolling out {target}")),
        Event::RollbackPlanned { target, .. } | Event::RollbackStarted { target, .. } => {
            Some(format!("rolling back {target}"))
        }
        _ => None,
    }
}

/// Whether the text of an event consists of sentences, which are wrapped on a terminal.
fn is_prose(event: &Event) -> bool {
    is_problem(event) || matches!(event, Event::VerdictReached { .. } | Event::FailureDiagnosed { .. })
}

/// Whether the text of an event is written to stderr.
fn is_problem(event: &Event) -> bool {
    matches!(
        event,
        Event::SettingWithheld { .. }
            | Event::Warning { .. }
            | Event::Error { .. }
            | Event::StatusUnavailable { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn emits_a_heartbeat_after_an_interval_without_events() {
        let report = Report::new(false, Secrets::default());
        report.state.lock().unwrap().activity = Some("building".to_owned());
        let before = report.state.lock().unwrap().last_event_at;
        let next_event = async {
            while report.state.lock().unwrap().last_event_at == before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            () = next_event => {}
            never = report.emit_heartbeats_after(Duration::from_millis(5)) => match never {},
        }
    }
}
