//! The checks that every row must pass.

use std::collections::BTreeSet;

use ecs_simulator::{DeploymentSnapshot, ServiceSnapshot};
use serde_json::Value;

use super::row::Row;
use crate::variables::SECRET;
use crate::world::{DIGEST, RunResult, World};

/// The only parameters of `UpdateService` that a run sets, unless the policy returns a desired count.
const UPDATED: [&str; 4] = ["cluster", "service", "taskDefinition", "forceNewDeployment"];

/// The call of each poll of a rollout, and the call that a poll may add.
const POLL: &str = "ecs:DescribeServiceDeployments";
const POLL_SERVICE: &str = "ecs:DescribeServices";

/// The problems of a run, whatever its row is about.
pub fn problems(row: &Row, world: &World, ended: &RunResult) -> Vec<String> {
    let mut problems = Vec::new();
    problems.extend(output_problems(ended));
    problems.extend(call_problems(row, ended));
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
            continue; // The service is in another region or account. The row checks it.
        }
        problems
            .extend(disagreement(row, verdict, &truth, ended).map(|problem| format!("{target}: {problem}")));
    }
    let unchanged = verdicts.iter().all(|verdict| verdict["verdict"] == "unchanged");
    // Smoke tests may run again. They do not change a service.
    let changed: Vec<&str> =
        ended.mutations().into_iter().filter(|action| *action != "ecs:RunTask").collect();
    if unchanged && !changed.is_empty() {
        problems.push(format!("every verdict is `unchanged`, but the run calls {changed:?}"));
    }
    problems
}

/// Checks that each event is a line on both streams, unless ECS repeats itself, that the last one contains the
/// exit code, and that no secret is printed.
fn output_problems(ended: &RunResult) -> Vec<String> {
    let mut problems = Vec::new();
    let events = ended.events();
    let shape = |event: &Value| event["event"].is_string() && event["elapsed"].is_number();
    if let Some(odd) = events.iter().find(|event| !shape(event)) {
        problems.push(format!("an event has no name or no time: {odd}"));
    }
    // What repeats is printed when it is new.
    let is_repeated = |event: &&Value| {
        matches!(event["event"].as_str(), Some("rollout-progressed" | "service-event" | "warning"))
    };
    let (printed, lines) =
        (events.iter().filter(|event| !is_repeated(event)).count(), ended.text.lines().count());
    if lines < printed {
        problems.push(format!("{printed} events are printed in {lines} lines"));
    }
    let mut messages = BTreeSet::new();
    for event in events.iter().filter(|event| event["event"] == "service-event") {
        let message = event["message"].as_str().unwrap_or_default();
        // An event that names a task is printed once.
        if message.contains("(task ") && !messages.insert((event["target"].to_string(), message)) {
            problems.push(format!("an event is printed twice: {message}"));
        }
    }
    let finished = events.last().filter(|event| event["event"] == "run-finished");
    if finished.and_then(|event| event["exit_code"].as_i64()) != ended.code.map(i64::from) {
        problems
            .push(format!("the last event is not `run-finished` with the exit code: {:?}", events.last()));
    }
    for secret in [SECRET, "simulated-password"] {
        if ended.text.contains(secret) || ended.json().contains(secret) {
            problems.push(format!("the secret {secret} is printed"));
        }
    }
    if ended.text.contains("panicked") {
        problems.push("the run panics".to_owned());
    }
    problems
}

fn call_problems(row: &Row, ended: &RunResult) -> Vec<String> {
    let mut problems = Vec::new();
    let registered = ended.done("ecs:RegisterTaskDefinition");
    let place = |call: &&&ecs_simulator::Call| (call.account.clone(), call.region.clone());
    let distinct: BTreeSet<_> = registered.iter().map(|call| (call.body.to_string(), place(&call))).collect();
    if distinct.len() < registered.len() {
        problems.push("a revision is registered twice".to_owned());
    }
    for call in ended.done("ecs:UpdateService") {
        let fields = call.body.as_object().into_iter().flatten();
        let is_set =
            |name: &str| UPDATED.contains(&name) || name == "desiredCount" && row.sets_desired_count();
        let others: Vec<&String> = fields.map(|(name, _)| name).filter(|name| !is_set(name)).collect();
        if !others.is_empty() {
            problems.push(format!("UpdateService sets {others:?}"));
        }
    }
    // A poll of one rollout reads its deployment, and the events of its service.
    let is_poll = |call: &&ecs_simulator::Call| call.action == POLL;
    if ended.done("ecs:UpdateService").len() == 1 {
        for poll in ended.calls.split(|call| is_poll(&call)).skip(1) {
            if poll.len() > 1 && poll.iter().all(|call| call.action == POLL_SERVICE) {
                problems.push(format!("a poll makes {} calls in addition to {POLL}", poll.len()));
            }
        }
    }
    problems
}

/// The difference between a verdict and the state of the simulator, if there is one.
/// The run's own deployments are those that its events name.
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
        "deployed" => successful && (runs_it || row.runs_another_digest || !row.deploys_an_image()),
        "rolled-back" => {
            let newest = truth.newest_deployment().filter(|newest| newest.task_definition != arn);
            any(&|own| own.status == "ROLLBACK_SUCCESSFUL")
                || newest.is_some_and(|newest| newest.status == "SUCCESSFUL")
        }
        // A complete deployment is followed by a newer one, which replaces nothing in progress.
        "superseded" if own.is_empty() => {
            truth.newest_deployment().is_some_and(|newest| newest.task_definition != arn)
        }
        "superseded" => any(&|own| {
            own.replaced_by.is_some() || truth.newest_deployment().is_some_and(|newest| newest.id != own.id)
        }),
        "stopped" => any(&|own| own.status == "STOPPED" && own.replaced_by.is_none()),
        // What ECS did is unknown to the run.
        "unknown" => true,
        // A change of the number of tasks is no deployment.
        "timed-out" if row.overrides_ecs => true,
        "paused" | "reached" | "timed-out" => own.last().is_some_and(|own| !own.is_final),
        "failed" => row.overrides_ecs || !successful,
        "started" => !own.is_empty(),
        "not-started" | "unchanged" => own.is_empty(),
        _ => true,
    };
    let statuses =
        || own.iter().map(|own| (own.status.as_str(), own.status_reason.as_deref())).collect::<Vec<_>>();
    (!agrees).then(|| format!("{}, and its deployments of {arn} are {:?}", verdict["verdict"], statuses()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
