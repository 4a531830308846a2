//! Programs that end with this process, however it ends.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;

use super::environment;
use crate::wait::eventually;

/// A program that runs for as long as this value, and no longer than this
/// process: statics are never dropped, and a process may be killed. It watches
/// a pipe whose other end only this process holds. Its folder goes with it.
pub struct Kept {
    keeper: Child,
    folder: PathBuf,
}

/// Runs a program until standard input ends.
const UNTIL_THE_END: &str =
    r#"exec 3<&0; "$@" </dev/null 3<&- & read -r _ <&3; kill -KILL $! 2>/dev/null; wait $! 2>/dev/null"#;

/// What stays when the program has ended is its folder.
const THEN_REMOVE: &str = r#"folder=$1; shift; "$@"; rm -rf "$folder""#;

/// A new folder for a program.
///
/// # Errors
/// Where there is no room for one.
pub fn folder(name: &str) -> anyhow::Result<TempDir> {
    Ok(TempDir::with_prefix(format!("ecs-host-bench-{name}-"))?)
}

impl Kept {
    /// Starts a program in its folder; what it prints goes into `log` there.
    ///
    /// `inside` is a command line that runs the program in surroundings of its
    /// own, such as `unshare`; often empty.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start<A: AsRef<OsStr>>(
        folder: TempDir,
        inside: &[&str],
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let log = File::create(folder.path().join("log"))?;
        let keeper = Command::new("sh")
            .args(["-c", THEN_REMOVE, "keeper"])
            .arg(folder.path())
            .args(inside)
            .args(["sh", "-c", UNTIL_THE_END, "keeper"])
            .arg(program)
            .args(arguments)
            .env_clear()
            .envs(environment())
            .envs(variables.iter().copied())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Out of reach of an interrupt from the keyboard, which ends this process first.
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        // From here on the keeper removes it.
        Ok(Self { keeper, folder: folder.keep() })
    }

    /// The program's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the program has printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Waits until the program is ready.
    ///
    /// # Errors
    /// Where it is not within half a minute, with the end of what it printed.
    pub fn ready<T>(&self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> anyhow::Result<T> {
        eventually(what, Duration::from_secs(30), || Ok(ask(self))).map_err(|error| {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            error.context(lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n"))
        })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
