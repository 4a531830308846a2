//! The verdict on one target.

// Git ignores every folder `target`.
#[path = "polls.rs"]
mod polls;

use ecs_simulator::{Call, DeploymentSnapshot, FaultKind, ServiceSnapshot, TaskSnapshot, Time};
use serde_json::{Value, json};

use super::super::draw::STRANGE;
use super::requests::pinned;
use super::{Problems, Run, is_readable, text};

/// One target of a run.
pub(super) struct Target<'a> {
    run: &'a Run<'a>,
    service: &'a str,
    verdict: &'a Value,
    reason: &'a str,
    state: ServiceSnapshot,
    /// The last event `service-updated` of the target.
    updated: Option<&'a Value>,
    /// The positions of the deployments that the run's calls created, oldest first.
    made: Vec<usize>,
}

impl<'a> Target<'a> {
    pub(super) fn new(run: &'a Run<'a>, service: &'a str, verdict: &'a Value) -> Self {
        let state = run.world.simulator.snapshot("main", service);
        let target = format!("main/{service}");
        let is_own =
            |event: &&Value| event["event"] == "service-updated" && event["target"] == target.as_str();
        let made = made(run, service, &state);
        let updated = run.events.iter().rev().find(is_own);
        Self { run, service, verdict, reason: text(verdict, "reason"), state, updated, made }
    }

    pub(super) fn judge(&self, problems: &mut Problems) {
        self.nothing_is_lost(problems);
        match text(self.verdict, "verdict") {
            "deployed" => self.is_deployed(problems),
            "unchanged" => self.is_unchanged(problems),
            "rolled-back" => self.is_rolled_back(problems),
            "superseded" => self.is_superseded(problems),
            "stopped" => self.is_stopped(problems),
            "timed-out" => {
                problems.require(self.updated.is_some(), || "nothing was rolled out".to_owned());
                self.is_not_seen_deleted(problems);
                self.is_not_seen_final(problems);
            }
            "unknown" => self.is_unknown(problems),
            "failed" => self.is_failed(problems),
            "started" => {
                problems.require(self.run.case.has("--no-wait"), || "it should have waited".to_owned());
                problems.require(self.own().is_some(), || "nothing was started".to_owned());
            }
            "not-started" => {
                let made = self.made.len();
                problems.require(made == 0, || format!("it made {made} deployments"));
                let stops = self.run.case.has("--fail-fast");
                problems.require(stops, || "it had no reason not to start".to_owned());
            }
            other => problems.0.push(format!("the verdict `{other}` is not possible")),
        }
    }

    /// The deployment that the verdict is about.
    fn own(&self) -> Option<&DeploymentSnapshot> {
        let id = text(self.updated?, "deployment");
        self.state.deployments.iter().find(|own| own.id == id)
    }

    fn status(&self) -> &str {
        self.own().map_or("no deployment of its own", |own| own.status.as_str())
    }

    fn later(&self) -> impl Iterator<Item = &DeploymentSnapshot> {
        let own = self.own();
        let place = own.and_then(|own| self.state.deployments.iter().position(|other| other.id == own.id));
        self.state.deployments.iter().skip(place.map_or(0, |place| place + 1))
    }

    /// Whether the run read the service's own list instead of service deployments.
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

    /// Requires that the run reported the last deployment that it created, rolled it back, or reported that
    /// it may exist.
    fn nothing_is_lost(&self, problems: &mut Problems) {
        let Some(last) = self.made.last().map(|place| &self.state.deployments[*place]) else { return };
        let target = format!("main/{}", self.service);
        // The run may have gone on to a later deployment of the same revision.
        let is_reported = self.run.events.iter().any(|event| {
            event["event"] == "service-updated"
                && event["target"] == target.as_str()
                && text(event, "deployment") == last.id
        });
        let is_rollback =
            |event: &Value| event["event"] == "rollback-started" && event["target"] == target.as_str();
        let is_rolled_back = self.run.events.iter().any(is_rollback);
        let by = &self.verdict["by"];
        let is_superseding = text(by, "task_definition") == last.task_definition;
        let is_uncertain =
            self.reason.contains("may have executed the call") || self.reason.contains("gave up after");
        problems.require(is_reported || is_rolled_back || is_superseding || is_uncertain, || {
            format!("it does not report its deployment {} of {}", last.id, last.task_definition)
        });
    }

    fn is_deployed(&self, problems: &mut Problems) {
        let status = self.status();
        // For a service with a Classic Load Balancer, the service's own list contains only counts. Without a
        // task, neither they nor the events report that ECS is still waiting.
        let own = self.run.case.scenario.resources.services.iter().find(|own| own.name == self.service);
        let classic = own.is_some_and(|own| own.parameters.contains_key("loadBalancers"));
        let empty = classic && self.is_blind() && self.state.desired_count == 0;
        problems.require(status == "SUCCESSFUL" || empty, || format!("ECS reports {status}"));
        let Some(own) = self.own() else { return };
        // Tasks of another image are not deployed, unless the run reported that it could not verify them.
        let strange = |task: &&TaskSnapshot| {
            task.task_definition == own.task_definition
                && task.image_digests.values().any(|digest| digest == STRANGE)
        };
        let running = self.state.tasks.iter().filter(|task| task.task_definition == own.task_definition);
        let all = running.clone().count() > 0 && running.clone().all(|task| strange(&task));
        let unproven = self.verdict["unproven"].is_string();
        problems.require(!all || unproven, || "its tasks run another image".to_owned());
        let expired =
            self.run.ended.calls.iter().find(|call| call.error.as_deref() == Some("ExpiredTokenException"));
        let before = expired.is_some_and(|call| own.finished_at.is_none_or(|end| call.at < end));
        problems.require(!before, || "the credentials had expired before that".to_owned());
    }

    fn is_unchanged(&self, problems: &mut Problems) {
        let made = self.made.len();
        problems.require(made == 0, || format!("it made {made} deployments"));
        problems.require(!self.run.case.has("--force"), || "it was forced to deploy".to_owned());
        let ran = self.state.deployments.iter().any(|own| self.is_of_the_image(&own.task_definition));
        problems.require(ran, || "the service never ran the image".to_owned());
    }

    fn is_of_the_image(&self, arn: &str) -> bool {
        let described =
            self.run.world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": arn}));
        described.is_ok_and(|answer| pinned(&answer["taskDefinition"]))
    }

    fn is_rolled_back(&self, problems: &mut Problems) {
        let by_ecs = self.status() == "ROLLBACK_SUCCESSFUL";
        let old = self.updated.map(|updated| text(updated, "task_definition")).unwrap_or_default();
        let back = self.made.iter().map(|place| &self.state.deployments[*place]);
        let by_update = back.filter(|own| own.task_definition != old).any(|own| own.status == "SUCCESSFUL");
        let is_requested = self.run.case.rolls_back() && self.reason.contains("as requested");
        problems.require(by_ecs || (is_requested && by_update), || format!("ECS reports {}", self.status()));
        let Some(runs) = self.verdict["runs"].as_str() else { return };
        let back_to = self.own().and_then(|own| own.rolled_back_to.as_deref());
        let later = self
            .later()
            .any(|own| own.task_definition == runs || own.rolled_back_to.as_deref() == Some(runs));
        problems.require(back_to == Some(runs) || later, || format!("{runs} is not what runs"));
    }

    fn is_superseded(&self, problems: &mut Problems) {
        let by = &self.verdict["by"];
        if self.updated.is_none() || by["build"]["number"] == json!(99) {
            let newer =
                self.run.case.scenario.scheduled_changes.iter().any(|act| format!("{act:?}").contains("99"));
            problems.require(newer, || "there is no newer build".to_owned());
            return;
        }
        let replaced = self.own().is_some_and(|own| own.replaced_by.is_some());
        // The service's own list contains the newer deployment, but not the state of this one.
        let others = self.later().any(|own| !self.is_made(own));
        problems.require(replaced || (self.is_blind() && others), || {
            format!("ECS reports {}, and nothing replaced it", self.status())
        });
        let (id, arn) = (by["deployment"].as_str(), by["task_definition"].as_str());
        let later = |own: &DeploymentSnapshot| {
            id.is_none_or(|id| own.id == id) && arn.is_none_or(|arn| own.task_definition == arn)
                || own.rolled_back_to.as_deref() == arn
        };
        problems.require((id.is_none() && arn.is_none()) || self.later().any(later), || {
            format!("{by} is not newer")
        });
    }

    fn is_made(&self, own: &DeploymentSnapshot) -> bool {
        self.made.iter().any(|place| self.state.deployments[*place].id == own.id)
    }

    fn is_stopped(&self, problems: &mut Problems) {
        let Some(own) = self.own() else { return problems.0.push("it has no deployment".to_owned()) };
        let stopped = own.status == "STOPPED" && own.replaced_by.is_none();
        let by_user =
            own.status_reason.as_deref().is_some_and(|reason| reason.contains("stopped by the user"));
        problems.require(stopped && by_user, || {
            format!("ECS reports {} ({:?}), replaced by {:?}", own.status, own.status_reason, own.replaced_by)
        });
    }

    /// An outcome is unknown only if a response was lost, or if ECS rejected calls until the end.
    fn is_unknown(&self, problems: &mut Problems) {
        let reason = self.reason;
        if reason.contains("may have executed the call") {
            // The reason is about the last update. The one before it may have any state.
            let mut updates = self.run.calls("ecs:UpdateService");
            problems
                .require(updates.any(|call| !is_readable(call)), || format!("nothing was lost: {reason}"));
            return;
        }
        if reason.contains("no response within the timeout of the task") {
            // The run ended the call itself.
            return;
        }
        let rejected = |call: &Call| {
            matches!(call.status, 400..500) && call.error.as_deref() != Some("ThrottlingException")
        };
        let last: Vec<&Call> = self.run.ended.calls.iter().rev().take(3).collect();
        problems.require(last.iter().any(|call| rejected(call)), || {
            format!("the last calls were not rejected: {reason}")
        });
    }

    fn is_failed(&self, problems: &mut Problems) {
        let reason = self.reason;
        let gone = self.state.status != "ACTIVE";
        if self.updated.is_none() {
            // The run reported no rollout. `nothing_is_lost` checks whether there is one.
            let trouble = self.run.ended.calls.iter().any(|call| call.status != 200 || call.fault.is_some());
            let task = reason.contains("one-off task") || reason.contains("gave up after");
            problems.require(trouble || task || gone, || format!("no call failed: {reason}"));
            return;
        }
        if reason.contains("one-off task") || reason.contains("the rollout is complete, but") {
            let has_tasks = self.run.case.branch == Some("tasks");
            problems.require(has_tasks, || format!("it has no such task: {reason}"));
            return;
        }
        if reason.contains(STRANGE) {
            return;
        }
        if reason.starts_with("it was not complete after") {
            problems.require(self.run.case.rolls_back(), || "a timeout is not a failure".to_owned());
            // The rollback may have failed later.
            if self.status() != "ROLLBACK_FAILED" {
                self.is_not_seen_final(problems);
            }
            return;
        }
        let Some(own) = self.own() else { return problems.0.push("it has no deployment".to_owned()) };
        // The service's own list has one state for all failures.
        let ended = own.status == "ROLLBACK_FAILED"
            || own.status == "STOPPED"
                && own.replaced_by.is_none()
                && (self.is_blind()
                    || !own.status_reason.as_deref().unwrap_or_default().contains("stopped by the user"));
        problems.require(ended || gone, || {
            format!("ECS reports {} ({:?}): {reason}", own.status, own.status_reason)
        });
    }
}

/// The positions of the deployments that the run's calls created. Each has the task definition of its call
/// and was created at the time of the call. A call that changes nothing creates none.
fn made(run: &Run<'_>, service: &str, state: &ServiceSnapshot) -> Vec<usize> {
    let step = match run.case.scenario.time {
        Time::Step(step) => step,
        Time::Speed(_) => 0.0,
    };
    let mut made: Vec<usize> = Vec::new();
    for call in run.effective_calls("ecs:UpdateService").filter(|call| call.body["service"] == service) {
        let arn = text(&call.body, "taskDefinition");
        // Parallel calls may advance the time before this one is carried out.
        let is_created =
            |own: &DeploymentSnapshot| own.created_at >= call.at && own.created_at <= call.at + 4.0 * step;
        let place =
            state.deployments.iter().enumerate().position(|(place, own)| {
                own.task_definition == arn && is_created(own) && !made.contains(&place)
            });
        made.extend(place);
    }
    made
}
