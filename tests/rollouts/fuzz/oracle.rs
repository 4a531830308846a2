//! What a run says, held against what is true.
//!
//! Time passes with calls only, so at the end of a run the truth is what it was
//! at the run's last call. Where a verdict and the truth could differ by a
//! moment, it is the run's last look that counts: what happened after it, the
//! run could not know.

use ecs_simulator::{Call, FaultKind, Time, TrueDeployment, Truth};
use serde_json::{Value, json};

use super::super::world::{COMMIT, DIGEST, Ended, World, repository};
use super::draw::{Case, STRANGE};

/// The documented exit codes that a run can have whose image is in the registry.
const CODES: [i32; 5] = [0, 1, 5, 7, 8];

/// All that is wrong with a run.
pub fn complaints(case: &Case, world: &World, ended: &Ended) -> Vec<String> {
    let mut wrong = Wrong(Vec::new());
    let events = ended.events();
    let code = ended.code.unwrap_or(-1);
    wrong.unless(CODES.contains(&code), || format!("exit code {code} is not one that it can have"));
    wrong.unless(!ended.text.contains("panicked"), || "it panicked".to_owned());
    let last = events.last().cloned().unwrap_or_default();
    wrong.unless(last["event"] == "finished" && last["exit_code"] == code, || format!("it ends by {last}"));

    let run = Run { case, world, ended, events: &events };
    run.requests(&mut wrong);
    let planned = events.iter().any(|event| event["event"] == "plan");
    let error = events.iter().find(|event| event["event"] == "error");
    if error.is_some() || !planned {
        wrong.unless(!run.changed(), || "it changed something and gives no verdict".to_owned());
        wrong.unless(matches!(code, 5 | 7), || format!("exit code {code} without a verdict"));
        let newer = || format!("{:?}{:?}", case.scenario.world, case.scenario.then).contains("99");
        wrong.unless(code != 7 || newer(), || "superseded, and nothing newer is there".to_owned());
        return wrong.0;
    }
    let mut verdicts = Vec::new();
    for service in &case.services {
        let target = format!("main/{service}");
        let own = |event: &&Value| event["event"] == "verdict" && event["target"] == target.as_str();
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
    ended: &'a Ended,
    events: &'a [Value],
}

impl<'a> Run<'a> {
    fn calls(&self, action: &'static str) -> impl Iterator<Item = &'a Call> {
        self.ended.calls.iter().filter(move |call| call.action == action)
    }

    /// Calls that ECS took, or may have taken: their answers were lost.
    fn taken(&self, action: &'static str) -> impl Iterator<Item = &'a Call> {
        let lost = |call: &Call| call.status == 0 && call.fault == Some(FaultKind::CloseAfter);
        self.calls(action).filter(move |call| call.status == 200 || lost(call))
    }

    fn changed(&self) -> bool {
        self.taken("ecs:RegisterTaskDefinition").chain(self.taken("ecs:UpdateService")).next().is_some()
    }

    /// What every request has to be, whatever came of it.
    fn requests(&self, wrong: &mut Wrong) {
        let mut definitions = None;
        for call in self.calls("ecs:RegisterTaskDefinition") {
            let definitions = definitions.get_or_insert_with(|| self.definitions());
            let (request, pinned) = (plain(&call.body), pinned(&call.body));
            wrong.unless(definitions.iter().any(|own| *own == request), || {
                format!("what it registers differs from all that was there: {}", call.body)
            });
            wrong.unless(pinned, || format!("what it registers is not the pushed image: {}", call.body));
        }
        for call in self.calls("ecs:UpdateService") {
            let names = call.body.as_object().into_iter().flat_map(|body| body.keys());
            let fine = ["cluster", "service", "taskDefinition", "forceNewDeployment"];
            let others: Vec<&String> = names.filter(|name| !fine.contains(&name.as_str())).collect();
            wrong.unless(others.is_empty(), || format!("UpdateService changes {others:?}"));
        }
        for call in self.taken("ecs:DeregisterTaskDefinition") {
            let arn = text(&call.body, "taskDefinition");
            for service in &self.case.services {
                let truth = self.world.simulator.truth("main", service);
                wrong.unless(truth.task_definition != arn, || {
                    format!("it deregistered {arn}, which {service} runs")
                });
            }
        }
    }

    /// The definitions that others brought, as ECS shows them, as far as a
    /// deployment keeps them.
    fn definitions(&self) -> Vec<Value> {
        let call = |action: &str, body: Value| self.world.simulator.call(action, &body).expect("it is read");
        let arns = call("ecs:ListTaskDefinitions", json!({}))["taskDefinitionArns"].clone();
        let inactive =
            call("ecs:ListTaskDefinitions", json!({"status": "INACTIVE"}))["taskDefinitionArns"].clone();
        let arns = [arns, inactive].into_iter().flat_map(|arns| arns.as_array().cloned().unwrap_or_default());
        let described =
            |arn| call("ecs:DescribeTaskDefinition", json!({"taskDefinition": arn, "include": ["TAGS"]}));
        let definition = |mut answer: Value| {
            let mut definition = answer["taskDefinition"].take();
            for name in SHOWN_ONLY {
                definition.as_object_mut().expect("an object").remove(name);
            }
            if answer["tags"].as_array().is_some_and(|tags| !tags.is_empty()) {
                definition["tags"] = answer["tags"].take();
            }
            definition
        };
        arns.map(described)
            .map(definition)
            .filter(|own| !own.to_string().contains(COMMIT))
            .map(|d| plain(&d))
            .collect()
    }
}

/// What ECS shows of a definition and does not take back.
const SHOWN_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// A definition without what a deployment may change: the images of the
/// repository, and the stamp.
fn plain(definition: &Value) -> Value {
    let mut plain = definition.clone();
    for container in plain["containerDefinitions"].as_array_mut().into_iter().flatten() {
        if text(container, "image").starts_with(&repository()) {
            container["image"] = json!("");
        }
        let labels = container["dockerLabels"].as_object_mut();
        let bare = labels.is_none_or(|labels| {
            labels.retain(|name, _| !name.starts_with("ecs-host."));
            labels.is_empty()
        });
        if let Some(container) = container.as_object_mut().filter(|_| bare) {
            container.remove("dockerLabels");
        }
    }
    plain
}

/// Whether all containers of the repository have the image that is deployed.
fn pinned(definition: &Value) -> bool {
    let image = format!("{}@{DIGEST}", repository());
    let containers = definition["containerDefinitions"].as_array().into_iter().flatten();
    containers.map(|c| text(c, "image")).filter(|own| own.starts_with(&repository())).all(|own| own == image)
}

/// One target of a run.
struct Target<'a> {
    run: &'a Run<'a>,
    service: &'a str,
    verdict: &'a Value,
    reason: &'a str,
    truth: Truth,
    /// The rollout that it told of last.
    updated: Option<&'a Value>,
    /// The deployments that the run's calls made, oldest first, by their places.
    made: Vec<usize>,
}

impl<'a> Target<'a> {
    fn new(run: &'a Run<'a>, service: &'a str, verdict: &'a Value) -> Self {
        let truth = run.world.simulator.truth("main", service);
        let target = format!("main/{service}");
        let told = |event: &&Value| event["event"] == "updated" && event["target"] == target.as_str();
        let made = made(run, service, &truth);
        let updated = run.events.iter().rev().find(told);
        Self { run, service, verdict, reason: text(verdict, "reason"), truth, updated, made }
    }

    fn judge(&self, wrong: &mut Wrong) {
        self.nothing_is_lost(wrong);
        match text(self.verdict, "verdict") {
            "deployed" => self.is_deployed(wrong),
            "unchanged" => self.is_unchanged(wrong),
            "rolled-back" => self.is_rolled_back(wrong),
            "superseded" => self.is_superseded(wrong),
            "stopped" => self.is_stopped(wrong),
            "timed-out" => {
                wrong.unless(self.updated.is_some(), || "nothing was rolled out".to_owned());
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
    fn own(&self) -> Option<&TrueDeployment> {
        let id = text(self.updated?, "deployment");
        self.truth.deployments.iter().find(|own| own.id == id)
    }

    fn status(&self) -> &str {
        self.own().map_or("no deployment of its own", |own| own.status.as_str())
    }

    fn later(&self) -> impl Iterator<Item = &TrueDeployment> {
        let own = self.own();
        let place = own.and_then(|own| self.truth.deployments.iter().position(|other| other.id == own.id));
        self.truth.deployments.iter().skip(place.map_or(0, |place| place + 1))
    }

    /// Whether the service's own list had to stand in for service deployments.
    fn is_blind(&self) -> bool {
        let calls = ["ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"];
        let scenario = &self.run.case.scenario;
        let patterns = || scenario.denied.iter().chain(&scenario.without);
        let closed = calls.iter().any(|call| {
            patterns().any(|pattern| {
                pattern == "ecs:*ServiceDeployment*" && call.contains("ServiceDeployment")
                    || pattern.ends_with(call)
            })
        });
        // A page that is not AWS's counts as a call that the endpoint does not have.
        let foreign = self.run.ended.calls.iter().any(|call| {
            calls.contains(&call.operation())
                && matches!(call.fault, Some(FaultKind::Html | FaultKind::Malformed))
        });
        closed || foreign || self.run.calls("ecs:ListServiceDeployments").count() >= 30
    }

    /// Every deployment that the run made is the one that it told of, or was
    /// followed by another of its own.
    fn nothing_is_lost(&self, wrong: &mut Wrong) {
        let Some(last) = self.made.last().map(|place| &self.truth.deployments[*place]) else { return };
        let told = self.updated.is_some_and(|updated| text(updated, "deployment") == last.id);
        let target = format!("main/{}", self.service);
        let back = |event: &Value| event["event"] == "rolling-back" && event["target"] == target.as_str();
        let back = self.run.events.iter().any(back);
        let by = &self.verdict["by"];
        let given_back = text(by, "task_definition") == last.task_definition;
        let said =
            self.reason.contains("may have been carried out") || self.reason.contains("others deploy to");
        wrong.unless(told || back || given_back || said, || {
            format!("nothing tells of its deployment {} of {}", last.id, last.task_definition)
        });
    }

    fn is_deployed(&self, wrong: &mut Wrong) {
        let status = self.status();
        // Behind a Classic Load Balancer, the service's own list has only counts: without any
        // task, they and the events say nothing of what ECS still waits for.
        let own = self.run.case.scenario.world.services.iter().find(|own| own.name == self.service);
        let classic = own.is_some_and(|own| own.more.contains_key("loadBalancers"));
        let empty = classic && self.is_blind() && self.truth.desired_count == 0;
        wrong.unless(status == "SUCCESSFUL" || empty, || format!("ECS says {status}"));
        let Some(own) = self.own() else { return };
        // What never ran well can't have been proven; nor what was never seen to.
        let strange = |task: &&ecs_simulator::TrueTask| {
            task.task_definition == own.task_definition
                && task.digests.values().any(|digest| digest == STRANGE)
        };
        let running = self.truth.tasks.iter().filter(|task| task.task_definition == own.task_definition);
        let all = running.clone().count() > 0 && running.clone().all(|task| strange(&task));
        let unproven = self.run.ended.text.contains("is not proven");
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
        let asked = self.run.case.rolls_back() && self.reason.contains("as asked for");
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
        if self.updated.is_none() || by["build"]["build"] == json!(99) {
            let newer = self.run.case.scenario.then.iter().any(|act| format!("{act:?}").contains("99"));
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
        let later = |own: &TrueDeployment| {
            id.is_none_or(|id| own.id == id) && arn.is_none_or(|arn| own.task_definition == arn)
                || own.rolled_back_to.as_deref() == arn
        };
        wrong.unless((id.is_none() && arn.is_none()) || self.later().any(later), || {
            format!("{by} did not come after it")
        });
    }

    fn is_made(&self, own: &TrueDeployment) -> bool {
        self.made.iter().any(|place| self.truth.deployments[*place].id == own.id)
    }

    fn is_stopped(&self, wrong: &mut Wrong) {
        let Some(own) = self.own() else { return wrong.0.push("it has no deployment".to_owned()) };
        let stopped = own.status == "STOPPED" && own.replaced_by.is_none();
        let by_user = own.reason.as_deref().is_some_and(|reason| reason.contains("stopped by the user"));
        wrong.unless(stopped && by_user, || {
            format!("ECS says {} ({:?}), replaced by {:?}", own.status, own.reason, own.replaced_by)
        });
    }

    /// No answer told that the rollout was over.
    fn is_not_seen_final(&self, wrong: &mut Wrong) {
        let Some(own) = self.own() else { return };
        let Some(end) = own.finished_at.filter(|_| own.is_final) else { return };
        let scenario = &self.run.case.scenario;
        let old = scenario.visibility.stale.as_ref().map_or(0.0, |stale| stale.age);
        let whole = |call: &&Call| {
            call.status == 200 && !matches!(call.fault, Some(FaultKind::Malformed | FaultKind::CloseAfter))
        };
        let names = |call: &&Call| {
            let arns = call.body["serviceDeploymentArns"].as_array().into_iter().flatten();
            arns.into_iter().any(|arn| arn.as_str() == Some(&own.arn))
        };
        let seen = self
            .run
            .calls("ecs:DescribeServiceDeployments")
            .filter(whole)
            .filter(names)
            .find(|call| call.at - old > end);
        wrong.unless(seen.is_none(), || {
            format!(
                "it saw at {:.0} that ECS had ended it at {end:.0}: {}",
                seen.map_or(0.0, |c| c.at),
                own.status
            )
        });
    }

    fn is_failed(&self, wrong: &mut Wrong) {
        let reason = self.reason;
        let gone = self.truth.status != "ACTIVE";
        if self.updated.is_none() {
            // What was never told to have begun. Whether it began all the same, `nothing_is_lost` asks.
            let trouble = self.run.ended.calls.iter().any(|call| call.status != 200 || call.fault.is_some());
            let task = reason.contains("one-off task") || reason.contains("others deploy to");
            wrong.unless(trouble || task || gone, || format!("nothing had gone wrong: {reason}"));
            return;
        }
        if reason.contains("the outcome is not known") {
            let lasting = |call: &Call| {
                matches!(call.status, 400..500) && call.error.as_deref() != Some("ThrottlingException")
            };
            wrong.unless(self.run.ended.calls.iter().any(lasting), || format!("nothing kept it: {reason}"));
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
            return self.is_not_seen_final(wrong);
        }
        let Some(own) = self.own() else { return wrong.0.push("it has no deployment".to_owned()) };
        // The service's own list has one state for all that did not end well.
        let ended = own.status == "ROLLBACK_FAILED"
            || own.status == "STOPPED"
                && own.replaced_by.is_none()
                && (self.is_blind()
                    || !own.reason.as_deref().unwrap_or_default().contains("stopped by the user"));
        wrong.unless(ended || gone, || format!("ECS says {} ({:?}): {reason}", own.status, own.reason));
    }
}

/// The deployments that the run's calls made: each is of the definition that the
/// call names, and came with it. Calls that change nothing make none.
fn made(run: &Run<'_>, service: &str, truth: &Truth) -> Vec<usize> {
    let step = match run.case.scenario.time {
        Time::Step(step) => step,
        Time::Speed(_) => 0.0,
    };
    let mut made: Vec<usize> = Vec::new();
    for call in run.taken("ecs:UpdateService").filter(|call| call.body["service"] == service) {
        let arn = text(&call.body, "taskDefinition");
        // Other calls may arrive while this one is done, and move the time.
        let came = |own: &TrueDeployment| own.created_at >= call.at && own.created_at <= call.at + 4.0 * step;
        let place = truth
            .deployments
            .iter()
            .enumerate()
            .position(|(place, own)| own.task_definition == arn && came(own) && !made.contains(&place));
        made.extend(place);
    }
    made
}
