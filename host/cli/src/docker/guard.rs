//! The guard of docker: a process that ends docker and removes its passwords if the run is killed.
//!
//! A run that ends normally, or by a signal that it handles, does both itself. SIGKILL leaves it no time. So it starts
//! this program once more, connected by a pipe, and starts every docker in the process group of that guard. The pipe
//! ends with the run, however the run ends.
//!
//! `test --build` guards the build of a policy in the same way: it handles no signal itself.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_current_process_group};
use tokio::signal::unix::{SignalKind, signal};

use super::private_folder::PREFIX;

/// The name under which this program is a guard: the first word of its command line.
pub const NAME: &str = "ecs-host-docker-guard";

/// How long docker can take to end after SIGTERM before it is killed.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(2);

/// A guard that runs.
pub(crate) struct Guard(Child);

impl Guard {
    /// Starts `program`, which is this one, as a guard of a process group of its own and of a folder.
    pub(crate) fn start(program: &Path, folder: Option<&Path>) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        // Its streams and its folder are nobody's, so that nothing waits for the guard.
        command.arg0(NAME).args(folder).env_clear().current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self)
    }

    /// Its process group, unless it has ended.
    pub(crate) fn group(&mut self) -> Option<Pid> {
        match self.0.try_wait() {
            Ok(None) => Some(Pid::from_child(&self.0)),
            _ => None,
        }
    }
}

impl Drop for Guard {
    /// Releases the guard: the run has ended docker and removed the folder itself.
    fn drop(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            // A guard that was killed has closed the pipe.
            let _ = pipe.write_all(b"done");
        }
    }
}

/// Whether this process is a guard.
#[must_use]
pub fn is_guard() -> bool {
    std::env::args_os().next().is_some_and(|name| name == NAME)
}

/// Waits for the end of the run. If the run was killed, removes the folder of its passwords and ends docker.
#[must_use]
pub fn run() -> ExitCode {
    let folder = std::env::args_os().nth(1);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let _context = runtime.enter();
    // What ends docker also reaches its group, and this process must survive it. An installed handler is enough.
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::quit()];
    let _handlers: Vec<_> = kinds.into_iter().map(signal).collect();
    let mut message = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut message);
    if !message.is_empty() {
        return ExitCode::SUCCESS;
    }
    remove(folder);
    // An error states that the group has ended.
    let _ = kill_current_process_group(Signal::TERM);
    std::thread::sleep(TERMINATION_TIMEOUT);
    let _ = kill_current_process_group(Signal::KILL);
    ExitCode::SUCCESS
}

/// Removes the private folder, and nothing that is not one.
fn remove(folder: Option<OsString>) {
    let Some(folder) = folder.map(PathBuf::from) else { return };
    let is_private = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(PREFIX.as_bytes());
    if folder.is_absolute() && folder.file_name().is_some_and(is_private) {
        let _ = std::fs::remove_dir_all(folder);
    }
}
