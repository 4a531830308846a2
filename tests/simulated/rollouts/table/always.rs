//! What is true of every row.

use std::collections::BTreeSet;

use ecs_simulator::{DeploymentSnapshot, ServiceSnapshot};
use serde_json::Value;

use super::row::Row;
use crate::variables::SECRET;
use crate::world::{DIGEST, RunResult, World};

/// What `UpdateService` is given: the rest of the service belongs to others.
const UPDATED: [&str; 4] = ["cluster", "service", "taskDefinition", "forceNewDeployment"];

/// The call that each tick of a rollout makes, and the one that it may make beside.
const FOLLOWS: &str = "ecs:DescribeServiceDeployments";
const BESIDE: &str = "ecs:DescribeServices";

/// What is wrong with how a row ended, whatever it is about.
pub fn problems(row: &Row, world: &World, ended: &RunResult) -> Vec<String> {
    let mut problems = Vec::new();
    problems.extend(told(ended));
    problems.extend(calls(ended));
    let verdicts: Vec<Value> =
        ended.events().into_iter().filter(|event| event["event"] == "verdict-reached").collect();
    let mut names = BTreeSet::new();
    for verdict in &verdicts {
        let target = verdict["target"].as_str().unwrap_or_default();
        if !names.insert(target) {
            problems.push(format!("there are two verdicts on {target}"));
        }
        let Some((cluster, service)) = target.split_once('/') else { continue };
        let truth = world.simulator.snapshot(cluster, service);
        if truth.status.is_empty() {
            continue; // It is in another region or account: the row looks for itself.
        }
        problems
            .extend(disagreement(row, verdict, &truth, ended).map(|problem| format!("{target}: {problem}")));
    }
    let unchanged = verdicts.iter().all(|verdict| verdict["verdict"] == "unchanged");
    // Smoke tests may be run again; they change nothing of a service.
    let changed: Vec<&str> =
        ended.mutations().into_iter().filter(|action| *action != "ecs:RunTask").collect();
    if unchanged && !changed.is_empty() {
        problems.push(format!("nothing is to be done, and it does {changed:?}"));
    }
    problems
}

/// Whether each event is a line on both streams, the last one tells the end,
/// and no secret is told.
fn told(ended: &RunResult) -> Vec<String> {
    let mut problems = Vec::new();
    let events = ended.events();
    let shape = |event: &Value| event["event"].is_string() && event["elapsed"].is_number();
    if let Some(odd) = events.iter().find(|event| !shape(event)) {
        problems.push(format!("it writes an event without name or time: {odd}"));
    }
    if ended.text.lines().count() < events.len() {
        problems.push(format!("{} events are told in {} lines", events.len(), ended.text.lines().count()));
    }
    let mut heard = BTreeSet::new();
    for event in events.iter().filter(|event| event["event"] == "service-event") {
        let message = event["message"].as_str().unwrap_or_default();
        // Events that name a task or a deployment come once.
        if message.contains("(task ") && !heard.insert((event["target"].to_string(), message)) {
            problems.push(format!("it tells an event twice: {message}"));
        }
    }
    let finished = events.last().filter(|event| event["event"] == "run-finished");
    if finished.and_then(|event| event["exit_code"].as_i64()) != ended.code.map(i64::from) {
        problems.push(format!("the last event is not its end with that exit code: {:?}", events.last()));
    }
    for secret in [SECRET, "simulated-password"] {
        if ended.text.contains(secret) || ended.json().contains(secret) {
            problems.push(format!("it tells the secret {secret}"));
        }
    }
    if ended.text.contains("panicked") {
        problems.push("it panics".to_owned());
    }
    problems
}

fn calls(ended: &RunResult) -> Vec<String> {
    let mut problems = Vec::new();
    let registered = ended.done("ecs:RegisterTaskDefinition");
    let place = |call: &&&ecs_simulator::Call| (call.account.clone(), call.region.clone());
    let distinct: BTreeSet<_> = registered.iter().map(|call| (call.body.to_string(), place(&call))).collect();
    if distinct.len() < registered.len() {
        problems.push("it registers a revision twice".to_owned());
    }
    for call in ended.done("ecs:UpdateService") {
        let fields = call.body.as_object().into_iter().flatten();
        let others: Vec<&String> =
            fields.map(|(name, _)| name).filter(|n| !UPDATED.contains(&n.as_str())).collect();
        if !others.is_empty() {
            problems.push(format!("UpdateService is given {others:?}"));
        }
    }
    // A tick of one rollout asks for its deployment, and for its service's events.
    let looks = |call: &&ecs_simulator::Call| call.action == FOLLOWS;
    if ended.done("ecs:UpdateService").len() == 1 {
        for tick in ended.calls.split(|call| looks(&call)).skip(1) {
            if tick.len() > 1 && tick.iter().all(|call| call.action == BESIDE) {
                problems.push(format!("a tick makes {} calls beside {FOLLOWS}", tick.len()));
            }
        }
    }
    problems
}

/// How a verdict differs from what is really so, where it does. The run's own
/// deployments are those that its events name.
fn disagreement(row: &Row, verdict: &Value, truth: &ServiceSnapshot, ended: &RunResult) -> Option<String> {
    let arn = verdict["task_definition"].as_str().unwrap_or_default();
    let started = |event: &Value| event["event"] == "service-updated" && event["target"] == verdict["target"];
    let ids: BTreeSet<String> = ended
        .events()
        .iter()
        .filter(|event| started(event))
        .map(|event| text(&event["deployment"]))
        .collect();
    let own: Vec<&DeploymentSnapshot> =
        truth.deployments.iter().filter(|own| ids.contains(&own.id)).collect();
    let any = |is: &dyn Fn(&DeploymentSnapshot) -> bool| own.iter().any(|own| is(own));
    let successful = any(&|own| own.status == "SUCCESSFUL" && own.task_definition == arn);
    let pushed = |digest: &String| digest == DIGEST;
    let runs_it = truth
        .tasks
        .iter()
        .filter(|task| task.task_definition == arn)
        .all(|task| task.image_digests.values().any(pushed));
    let agrees = match verdict["verdict"].as_str().unwrap_or_default() {
        "deployed" => successful && runs_it,
        "rolled-back" => {
            let newest = truth.newest_deployment().filter(|newest| newest.task_definition != arn);
            any(&|own| own.status == "ROLLBACK_SUCCESSFUL")
                || newest.is_some_and(|newest| newest.status == "SUCCESSFUL")
        }
        "superseded" => any(&|own| own.replaced_by.is_some()),
        "stopped" => any(&|own| own.status == "STOPPED" && own.replaced_by.is_none()),
        "timed-out" => own.last().is_some_and(|own| !own.is_final),
        "failed" => row.overrides_ecs || !successful,
        "started" => !own.is_empty(),
        "not-started" | "unchanged" => own.is_empty(),
        _ => true,
    };
    let seen =
        || own.iter().map(|own| (own.status.as_str(), own.status_reason.as_deref())).collect::<Vec<_>>();
    (!agrees).then(|| format!("{}, and its deployments of {arn} are {:?}", verdict["verdict"], seen()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
