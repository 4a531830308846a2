//! The outcome of a run: its output, its calls of AWS, and its changes.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use serde_json::Value;

use crate::app::{App, DOCKER_CONFIG};
use crate::aws::{ACCOUNT, ecr_password};
use crate::proxy::Call;
use crate::variables::SECRET;

pub struct Outcome<'a> {
    pub app: &'a App,
    pub stdout: String,
    pub stderr: String,
    /// The time from the start of the run, or from a signal to it, to its end.
    pub took: Duration,
    /// The calls of AWS.
    pub calls: Vec<Call>,
    /// The tags in the registry before the run, and their digests.
    pub pushed_before: BTreeMap<String, String>,
}

impl Outcome<'_> {
    /// The output and the calls, for the message of a failed assertion.
    pub fn transcript(&self) -> String {
        let calls: Vec<&str> = self.calls.iter().map(|call| call.action.as_str()).collect();
        format!("--- stdout\n{}--- stderr\n{}--- calls\n{}", self.stdout, self.stderr, calls.join(", "))
    }

    /// Asserts that the run left no file, kept the user's docker configuration, and printed no secret.
    pub fn leaves_nothing_behind(&self) {
        let left: Vec<_> = std::fs::read_dir(self.app.path("tmp"))
            .expect("the temporary folder")
            .flatten()
            .map(|entry| entry.file_name())
            .filter(|name| name != ".keep")
            .collect();
        assert!(left.is_empty(), "left in the temporary folder: {left:?}\n{}", self.transcript());
        let config = std::fs::read_to_string(self.app.path("home/.docker/config.json")).unwrap_or_default();
        assert!(config == DOCKER_CONFIG, "the user's docker configuration was changed:\n{config}");
        let password = ecr_password();
        let token = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{password}"));
        for secret in [password.as_str(), &token, SECRET] {
            self.does_not_print(secret);
        }
    }

    /// Asserts that stdout or stderr contains the text.
    pub fn prints(&self, text: &str) -> &Self {
        let is_printed = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(is_printed, "the output does not contain `{text}`\n{}", self.transcript());
        self
    }

    pub fn does_not_print(&self, text: &str) -> &Self {
        let is_printed = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!is_printed, "the output contains `{text}`\n{}", self.transcript());
        self
    }

    /// Asserts that the run called exactly these actions, in any order.
    pub fn calls(&self, actions: &[&str]) -> &Self {
        let mut called: Vec<&str> = self.calls.iter().map(|call| call.action.as_str()).collect();
        let mut expected = actions.to_vec();
        called.sort_unstable();
        expected.sort_unstable();
        assert_eq!(called, expected, "calls\n{}", self.transcript());
        self
    }

    /// The parameters of the only call of an action.
    pub fn call(&self, action: &str) -> &Value {
        let calls: Vec<_> = self.calls.iter().filter(|call| call.action == action).collect();
        let [call] = calls[..] else { panic!("{} calls of {action}\n{}", calls.len(), self.transcript()) };
        &call.body
    }

    /// The number of calls of an action.
    pub fn count(&self, action: &str) -> usize {
        self.calls.iter().filter(|call| call.action == action).count()
    }

    /// Asserts that the run only read from AWS, and that the tags in the registry are unchanged.
    pub fn changed_nothing(&self) -> &Self {
        assert!(self.calls.iter().all(Call::only_reads), "something was changed\n{}", self.transcript());
        assert_eq!(self.app.pushed(), self.pushed_before, "something was pushed\n{}", self.transcript());
        self
    }

    /// Asserts that the run did not call AWS and pushed nothing.
    pub fn called_nothing(&self) -> &Self {
        self.calls(&[]).changed_nothing()
    }

    /// Asserts that the run ended in less than this time.
    pub fn within(&self, seconds: u64) -> &Self {
        let limit = Duration::from_secs(seconds);
        assert!(self.took < limit, "it ran for {:?}\n{}", self.took, self.transcript());
        self
    }

    /// The events of a run with `--json`.
    pub fn events(&self) -> Vec<Value> {
        let event = |line: &str| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{error}: {line}\n{}", self.transcript()))
        };
        self.stdout.lines().map(event).collect()
    }
}

/// The ARN of a task definition's revision.
pub fn arn(region: &str, revision: &str) -> String {
    format!("arn:aws:ecs:{region}:{ACCOUNT}:task-definition/{revision}")
}
