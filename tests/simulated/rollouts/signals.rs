//! Signals at every step of a rollout: the run ends within seconds, reports what
//! continues in ECS, and follows `--on-cancel`.

use std::time::{Duration, Instant};

use ecs_simulator::{Fault, FaultKind, Scenario, TaskBehaviour, TaskFilter, TaskRule};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::world::{
    COMMIT, RunResult, Running, World, enable_circuit_breaker, failing_tasks, repository, scenario,
};

/// The time limit from a signal to the end of the run, including a rollback.
const EXIT_LIMIT: Duration = Duration::from_secs(5);

/// Waits until the run reaches the step at which the test sends the signal.
type Until = fn(Running<'_>) -> Running<'_>;

/// An answer that deploys to `main/web`, and more fields of that target.
fn answer(more: Value) -> Value {
    let tags = ["master".to_owned(), format!("master-{COMMIT}")];
    let image = json!({"name": "todo", "repository": repository(), "tags": tags});
    let mut target = json!({"cluster": "main", "service": "web"});
    for (name, value) in more.as_object().into_iter().flatten() {
        target[name] = value.clone();
    }
    json!({"images": [image], "targets": [target]})
}

fn ends_of(world: &World, answer: &Value, flags: &[&str], until: Until, signal: (Signal, i32)) -> RunResult {
    let running = until(world.run_decision(answer).args(flags).begin()).send_signal(signal.0);
    let start = Instant::now();
    let ended = running.ends().with(signal.1);
    assert!(
        start.elapsed() < EXIT_LIMIT,
        "the run ended after {:?}\n{}",
        start.elapsed(),
        ended.transcript()
    );
    ended
}

/// Sends a signal at the same step with both values of `--on-cancel`, and returns
/// both worlds and results.
fn both(scenario: &Scenario, answer: &Value, flags: &[&str], until: Until) -> [(World, RunResult); 2] {
    [("leave", (Signal::INT, 130)), ("roll-back", (Signal::TERM, 143))].map(|(action, signal)| {
        let world = World::new(scenario);
        let flags = [flags, &["--on-cancel", action]].concat();
        let ended = ends_of(&world, answer, &flags, until, signal);
        (world, ended)
    })
}

fn is_interrupted(ended: &RunResult, left: &str) {
    assert_eq!(ended.verdict("main/web")["verdict"], "interrupted", "{}", ended.transcript());
    ended.prints(left);
}

fn changed_nothing(world: &World, ended: &RunResult) {
    assert_eq!(world.runs("web"), "web:1", "{}", ended.transcript());
    assert!(ended.done("ecs:UpdateService").is_empty(), "{}", ended.transcript());
}

/// Checks that the service runs the previous revision after a rollback.
fn is_rolled_back(world: &World, ended: &RunResult) {
    world.simulator.advance(600.0);
    let truth = world.simulator.snapshot("main", "web");
    let statuses: Vec<&str> = truth.deployments.iter().map(|own| own.status.as_str()).collect();
    assert_eq!(world.runs("web"), "web:1", "{statuses:?}\n{}", ended.transcript());
    ended.prints("was started, and is still in progress in ECS").prints("web:2");
}

fn continues(world: &World, ended: &RunResult) {
    is_interrupted(ended, "the rollout of web:2 is still in progress in ECS; run this again to watch it");
    assert_eq!(world.runs("web"), "web:2", "{}", ended.transcript());
    assert!(ended.done("ecs:StopServiceDeployment").is_empty(), "{}", ended.transcript());
}

fn slow(action: &str, from: usize) -> Fault {
    Fault { action: action.to_owned(), skip: from, limit: 1, probability: None, kind: FaultKind::Slow(3.0) }
}

/// A scenario in which the tasks of the new revision never start.
fn hanging() -> Scenario {
    let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    let rule = TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() };
    Scenario { task_rules: vec![rule], ..scenario() }
}

#[test]
fn while_the_plan_is_made() {
    let scenario = Scenario { faults: vec![slow("ecs:DescribeServices", 0)], ..scenario() };
    let until: Until = |run| run.calls("ecs:DescribeServices", 1);
    for (world, ended) in both(&scenario, &answer(json!({})), &[], until) {
        ended.prints("interrupted");
        changed_nothing(&world, &ended);
    }
}

#[test]
fn while_the_revision_is_registered() {
    let scenario = Scenario { faults: vec![slow("ecs:RegisterTaskDefinition", 0)], ..scenario() };
    let until: Until = |run| run.calls("ecs:RegisterTaskDefinition", 1);
    for (world, ended) in both(&scenario, &answer(json!({})), &[], until) {
        is_interrupted(&ended, "interrupted; nothing was changed");
        changed_nothing(&world, &ended);
    }
}

#[test]
fn while_a_migration_runs() {
    let mut scenario = scenario();
    let filter = TaskFilter { is_one_off: Some(true), ..TaskFilter::default() };
    scenario.task_rules.push(TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() });
    let task = json!({"name": "migrate", "container": "web", "command": ["bin/migrate"]});
    let answer = answer(json!({"tasks_before": [task]}));
    for (world, ended) in both(&scenario, &answer, &[], |run| run.wait_for_output("`migrate` started")) {
        is_interrupted(
            &ended,
            "the one-off task `migrate` is still in progress in ECS, and no step follows it",
        );
        changed_nothing(&world, &ended);
    }
}

#[test]
fn while_the_update_has_no_response() {
    let scenario = Scenario { faults: vec![slow("ecs:UpdateService", 0)], ..scenario() };
    let until: Until = |run| run.calls("ecs:UpdateService", 1);
    for (_, ended) in both(&scenario, &answer(json!({})), &[], until) {
        is_interrupted(
            &ended,
            "ECS may have started the update to web:2; `ecs-host status main/web` shows it",
        );
    }
}

#[test]
fn after_an_update_whose_response_was_lost() {
    let lost = Fault::once("ecs:UpdateService", FaultKind::DropResponse);
    let scenario = Scenario { faults: vec![lost, slow("ecs:DescribeServices", 1)], ..hanging() };
    let until: Until = |run| run.calls("ecs:DescribeServices", 2);
    let [(left, ended), (back, cancelled)] = both(&scenario, &answer(json!({})), &[], until);
    is_interrupted(&ended, "ECS may have started the update to web:2; `ecs-host status main/web` shows it");
    assert_eq!(left.runs("web"), "web:2");
    is_interrupted(&cancelled, "the rollback of web:2 was started");
    is_rolled_back(&back, &cancelled);
}

#[test]
fn while_the_service_deployment_is_not_found_yet() {
    let mut scenario = hanging();
    scenario.consistency.list_lag = 1e6;
    let until: Until = |run| run.calls("ecs:ListServiceDeployments", 2);
    let [(left, ended), (back, cancelled)] = both(&scenario, &answer(json!({})), &[], until);
    continues(&left, &ended);
    is_interrupted(&cancelled, "the rollback of web:2 was started");
    is_rolled_back(&back, &cancelled);
    assert_eq!(cancelled.done("ecs:UpdateService").len(), 2, "{}", cancelled.transcript());
}

#[test]
fn while_the_rollout_is_followed() {
    let until: Until = |run| run.wait_for_output("\"event\":\"rollout-progressed\"");
    let [(left, ended), (back, cancelled)] = both(&hanging(), &answer(json!({})), &[], until);
    continues(&left, &ended);
    is_interrupted(&cancelled, "the rollback of web:2 was started");
    assert_eq!(cancelled.done("ecs:StopServiceDeployment").len(), 1, "{}", cancelled.transcript());
    let status = back.simulator.snapshot("main", "web").newest_deployment().unwrap().status.clone();
    assert!(status.starts_with("ROLLBACK_"), "{status}\n{}", cancelled.transcript());
    is_rolled_back(&back, &cancelled);
}

#[test]
fn while_the_rollout_is_followed_without_service_deployments() {
    let scenario = Scenario { unsupported_actions: vec!["ecs:*ServiceDeployment*".to_owned()], ..hanging() };
    let until: Until = |run| run.wait_for_output("\"event\":\"rollout-progressed\"");
    let [(left, ended), (back, cancelled)] = both(&scenario, &answer(json!({})), &[], until);
    continues(&left, &ended);
    is_interrupted(&cancelled, "the rollback of web:2 was started");
    is_rolled_back(&back, &cancelled);
}

#[test]
fn while_a_rollback_is_denied() {
    let mut scenario = hanging();
    scenario.denied_actions.push("ecs:StopServiceDeployment".to_owned());
    let message = "User: u is not authorized to perform: ecs:UpdateService".to_owned();
    let kind = FaultKind::Error { code: "AccessDeniedException".to_owned(), message };
    scenario.faults.push(Fault { skip: 1, limit: 100, ..Fault::once("ecs:UpdateService", kind) });
    let until: Until = |run| run.wait_for_output("\"event\":\"rollout-progressed\"");
    let [(left, ended), (back, cancelled)] = both(&scenario, &answer(json!({})), &[], until);
    continues(&left, &ended);
    is_interrupted(
        &cancelled,
        "the rollout of web:2 is still in progress in ECS; it could not be rolled back: ecs:UpdateService",
    );
    assert_eq!(back.runs("web"), "web:2");
}

#[test]
fn while_a_failure_is_explained() {
    let mut scenario = scenario();
    enable_circuit_breaker(&mut scenario, true);
    scenario.task_rules.push(failing_tasks());
    scenario.faults.push(slow("ecs:ListTasks", 0));
    let until: Until = |run| run.calls("ecs:ListTasks", 1);
    for (world, ended) in both(&scenario, &answer(json!({})), &[], until) {
        is_interrupted(&ended, "its rollout had ended: rolled back: ");
        assert_eq!(world.runs("web"), "web:1", "{}", ended.transcript());
    }
}

#[test]
fn while_the_run_rolls_back() {
    let scenario = Scenario { faults: vec![slow("ecs:StopServiceDeployment", 0)], ..hanging() };
    let flags = ["--on-failure", "roll-back", "--timeout", "0.3"];
    let until: Until = |run| run.calls("ecs:StopServiceDeployment", 1);
    let [(_, ended), (back, cancelled)] = both(&scenario, &answer(json!({})), &flags, until);
    is_interrupted(
        &ended,
        "ECS did not confirm the rollback of web:2; `ecs-host status main/web` shows its state",
    );
    is_interrupted(&cancelled, "the rollback of web:2 was started");
    is_rolled_back(&back, &cancelled);
}

#[test]
fn while_ecs_rolls_back() {
    let mut scenario = hanging();
    // ECS starts a requested rollback late.
    scenario.delays.stop_request = ecs_simulator::Delay::fixed(1e6);
    let flags = ["--on-failure", "roll-back", "--timeout", "0.3"];
    for (_, ended) in
        both(&scenario, &answer(json!({})), &flags, |run| run.wait_for_output("ECS rolls back web:2"))
    {
        is_interrupted(&ended, "the rollback is still in progress in ECS");
        assert_eq!(ended.done("ecs:StopServiceDeployment").len(), 1, "{}", ended.transcript());
    }
}

#[test]
fn every_target_is_reported() {
    let mut scenario = hanging();
    scenario.resources.services.push(super::world::service("worker"));
    let mut answer = answer(json!({}));
    let later = json!({"cluster": "main", "service": "worker", "wave": 1});
    answer["targets"].as_array_mut().unwrap().push(later);
    let until: Until = |run| run.wait_for_output("\"event\":\"rollout-progressed\"");
    let [(left, ended), (back, cancelled)] = both(&scenario, &answer, &[], until);
    continues(&left, &ended);
    is_rolled_back(&back, &cancelled);
    for (world, ended) in [(left, ended), (back, cancelled)] {
        ended.prints("main/worker interrupted; nothing was changed");
        assert_eq!(world.runs("worker"), "worker:1");
    }
}

#[test]
fn a_second_run_watches_the_unfinished_rollout() {
    let mut scenario = scenario();
    scenario.delays.pull = ecs_simulator::Delay::fixed(300.0);
    let world = World::new(&scenario);
    let until: Until = |run| run.wait_for_output("\"event\":\"rollout-progressed\"");
    let ended = ends_of(&world, &answer(json!({})), &[], until, (Signal::HUP, 129));
    is_interrupted(&ended, "run this again to watch it");
    let again = world.run_decision(&answer(json!({}))).exits(0);
    assert_eq!(again.verdict("main/web")["verdict"], "deployed", "{}", again.transcript());
    assert!(again.mutations().is_empty(), "{}", again.transcript());
}

#[test]
fn while_a_smoke_test_runs_on_the_new_revision() {
    let mut scenario = scenario();
    let filter = TaskFilter { is_one_off: Some(true), ..TaskFilter::default() };
    scenario.task_rules.push(TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() });
    let task = json!({"name": "smoke", "container": "web", "command": ["bin/smoke"]});
    let answer = answer(json!({"tasks_after": [task]}));
    let until: Until = |run| run.wait_for_output("`smoke` started");
    let [(left, ended), (back, cancelled)] = both(&scenario, &answer, &[], until);
    is_interrupted(&ended, "the service runs web:2, the one-off task `smoke` is still in progress in ECS");
    assert_eq!(left.runs("web"), "web:2", "{}", ended.transcript());
    is_interrupted(&cancelled, "the rollback of web:2 was started");
    is_rolled_back(&back, &cancelled);
}

#[test]
fn a_second_signal_ends_the_wait_for_a_rollback() {
    let scenario = Scenario { faults: vec![slow("ecs:StopServiceDeployment", 0)], ..hanging() };
    let world = World::new(&scenario);
    let until: Until = |run| run.wait_for_output("\"event\":\"rollout-progressed\"");
    let running = until(world.run_decision(&answer(json!({}))).args(&["--on-cancel", "roll-back"]).begin());
    let running = running.send_signal(Signal::TERM).calls("ecs:StopServiceDeployment", 1);
    let start = Instant::now();
    let ended = running.send_signal(Signal::INT).ends().with(143);
    is_interrupted(&ended, "a second signal ended the run before ECS confirmed the rollback");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
