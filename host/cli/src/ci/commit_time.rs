//! The time of a commit, read from git.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long git may take. Reading one commit takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The part of git's message about a repository of another user, whose files git does not read (git-config,
/// "safe.directory").
const DUBIOUS_OWNERSHIP: &str = "dubious ownership";

/// Reads the time of a commit, in seconds since 1970. Returns `None` without git, without the commit, or after the
/// timeout.
///
/// # Errors
/// Git's message, if it does not read the repository because another user owns it.
pub(super) fn read(folder: &Path, commit: &str) -> Result<Option<u64>, String> {
    let mut command = Command::new("git");
    command
        // The user's own setting could print signatures.
        .args(["-c", "log.showSignature=false", "show", "-s", "--format=%ct", commit])
        .current_dir(folder)
        // The message of the error is compared.
        .env("LC_ALL", "C")
        // A partial clone must not fetch the commit, nor prompt for a password.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0");
    match output(command, TIMEOUT) {
        Some(Ok(text)) => Ok(text.trim().parse().ok()),
        Some(Err(error)) => match error.lines().find(|line| line.contains(DUBIOUS_OWNERSHIP)) {
            Some(refusal) => Err(refusal.trim().to_owned()),
            None => Ok(None),
        },
        None => Ok(None),
    }
}

/// The output of a command that ends within the timeout: its stdout if it succeeds, else its stderr.
fn output(mut command: Command, timeout: Duration) -> Option<Result<String, String>> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    let mut child = KilledOnDrop(child);
    let started = Instant::now();
    let status = loop {
        match child.0.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if started.elapsed() < timeout => std::thread::sleep(Duration::from_millis(2)),
            _ => return None,
        }
    };
    let mut text = String::new();
    // The command ended without a reader: its output fits into the pipe.
    if status.success() {
        child.0.stdout.take()?.take(64).read_to_string(&mut text).ok()?;
        Some(Ok(text))
    } else {
        child.0.stderr.take()?.take(4096).read_to_string(&mut text).ok()?;
        Some(Err(text))
    }
}

/// A process that is killed when it is no longer waited for.
struct KilledOnDrop(Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        // An error means that the process has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_repository_and_a_timeout_return_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), &"0".repeat(40)), Ok(None));
        assert_eq!(read(&folder.path().join("nowhere"), &"0".repeat(40)), Ok(None));
        let mut slow = Command::new("sleep");
        slow.arg("60");
        let started = Instant::now();
        assert_eq!(output(slow, Duration::from_millis(20)), None);
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}

/// The tests with git itself, which a machine with Rust alone does not have.
#[cfg(test)]
#[cfg(feature = "real-parts")]
mod real_tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(folder)
            .env("GIT_COMMITTER_DATE", "@1700000000 +0000")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn reads_the_time_of_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "one"]);
        let commit = git(folder.path(), &["rev-parse", "HEAD"]);
        assert_eq!(read(folder.path(), &commit), Ok(Some(1_700_000_000)));
        assert_eq!(read(folder.path(), &"0".repeat(40)), Ok(None));
    }
}
