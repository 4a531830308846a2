//! How a run of the real binary ended: what it said, and what it called.

use ecs_simulator::{Call, FaultKind};
use serde_json::Value;

use crate::variables::SECRET;

/// How a run ended.
pub struct RunResult {
    pub code: Option<i32>,
    /// What people read.
    pub text: String,
    pub(super) json: String,
    pub calls: Vec<Call>,
}

impl RunResult {
    /// All of it, for the message of a failing test.
    pub fn transcript(&self) -> String {
        let call =
            |call: &Call| format!("{:>8.1}  {} {} {:?}\n", call.at, call.action, call.status, call.error);
        format!("--- text\n{}--- calls\n{}", self.text, self.calls.iter().map(call).collect::<String>())
    }

    /// With this exit code.
    pub fn with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\n{}", self.transcript());
        assert!(
            !self.text.contains(SECRET) && !self.json.contains(SECRET),
            "it tells the secret\n{}",
            self.transcript()
        );
        self
    }

    pub fn prints(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "it does not say `{text}`\n{}", self.transcript());
        self
    }

    pub fn does_not_print(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "it says `{text}`\n{}", self.transcript());
        self
    }

    /// Its events.
    pub fn events(&self) -> Vec<Value> {
        let event = |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.json.lines().map(event).collect()
    }

    /// The same as it was written.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The verdict on a target.
    pub fn verdict(&self, target: &str) -> Value {
        self.find_verdict(target).unwrap_or_else(|| panic!("no verdict on {target}\n{}", self.transcript()))
    }

    /// The verdict on a target, where there is one.
    pub fn find_verdict(&self, target: &str) -> Option<Value> {
        let own = |event: &Value| event["event"] == "verdict-reached" && event["target"] == target;
        self.events().into_iter().find(own)
    }

    /// Its calls of an action that took effect, answered or not.
    pub fn done(&self, action: &str) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.action == action && took_effect(call)).collect()
    }

    /// Its calls that changed something.
    pub fn mutations(&self) -> Vec<&str> {
        let reads = ["Describe", "List", "Get", "BatchGet", "Assume"];
        let changes = |call: &&Call| !reads.iter().any(|read| call.operation().starts_with(read));
        let done = self.calls.iter().filter(|call| took_effect(call)).filter(changes);
        done.map(|call| call.action.as_str()).collect()
    }

    /// How often it called an action.
    pub fn count(&self, action: &str) -> usize {
        self.calls.iter().filter(|call| call.action == action).count()
    }
}

/// Whether a call did what it asks for, even where its answer was lost.
fn took_effect(call: &Call) -> bool {
    call.status == 200 || call.fault == Some(FaultKind::DropResponse)
}
