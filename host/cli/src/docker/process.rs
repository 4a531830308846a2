//! A docker process: its output, its result, and its termination on drop.

use model::event::EventSink as _;
use std::cell::Cell;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;

use super::DockerError;
use super::causes::{NO_ENGINE, end, hint};
use crate::output::Report;
use model::event::Event;
use model::text::TRUNCATION_MARK;

/// A docker process. Dropping it terminates its process group.
pub struct DockerProcess {
    child: Child,
    /// The group that it was started in; `None` for its own.
    group: Option<Pid>,
    command: String,
    image: Option<String>,
}

impl DockerProcess {
    /// Starts a command in a process group, or in a new one. `command_line` is its form in events, and `image` the
    /// image that it is about, for errors.
    pub(super) fn start(
        mut command: Command,
        group: Option<Pid>,
        command_line: String,
        image: Option<String>,
    ) -> std::io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // In a separate process group, an interrupt from the keyboard reaches the host alone, which then terminates
        // docker and its plugins.
        command.process_group(group.map_or(0, |group| group.as_raw_nonzero().get()));
        Ok(Self { child: command.spawn()?, group, command: command_line, image })
    }

    /// The command, quoted for a shell.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Reports each line of the output, waits for the end and returns the last lines.
    ///
    /// # Errors
    /// [`DockerError::Failed`].
    pub async fn finish(self, report: &Report) -> Result<Vec<String>, DockerError> {
        self.run(Some(report)).await
    }

    /// Waits for the end and returns the last lines of the output. Reports none.
    ///
    /// # Errors
    /// [`DockerError::Failed`].
    pub async fn collect(self) -> Result<Vec<String>, DockerError> {
        self.run(None).await
    }

    async fn run(mut self, report: Option<&Report>) -> Result<Vec<String>, DockerError> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let lines = OutputReader {
            last: Mutex::new(Vec::new()),
            report,
            has_ended: Cell::new(false),
            end: Notify::new(),
        };
        let ended = {
            let reading = async { tokio::join!(lines.read(stdout), lines.read(stderr)) };
            tokio::pin!(reading);
            tokio::select! {
                _ = &mut reading => self.child.wait().await,
                // A child process that docker left behind can keep the streams open for ever.
                ended = self.child.wait() => {
                    lines.has_ended.set(true);
                    lines.end.notify_waiters();
                    let _ = tokio::time::timeout(DRAIN_TIMEOUT, reading).await;
                    ended
                }
            }
        };
        let status = ended.map_err(|error| self.failed(&error.to_string(), &[]))?;
        let lines = lines.last.into_inner().unwrap_or_default();
        if status.success() {
            return Ok(lines);
        }
        let ended = match status.code() {
            Some(code) => format!("exit code {code}"),
            None => "terminated by a signal".to_owned(),
        };
        Err(self.failed(&ended, &lines))
    }

    fn failed(&self, status: &str, lines: &[String]) -> DockerError {
        // The client prints its versions on the other stream, possibly after this line.
        let no_engine = lines.iter().find(|line| NO_ENGINE.iter().any(|text| line.contains(text)));
        // After its error buildx may print where to learn more.
        let error = end(lines).iter().rev().find(|line| line.starts_with("ERROR: "));
        let last = no_engine.or(error).or_else(|| lines.iter().rev().find(|line| !line.trim().is_empty()));
        let last = last.cloned().unwrap_or_default();
        // `docker-started` reported the whole command.
        let words = if self.command.split(' ').nth(1) == Some("buildx") { 3 } else { 2 };
        let command = self.command.split(' ').take(words).collect::<Vec<_>>().join(" ");
        let (hint, image) = (hint(&self.command, lines).map(String::into_boxed_str), self.image.clone());
        DockerError::Failed { command, image, status: status.to_owned(), last, hint }
    }
}

/// How long output is read after the end of docker.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// How many of the last lines are kept, for the error message and the digest.
const MAX_LINES: usize = 50;

/// The maximum length of a line, in bytes. A longer line is cut: in the second of two pieces, the end of a secret would
/// not be recognized.
const MAX_LINE_LEN: usize = 16 << 10;

struct OutputReader<'r> {
    last: Mutex<Vec<String>>,
    /// Where the lines are reported, if they are.
    report: Option<&'r Report>,
    /// Whether docker has ended. What it left in its pipes is read without waiting for the reader of the log.
    has_ended: Cell<bool>,
    end: Notify,
}

impl OutputReader<'_> {
    async fn read(&self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(stream) = stream else { return };
        let mut reader = BufReader::new(stream);
        let (mut line, mut is_cut) = (Vec::new(), false);
        loop {
            let Ok(buffer) = reader.fill_buf().await else { return };
            let (piece, is_line_end) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => (buffer.get(..end).unwrap_or_default(), true),
                None => (buffer, buffer.is_empty()),
            };
            let room = MAX_LINE_LEN.saturating_sub(line.len());
            is_cut |= piece.len() > room;
            line.extend_from_slice(piece.get(..room).unwrap_or(piece));
            let (is_end, read) =
                (buffer.is_empty(), piece.len() + usize::from(is_line_end && !buffer.is_empty()));
            reader.consume(read);
            if is_line_end && !(is_end && line.is_empty()) {
                let mut text = String::from_utf8_lossy(&line).trim_end().to_owned();
                if is_cut {
                    text.push_str(TRUNCATION_MARK);
                }
                self.add(text).await;
                (line, is_cut) = (Vec::new(), false);
            }
            if is_end {
                return;
            }
        }
    }

    async fn add(&self, line: String) {
        if let Ok(mut last) = self.last.lock() {
            last.push(line.clone());
            let excess = last.len().saturating_sub(MAX_LINES);
            last.drain(..excess);
        }
        let Some(report) = self.report else { return };
        report.emit(&Event::DockerOutput { line });
        // Docker waits for its own reader in the same way.
        if !self.has_ended.get() {
            tokio::select! {
                () = report.wait_for_room() => {}
                () = self.end.notified() => {}
            }
        }
    }
}

/// How long docker can take to end after SIGTERM before it is killed.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(2);

impl Drop for DockerProcess {
    fn drop(&mut self) {
        let own = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        // A process without an id has ended.
        let Some(group) = own.map(|own| self.group.unwrap_or(own)) else { return };
        let ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        if ended(&mut self.child) {
            return;
        }
        // An error states that the group has already ended.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        let started_at = Instant::now();
        while started_at.elapsed() < TERMINATION_TIMEOUT {
            if ended(&mut self.child) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.try_wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_unreachable_engine_is_reported_before_later_output() {
        let mut command = Command::new("sh");
        let script = "echo 'Cannot connect to the Docker daemon at unix:///x' >&2; sleep 0.05; \
                      for n in 1 2 3 4 5; do echo \" Experimental: $n\"; done; exit 1";
        command.args(["-c", script]);
        let ended =
            DockerProcess::start(command, None, "docker version".into(), None).unwrap().collect().await;
        let error = ended.unwrap_err().to_string();
        assert!(
            error.contains("(exit code 1): Cannot connect to the Docker daemon at unix:///x;"),
            "{error}"
        );
        assert!(error.contains("start the docker engine"), "{error}");
    }

    #[tokio::test]
    async fn a_long_line_is_cut_and_a_line_without_end_is_read() {
        let mut command = Command::new("sh");
        command.args(["-c", "printf 'a\\n\\n'; head -c 40000 /dev/zero | tr '\\0' x; printf '\\nend'"]);
        let lines = DockerProcess::start(command, None, "sh".into(), None).unwrap().collect().await.unwrap();
        let long = format!("{}{TRUNCATION_MARK}", "x".repeat(MAX_LINE_LEN));
        assert_eq!(lines, ["a", "", long.as_str(), "end"]);
    }

    #[tokio::test]
    async fn a_child_process_left_behind_does_not_delay_the_end() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & echo $!; exit 3"]);
        let started_at = Instant::now();
        let ended = DockerProcess::start(command, None, "sh".into(), None).unwrap().collect().await;
        let Err(DockerError::Failed { status, last, .. }) = ended else { panic!("it failed") };
        let left = rustix::process::Pid::from_raw(last.parse().unwrap()).unwrap();
        rustix::process::kill_process(left, rustix::process::Signal::KILL).unwrap();
        assert_eq!(status, "exit code 3");
        assert!(started_at.elapsed() < Duration::from_secs(30));
    }
}
