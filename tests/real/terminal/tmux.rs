//! A terminal that a test reads: a session of tmux with a server of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::wait::eventually;
use crate::world::{Job, World};

/// How long a test waits for a text on the screen.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A run in a terminal. The server of tmux ends with it.
pub struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    /// Starts a run in a terminal of this size. Once it has ended, the screen shows its exit code.
    pub fn start(world: &World, job: Job<'_>, size: (u16, u16)) -> Self {
        Self::start_redirected(world, job, size, "")
    }

    /// The same with a redirection of the shell.
    pub fn start_redirected(
        world: &World,
        job: Job<'_>,
        (columns, rows): (u16, u16),
        redirection: &str,
    ) -> Self {
        let script = world.path("job.sh");
        let command = job.shell_command();
        // A signal from the keyboard ends the run, and not the shell.
        let modes = r"stty -a | tr ' ' '\n' | grep -x -e echo -e -echo";
        let text =
            format!("trap : INT\n{command} {redirection}\necho \"exit code $? $({modes})\"\nexec cat\n");
        fs::write(&script, text).expect("a file");
        // The server of an earlier terminal of the world may still be ending.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let terminal = Self { socket: world.path(&format!("tmux-{number}")) };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        terminal.tmux(&[
            "new-session",
            "-d",
            "-x",
            &columns,
            "-y",
            &rows,
            "sh",
            &script.display().to_string(),
        ]);
        terminal
    }

    /// The rows of the screen, without blanks at their ends and without empty rows at the end.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).trim_end().to_owned()
    }

    /// The same, with the escape sequences of styles.
    pub fn styled(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"]).trim_end().to_owned()
    }

    /// Everything that was written, with what has left the screen.
    pub fn history(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-"]).trim_end().to_owned()
    }

    /// Waits until the screen satisfies a condition, and returns it.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let mut last = String::new();
        let found = eventually(what, TIMEOUT, || {
            last = self.screen();
            Ok(condition(&last).then(|| last.clone()))
        });
        found.unwrap_or_else(|error| panic!("{error}\n{last}"))
    }

    /// Waits until the screen contains a text, and returns it.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    /// Presses a key, such as `C-c`.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let socket = self.socket.display().to_string();
        let mut command = Command::new("tmux");
        command.args(["-u", "-S", &socket, "-f", "/dev/null"]).args(arguments).stdin(Stdio::null());
        let output = command.env_remove("TMUX").env("LC_ALL", "C.UTF-8").output().expect("tmux is installed");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {errors}");
        String::from_utf8(output.stdout).expect("text")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let socket = self.socket.display().to_string();
        let _ = Command::new("tmux").args(["-S", &socket, "kill-server"]).stderr(Stdio::null()).status();
    }
}
