//! The result of a run of the real binary: its output and its calls.

use ecs_simulator::{Call, FaultKind};
use serde_json::Value;

use crate::variables::SECRET;

pub struct RunResult {
    pub code: Option<i32>,
    /// The text for people, from stderr.
    pub text: String,
    pub(super) json: String,
    pub calls: Vec<Call>,
}

impl RunResult {
    /// The output and the calls, for the message of a failed assertion.
    pub fn transcript(&self) -> String {
        let call =
            |call: &Call| format!("{:>8.1}  {} {} {:?}\n", call.at, call.action, call.status, call.error);
        format!("--- text\n{}--- calls\n{}", self.text, self.calls.iter().map(call).collect::<String>())
    }

    /// Asserts this exit code, and that the output does not contain the secret.
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\n{}", self.transcript());
        assert!(
            !self.text.contains(SECRET) && !self.json.contains(SECRET),
            "the output contains the secret\n{}",
            self.transcript()
        );
        self
    }

    pub fn prints(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "the output does not contain `{text}`\n{}", self.transcript());
        self
    }

    pub fn does_not_print(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "the output contains `{text}`\n{}", self.transcript());
        self
    }

    pub fn events(&self) -> Vec<Value> {
        let event = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.json.lines().map(event).collect()
    }

    /// The events as they were written.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The verdict on a target.
    pub fn verdict(&self, target: &str) -> Value {
        self.find_verdict(target).unwrap_or_else(|| panic!("no verdict on {target}\n{}", self.transcript()))
    }

    /// The verdict on a target, if there is one.
    pub fn find_verdict(&self, target: &str) -> Option<Value> {
        let own = |event: &Value| event["event"] == "verdict-reached" && event["target"] == target;
        self.events().into_iter().find(own)
    }

    /// The calls of an action that had an effect, even if the response was lost.
    pub fn done(&self, action: &str) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.action == action && is_effective(call)).collect()
    }

    /// The actions of the calls that changed something.
    pub fn mutations(&self) -> Vec<&str> {
        let reads = ["Describe", "List", "Get", "BatchGet", "Assume"];
        let changes = |call: &&Call| !reads.iter().any(|read| call.operation().starts_with(read));
        let done = self.calls.iter().filter(|call| is_effective(call)).filter(changes);
        done.map(|call| call.action.as_str()).collect()
    }

    /// The number of calls of an action.
    pub fn count(&self, action: &str) -> usize {
        self.calls.iter().filter(|call| call.action == action).count()
    }
}

/// Whether AWS carried out the call, even if the response was lost.
fn is_effective(call: &Call) -> bool {
    call.status == 200 || call.fault == Some(FaultKind::DropResponse)
}
