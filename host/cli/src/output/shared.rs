//! What the threads of a run share that write its output: the queue, and what decides how an event is written.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::ci_log::CiLog;
use super::classify::{activity, is_problem, is_prose};
use super::fleet::FleetView;
use super::lines::Lines;
use super::live::{Block, Frame, Live};
use super::page::Page;
use super::plan::{PlanFormat, to_markdown, wrap_command};
use super::queue::{self, Queue, Stream};
use super::summary::Summary;
use super::{Format, Secrets, markdown, raw, wrap};
use model::event::{Event, PlanDocument};
use model::text::escape_json;
use model::time::Time;

/// What the thread that writes shares with the others.
pub(super) struct Shared {
    pub(super) format: Format,
    /// Whether stdout and stderr wrap long sentences and commands.
    pub(super) wraps: [bool; 2],
    /// Whether stdout and stderr show colors.
    pub(super) has_colors: [bool; 2],
    /// The stream with the live view, if there is one.
    pub(super) live_stream: Option<Stream>,
    pub(super) started: Instant,
    pub(super) heartbeat_interval: Duration,
    pub(super) state: Mutex<State>,
    /// Notified when `state` has something to write, and at the end.
    pub(super) changed: Condvar,
    /// Notified when bytes were written.
    pub(super) written: Notify,
}

pub(super) struct State {
    pub(super) queue: Queue,
    /// What the CI provider's log interprets.
    pub(super) log: CiLog,
    /// What is masked.
    pub(super) secrets: Secrets,
    /// What the run has done.
    pub(super) summary: Summary,
    /// Which lines are printed.
    pub(super) lines: Lines,
    /// What is in progress, if a terminal shows it.
    pub(super) live: Option<Live>,
    /// What the page of the run shows; `None` without `--report`.
    pub(super) page: Option<Page>,
    /// What `status` draws as a whole.
    pub(super) fleet: Option<FleetView>,
    /// The plan, if the format is a document.
    pub(super) document: PlanDocument,
    /// The time of the last event.
    pub(super) last_event_at: Instant,
    /// The current activity, for the heartbeat. `None` before the first event.
    pub(super) activity: Option<String>,
    /// The error of the first failed write to stdout.
    pub(super) write_error: Option<io::Error>,
    /// Whether a thread writes. If the system starts none, events are written where they are emitted.
    pub(super) has_thread: bool,
    /// Whether the report was dropped.
    pub(super) is_closed: bool,
}

/// Splits a command in a text between its arguments, below the first one.
fn wrap_docker(text: &str, command: &str) -> String {
    const INDENT: usize = "Docker    $ ".len();
    let lines = wrap_command(command, 80 - INDENT);
    text.replace(command, &lines.join(&format!("\n{:INDENT$}", "")))
}

impl Shared {
    /// A thread that panicked left nothing half-written: each change of the state is complete.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn emit(&self, event: &Event) {
        // The lock lasts until the whole event is in the queue, so that the lines of two events do not mix.
        let mut state = self.lock();
        state.last_event_at = Instant::now();
        if let Some(activity) = activity(event) {
            let problem = match event {
                Event::RolloutProgressed { target, .. } => state.lines.problem(target),
                _ => None,
            };
            let problem =
                problem.map(|problem| format!("; ECS reported last: {problem}")).unwrap_or_default();
            state.activity = Some(format!("{activity}{problem}"));
        }
        let elapsed = self.started.elapsed();
        let event = raw::mask_raw_text(event, &state.secrets);
        let event = event.as_ref();
        let mut text = Vec::new();
        state.summary.observe(event, elapsed);
        if let Some(live) = &mut state.live {
            live.observe(event, elapsed);
        }
        let withheld = state.lines.withheld(event);
        if let Some(page) = &mut state.page {
            page.observe(event, elapsed);
        }
        // Writing to memory does not fail.
        if let Event::RunFinished { exit } = event {
            let _ = state.summary.write(&mut text);
            let _ = state.summary.write_exit(&mut text, *exit, elapsed);
        }
        let _ = state.lines.write(&mut text, event, elapsed);
        let text = state.secrets.mask(&String::from_utf8_lossy(&text));
        if self.format == Format::Json {
            let line = escape_json(&state.secrets.mask(&event.to_json(elapsed)));
            self.enqueue(&mut state, Stream::Stdout, format!("{line}\n"));
        }
        let is_on_stdout = self.format == Format::Text && !is_problem(event);
        let stream = if is_on_stdout { Stream::Stdout } else { Stream::Stderr };
        let text = match event {
            _ if !self.wraps(stream) => text,
            Event::DockerStarted { command, .. } => wrap_docker(&text, &state.secrets.mask(command)),
            _ if is_prose(event) => wrap::wrap_lines(&text),
            _ => text,
        };
        let withheld = self.without_styles(stream, state.secrets.mask(&withheld));
        self.enqueue(&mut state, stream, withheld);
        if state.fleet.as_mut().is_some_and(|fleet| fleet.observe(event)) {
            return;
        }
        // What the log interprets has control characters of its own.
        let text = self.without_styles(stream, text);
        let text = state.log.dress(event, text);
        self.enqueue(&mut state, stream, text);
        if let Format::Plan(format) = self.format {
            state.document.observe(event);
            if matches!(event, Event::RunFinished { .. }) {
                let text = document_text(&state.document, format);
                let document = match format {
                    PlanFormat::Markdown => state.secrets.mask_escaped(&text, markdown::escape),
                    PlanFormat::Text | PlanFormat::Json => state.secrets.mask(&text),
                };
                self.enqueue(&mut state, Stream::Stdout, document);
            }
        }
    }

    /// A text without styles, if the stream shows none.
    /// Whether the lines of a stream are wrapped.
    pub(super) fn wraps(&self, stream: Stream) -> bool {
        let [stdout, stderr] = self.wraps;
        if stream == Stream::Stdout { stdout } else { stderr }
    }

    pub(super) fn without_styles(&self, stream: Stream, text: String) -> String {
        let [stdout, stderr] = self.has_colors;
        let has_colors = if stream == Stream::Stdout { stdout } else { stderr };
        if has_colors { text } else { anstream::adapter::strip_str(&text).to_string() }
    }

    pub(super) fn enqueue(&self, state: &mut State, stream: Stream, text: String) {
        state.queue.push(stream, text.into_bytes());
        // Also without text: the live view may have changed.
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

    /// Writes what is in the queue, draws the live view, and emits heartbeats, until the report is dropped.
    pub(super) fn write_until_closed(&self) {
        let mut block = self.live_stream.map(Block::on);
        while let Some(task) = self.next_task() {
            // What the terminal shows of what is in progress.
            let (lines, frame) = match &block {
                Some(block) => self.live_lines(block.size()),
                None => (Vec::new(), Frame::Below),
            };
            let Task::Write(stream, bytes) = task else {
                block.iter_mut().for_each(|block| block.draw(&lines, frame));
                continue;
            };
            let mut rest = bytes.len();
            let mut write = || {
                queue::write_all(stream, &bytes, |written| {
                    rest = rest.saturating_sub(written);
                    self.lock().queue.complete(written);
                    self.written.notify_waiters();
                })
            };
            let result = match &mut block {
                Some(block) => block.write_above(&lines, frame, write),
                None => write(),
            };
            let mut state = self.lock();
            state.queue.complete(rest);
            state.record(stream, result);
            drop(state);
            self.written.notify_waiters();
        }
    }

    /// The lines of the live view, without secrets, and where they are drawn. Services that are watched have a screen of
    /// their own.
    fn live_lines(&self, size: (usize, usize)) -> (Vec<String>, Frame) {
        let elapsed = self.started.elapsed();
        let mut state = self.lock();
        let lines = state.live.as_mut().map(|live| live.draw(size, elapsed)).unwrap_or_default();
        let (lines, frame) = match &mut state.fleet {
            Some(fleet) => (fleet.lines(size, Time::now()), Frame::Screen),
            None => (lines, Frame::Below),
        };
        let stream = self.live_stream.unwrap_or(Stream::Stdout);
        let lines = lines.iter().map(|line| self.without_styles(stream, state.secrets.mask(line)));
        (lines.collect(), frame)
    }

    /// Waits for the next task. `None` at the end.
    fn next_task(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if let Some((stream, bytes)) = state.queue.pop() {
                return Some(Task::Write(stream, bytes));
            }
            if state.is_closed {
                return None;
            }
            let until_drawing = state.live.as_ref().map(Live::until_drawing);
            if until_drawing.is_some_and(|time| time.is_zero()) {
                return Some(Task::Draw);
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
                    let rest = until_drawing.map_or(rest, |time| time.min(rest));
                    let waited = self.changed.wait_timeout(state, rest);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }
}

/// What the thread that writes does next.
enum Task {
    Write(Stream, Vec<u8>),
    Draw,
}

/// The document of a plan; empty for text, which the events are.
fn document_text(document: &PlanDocument, format: PlanFormat) -> String {
    match format {
        PlanFormat::Text => String::new(),
        PlanFormat::Markdown => to_markdown(document),
        PlanFormat::Json => {
            // A line break is safe between the values of JSON, and escaped in them.
            let lines: Vec<String> = document.to_json().lines().map(escape_json).collect();
            format!("{}\n", lines.join("\n"))
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
    fn a_command_of_docker_continues_below_its_first_argument() {
        let (first, second) = ("a".repeat(40), "b".repeat(40));
        let command = format!("docker build --tag={first} --tag={second} .");
        let expected =
            format!("Docker    $ docker build --tag={first} \\\n                --tag={second} .\n");
        assert_eq!(wrap_docker(&format!("Docker    $ {command}\n"), &command), expected);
    }
}
