//! What a run says, held against what is true.
//!
//! Time passes with calls only, so at the end of a run the truth is what it was
//! at the run's last call. Where a verdict and the truth could differ by a
//! moment, it is the run's last look that counts: what happened after it, the
//! run could not know.

mod requests;
mod rolled;

use ecs_simulator::{Call, FaultKind};
use serde_json::Value;

use super::super::world::{RunResult, World};
use super::draw::Case;
use rolled::Target;

/// The documented exit codes that a run can have whose image is in the registry.
const CODES: [i32; 5] = [0, 1, 5, 7, 8];

/// All that is wrong with a run.
pub fn complaints(case: &Case, world: &World, ended: &RunResult) -> Vec<String> {
    let mut wrong = Wrong(Vec::new());
    let events = ended.events();
    let code = ended.code.unwrap_or(-1);
    wrong.unless(CODES.contains(&code), || format!("exit code {code} is not one that it can have"));
    wrong.unless(!ended.text.contains("panicked"), || "it panicked".to_owned());
    let last = events.last().cloned().unwrap_or_default();
    wrong.unless(last["event"] == "run-finished" && last["exit_code"] == code, || {
        format!("it ends by {last}")
    });

    let run = Run { case, world, ended, events: &events };
    run.requests(&mut wrong);
    let planned = events.iter().any(|event| event["event"] == "plan-created");
    let error = events.iter().find(|event| event["event"] == "error");
    if error.is_some() || !planned {
        wrong.unless(!run.changed(), || "it changed something and gives no verdict".to_owned());
        wrong.unless(matches!(code, 5 | 7), || format!("exit code {code} without a verdict"));
        let newer =
            || format!("{:?}{:?}", case.scenario.resources, case.scenario.scheduled_changes).contains("99");
        wrong.unless(code != 7 || newer(), || "superseded, and nothing newer is there".to_owned());
        return wrong.0;
    }
    let mut verdicts = Vec::new();
    for service in &case.services {
        let target = format!("main/{service}");
        let own = |event: &&Value| event["event"] == "verdict-reached" && event["target"] == target.as_str();
        let told: Vec<&Value> = events.iter().filter(own).collect();
        wrong.unless(told.len() == 1, || format!("{target} has {} verdicts", told.len()));
        let Some(verdict) = told.first() else { continue };
        verdicts.push(text(verdict, "verdict").to_owned());
        let mut found = Wrong(Vec::new());
        Target::new(&run, service, verdict).judge(&mut found);
        wrong.0.extend(
            found.0.iter().map(|what| format!("{target} is {}, but {what}", text(verdict, "verdict"))),
        );
    }
    wrong.unless(exits(&verdicts).contains(&code), || format!("exit code {code} for {verdicts:?}"));
    wrong.0
}

/// The exit codes that these verdicts allow.
fn exits(verdicts: &[String]) -> &'static [i32] {
    let any = |of: &[&str]| verdicts.iter().any(|verdict| of.contains(&verdict.as_str()));
    if any(&["failed"]) {
        &[1, 5]
    } else if any(&["rolled-back", "stopped"]) {
        &[1]
    } else if any(&["timed-out"]) {
        &[8]
    } else if any(&["superseded"]) {
        &[7]
    } else if any(&["not-started"]) {
        &[]
    } else {
        &[0]
    }
}

struct Wrong(Vec<String>);

impl Wrong {
    fn unless(&mut self, fine: bool, what: impl FnOnce() -> String) {
        if !fine {
            self.0.push(what());
        }
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// A run and all that is known of it.
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

    /// Calls that ECS took, or may have taken: their answers were lost.
    fn taken(&self, action: &'static str) -> impl Iterator<Item = &'a Call> {
        let lost = |call: &Call| call.status == 0 && call.fault == Some(FaultKind::DropResponse);
        self.calls(action).filter(move |call| call.status == 200 || lost(call))
    }

    fn changed(&self) -> bool {
        self.taken("ecs:RegisterTaskDefinition").chain(self.taken("ecs:UpdateService")).next().is_some()
    }
}
