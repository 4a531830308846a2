//! One run of the real binary, told as a story: what it is given, what becomes of it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::app::App;
use crate::outcome::Outcome;
use crate::variables::Build;
use crate::wait::eventually;

/// No run of a test takes this long; one that does is ended, and fails.
pub const RUN_TIMEOUT: Duration = Duration::from_secs(60);

/// A run that has not begun.
pub struct Run<'a> {
    app: &'a App,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    unread: bool,
    inside: Vec<String>,
    full: bool,
}

impl<'a> Run<'a> {
    /// A run with everything that the readme sets, and nothing else.
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
            unread: false,
            inside: Vec::new(),
            full: false,
        }
    }

    /// Builds another branch, of which the settings may know nothing.
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

    /// With this docker command line.
    pub fn docker(self, program: impl Into<String>) -> Self {
        self.arg("--docker").arg(program)
    }

    /// With a standard output that nobody reads any more.
    pub fn unread(self) -> Self {
        Self { unread: true, ..self }
    }

    /// With a command line that runs it in surroundings of its own, such as `unshare`.
    pub fn inside(self, command: &[&str]) -> Self {
        Self { inside: command.iter().map(|&part| part.to_owned()).collect(), ..self }
    }

    /// With a standard output on a disk that is full.
    pub fn full(self) -> Self {
        Self { full: true, ..self }
    }

    /// Runs it to its end, which is this exit code.
    pub fn exits(self, code: i32) -> Outcome<'a> {
        self.begin().ends(code)
    }

    /// Starts it.
    pub fn begin(self) -> Running<'a> {
        let before = (self.app.proxy.calls().len(), self.app.pushed());
        let begun = Instant::now();
        let mut line = self.inside.clone();
        line.push(env!("CARGO_BIN_EXE_ecs-host").to_owned());
        let (program, before_it) = line.split_first().expect("a program");
        let mut child = Command::new(program)
            .args(before_it)
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.app.path("project"))
            .stdin(Stdio::null())
            .stdout(if self.full { full_disk() } else { Stdio::piped() })
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().filter(|_| !self.unread);
        let stdout = stdout.map_or_else(|| Reader::of(std::io::empty()), Reader::of);
        let stderr = Reader::of(child.stderr.take().expect("a pipe"));
        Running { app: self.app, child: KillOnDrop(child), begun, before, stdout, stderr }
    }
}

fn full_disk() -> Stdio {
    std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device of Linux").into()
}

/// What a stream has said so far.
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

    pub fn so_far(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    pub fn whole(self) -> String {
        self.1.join().expect("reading does not panic");
        self.0.lock().unwrap().clone()
    }
}

/// A child that a failing test leaves no more than a passing one.
pub struct KillOnDrop(pub Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that goes on.
pub struct Running<'a> {
    app: &'a App,
    child: KillOnDrop,
    begun: Instant,
    before: (usize, BTreeMap<String, String>),
    stdout: Reader,
    stderr: Reader,
}

impl<'a> Running<'a> {
    /// Waits until it says something.
    pub fn wait_for_output(self, text: &str) -> Self {
        let heard =
            || Ok([&self.stdout, &self.stderr].iter().any(|r| r.so_far().contains(text)).then_some(()));
        if let Err(error) = eventually(&format!("it says `{text}`"), RUN_TIMEOUT, heard) {
            panic!("{error}; it said:\n{}{}", self.stdout.so_far(), self.stderr.so_far());
        }
        self
    }

    /// Waits until something else has come about.
    pub fn until(self, what: &str, mut come: impl FnMut() -> bool) -> Self {
        eventually(what, RUN_TIMEOUT, || Ok(come().then_some(()))).expect("it comes about");
        self
    }

    /// Sends it a signal, after which it has to end within seconds.
    pub fn send_signal(mut self, signal: rustix::process::Signal) -> Self {
        let pid = rustix::process::Pid::from_child(&self.child.0);
        rustix::process::kill_process(pid, signal).expect("it is there");
        self.begun = Instant::now();
        self
    }

    /// Waits for its end, which is this exit code, and holds it to what is true
    /// of every run: it leaves nothing behind and lets no secret out.
    pub fn ends(self, code: i32) -> Outcome<'a> {
        self.ends_within(RUN_TIMEOUT, code)
    }

    /// The same in less time than is given to every run; one that takes longer is ended, and fails.
    pub fn ends_within(mut self, time: Duration, code: i32) -> Outcome<'a> {
        let status = eventually("the run ends", time, || Ok(self.child.0.try_wait()?));
        let took = self.begun.elapsed();
        let (stdout, stderr) = match status {
            Ok(_) => (self.stdout.whole(), self.stderr.whole()),
            Err(_) => (self.stdout.so_far(), self.stderr.so_far()),
        };
        let calls = self.app.proxy.calls().split_off(self.before.0);
        let outcome = Outcome { app: self.app, stdout, stderr, took, calls, pushed_before: self.before.1 };
        let status = status.unwrap_or_else(|error| panic!("{error}\n{}", outcome.transcript()));
        assert_eq!(status.code(), Some(code), "exit code\n{}", outcome.transcript());
        outcome.leaves_nothing_behind();
        outcome
    }
}
