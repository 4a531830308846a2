//! The output of a run: every step is an [`Event`], written as text and as JSON.

mod build;
pub mod cases;
mod check;
pub(crate) mod ci_log;
mod classify;
mod columns;
mod detail;
mod docker_lines;
pub mod document;
pub(crate) mod events;
mod fleet;
mod fleet_report;
pub mod iam;
pub mod inspection;
mod layout;
mod lines;
mod live;
pub mod man;
pub(crate) mod markdown;
pub(crate) mod number;
mod page;
mod phrases;
pub(crate) mod plan;
mod planned;
mod policy_build;
mod queue;
pub(crate) mod raw;
mod secret_forms;
mod secrets;
mod service_events;
mod shared;
pub mod status;
mod summary;
mod trace;
mod waiting;
mod wrap;

pub(crate) use wrap::wrap_lines;

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anstream::ColorChoice;
use tokio::sync::Notify;

pub use detail::Detail;
pub use fleet::FleetLayout;
pub use plan::PlanFormat;
pub(crate) use plan::{finding_text, review_text};
pub use secrets::Secrets;
pub use summary::{Ending, Notification};

use ci_log::CiLog;
use ci_log::publish::{Texts, outputs, publish};
use lines::Lines;
use live::Live;
use model::Environment;
use model::event::{Event, EventSink, PlanDocument};
use model::exit::Exit;
use model::text::escape_json;
use queue::{Queue, Stream};
use shared::{Shared, State};
use summary::Summary;

/// The interval of heartbeats. CI systems end a job without output (Travis CI after ten minutes).
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(60);

/// What a run writes to stdout. Problems are always written to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The text of the events.
    Text,
    /// One JSON object an event and line. All text is written to stderr.
    Json,
    /// The plan of a run, or why there is none, as one document at the end. All text is written to stderr.
    Plan(PlanFormat),
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

/// The heading of a component.
pub(crate) fn kind_heading(kind: sandbox::ComponentKind) -> &'static str {
    match kind {
        sandbox::ComponentKind::Policy => "Policy",
        sandbox::ComponentKind::Guard => "Guard",
    }
}

impl Report {
    /// A report whose clock starts now, that masks the secrets of this environment, and that uses the syntax of the log of
    /// the CI provider whose variables it contains. `may_be_live` is whether a terminal may show the progress in lines that
    /// change in place: the verb then removes them at a signal.
    #[must_use]
    pub fn new(format: Format, detail: Detail, may_be_live: bool, environment: &Environment) -> Self {
        // The result of a verb is for programs and persons, in CI, too.
        let log = if format == Format::Result { CiLog::plain() } else { CiLog::of(environment) };
        let is_live = may_be_live && detail != Detail::Quiet && live::is_possible(environment);
        let live_stream = live_stream(format).filter(|_| is_live);
        let live = live_stream.map(|stream| (stream, Live::new(environment)));
        let secrets = Secrets::from_environment(environment);
        Self::start(format, detail, live, secrets, log, HEARTBEAT_INTERVAL)
    }

    fn start(
        format: Format,
        detail: Detail,
        live: Option<(Stream, Live)>,
        secrets: Secrets,
        log: CiLog,
        heartbeat_interval: Duration,
    ) -> Self {
        let now = Instant::now();
        let has_colors = |choice| choice != ColorChoice::Never;
        let (live_stream, live) = live.unzip();
        let shared = Arc::new(Shared {
            format,
            // A CI log is not wrapped, so that a search finds a whole sentence.
            wraps: [io::stdout().is_terminal(), io::stderr().is_terminal()],
            has_colors: [
                has_colors(anstream::AutoStream::choice(&io::stdout())),
                has_colors(anstream::AutoStream::choice(&io::stderr())),
            ],
            live_stream,
            started: now,
            heartbeat_interval,
            state: Mutex::new(State {
                queue: Queue::default(),
                log,
                secrets,
                summary: Summary::default(),
                lines: Lines::new(detail, live_stream.is_some()),
                live,
                page: None,
                fleet: None,
                document: PlanDocument::default(),
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
            let mut state = shared.lock();
            (state.has_thread, state.lines) = (false, Lines::new(detail, false));
        }
        if detail == Detail::Verbose {
            trace::start(&shared);
        }
        Self { shared }
    }

    /// Masks further secrets from now on.
    pub fn add_secrets(&self, secrets: impl IntoIterator<Item = String>) {
        self.shared.lock().secrets.add(secrets);
    }

    /// What masks secrets that are found later.
    #[must_use]
    pub fn masker(&self) -> Masker {
        Masker(Arc::clone(&self.shared))
    }

    /// A text without the secrets.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.shared.lock().secrets.mask(text)
    }

    /// Masks the secrets in every text of a document.
    pub fn mask_document(&self, document: &mut serde_json::Value) {
        raw::mask_value(document, &self.shared.lock().secrets);
    }

    /// A text of lines for people, wrapped if they read it on a terminal.
    #[must_use]
    pub fn wrap(&self, text: String) -> String {
        if self.shared.wraps(Stream::Stdout) { wrap_lines(&text) } else { text }
    }

    /// Writes a line to stderr, without an event.
    pub fn write_to_stderr(&self, line: &str) {
        let text = self.shared.without_styles(Stream::Stderr, format!("{line}\n"));
        self.shared.enqueue(&mut self.shared.lock(), Stream::Stderr, text);
    }

    /// Writes the result of a verb, which does not come from events, to stdout.
    pub fn write_result(&self, text: &str) {
        let text = self.shared.without_styles(Stream::Stdout, self.mask(text));
        self.shared.enqueue(&mut self.shared.lock(), Stream::Stdout, text);
    }

    /// Publishes what the run has done on the page of its CI job. A failure is a warning.
    pub fn publish_summary(&self, exit: Exit, environment: &Environment) {
        let texts = {
            let state = self.shared.lock();
            let markdown = state.summary.to_markdown(exit);
            Texts {
                markdown: state.secrets.mask_escaped(&markdown, markdown::escape),
                outputs: state.secrets.mask(&outputs(&state.summary, exit)),
            }
        };
        match publish(&texts, exit, environment) {
            Ok(Some(line)) => self.write_to_stderr(line.trim_end()),
            Ok(None) => {}
            Err(message) => self.emit(&Event::Warning { message }),
        }
    }

    /// What is posted about a run that ended so. `None` if the policy skipped the build: then nothing has happened.
    #[must_use]
    pub fn notification(&self, ending: &Ending) -> Option<Notification> {
        let state = self.shared.lock();
        let elapsed = self.shared.started.elapsed();
        let Notification { json, slack } = state.summary.to_notification(ending, elapsed)?;
        let mask = |text: String| escape_json(&state.secrets.mask(&text));
        Some(Notification { json: mask(json), slack: mask(slack) })
    }

    /// Removes and returns the error of the first failed write to stdout.
    #[must_use]
    pub fn take_write_error(&self) -> Option<io::Error> {
        self.shared.lock().write_error.take()
    }
}

/// The stream of the text of events, if it is a terminal that shows nothing else.
fn live_stream(format: Format) -> Option<Stream> {
    let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
    match format {
        Format::Text if stdout => Some(Stream::Stdout),
        Format::Json if stderr && !stdout => Some(Stream::Stderr),
        _ => None,
    }
}

/// Masks secrets that are fetched while a run goes on, in all its output.
#[derive(Clone)]
pub struct Masker(Arc<Shared>);

impl Masker {
    /// Masks a secret from now on.
    pub fn add(&self, secret: String) {
        self.0.lock().secrets.add([secret]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emits_a_heartbeat_after_an_interval_without_events() {
        let (secrets, log) = (Secrets::default(), CiLog::plain());
        let interval = Duration::from_millis(5);
        let report = Report::start(Format::Json, Detail::Normal, None, secrets, log, interval);
        report.emit(&Event::RunStarted { schema: 1, version: "1".to_owned(), verb: "plan".to_owned() });
        let started_at = report.shared.lock().last_event_at;
        while report.shared.lock().last_event_at == started_at {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(report.shared.lock().activity.as_deref(), Some("starting"));
    }
}
