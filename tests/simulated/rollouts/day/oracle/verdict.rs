//! The verdict and the exit code of one run.

use ecs_simulator::{Call, DeploymentSnapshot};
use serde_json::Value;

use super::super::build::Build;
use super::super::draw::End;
use super::super::history::RunRecord;
use super::Problems;
use super::truth::Truth;
use crate::variables::SECRET;

/// A run, and what is true.
pub(super) struct Judge<'a> {
    pub(super) truth: &'a Truth,
    pub(super) record: &'a RunRecord,
    /// Its build; `None` for `continue`.
    pub(super) build: Option<&'a Build>,
    /// Whether no other run was in progress.
    pub(super) alone: bool,
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

impl Judge<'_> {
    pub(super) fn judge(&self, problems: &mut Problems) {
        let ended = &self.record.ended;
        problems.require(!ended.text.contains("panicked"), || "it panicked".to_owned());
        let shows = ended.text.contains(SECRET) || ended.json().contains(SECRET);
        problems.require(!shows, || "it printed the secret".to_owned());
        let verdict = self.record.last("verdict-reached");
        let code = match (self.record.draw.end, ended.code) {
            (End::Killed(_), None) => {
                // What it reported before is true nevertheless.
                return verdict.iter().for_each(|verdict| self.judge_verdict(verdict, problems));
            }
            (End::Signalled(signal, _), Some(code)) if code == 128 + signal.as_raw() => {
                return verdict.iter().for_each(|verdict| self.judge_verdict(verdict, problems));
            }
            (_, code) => code.unwrap_or(-1),
        };
        let last = self.record.events().pop().unwrap_or_default();
        problems.require(last["event"] == "run-finished" && last["exit_code"] == code, || {
            format!("it ends with {code}, and its last event is {last}")
        });
        let Some(verdict) = verdict else { return self.judge_refusal(code, problems) };
        problems.require(exits(&verdict).contains(&code), || format!("exit code {code} of {verdict}"));
        problems.require(code != 5 || self.record.updates().next().is_none(), || {
            "exit code 5, and it updated the service".to_owned()
        });
        self.judge_verdict(&verdict, problems);
    }

    /// A run that ended before its rollout.
    fn judge_refusal(&self, code: i32, problems: &mut Problems) {
        problems.require(matches!(code, 5 | 7), || format!("exit code {code} without a verdict"));
        problems.require(self.record.updates().next().is_none(), || "it changed the service".to_owned());
        problems.require(code != 7 || self.newer_build_is_there(), || "no newer build is there".to_owned());
        problems.require(code != 5 || self.has_failed_call() || self.build.is_none(), || {
            "exit code 5, and no call failed".to_owned()
        });
    }

    fn judge_verdict(&self, verdict: &Value, problems: &mut Problems) {
        let kind = text(verdict, "verdict");
        let mut found = Problems::default();
        match kind {
            "deployed" => self.is_deployed(verdict, &mut found),
            "unchanged" => self.is_unchanged(verdict, &mut found),
            "rolled-back" | "reverted" => self.is_rolled_back(verdict, &mut found),
            "superseded" => self.is_superseded(verdict, &mut found),
            "stopped" => {
                let is_stopped =
                    |own: &DeploymentSnapshot| own.status == "STOPPED" && own.replaced_by.is_none();
                found.require(self.own(verdict).is_some_and(|(_, own)| is_stopped(own)), || {
                    self.ecs_says(verdict)
                });
            }
            "failed" => self.is_failed(verdict, &mut found),
            "started" => found.require(self.record.has("--no-wait"), || "it should have waited".to_owned()),
            "paused" => {
                let is_open = |own: &DeploymentSnapshot| !self.alone || !own.is_final;
                found.require(self.own(verdict).is_some_and(|(_, own)| is_open(own)), || {
                    self.ecs_says(verdict)
                });
            }
            // They claim nothing about ECS.
            "timed-out" | "unknown" | "interrupted" => {}
            other => found.0.push(format!("the verdict `{other}` is not possible")),
        }
        problems.0.extend(found.0.iter().map(|problem| format!("{kind}, but {problem}")));
    }

    /// The deployment that the verdict is about, and its place.
    fn own(&self, verdict: &Value) -> Option<(usize, &DeploymentSnapshot)> {
        match self.record.last("service-updated") {
            Some(updated) => self.truth.deployment(text(&updated, "deployment")),
            None => self.truth.deployment_of(text(verdict, "task_definition")),
        }
    }

    fn ecs_says(&self, verdict: &Value) -> String {
        format!("ECS has {:?}", self.own(verdict))
    }

    fn is_deployed(&self, verdict: &Value, problems: &mut Problems) {
        let own = self.own(verdict);
        let is_complete = own.is_some_and(|(_, own)| own.status == "SUCCESSFUL");
        problems.require(is_complete, || self.ecs_says(verdict));
        let (Some((_, own)), Some(build)) = (own, self.build) else { return };
        self.is_of_the_build(&own.task_definition, build, verdict, problems);
        let tasks = self.truth.tasks.values();
        let smoke =
            tasks.filter(|task| task.program == "bin/smoke" && task.definition == own.task_definition);
        let is_tested = smoke.into_iter().any(|task| task.has_succeeded());
        problems.require(build.smoke_failures.is_none() || is_tested, || {
            "its smoke test has not succeeded".to_owned()
        });
    }

    /// Requires that a revision is of this build, and of the digest that was pushed. Another run of the same build may
    /// have pushed another one, which the verdict then names.
    fn is_of_the_build(&self, arn: &str, build: &Build, verdict: &Value, problems: &mut Problems) {
        let Some(definition) = self.truth.definitions.get(arn) else {
            return problems.0.push(format!("{arn} does not exist"));
        };
        problems.require(definition.build == Some(build.number), || {
            format!("{arn} is of build {:?}", definition.build)
        });
        let pushed = self.record.pushed_digests();
        let digests = if pushed.is_empty() { &self.record.pushed_before } else { &pushed };
        let is_named = verdict["unproven"].to_string().contains(&definition.digest);
        problems.require(digests.contains(&definition.digest) || is_named, || {
            format!("{arn} has the image {}, and pushed are {digests:?}", definition.digest)
        });
    }

    fn is_unchanged(&self, verdict: &Value, problems: &mut Problems) {
        problems.require(self.record.updates().next().is_none(), || "it updated the service".to_owned());
        let arn = text(verdict, "task_definition");
        let Some(build) = self.build else { return };
        self.is_of_the_build(arn, build, verdict, problems);
        let targets = self.truth.targets_between(self.record.started_at, self.record.ended_at);
        problems.require(targets.contains(arn), || format!("the service was set to {targets:?}"));
        let mut deployments = self.truth.state.deployments.iter();
        let has_run = deployments.any(|own| own.task_definition == arn && own.status == "SUCCESSFUL");
        problems.require(has_run, || "no deployment of it is complete".to_owned());
    }

    fn is_rolled_back(&self, verdict: &Value, problems: &mut Problems) {
        let Some((place, own)) = self.own(verdict) else { return problems.0.push(self.ecs_says(verdict)) };
        let is_requested = self.record.has("roll-back") || self.build.is_none();
        let mut later = self.truth.state.deployments.iter().skip(place + 1);
        let by_update = is_requested
            && later
                .any(|other| other.task_definition != own.task_definition && other.status == "SUCCESSFUL");
        problems.require(own.status == "ROLLBACK_SUCCESSFUL" || by_update, || self.ecs_says(verdict));
        let Some(runs) = verdict["runs"].as_str() else { return };
        let targets = self.truth.targets_between(own.created_at, self.record.ended_at);
        problems.require(targets.contains(runs), || format!("{runs} is not what runs: {targets:?}"));
    }

    fn is_superseded(&self, verdict: &Value, problems: &mut Problems) {
        let updated = self.record.last("service-updated");
        let own = updated.and_then(|updated| self.truth.deployment(text(&updated, "deployment")));
        match own {
            Some((place, own)) => {
                let is_newer = place + 1 < self.truth.state.deployments.len();
                problems
                    .require(own.replaced_by.is_some() || is_newer, || format!("nothing replaced {own:?}"));
            }
            None => problems.require(self.newer_build_is_there(), || {
                format!("no newer build is there: {}", verdict["by"])
            }),
        }
    }

    /// Whether the service was set to a newer build while the run was in progress.
    fn newer_build_is_there(&self) -> bool {
        let targets = self.truth.targets_between(self.record.started_at, self.record.ended_at);
        let number = self.record.number();
        targets.iter().any(|target| self.truth.build_of(target) > number)
    }

    fn has_failed_call(&self) -> bool {
        self.record.ended.calls.iter().any(|call: &Call| call.status != 200 || call.fault.is_some())
    }

    /// ECS reports a failure, or a one-off task of the build failed, or a call did.
    fn is_failed(&self, verdict: &Value, problems: &mut Problems) {
        let reason = text(verdict, "reason");
        let Some(build) = self.build else { return };
        if reason.contains("one-off task") {
            let mut tasks = self.truth.tasks.values().filter(|task| task.build == build.number);
            let has_failed = tasks.any(|task| task.has_stopped() && !task.has_succeeded());
            // The run may have ended before the task, which it stopped.
            let is_other =
                ["did not stop within", "was not started"].iter().any(|part| reason.contains(part));
            problems.require(has_failed || is_other, || format!("no task of the build failed: {reason}"));
            return;
        }
        if reason.contains("which was deployed again, and failed then") {
            // The newer build that it replaced for a moment, and then watched.
            let newer = self.truth.state.deployments.iter().find(|own| reason.contains(&own.id));
            let has_failed =
                |own: &DeploymentSnapshot| own.status.starts_with("ROLLBACK_") || own.status == "STOPPED";
            problems.require(newer.is_some_and(has_failed), || format!("ECS has {newer:?}: {reason}"));
            return;
        }
        if self.record.last("service-updated").is_none() {
            let is_contended = reason.contains("gave up after");
            problems.require(self.has_failed_call() || is_contended, || format!("no call failed: {reason}"));
            return;
        }
        // A rollout that exceeds its time limit is rolled back on request, and that may fail.
        let is_late = reason.starts_with("it was not complete after") && self.record.has("roll-back");
        let has_failed = |own: &DeploymentSnapshot| {
            own.status == "ROLLBACK_FAILED" || own.status == "STOPPED" && own.replaced_by.is_none()
        };
        problems.require(is_late || self.own(verdict).is_some_and(|(_, own)| has_failed(own)), || {
            format!("{}: {reason}", self.ecs_says(verdict))
        });
    }
}

/// The exit codes of a verdict.
fn exits(verdict: &Value) -> &'static [i32] {
    match text(verdict, "verdict") {
        "deployed" | "unchanged" | "started" | "reverted" => &[0],
        "paused" if verdict["is_requested"] == true => &[0],
        "paused" => &[9],
        "rolled-back" | "stopped" => &[1],
        "failed" => &[1, 5],
        "superseded" => &[7],
        "timed-out" | "unknown" => &[8],
        _ => &[],
    }
}
