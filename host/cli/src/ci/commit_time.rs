//! When a commit was made, as git tells it.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long git may take. Reading one commit takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// The commit's time in seconds since 1970; none where git or the repository
/// is not there, or does not answer in time.
pub(super) fn read(folder: &Path, commit: &str) -> Option<u64> {
    let mut command = Command::new("git");
    command
        // A user's own setting would have every signature checked and shown.
        .args(["-c", "log.showSignature=false", "show", "-s", "--format=%ct", commit])
        .current_dir(folder)
        // Nor does it fetch what a partial clone lacks, or ask for a password.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0");
    answer(command, PATIENCE)?.trim().parse().ok()
}

/// What a command prints, where it ends well within the time.
fn answer(mut command: Command, patience: Duration) -> Option<String> {
    let null = Stdio::null;
    let child = command.stdin(null()).stdout(Stdio::piped()).stderr(null()).spawn().ok()?;
    let mut child = Ended(child);
    let begun = Instant::now();
    let status = loop {
        match child.0.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < patience => std::thread::sleep(Duration::from_millis(2)),
            _ => return None,
        }
    };
    let mut text = String::new();
    // A pipe holds far more than a number, so a full one never kept it from ending.
    child.0.stdout.take()?.take(64).read_to_string(&mut text).ok()?;
    status.success().then_some(text)
}

/// A child that does not outlive the question.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Errors mean that it has ended, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
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
    fn git_tells_when_a_commit_was_made() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        git(folder.path(), &["commit", "-q", "--allow-empty", "-m", "one"]);
        let commit = git(folder.path(), &["rev-parse", "HEAD"]);
        assert_eq!(read(folder.path(), &commit), Some(1_700_000_000));
        assert_eq!(read(folder.path(), &"0".repeat(40)), None);
    }

    #[test]
    fn no_repository_and_no_answer_are_no_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), &"0".repeat(40)), None);
        assert_eq!(read(&folder.path().join("nowhere"), &"0".repeat(40)), None);
        let mut slow = Command::new("sleep");
        slow.arg("60");
        let begun = Instant::now();
        assert_eq!(answer(slow, Duration::from_millis(20)), None);
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
