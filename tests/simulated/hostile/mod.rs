//! Hostile policies and builds, each with its error message. None of them crashes
//! the host, runs for more than five seconds, or causes a call of AWS or docker.

pub mod answer;
mod answers;
mod builds;
mod compiler;
mod files;
pub mod guest;
mod host;
mod limits;
mod logs;
mod rust;
mod same;

use std::time::Duration;

use crate::app::{App, REGION};

/// The time limit of a case. A case that exceeds it is stopped, and fails.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// A hostile policy or build, and the expected end of the run.
struct Row {
    name: &'static str,
    /// The policy's bytes; `None` for the built-in policy.
    policy: Option<Vec<u8>>,
    verb: &'static str,
    flags: &'static [&'static str],
    variables: Vec<(&'static str, String)>,
    code: i32,
    printed: Vec<String>,
    absent: Vec<String>,
}

impl Row {
    /// A policy of these bytes, which ends the run with exit code 4.
    fn new(name: &'static str, policy: Vec<u8>) -> Self {
        let (flags, variables) = (&[], Vec::new());
        let (printed, absent) = (Vec::new(), Vec::new());
        Self { name, policy: Some(policy), verb: "run", flags, variables, code: 4, printed, absent }
    }

    /// The built-in policy and a hostile build.
    fn built_in(name: &'static str, variables: &[(&'static str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { policy: None, variables, code: 3, ..Self::new(name, Vec::new()) }
    }

    fn flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    fn inspected(self) -> Self {
        Self { verb: "inspect", ..self }
    }

    fn exits(self, code: i32) -> Self {
        Self { code, ..self }
    }

    fn prints(mut self, text: impl Into<String>) -> Self {
        self.printed.push(text.into());
        self
    }

    fn does_not_print(mut self, text: impl Into<String>) -> Self {
        self.absent.push(text.into());
        self
    }

    fn run(self) {
        let app = App::bare(&format!("hostile-{}", self.name), REGION);
        let docker = app.recording_docker();
        let mut run = app.start(self.verb);
        if let Some(bytes) = &self.policy {
            let path = app.path("policy.wasm");
            std::fs::write(&path, bytes).expect("a file");
            run = run.arg(path.display().to_string());
        }
        if self.verb == "run" {
            run = run.docker(docker);
        }
        run = self.flags.iter().fold(run, |run, flag| run.arg(*flag));
        run = self.variables.iter().fold(run, |run, (name, value)| run.set(name, value));
        let outcome = run.begin().ends_within(TIME_LIMIT, self.code);
        println!("{:<40} {:>5} ms", self.name, outcome.took.as_millis());
        assert!(!self.printed.is_empty(), "{}: no message is expected", self.name);
        self.printed.iter().for_each(|text| {
            outcome.prints(text);
        });
        self.absent.iter().for_each(|text| {
            outcome.does_not_print(text);
        });
        // The host does not panic, and prints no escape sequence.
        outcome.does_not_print("thread 'main'").does_not_print("\u{1b}").called_nothing();
        assert!(!app.docker_was_called(), "{}: docker was called", self.name);
    }
}

fn run_all(rows: impl IntoIterator<Item = Row>) {
    rows.into_iter().for_each(Row::run);
}
