//! What happened on a day so far.

use std::collections::BTreeMap;

use ecs_simulator::{Call, DeploymentSnapshot, FaultKind};
use serde_json::Value;

use super::super::world::RunResult;
use super::draw::{RunDraw, Verb};

/// A run that has ended.
pub struct RunRecord {
    pub index: usize,
    pub draw: RunDraw,
    /// Simulated seconds.
    pub started_at: f64,
    pub ended_at: f64,
    /// The digests that the registry had for its build when it started.
    pub pushed_before: Vec<String>,
    /// Its output and its own calls.
    pub ended: RunResult,
}

impl RunRecord {
    /// The events. A run that was killed may have left half a line.
    pub fn events(&self) -> Vec<Value> {
        self.ended.json().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The last event of a name.
    pub fn last(&self, name: &str) -> Option<Value> {
        self.events().into_iter().rev().find(|event| event["event"] == name)
    }

    /// The digests of the images that it pushed.
    pub fn pushed_digests(&self) -> Vec<String> {
        let events = self.events().into_iter().filter(|event| event["event"] == "image-pushed");
        events.filter_map(|event| event["digest"].as_str().map(str::to_owned)).collect()
    }

    pub fn number(&self) -> Option<u64> {
        match self.draw.verb {
            Verb::Run(number) => Some(number),
            Verb::Continue { .. } => None,
        }
    }

    /// The calls of UpdateService that ECS executed, even if the response was lost.
    pub fn updates(&self) -> impl Iterator<Item = &Call> {
        let is_executed = |call: &Call| call.status == 200 || call.fault == Some(FaultKind::DropResponse);
        let calls = self.ended.calls.iter();
        calls.filter(move |call| call.action == "ecs:UpdateService" && is_executed(call))
    }

    pub fn has(&self, flag: &str) -> bool {
        self.draw.flags.iter().any(|own| own == flag)
    }

    pub fn name(&self) -> String {
        format!("run {} ({:?})", self.index, self.draw.verb)
    }

    /// One line of the history.
    fn summary(&self) -> String {
        let verdict = self.last("verdict-reached").map(|verdict| {
            let details = ["reason", "runs", "ongoing", "by"].map(|name| match &verdict[name] {
                Value::Null => String::new(),
                value => format!(" {name}: {value}"),
            });
            format!(
                "{} {}{}",
                verdict["verdict"],
                short(verdict["task_definition"].as_str().unwrap_or_default()),
                details.concat()
            )
        });
        format!(
            "{:.0}–{:.0} {} {:?} after {} {:?}: exit {:?}, {}",
            self.started_at,
            self.ended_at,
            self.name(),
            self.draw.flags,
            self.draw.after,
            self.draw.end,
            self.ended.code,
            verdict.unwrap_or_else(|| "no verdict".to_owned())
        )
    }
}

/// The name of a revision without the rest of its ARN.
pub fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

/// One line about a deployment.
pub fn deployment_line(own: &DeploymentSnapshot) -> String {
    let back = own.rolled_back_to.as_deref().map(|arn| format!(", rolled back to {}", short(arn)));
    let end = own.finished_at.map_or_else(|| "…".to_owned(), |end| format!("{end:.0}"));
    format!(
        "{:.0}–{end} {} {} {} {}{}\n",
        own.created_at,
        own.id,
        short(&own.task_definition),
        own.status,
        own.status_reason.as_deref().unwrap_or_default(),
        back.unwrap_or_default()
    )
}

/// The history of a day.
#[derive(Default)]
pub struct History {
    pub runs: Vec<RunRecord>,
    pub problems: Vec<String>,
    /// The number of calls before the present step.
    pub calls: usize,
    /// The number of migrations that ECS ran.
    pub migrations: usize,
    lines: Vec<String>,
}

impl History {
    pub fn note(&mut self, line: String) {
        self.lines.push(line);
    }

    pub fn add(&mut self, record: RunRecord) {
        self.lines.push(record.summary());
        self.runs.push(record);
    }

    /// The number of runs by exit code, and of migrations.
    pub fn tally(&self) -> String {
        let mut codes: BTreeMap<Option<i32>, usize> = BTreeMap::new();
        self.runs.iter().for_each(|run| *codes.entry(run.ended.code).or_default() += 1);
        format!("{} runs, exit codes {codes:?}, {} migrations", self.runs.len(), self.migrations)
    }

    /// All lines, oldest first.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}
