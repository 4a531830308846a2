//! One run of the real binary: its arguments and variables, its signals, its end.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::outcome::Outcome;
use crate::variables::Build;
use crate::wait::eventually;

/// The longest time of a run in a test. A longer run is killed, and its test fails.
pub const RUN_TIMEOUT: Duration = Duration::from_secs(60);

/// A run that is not started yet.
pub struct Run<'a> {
    app: &'a App,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    stdout_is_closed: bool,
    wrapper: Vec<String>,
    stdout_is_full: bool,
    output_is_unread: bool,
    stdout_is_unread: bool,
}

impl<'a> Run<'a> {
    /// A run with the variables of the readme only.
    pub fn new(app: &'a App, verb: &str) -> Self {
        let name = app.name.as_str();
        let build = Build {
            folder: &|part| app.path(part),
            endpoint: &app.proxy.url(),
            region: app.region,
            commit: &app.commit(),
            project: name,
            repository: &app.repository(),
            cluster: name,
            service: name,
        };
        let mut variables = build.variables();
        let docker = app.backend.docker(&app.path("engine"));
        variables.extend(docker.map(|(name, value)| (name.to_owned(), value)));
        Self {
            app,
            arguments: vec![verb.to_owned()],
            variables,
            stdout_is_closed: false,
            wrapper: Vec::new(),
            stdout_is_full: false,
            output_is_unread: false,
            stdout_is_unread: false,
        }
    }

    /// Builds another branch. The settings need not contain it.
    pub fn branch(self, branch: &str) -> Self {
        self.set("TRAVIS_BRANCH", branch)
    }

    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets the flag `--docker`.
    pub fn docker(self, program: impl Into<String>) -> Self {
        self.arg("--docker").arg(program)
    }

    /// Connects standard output to a pipe whose reader is closed.
    pub fn with_closed_stdout(self) -> Self {
        Self { stdout_is_closed: true, ..self }
    }

    /// Starts the run through another command line, such as `unshare`.
    pub fn wrapped_by(self, command: &[&str]) -> Self {
        Self { wrapper: command.iter().map(|&part| part.to_owned()).collect(), ..self }
    }

    /// Connects standard output to a full disk.
    pub fn with_full_disk(self) -> Self {
        Self { stdout_is_full: true, ..self }
    }

    /// Connects standard output and standard error to a full pipe whose reader does not read.
    /// [`Running::read_output`] starts to read it.
    pub fn with_unread_output(self) -> Self {
        Self { output_is_unread: true, ..self }
    }

    /// Connects standard output to such a pipe, and standard error to a reader.
    pub fn with_unread_stdout(self) -> Self {
        Self { stdout_is_unread: true, ..self }
    }

    /// Starts the run, and asserts that it ends with this exit code.
    pub fn exits(self, code: i32) -> Outcome<'a> {
        self.begin().ends(code)
    }

    pub fn begin(self) -> Running<'a> {
        let before = (self.app.proxy.calls().len(), self.app.pushed());
        let start = Instant::now();
        let mut command = self.wrapper.clone();
        command.push(env!("CARGO_BIN_EXE_ecs-host").to_owned());
        let (program, wrapper_arguments) = command.split_first().expect("a program");
        let mut command = Command::new(program);
        command.args(wrapper_arguments).args(&self.arguments).env_clear().envs(&self.variables);
        command.current_dir(self.app.path("project")).stdin(Stdio::null());
        command.stdout(if self.stdout_is_full { full_disk() } else { Stdio::piped() }).stderr(Stdio::piped());
        let unread = (self.output_is_unread || self.stdout_is_unread).then(|| {
            let (unread, writer) = full_pipe();
            command.stdout(writer.try_clone().expect("a descriptor"));
            if self.output_is_unread {
                command.stderr(writer);
            }
            unread
        });
        let mut child = command.spawn().expect("the binary starts");
        // The command owns the pipe's other end.
        drop(command);
        let stdout = child.stdout.take().filter(|_| !self.stdout_is_closed);
        let stdout = stdout.map_or_else(|| Reader::of(std::io::empty()), Reader::of);
        let stderr = child.stderr.take().map_or_else(|| Reader::of(std::io::empty()), Reader::of);
        Running { app: self.app, child: KillOnDrop(child), start, before, stdout, stderr, unread }
    }
}

fn full_disk() -> Stdio {
    std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device of Linux").into()
}

/// A pipe into which nothing more can be written until its reader reads.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let size = rustix::pipe::fcntl_setpipe_size(&writer, 4096).expect("a smaller pipe");
    writer.write_all(&vec![b'\n'; size]).expect("a pipe with room");
    (reader, writer)
}

/// The text of a stream, which a thread reads.
pub struct Reader(Arc<Mutex<String>>, std::thread::JoinHandle<()>);

impl Reader {
    pub fn of(stream: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&text);
        let reading = std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                shared.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self(text, reading)
    }

    /// The text that was read until now.
    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// The whole text. Waits for the end of the stream.
    pub fn into_text(self) -> String {
        self.1.join().expect("reading does not panic");
        self.0.lock().unwrap().clone()
    }
}

/// A child process that is killed when its test ends, also after a failed assertion.
pub struct KillOnDrop(pub Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that was started.
pub struct Running<'a> {
    app: &'a App,
    child: KillOnDrop,
    start: Instant,
    before: (usize, BTreeMap<String, String>),
    stdout: Reader,
    stderr: Reader,
    /// The pipe of [`Run::with_unread_output`].
    unread: Option<PipeReader>,
}

impl<'a> Running<'a> {
    /// Starts to read the pipe of [`Run::with_unread_output`], as stdout.
    pub fn read_output(mut self) -> Self {
        self.stdout = Reader::of(self.unread.take().expect("an unread pipe"));
        self
    }

    /// Waits until stdout or stderr contains the text.
    pub fn wait_for_output(self, text: &str) -> Self {
        let output = [&self.stdout, &self.stderr];
        let is_printed = || Ok(output.iter().any(|stream| stream.text().contains(text)).then_some(()));
        if let Err(error) = eventually(&format!("the run prints `{text}`"), RUN_TIMEOUT, is_printed) {
            panic!("{error}; output:\n{}{}", self.stdout.text(), self.stderr.text());
        }
        self
    }

    /// Waits until the condition is true.
    pub fn until(self, what: &str, mut condition: impl FnMut() -> bool) -> Self {
        eventually(what, RUN_TIMEOUT, || Ok(condition().then_some(()))).expect("the condition is true");
        self
    }

    /// Sends a signal. The duration of the run is measured from this call.
    pub fn send_signal(mut self, signal: rustix::process::Signal) -> Self {
        let pid = rustix::process::Pid::from_child(&self.child.0);
        rustix::process::kill_process(pid, signal).expect("the process exists");
        self.start = Instant::now();
        self
    }

    /// Kills the run with a signal that it cannot handle.
    pub fn kill(mut self) {
        self.child.0.kill().expect("the process exists");
        self.child.0.wait().expect("its end");
    }

    /// Asserts that the run ends with this exit code, leaves no file and prints no secret.
    pub fn ends(self, code: i32) -> Outcome<'a> {
        self.ends_within(RUN_TIMEOUT, code)
    }

    /// The same with another timeout than [`RUN_TIMEOUT`].
    pub fn ends_within(self, time: Duration, code: i32) -> Outcome<'a> {
        let (actual, outcome) = self.finish(time);
        assert_eq!(actual, Some(code), "exit code\n{}", outcome.transcript());
        outcome
    }

    /// Waits for the end of the run, and asserts that it left no file and printed no secret. Returns its exit code,
    /// which is `None` if a signal ended it.
    pub fn finish(mut self, time: Duration) -> (Option<i32>, Outcome<'a>) {
        let status = eventually("the run ends", time, || Ok(self.child.0.try_wait()?));
        let took = self.start.elapsed();
        let (stdout, stderr) = match status {
            Ok(_) => (self.stdout.into_text(), self.stderr.into_text()),
            Err(_) => (self.stdout.text(), self.stderr.text()),
        };
        ecs_host_schemas::assert_events(&stdout);
        let calls = self.app.proxy.calls().split_off(self.before.0);
        let (app, pushed_before) = (self.app, self.before.1);
        let outcome = Outcome { app, stdout, stderr, took, calls, pushed_before };
        let status = status.unwrap_or_else(|error| panic!("{error}\n{}", outcome.transcript()));
        outcome.leaves_nothing_behind();
        (status.code(), outcome)
    }
}
