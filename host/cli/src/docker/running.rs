//! A docker command that runs: what it prints, how it ends, and its end when
//! nobody needs it any more.

use model::event::EventSink as _;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::DockerError;
use crate::output::Report;
use model::event::Event;

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
    pub async fn finish(self, report: &Report) -> Result<Vec<String>, DockerError> {
        self.run(|line| report.emit(&Event::DockerOutput { line })).await
    }

    /// Gives the last lines that the command prints, and shows none.
    ///
    /// # Errors
    /// [`DockerError::Failed`].
    pub async fn collect(self) -> Result<Vec<String>, DockerError> {
        self.run(drop).await
    }

    async fn run(mut self, show: impl Fn(String)) -> Result<Vec<String>, DockerError> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let lines = Lines { kept: Mutex::new(Vec::new()), show };
        let ended = {
            let reading = async { tokio::join!(lines.read(stdout), lines.read(stderr)) };
            tokio::pin!(reading);
            tokio::select! {
                _ = &mut reading => self.child.wait().await,
                // What docker left running may hold its output open for ever.
                ended = self.child.wait() => {
                    let _ = tokio::time::timeout(DRAIN, reading).await;
                    ended
                }
            }
        };
        let status = ended.map_err(|error| self.failed(&error.to_string(), &[]))?;
        let lines = lines.kept.into_inner().unwrap_or_default();
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
        // What the client says of itself may come after that on the other stream.
        let told = lines.iter().find(|line| NO_ENGINE.iter().any(|text| line.contains(text)));
        let last = told.or_else(|| lines.iter().rev().find(|line| !line.trim().is_empty()));
        let last = last.cloned().unwrap_or_default();
        // The whole command was shown when it began.
        let command = self.command.split(' ').take(2).collect::<Vec<_>>().join(" ");
        DockerError::Failed { hint: hint(&self.command, lines), command, status: status.to_owned(), last }
    }
}

/// What the client says where it does not reach its engine.
const NO_ENGINE: [&str; 4] = [
    "Cannot connect to the Docker daemon",
    "failed to connect to the docker API",
    "Is the docker daemon running",
    "permission denied while trying to connect",
];

/// What to do about a command that failed, where its last lines tell.
fn hint(command: &str, lines: &[String]) -> Option<&'static str> {
    let last = lines.len().saturating_sub(3);
    let said = |text: &str| lines.iter().skip(last).any(|line| line.contains(text));
    let [no_engine @ .., no_permission] = NO_ENGINE;
    let any = |text: &str| lines.iter().any(|line| line.contains(text));
    // The client's own words may stand anywhere: its versions follow on the other stream.
    if any(no_permission) {
        return Some("let this user use the docker engine, as by the group `docker`");
    }
    if no_engine.into_iter().any(any) {
        return Some("start the docker engine, or let DOCKER_HOST name the one to use");
    }
    // The rest is the registry's, and a build's own output may say anything.
    if !command.contains(" push ") {
        return None;
    }
    if said("cannot be overwritten") || said("tag invalid") {
        Some(
            "the repository is immutable and has that tag on another image: exclude the tag from immutability, or tag by commit alone",
        )
    } else if said("is not authorized to perform") {
        Some("allow that action in the IAM policy of these credentials")
    } else if said("no basic auth credentials") || said("denied") || said("unauthorized") {
        Some("log in to that registry before, with `docker login`")
    } else {
        None
    }
}

/// How long output is read on after docker's end.
const DRAIN: Duration = Duration::from_secs(1);

/// How many lines are kept for the error message and the digest.
const KEPT: usize = 50;

/// How long a line may be; a longer one is shown in pieces.
const LINE: u64 = 16 << 10;

struct Lines<S> {
    kept: Mutex<Vec<String>>,
    show: S,
}

impl<S: Fn(String)> Lines<S> {
    async fn read(&self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(stream) = stream else { return };
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            match (&mut reader).take(LINE).read_until(b'\n', &mut bytes).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.add(String::from_utf8_lossy(&bytes).trim_end().to_owned()),
            }
        }
    }

    fn add(&self, line: String) {
        if let Ok(mut kept) = self.kept.lock() {
            kept.push(line.clone());
            let excess = kept.len().saturating_sub(KEPT);
            kept.drain(..excess);
        }
        (self.show)(line);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(command: &str, line: &str) -> Option<&'static str> {
        hint(command, &[line.to_owned()])
    }

    #[test]
    fn a_build_that_speaks_of_permissions_is_no_matter_of_the_registry() {
        for line in ["yarn install --immutable", "cp: Permission denied", "access denied"] {
            assert_eq!(said("docker build .", line), None, "{line}");
        }
    }

    #[test]
    fn a_push_that_is_refused_says_what_to_do() {
        let push = "docker push h.example/web:1";
        assert!(said(push, "no basic auth credentials").unwrap().contains("docker login"));
        assert!(
            said(push, "denied: User: arn is not authorized to perform: ecr:PutImage")
                .unwrap()
                .contains("IAM")
        );
        assert!(said(push, "tag invalid: The image tag '1' already exists").unwrap().contains("immutable"));
    }

    #[tokio::test]
    async fn an_engine_that_is_not_there_is_told_whatever_the_client_says_besides() {
        let mut command = Command::new("sh");
        let script = "echo 'Cannot connect to the Docker daemon at unix:///x' >&2; sleep 0.05; \
                      for n in 1 2 3 4 5; do echo \" Experimental: $n\"; done; exit 1";
        command.args(["-c", script]);
        let ended = Running::start(command, "docker version".into()).unwrap().collect().await;
        let error = ended.unwrap_err().to_string();
        assert!(
            error.contains("(exit code 1): Cannot connect to the Docker daemon at unix:///x;"),
            "{error}"
        );
        assert!(error.contains("start the docker engine"), "{error}");
    }

    #[tokio::test]
    async fn a_command_that_leaves_a_child_behind_is_over_when_it_ends() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & echo $!; exit 3"]);
        let begun = Instant::now();
        let ended = Running::start(command, "sh".into()).unwrap().collect().await;
        let Err(DockerError::Failed { status, last, .. }) = ended else { panic!("it failed") };
        let left = rustix::process::Pid::from_raw(last.parse().unwrap()).unwrap();
        rustix::process::kill_process(left, rustix::process::Signal::KILL).unwrap();
        assert_eq!(status, "exit code 3");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
