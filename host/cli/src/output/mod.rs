//! The output of a run: every step is an [`Event`], written as text and as JSON.

mod build;
pub mod cases;
mod check;
mod classify;
pub(crate) mod events;
pub mod inspection;
mod layout;
pub(crate) mod number;
mod phrases;
mod plan;
mod planned;
mod policy_build;
mod queue;
mod raw;
mod secret_forms;
mod secrets;
pub mod status;
mod waiting;
mod wrap;

pub(crate) use wrap::wrap_lines;

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anstream::ColorChoice;
use tokio::sync::Notify;

pub use secrets::Secrets;

use classify::{activity, is_problem, is_prose};
use model::event::{Event, EventSink};
use model::text::escape_json;
use queue::{Queue, Stream};

/// The interval of heartbeats. CI systems end a job without output (Travis CI after ten minutes).
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(60);

/// What a run writes to stdout. Problems are always written to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The text of the events.
    Text,
    /// One JSON object an event and line. All text is written to stderr.
    Json,
    /// The result of the verb, which does not come from events. Heartbeats are written to stderr.
    Result,
}

/// The writer of events, in a [`Format`].
///
/// A thread of its own writes, so that a reader that does not read blocks no step of a run, and emits a heartbeat after
/// every minute without an event.
pub struct Report {
    shared: Arc<Shared>,
}

/// What the thread that writes shares with the others.
struct Shared {
    format: Format,
    /// Whether long sentences are wrapped.
    wraps: bool,
    /// Whether stdout and stderr show colors.
    has_colors: [bool; 2],
    started: Instant,
    heartbeat_interval: Duration,
    state: Mutex<State>,
    /// Notified when `state` has something to write, and at the end.
    changed: Condvar,
    /// Notified when bytes were written.
    written: Notify,
}

struct State {
    queue: Queue,
    /// What is masked.
    secrets: Secrets,
    /// The time of the last event.
    last_event_at: Instant,
    /// The current activity, for the heartbeat. `None` before the first event.
    activity: Option<String>,
    /// The error of the first failed write to stdout.
    write_error: Option<io::Error>,
    /// Whether a thread writes. If the system starts none, events are written where they are emitted.
    has_thread: bool,
    /// Whether the report was dropped.
    is_closed: bool,
}

impl Report {
    /// A report whose clock starts now, and that masks `secrets`.
    #[must_use]
    pub fn new(format: Format, secrets: Secrets) -> Self {
        Self::start(format, secrets, HEARTBEAT_INTERVAL)
    }

    fn start(format: Format, secrets: Secrets, heartbeat_interval: Duration) -> Self {
        let now = Instant::now();
        let has_colors = |choice| choice != ColorChoice::Never;
        let shared = Arc::new(Shared {
            format,
            // A CI log is not wrapped, so that a search finds a whole sentence.
            wraps: io::stdout().is_terminal(),
            has_colors: [
                has_colors(anstream::AutoStream::choice(&io::stdout())),
                has_colors(anstream::AutoStream::choice(&io::stderr())),
            ],
            started: now,
            heartbeat_interval,
            state: Mutex::new(State {
                queue: Queue::default(),
                secrets,
                last_event_at: now,
                activity: None,
                write_error: None,
                has_thread: true,
                is_closed: false,
            }),
            changed: Condvar::new(),
            written: Notify::new(),
        });
        let writer = Arc::clone(&shared);
        if thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || writer.write_until_closed())
            .is_err()
        {
            shared.lock().has_thread = false;
        }
        Self { shared }
    }

    /// Masks further secrets from now on.
    pub fn add_secrets(&self, secrets: impl IntoIterator<Item = String>) {
        self.shared.lock().secrets.add(secrets);
    }

    /// A text without the secrets.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.shared.lock().secrets.mask(text)
    }

    /// A text of lines for people, wrapped if they read it on a terminal.
    #[must_use]
    pub fn wrap(&self, text: String) -> String {
        if self.shared.wraps { wrap_lines(&text) } else { text }
    }

    /// Writes a line to stderr, without an event.
    pub fn write_to_stderr(&self, line: &str) {
        self.shared.enqueue(&mut self.shared.lock(), Stream::Stderr, format!("{line}\n"));
    }

    /// Writes the result of a verb, which does not come from events, to stdout.
    pub fn write_result(&self, text: &str) {
        let text = self.mask(text);
        self.shared.enqueue(&mut self.shared.lock(), Stream::Stdout, text);
    }

    /// Removes and returns the error of the first failed write to stdout.
    #[must_use]
    pub fn take_write_error(&self) -> Option<io::Error> {
        self.shared.lock().write_error.take()
    }
}

impl EventSink for Report {
    /// Emits an event. It does not wait until the event is written, and a failed write does not stop a rollout:
    /// [`Report::take_write_error`] returns it at the end.
    fn emit(&self, event: &Event) {
        self.shared.emit(event);
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// A thread that panicked left nothing half-written: each change of the state is complete.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn emit(&self, event: &Event) {
        // The lock lasts until the whole event is in the queue, so that the lines of two events do not mix.
        let mut state = self.lock();
        state.last_event_at = Instant::now();
        if let Some(activity) = activity(event) {
            state.activity = Some(activity);
        }
        let elapsed = self.started.elapsed();
        let event = raw::mask_raw_text(event, &state.secrets);
        let event = event.as_ref();
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = events::write(&mut text, event, elapsed);
        let text = state.secrets.mask(&String::from_utf8_lossy(&text));
        let text = if self.wraps && is_prose(event) { wrap_lines(&text) } else { text };
        if self.format == Format::Json {
            let line = escape_json(&state.secrets.mask(&event.to_json(elapsed)));
            self.enqueue(&mut state, Stream::Stdout, format!("{line}\n"));
        }
        let is_on_stdout = self.format == Format::Text && !is_problem(event);
        let stream = if is_on_stdout { Stream::Stdout } else { Stream::Stderr };
        self.enqueue(&mut state, stream, text);
    }

    fn enqueue(&self, state: &mut State, stream: Stream, text: String) {
        let [stdout, stderr] = self.has_colors;
        let has_colors = if stream == Stream::Stdout { stdout } else { stderr };
        let text = if has_colors { text } else { anstream::adapter::strip_str(&text).to_string() };
        state.queue.push(stream, text.into_bytes());
        if state.has_thread {
            self.changed.notify_all();
            return;
        }
        while let Some((stream, bytes)) = state.queue.pop() {
            let result = queue::write_all(stream, &bytes, |_| {});
            state.queue.complete(bytes.len());
            state.record(stream, result);
        }
    }

    /// Writes what is in the queue, and emits heartbeats, until the report is dropped.
    fn write_until_closed(&self) {
        while let Some((stream, bytes)) = self.next_chunk() {
            let mut rest = bytes.len();
            let result = queue::write_all(stream, &bytes, |written| {
                rest = rest.saturating_sub(written);
                self.lock().queue.complete(written);
                self.written.notify_waiters();
            });
            let mut state = self.lock();
            state.queue.complete(rest);
            state.record(stream, result);
            drop(state);
            self.written.notify_waiters();
        }
    }

    /// Waits for the next chunk. `None` at the end.
    fn next_chunk(&self) -> Option<(Stream, Vec<u8>)> {
        let mut state = self.lock();
        loop {
            if let Some(chunk) = state.queue.pop() {
                return Some(chunk);
            }
            if state.is_closed {
                return None;
            }
            let silence = state.last_event_at.elapsed();
            let rest = self.heartbeat_interval.checked_sub(silence).filter(|rest| !rest.is_zero());
            match (rest, state.activity.clone()) {
                (None, Some(activity)) => {
                    drop(state);
                    self.emit(&Event::Heartbeat { activity });
                    state = self.lock();
                }
                (rest, _) => {
                    let rest = rest.unwrap_or(self.heartbeat_interval);
                    let waited = self.changed.wait_timeout(state, rest);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }
}

impl State {
    fn record(&mut self, stream: Stream, result: io::Result<()>) {
        if let (Stream::Stdout, Err(error)) = (stream, result) {
            self.write_error.get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emits_a_heartbeat_after_an_interval_without_events() {
        let report = Report::start(Format::Json, Secrets::default(), Duration::from_millis(5));
        report.emit(&Event::RunStarted { schema: 1, version: "1".to_owned(), verb: "plan".to_owned() });
        let started_at = report.shared.lock().last_event_at;
        while report.shared.lock().last_event_at == started_at {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(report.shared.lock().activity.as_deref(), Some("starting"));
    }
}
