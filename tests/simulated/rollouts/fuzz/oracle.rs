//! Compares the output of a run with the state of the simulator.
//!
//! Time advances with calls only, so the state at the end of a run is the state at the run's last call. If
//! a verdict and the state can differ, the run's last poll counts: later changes are invisible to the run.

mod requests;
mod target;

use ecs_simulator::{Call, FaultKind};
use serde_json::Value;

use super::super::world::{RunResult, World};
use super::draw::Case;
use target::Target;

/// The documented exit codes of a run whose image is in the registry.
const CODES: [i32; 5] = [0, 1, 5, 7, 8];

/// The problems of a run.
pub fn complaints(case: &Case, world: &World, ended: &RunResult) -> Vec<String> {
    let mut problems = Problems(Vec::new());
    let events = ended.events();
    let code = ended.code.unwrap_or(-1);
    problems.require(CODES.contains(&code), || format!("exit code {code} is not one that it can have"));
    problems.require(!ended.text.contains("panicked"), || "the run panicked".to_owned());
    let last = events.last().cloned().unwrap_or_default();
    problems.require(last["event"] == "run-finished" && last["exit_code"] == code, || {
        format!("its last event is {last}")
    });

    let run = Run { case, world, ended, events: &events };
    run.requests(&mut problems);
    let planned = events.iter().any(|event| event["event"] == "plan-created");
    let error = events.iter().find(|event| event["event"] == "error");
    if error.is_some() || !planned {
        problems.require(!run.changed(), || "it changed something and reports no verdict".to_owned());
        problems.require(matches!(code, 5 | 7), || format!("exit code {code} without a verdict"));
        let newer =
            || format!("{:?}{:?}", case.scenario.resources, case.scenario.scheduled_changes).contains("99");
        problems.require(code != 7 || newer(), || "superseded, and there is no newer build".to_owned());
        return problems.0;
    }
    let mut verdicts = Vec::new();
    for service in &case.services {
        let target = format!("main/{service}");
        let own = |event: &&Value| event["event"] == "verdict-reached" && event["target"] == target.as_str();
        let reported: Vec<&Value> = events.iter().filter(own).collect();
        problems.require(reported.len() == 1, || format!("{target} has {} verdicts", reported.len()));
        let Some(verdict) = reported.first() else { continue };
        verdicts.push(text(verdict, "verdict").to_owned());
        let mut found = Problems(Vec::new());
        Target::new(&run, service, verdict).judge(&mut found);
        problems.0.extend(
            found.0.iter().map(|what| format!("{target} is {}, but {what}", text(verdict, "verdict"))),
        );
    }
    problems.require(exits(&verdicts).contains(&code), || format!("exit code {code} for {verdicts:?}"));
    problems.0
}

/// The exit codes that these verdicts allow.
fn exits(verdicts: &[String]) -> &'static [i32] {
    let any = |values: &[&str]| verdicts.iter().any(|verdict| values.contains(&verdict.as_str()));
    if any(&["failed"]) {
        &[1, 5]
    } else if any(&["rolled-back", "stopped"]) {
        &[1]
    } else if any(&["timed-out", "unknown"]) {
        &[8]
    } else if any(&["superseded"]) {
        &[7]
    } else if any(&["not-started"]) {
        &[]
    } else {
        &[0]
    }
}

struct Problems(Vec<String>);

impl Problems {
    fn require(&mut self, condition: bool, problem: impl FnOnce() -> String) {
        if !condition {
            self.0.push(problem());
        }
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// A run, its case, its world and its output.
struct Run<'a> {
    case: &'a Case,
    world: &'a World,
    ended: &'a RunResult,
    events: &'a [Value],
}

impl<'a> Run<'a> {
    fn calls(&self, action: &'static str) -> impl Iterator<Item = &'a Call> {
        self.ended.calls.iter().filter(move |call| call.action == action)
    }

    /// The calls that ECS carried out, even if the response was lost.
    fn effective_calls(&self, action: &'static str) -> impl Iterator<Item = &'a Call> {
        let lost = |call: &Call| call.status == 0 && call.fault == Some(FaultKind::DropResponse);
        self.calls(action).filter(move |call| call.status == 200 || lost(call))
    }

    fn changed(&self) -> bool {
        let actions = ["ecs:RegisterTaskDefinition", "ecs:UpdateService"];
        actions.into_iter().any(|action| self.effective_calls(action).next().is_some())
    }
}

/// Whether the run could read the response to a call. AWS executed a call whose response is truncated.
fn is_readable(call: &Call) -> bool {
    let is_garbled = matches!(call.fault, Some(FaultKind::TruncateResponse | FaultKind::Empty));
    matches!(call.status, 200 | 400) && !is_garbled
}
