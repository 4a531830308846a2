//! Programs that end with this process, even if it is killed.

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

/// A program that ends when this value is dropped, and when this process ends: statics are never dropped, and
/// a process may be killed. A shell waits for the end of a pipe to which only this process can write. Then it
/// kills the program and removes its folder.
pub struct Kept {
    keeper: Child,
    folder: PathBuf,
}

/// Runs a program until standard input ends.
const UNTIL_THE_END: &str =
    r#"exec 3<&0; "$@" </dev/null 3<&- & read -r _ <&3; kill -KILL $! 2>/dev/null; wait $! 2>/dev/null"#;

/// Removes the program's folder when the program has ended.
const THEN_REMOVE: &str = r#"folder=$1; shift; "$@"; rm -rf "$folder""#;

/// A new folder for a program.
///
/// # Errors
/// If it cannot be created.
pub fn folder(name: &str) -> anyhow::Result<TempDir> {
    Ok(TempDir::with_prefix(format!("ecs-host-bench-{name}-"))?)
}

impl Kept {
    /// Starts a program in its folder. Its output is in the file `log` of the folder.
    ///
    /// `wrapper` is a command line that starts the program, such as `unshare`, or empty.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start<A: AsRef<OsStr>>(
        folder: TempDir,
        wrapper: &[&str],
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let log = File::create(folder.path().join("log"))?;
        let keeper = Command::new("sh")
            .args(["-c", THEN_REMOVE, "keeper"])
            .arg(folder.path())
            .args(wrapper)
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
            // An interrupt from the keyboard does not reach this group. It ends this process first.
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        // From here on the keeper removes the folder.
        Ok(Self { keeper, folder: folder.keep() })
    }

    /// The program's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The output of the program until now.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Waits until the program is ready.
    ///
    /// # Errors
    /// If it is not ready within 30 s. The error contains the end of its output.
    pub fn ready<T>(&self, what: &str, mut poll: impl FnMut(&Self) -> Option<T>) -> anyhow::Result<T> {
        eventually(what, Duration::from_secs(30), || Ok(poll(self))).map_err(|error| {
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
