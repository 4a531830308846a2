//! A docker process: its output, its result, and its termination on drop.

use model::event::EventSink as _;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use super::DockerError;
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
        self.run(|line| report.emit(&Event::DockerOutput { line })).await
    }

    /// Waits for the end and returns the last lines of the output. Reports none.
    ///
    /// # Errors
    /// [`DockerError::Failed`].
    pub async fn collect(self) -> Result<Vec<String>, DockerError> {
        self.run(drop).await
    }

    async fn run(mut self, report: impl Fn(String)) -> Result<Vec<String>, DockerError> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let lines = OutputReader { last: Mutex::new(Vec::new()), report };
        let ended = {
            let reading = async { tokio::join!(lines.read(stdout), lines.read(stderr)) };
            tokio::pin!(reading);
            tokio::select! {
                _ = &mut reading => self.child.wait().await,
                // A child process that docker left behind can keep the streams open for ever.
                ended = self.child.wait() => {
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
        let last = no_engine.or_else(|| lines.iter().rev().find(|line| !line.trim().is_empty()));
        let last = last.cloned().unwrap_or_default();
        // `docker-started` reported the whole command.
        let command = self.command.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let (hint, image) = (hint(&self.command, lines), self.image.clone());
        DockerError::Failed { command, image, status: status.to_owned(), last, hint }
    }
}

/// Parts of the client's messages for an engine that it cannot connect to.
const NO_ENGINE: [&str; 4] = [
    "Cannot connect to the Docker daemon",
    "failed to connect to the docker API",
    "Is the docker daemon running",
    "permission denied while trying to connect",
];

/// What to do about a failed command, if its last lines state a known cause.
fn hint(command: &str, lines: &[String]) -> Option<&'static str> {
    let last = lines.len().saturating_sub(3);
    let ends_with = |text: &str| lines.iter().skip(last).any(|line| line.contains(text));
    let [no_engine @ .., no_permission] = NO_ENGINE;
    let any = |text: &str| lines.iter().any(|line| line.contains(text));
    // The client's message can be on any line: its versions follow on the other stream.
    if any(no_permission) {
        return Some("let this user access the docker engine, for example by the group `docker`");
    }
    if no_engine.into_iter().any(any) {
        return Some("start the docker engine, or set DOCKER_HOST to the one to use");
    }
    // The rest are messages of registries, and the output of a build is arbitrary.
    if !command.contains(" push ") {
        return None;
    }
    if ends_with("cannot be overwritten") || ends_with("tag invalid") {
        Some(
            "the repository is immutable and has this tag on another image: exclude the tag from immutability, or tag by commit alone",
        )
    } else if ends_with("is not authorized to perform") {
        Some("allow that action in the IAM policy of these credentials")
    } else if ends_with("no basic auth credentials") || ends_with("denied") || ends_with("unauthorized") {
        Some("log in to the registry first, with `docker login`")
    } else {
        None
    }
}

/// How long output is read after the end of docker.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// How many of the last lines are kept, for the error message and the digest.
const MAX_LINES: usize = 50;

/// The maximum length of a line, in bytes. A longer line is cut: in the second of two pieces, the end of a secret would
/// not be recognized.
const MAX_LINE_LEN: usize = 16 << 10;

struct OutputReader<R> {
    last: Mutex<Vec<String>>,
    report: R,
}

impl<R: Fn(String)> OutputReader<R> {
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
                self.add(text);
                (line, is_cut) = (Vec::new(), false);
            }
            if is_end {
                return;
            }
        }
    }

    fn add(&self, line: String) {
        if let Ok(mut last) = self.last.lock() {
            last.push(line.clone());
            let excess = last.len().saturating_sub(MAX_LINES);
            last.drain(..excess);
        }
        (self.report)(line);
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

    fn hint_for(command: &str, line: &str) -> Option<&'static str> {
        hint(command, &[line.to_owned()])
    }

    #[test]
    fn the_output_of_a_build_has_no_registry_hint() {
        for line in ["yarn install --immutable", "cp: Permission denied", "access denied"] {
            assert_eq!(hint_for("docker build .", line), None, "{line}");
        }
    }

    #[test]
    fn a_rejected_push_has_a_hint() {
        let push = "docker push h.example/web:1";
        assert!(hint_for(push, "no basic auth credentials").unwrap().contains("docker login"));
        assert!(
            hint_for(push, "denied: User: arn is not authorized to perform: ecr:PutImage")
                .unwrap()
                .contains("IAM")
        );
        assert!(
            hint_for(push, "tag invalid: The image tag '1' already exists").unwrap().contains("immutable")
        );
    }

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
