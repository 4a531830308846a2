//! A git process that reads a repository of a stranger: it executes nothing, writes nothing, and ends in time.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::runtime::Builder;
use tokio::time::{timeout, timeout_at};

use super::error::GitError;

/// The options of every command. A checkout brings a configuration of its own (`.git/config` of an archive, or of a
/// folder that the job restores from a cache), and git would execute some of its values: the monitor of files and hooks.
/// Only commands that show differences or signatures, or use the network, read the others; these options and
/// [`ENVIRONMENT`] exclude those.
const OPTIONS: [&str; 9] = [
    "--no-pager",
    // A replacement would make another commit of the one that is built.
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    // A repository without a working tree may be part of a checkout.
    "-c",
    "safe.bareRepository=explicit",
];

/// The variables of every command.
const ENVIRONMENT: [(&str, &str); 5] = [
    // Messages are compared.
    ("LC_ALL", "C"),
    // A partial clone fetches what is missing, by a program that its configuration names. Git before 2.45 does not know
    // the first variable, and the second one allows no protocol.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
];

/// The variables that name another repository, index or working tree than those of the folder.
const LOCATION: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"];

/// The most bytes of stderr that are read.
const MAX_MESSAGE: usize = 4096;

/// How long a killed process may take to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);

/// What git wrote to stdout.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) bytes: Vec<u8>,
    /// Whether there was more.
    pub(super) is_cut: bool,
}

/// A git command.
pub(super) struct GitCommand<'a> {
    /// The folder in which it runs.
    pub(super) folder: &'a Path,
    /// Whether the repository is that of the folder, whatever the variables of the job name.
    pub(super) is_of_folder: bool,
    /// The command and its arguments.
    pub(super) arguments: &'a [&'a str],
    /// What it reads from stdin.
    pub(super) input: String,
    /// The most bytes of its output that are read.
    pub(super) max_output: usize,
    /// When it is killed.
    pub(super) deadline: Instant,
}

impl GitCommand<'_> {
    /// Runs the command.
    ///
    /// # Errors
    /// [`GitError`] if it does not succeed. A command whose output is cut has succeeded.
    pub(super) fn run(self) -> Result<Output, GitError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(GitError::NotStarted)?;
        let mut command = Command::new("git");
        command.args(OPTIONS).args(self.arguments).current_dir(self.folder).envs(ENVIRONMENT);
        for name in LOCATION.iter().filter(|_| self.is_of_folder) {
            command.env_remove(name);
        }
        let mut words = self.arguments.iter().copied();
        let mut name = words.next().unwrap_or_default();
        // An option precedes the command.
        while name == "-c" {
            name = words.nth(1).unwrap_or_default();
        }
        let name = format!("git {name}");
        runtime.block_on(collect(command, &name, self.input, self.max_output, self.deadline))
    }
}

async fn collect(
    mut command: Command,
    name: &str,
    input: String,
    max_output: usize,
    deadline: Instant,
) -> Result<Output, GitError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(GitError::NotStarted)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let communicate = async {
        if let Some(mut stdin) = stdin {
            // An error means that git ended before, and its status states why.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let (bytes, message) = tokio::try_join!(read(stdout, max_output), read(stderr, MAX_MESSAGE))?;
        Ok::<_, std::io::Error>((bytes, message, child.wait().await?))
    };
    let Ok(ended) = timeout_at(deadline.into(), communicate).await else {
        let _ = timeout(KILL_TIMEOUT, child.kill()).await;
        return Err(GitError::TimedOut);
    };
    let (mut bytes, message, status) = ended.map_err(GitError::NotStarted)?;
    let is_cut = bytes.len() > max_output;
    bytes.truncate(max_output);
    if status.success() || is_cut {
        return Ok(Output { bytes, is_cut });
    }
    Err(GitError::from_output(name, &String::from_utf8_lossy(&message), &status.to_string()))
}

/// Reads at most one byte more than `max`. A writer that has more to write then receives SIGPIPE, and ends.
async fn read(stream: Option<impl AsyncRead + Unpin>, max: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(max as u64 + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, max_output: usize, time: Duration) -> Result<Output, GitError> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(collect(command, "sh", "in\n".to_owned(), max_output, Instant::now() + time))
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_output_is_cut_and_a_writer_without_end_is_ended() {
        let output = sh("read line; echo $line", 100, LONG).unwrap();
        assert_eq!((output.bytes.as_slice(), output.is_cut), (b"in\n".as_slice(), false));
        let output = sh("while :; do echo 0123456789; done", 25, LONG).unwrap();
        assert_eq!((output.bytes.len(), output.is_cut), (25, true));
        let endless = sh("while :; do echo 'fatal: x' >&2; done", 25, LONG).unwrap_err();
        assert!(endless.to_string().contains("fatal: x"), "{endless}");
    }

    #[test]
    fn a_process_that_does_not_end_in_time_is_killed() {
        let started_at = Instant::now();
        let ended = sh("exec sleep 60", 10, Duration::from_millis(50));
        assert!(matches!(ended, Err(GitError::TimedOut)), "{ended:?}");
        assert!(started_at.elapsed() < Duration::from_secs(30));
    }
}
