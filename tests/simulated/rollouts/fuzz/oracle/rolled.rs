//! The verdict on one target.

mod looks;

use ecs_simulator::{Call, DeploymentSnapshot, FaultKind, ServiceSnapshot, TaskSnapshot, Time};
use serde_json::{Value, json};

use super::super::draw::STRANGE;
use super::requests::pinned;
use super::{Run, Wrong, text};

/// One target of a run.
pub(super) struct Target<'a> {
    run: &'a Run<'a>,
    service: &'a str,
    verdict: &'a Value,
    reason: &'a str,
    truth: ServiceSnapshot,
    /// The rollout that it told of last.
    updated: Option<&'a Value>,
    /// The deployments that the run's calls made, oldest first, by their places.
    made: Vec<usize>,
}

impl<'a> Target<'a> {
    pub(super) fn new(run: &'a Run<'a>, service: &'a str, verdict: &'a Value) -> Self {
        let truth = run.world.simulator.snapshot("main", service);
        let target = format!("main/{service}");
        let told = |event: &&Value| event["event"] == "service-updated" && event["target"] == target.as_str();
        let made = made(run, service, &truth);
        let updated = run.events.iter().rev().find(told);
        Self { run, service, verdict, reason: text(verdict, "reason"), truth, updated, made }
    }

    pub(super) fn judge(&self, wrong: &mut Wrong) {
        self.nothing_is_lost(wrong);
        match text(self.verdict, "verdict") {
            "deployed" => self.is_deployed(wrong),
            "unchanged" => self.is_unchanged(wrong),
            "rolled-back" => self.is_rolled_back(wrong),
            "superseded" => self.is_superseded(wrong),
            "stopped" => self.is_stopped(wrong),
            "timed-out" => {
                wrong.unless(self.updated.is_some(), || "nothing was rolled out".to_owned());
                self.is_not_seen_deleted(wrong);
                self.is_not_seen_final(wrong);
            }
            "failed" => self.is_failed(wrong),
            "started" => {
                wrong.unless(self.run.case.has("--no-wait"), || "it should have waited".to_owned());
                wrong.unless(self.own().is_some(), || "nothing was started".to_owned());
            }
            "not-started" => {
                let made = self.made.len();
                wrong.unless(made == 0, || format!("it made {made} deployments"));
                let stops = self.run.case.has("--fail-fast");
                wrong.unless(stops, || "it had no reason not to start".to_owned());
            }
            other => wrong.0.push(format!("`{other}` is no verdict that it can have")),
        }
    }

    /// The deployment that the verdict is about.
    fn own(&self) -> Option<&DeploymentSnapshot> {
        let id = text(self.updated?, "deployment");
        self.truth.deployments.iter().find(|own| own.id == id)
    }

    fn status(&self) -> &str {
        self.own().map_or("no deployment of its own", |own| own.status.as_str())
    }

    fn later(&self) -> impl Iterator<Item = &DeploymentSnapshot> {
        let own = self.own();
        let place = own.and_then(|own| self.truth.deployments.iter().position(|other| other.id == own.id));
        self.truth.deployments.iter().skip(place.map_or(0, |place| place + 1))
    }

    /// Whether the service's own list had to stand in for service deployments.
    fn is_blind(&self) -> bool {
        let calls = ["ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"];
        let scenario = &self.run.case.scenario;
        let patterns = || scenario.denied_actions.iter().chain(&scenario.unsupported_actions);
        let closed = calls.iter().any(|call| {
            patterns().any(|pattern| {
                pattern == "ecs:*ServiceDeployment*" && call.contains("ServiceDeployment")
                    || pattern.ends_with(call)
            })
        });
        // A page that is not AWS's counts as a call that the endpoint does not have.
        let foreign = self.run.ended.calls.iter().any(|call| {
            calls.contains(&call.operation())
                && matches!(call.fault, Some(FaultKind::Html | FaultKind::TruncateResponse))
        });
        closed || foreign || self.run.calls("ecs:ListServiceDeployments").count() >= 30
    }

    /// Every deployment that the run made is the one that it told of, or was
    /// followed by another of its own.
    fn nothing_is_lost(&self, wrong: &mut Wrong) {
        let Some(last) = self.made.last().map(|place| &self.truth.deployments[*place]) else { return };
        let told = self.updated.is_some_and(|updated| text(updated, "deployment") == last.id);
        let target = format!("main/{}", self.service);
        let back = |event: &Value| event["event"] == "rollback-started" && event["target"] == target.as_str();
        let back = self.run.events.iter().any(back);
        let by = &self.verdict["by"];
        let given_back = text(by, "task_definition") == last.task_definition;
        let said = self.reason.contains("may have been carried out")
            || self.reason.contains("others keep deploying to");
        wrong.unless(told || back || given_back || said, || {
            format!("nothing tells of its deployment {} of {}", last.id, last.task_definition)
        });
    }

    fn is_deployed(&self, wrong: &mut Wrong) {
        let status = self.status();
        // Behind a Classic Load Balancer, the service's own list has only counts: without any
        // task, they and the events say nothing of what ECS still waits for.
        let own = self.run.case.scenario.resources.services.iter().find(|own| own.name == self.service);
        let classic = own.is_some_and(|own| own.parameters.contains_key("loadBalancers"));
        let empty = classic && self.is_blind() && self.truth.desired_count == 0;
        wrong.unless(status == "SUCCESSFUL" || empty, || format!("ECS says {status}"));
        let Some(own) = self.own() else { return };
        // What never ran well can't have been proven; nor what was never seen to.
        let strange = |task: &&TaskSnapshot| {
            task.task_definition == own.task_definition
                && task.image_digests.values().any(|digest| digest == STRANGE)
        };
        let running = self.truth.tasks.iter().filter(|task| task.task_definition == own.task_definition);
        let all = running.clone().count() > 0 && running.clone().all(|task| strange(&task));
        let unproven = self.run.ended.text.contains("could not verify that the tasks");
        wrong.unless(!all || unproven, || "its tasks run another image".to_owned());
        let expired =
            self.run.ended.calls.iter().find(|call| call.error.as_deref() == Some("ExpiredTokenException"));
        let before = expired.is_some_and(|call| own.finished_at.is_none_or(|end| call.at < end));
        wrong.unless(!before, || "the credentials had expired before that".to_owned());
    }

    fn is_unchanged(&self, wrong: &mut Wrong) {
        let made = self.made.len();
        wrong.unless(made == 0, || format!("it made {made} deployments"));
        wrong.unless(!self.run.case.has("--force"), || "it was to deploy in any case".to_owned());
        let ran = self.truth.deployments.iter().any(|own| self.is_of_the_image(&own.task_definition));
        wrong.unless(ran, || "the service never ran the image".to_owned());
    }

    fn is_of_the_image(&self, arn: &str) -> bool {
        let described =
            self.run.world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": arn}));
        described.is_ok_and(|answer| pinned(&answer["taskDefinition"]))
    }

    fn is_rolled_back(&self, wrong: &mut Wrong) {
        let by_ecs = self.status() == "ROLLBACK_SUCCESSFUL";
        let old = self.updated.map(|updated| text(updated, "task_definition")).unwrap_or_default();
        let back = self.made.iter().map(|place| &self.truth.deployments[*place]);
        let by_update = back.filter(|own| own.task_definition != old).any(|own| own.status == "SUCCESSFUL");
        let asked = self.run.case.rolls_back() && self.reason.contains("as requested");
        wrong.unless(by_ecs || (asked && by_update), || format!("ECS says {}", self.status()));
        let Some(runs) = self.verdict["runs"].as_str() else { return };
        let back_to = self.own().and_then(|own| own.rolled_back_to.as_deref());
        let later = self
            .later()
            .any(|own| own.task_definition == runs || own.rolled_back_to.as_deref() == Some(runs));
        wrong.unless(back_to == Some(runs) || later, || format!("{runs} is not what runs"));
    }

    fn is_superseded(&self, wrong: &mut Wrong) {
        let by = &self.verdict["by"];
        if self.updated.is_none() || by["build"]["number"] == json!(99) {
            let newer =
                self.run.case.scenario.scheduled_changes.iter().any(|act| format!("{act:?}").contains("99"));
            wrong.unless(newer, || "nothing newer is there".to_owned());
            return;
        }
        let replaced = self.own().is_some_and(|own| own.replaced_by.is_some());
        // The service's own list shows that another one took over, and not what this one was then.
        let others = self.later().any(|own| !self.is_made(own));
        wrong.unless(replaced || (self.is_blind() && others), || {
            format!("ECS says {}, and nothing replaced it", self.status())
        });
        let (id, arn) = (by["deployment"].as_str(), by["task_definition"].as_str());
        let later = |own: &DeploymentSnapshot| {
            id.is_none_or(|id| own.id == id) && arn.is_none_or(|arn| own.task_definition == arn)
                || own.rolled_back_to.as_deref() == arn
        };
        wrong.unless((id.is_none() && arn.is_none()) || self.later().any(later), || {
            format!("{by} did not come after it")
        });
    }

    fn is_made(&self, own: &DeploymentSnapshot) -> bool {
        self.made.iter().any(|place| self.truth.deployments[*place].id == own.id)
    }

    fn is_stopped(&self, wrong: &mut Wrong) {
        let Some(own) = self.own() else { return wrong.0.push("it has no deployment".to_owned()) };
        let stopped = own.status == "STOPPED" && own.replaced_by.is_none();
        let by_user =
            own.status_reason.as_deref().is_some_and(|reason| reason.contains("stopped by the user"));
        wrong.unless(stopped && by_user, || {
            format!("ECS says {} ({:?}), replaced by {:?}", own.status, own.status_reason, own.replaced_by)
        });
    }

    fn is_failed(&self, wrong: &mut Wrong) {
        let reason = self.reason;
        let gone = self.truth.status != "ACTIVE";
        if self.updated.is_none() {
            // What was never told to have begun. Whether it began all the same, `nothing_is_lost` asks.
            let trouble = self.run.ended.calls.iter().any(|call| call.status != 200 || call.fault.is_some());
            let task = reason.contains("one-off task") || reason.contains("others keep deploying to");
            wrong.unless(trouble || task || gone, || format!("nothing had gone wrong: {reason}"));
            return;
        }
        if reason.contains("the outcome is unknown") {
            let lasting = |call: &Call| {
                matches!(call.status, 400..500) && call.error.as_deref() != Some("ThrottlingException")
            };
            wrong.unless(self.run.ended.calls.iter().any(lasting), || format!("nothing kept it: {reason}"));
            return;
        }
        if reason.contains("may have been carried out") {
            // It tells of the last update that it can't say; the one before it may be anything.
            let lost = |call: &Call| !matches!(call.status, 200 | 400);
            wrong.unless(self.run.calls("ecs:UpdateService").any(lost), || {
                format!("nothing was lost: {reason}")
            });
            return;
        }
        if reason.contains("one-off task") || reason.contains("the rollout is complete, but") {
            wrong.unless(self.run.case.branch == Some("tasks"), || format!("it has no such task: {reason}"));
            return;
        }
        if reason.contains(STRANGE) {
            return;
        }
        if reason.starts_with("it was not complete after") {
            wrong.unless(self.run.case.rolls_back(), || "that is no failure".to_owned());
            // On its way back it may have come to a worse end.
            if self.status() != "ROLLBACK_FAILED" {
                self.is_not_seen_final(wrong);
            }
            return;
        }
        let Some(own) = self.own() else { return wrong.0.push("it has no deployment".to_owned()) };
        // The service's own list has one state for all that did not end well.
        let ended = own.status == "ROLLBACK_FAILED"
            || own.status == "STOPPED"
                && own.replaced_by.is_none()
                && (self.is_blind()
                    || !own.status_reason.as_deref().unwrap_or_default().contains("stopped by the user"));
        wrong
            .unless(ended || gone, || format!("ECS says {} ({:?}): {reason}", own.status, own.status_reason));
    }
}

/// The deployments that the run's calls made: each is of the definition that the
/// call names, and came with it. Calls that change nothing make none.
fn made(run: &Run<'_>, service: &str, truth: &ServiceSnapshot) -> Vec<usize> {
    let step = match run.case.scenario.time {
        Time::Step(step) => step,
        Time::Speed(_) => 0.0,
    };
    let mut made: Vec<usize> = Vec::new();
    for call in run.taken("ecs:UpdateService").filter(|call| call.body["service"] == service) {
        let arn = text(&call.body, "taskDefinition");
        // Other calls may arrive while this one is done, and move the time.
        let came =
            |own: &DeploymentSnapshot| own.created_at >= call.at && own.created_at <= call.at + 4.0 * step;
        let place = truth
            .deployments
            .iter()
            .enumerate()
            .position(|(place, own)| own.task_definition == arn && came(own) && !made.contains(&place));
        made.extend(place);
    }
    made
}
