//! A docker command that runs: what it prints, how it ends, and its end when
//! nobody needs it any more.

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use super::DockerError;
use crate::report::{Event, Report};

/// A docker command that runs. Dropping it ends it.
pub struct Running {
    child: Child,
    command: String,
}

impl Running {
    /// Starts a command; `shown` is how people read it.
    pub(super) fn start(mut command: Command, shown: String) -> std::io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: an interrupt from the keyboard reaches the host
        // alone, which then ends docker with all its plugins.
        command.process_group(0);
        Ok(Self { child: command.spawn()?, command: shown })
    }

    /// The command as a person would type it.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Shows what the command prints, line by line, until it ends, and gives
    /// the last lines.
    ///
    /// # Errors
    /// [`DockerError::Failed`].
    pub async fn finish(mut self, report: &Report) -> Result<Vec<String>, DockerError> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let lines = std::sync::Mutex::new(Vec::new());
        tokio::join!(show(stdout, report, &lines), show(stderr, report, &lines));
        let status = self.child.wait().await.map_err(|error| self.failed(&error.to_string(), &[]))?;
        let lines = lines.into_inner().unwrap_or_default();
        if status.success() {
            return Ok(lines);
        }
        let ended = match status.code() {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".to_owned(),
        };
        Err(self.failed(&ended, &lines))
    }

    fn failed(&self, status: &str, lines: &[String]) -> DockerError {
        let last = lines.iter().rev().find(|line| !line.trim().is_empty()).cloned().unwrap_or_default();
        let said = |text: &str| lines.iter().any(|line| line.contains(text));
        let hint = if said("Cannot connect to the Docker daemon") || said("Is the docker daemon running") {
            Some("start the docker engine, or let DOCKER_HOST name the one to use")
        } else if said("immutable") {
            Some(
                "the repository is immutable and has that tag on another image; a tag of its own for each commit avoids this",
            )
        } else if said("no basic auth credentials") || said("denied") || said("unauthorized") {
            Some("log in to that registry before, with `docker login`")
        } else {
            None
        };
        DockerError::Failed { command: self.command.clone(), status: status.to_owned(), last, hint }
    }
}

/// How many lines are kept for the error message and the digest.
const KEPT: usize = 50;

async fn show(
    stream: Option<impl AsyncRead + Unpin>,
    report: &Report,
    lines: &std::sync::Mutex<Vec<String>>,
) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match reader.read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                if let Ok(mut lines) = lines.lock() {
                    lines.push(line.clone());
                    let excess = lines.len().saturating_sub(KEPT);
                    lines.drain(..excess);
                }
                report.emit(&Event::DockerOutput { line });
            }
        }
    }
}

/// How long docker gets to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

impl Drop for Running {
    fn drop(&mut self) {
        let Some(group) = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
        else {
            return;
        };
        let ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        if ended(&mut self.child) {
            return;
        }
        // Errors mean that the group is gone already, which is what is wanted.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        let begun = Instant::now();
        while begun.elapsed() < GRACE {
            if ended(&mut self.child) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.try_wait();
    }
}
