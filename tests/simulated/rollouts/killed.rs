//! A run that is killed at any point, and a second run of the same build. The second run has
//! the expected result, reports the state that it found, and leaves one consistent state.

use ecs_simulator::{Fault, FaultKind, Scenario};
use rustix::process::Signal;
use serde_json::json;

use super::fuzz::draw::Case;
use super::fuzz::oracle::complaints;
use super::world::{Job, RunResult, World, enable_circuit_breaker, failing_tasks, scenario};
use crate::fixtures::policy;

/// The most seconds of parallel calls between the arrival of a call and its execution.
const PARALLEL_CALLS: f64 = 30.0;

/// A scenario, and the arguments of both runs.
struct Story {
    scenario: Scenario,
    flags: &'static [&'static str],
    /// The branch that selects an answer of the fixture `misbehaving-policy`; `None` for the built-in policy.
    branch: Option<&'static str>,
    /// The exit code of an undisturbed run, and of the second run.
    code: i32,
    /// Whether the service may run this revision after the second run.
    ends: fn(&str) -> bool,
}

fn plain() -> Story {
    Story { scenario: scenario(), flags: &[], branch: None, code: 0, ends: |runs| runs != "web:1" }
}

fn with_tasks() -> Story {
    Story { branch: Some("tasks"), ..plain() }
}

/// Tasks that exit, with a circuit breaker that rolls back or one that does not.
fn failing(rollback: bool) -> Story {
    let mut scenario = scenario();
    enable_circuit_breaker(&mut scenario, rollback);
    scenario.task_rules.push(failing_tasks());
    Story { scenario, code: 1, ends: |runs| runs == "web:1", ..plain() }
}

/// Tasks that exit, and a run that rolls back the failed rollout.
fn rolled_back_by_run() -> Story {
    Story { flags: &["--on-failure", "roll-back"], ..failing(false) }
}

impl Story {
    fn run<'w>(&self, world: &'w World) -> Job<'w> {
        let job = world.run().args(self.flags);
        match self.branch {
            Some(branch) => job
                .args(&[&policy("misbehaving-policy").display().to_string()])
                .set("TRAVIS_BRANCH", branch)
                .set("DEPLOY_BRANCHES", branch),
            None => job,
        }
    }

    /// The numbers of events and calls of an undisturbed run.
    fn undisturbed(&self) -> (usize, usize) {
        let world = World::new(&self.scenario);
        let ended = self.run(&world).exits(self.code);
        (ended.events().len(), ended.calls.len())
    }

    fn second(&self, world: &World, after: &str) {
        let before = world.simulator.snapshot("main", "web");
        let ended = self.run(world).ends();
        let transcript = || format!("killed after {after}, then\n{}", ended.transcript());
        assert_eq!(ended.code, Some(self.code), "{}", transcript());
        let case = Case {
            seed: 0,
            services: vec!["web".to_owned()],
            flags: self.flags.iter().map(|flag| (*flag).to_owned()).collect(),
            branch: self.branch,
            scenario: self.scenario.clone(),
        };
        let wrong = complaints(&case, world, &ended);
        assert!(wrong.is_empty(), "{wrong:?} {}", transcript());

        // The second run reports the rollout that the first run started.
        let lookup = ended.calls.iter().find(|call| call.action == "ecs:DescribeServices");
        let read_at = lookup.expect("a call of `DescribeServices`").at;
        let newest = before.newest_deployment().filter(|_| before.deployments.len() > 1);
        let now = world.simulator.snapshot("main", "web");
        let own = newest.and_then(|newest| now.deployments.iter().find(|own| own.id == newest.id));
        if let Some(own) = own.filter(|own| own.rolled_back_to.is_none()) {
            let ended_before = |at: f64| own.finished_at.is_some_and(|end| end <= at);
            let expected = |at: f64| match own.status.as_str() {
                _ if own.task_definition.ends_with("web:1") => "new revision after web:1",
                _ if !ended_before(at) => "already matches and is still rolling out",
                "SUCCESSFUL" => "unchanged, web:",
                _ => "already matches, but its rollout failed: deploy it again",
            };
            let expected = [expected(read_at), expected(read_at + PARALLEL_CALLS)];
            assert!(
                expected.iter().any(|expected| ended.text.contains(expected)),
                "the output contains none of {expected:?}: {own:?} {}",
                transcript()
            );
        }
        self.assert_consistent(world, &ended, &transcript());
    }

    fn assert_consistent(&self, world: &World, ended: &RunResult, transcript: &str) {
        let truth = world.simulator.snapshot("main", "web");
        assert!((self.ends)(&world.runs("web")), "{} runs: {transcript}", world.runs("web"));
        let newest = truth.newest_deployment().expect("the service has been deployed");
        assert!(newest.is_final, "{newest:?} {transcript}");
        let other = truth.tasks.iter().find(|task| task.task_definition != truth.task_definition);
        assert!(other.is_none(), "{other:?} {transcript}");
        assert_eq!(truth.tasks.len(), 2, "{transcript}");
        let all = json!({"familyPrefix": "web"});
        let arns = world.simulator.call("ecs:ListTaskDefinitions", &all).expect("the list");
        let revisions = arns["taskDefinitionArns"].as_array().map_or(0, Vec::len);
        assert!(revisions <= 2, "{revisions} revisions: {transcript}");
        assert!(ended.count("ecs:UpdateService") <= 2, "{transcript}");
        // Each one-off task ran once, wherever the first run was killed.
        for (name, command) in [("migration", "bin/migrate"), ("smoke test", "bin/smoke")] {
            let is_own = |call: &&ecs_simulator::Call| {
                let own = &call.body["overrides"]["containerOverrides"][0];
                call.action == "ecs:RunTask" && own["command"][0] == command
            };
            let runs = world.simulator.calls().iter().filter(is_own).count();
            assert_eq!(runs, usize::from(self.branch == Some("tasks")), "{name}: {transcript}");
        }
    }

    /// Kills a run after each of its events, and after each of its calls.
    fn survives_every_kill(&self) {
        let (events, calls) = self.undisturbed();
        assert!(events > 5 && calls > 5);
        let at_each = |count: usize, kill: &(dyn Fn(usize) + Sync)| {
            let next = std::sync::atomic::AtomicUsize::new(1);
            let work = || loop {
                let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if place > count {
                    return;
                }
                kill(place);
            };
            std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(work))));
        };
        at_each(events, &|count| {
            let world = World::new(&self.scenario);
            self.run(&world).begin().until(|run| run.event_count() >= count).kill();
            self.second(&world, &format!("event {count}"));
        });
        at_each(calls, &|count| self.killed_after_call(count));
    }

    /// Kills a run that waits for the response to a call, which ECS executes.
    fn killed_after_call(&self, count: usize) {
        let slow = Fault { skip: count - 1, ..Fault::once("*", FaultKind::Slow(0.3)) };
        let scenario = Scenario { faults: vec![slow], ..self.scenario.clone() };
        let world = World::new(&scenario);
        let arrived = || world.simulator.calls().len() >= count;
        self.run(&world).begin().until(|_| arrived()).kill();
        let done = || Ok(world.simulator.calls().iter().all(|call| call.status != 0).then_some(()));
        crate::wait::eventually("ECS has answered every call", crate::run::RUN_TIMEOUT, done)
            .expect("every call has an answer");
        self.second(&world, &format!("call {count}"));
    }
}

#[test]
fn the_next_run_finishes_a_killed_rollout() {
    plain().survives_every_kill();
}

#[test]
fn the_next_run_finishes_a_killed_rollout_with_one_off_tasks() {
    with_tasks().survives_every_kill();
}

#[test]
fn the_next_run_of_a_killed_rollout_reports_the_rollback_by_ecs() {
    failing(true).survives_every_kill();
}

#[test]
fn the_next_run_rolls_back_a_killed_rollout() {
    rolled_back_by_run().survives_every_kill();
}

#[test]
fn the_next_run_finishes_a_terminated_rollout() {
    let slow = Fault::once("ecs:DescribeServiceDeployments", FaultKind::Slow(2.0));
    let world = World::new(&Scenario { faults: vec![slow], ..scenario() });
    let run = world.run().begin().wait_for_output("Rollout").send_signal(Signal::TERM).ends().with(143);
    run.prints("is still in progress in ECS; run this again to watch it").does_not_print("deployed");
    world.run().exits(0).prints("deployed");
    assert_eq!(world.count("ecs:UpdateService"), 1);
}

#[test]
fn a_run_that_loses_its_credentials_exits_with_8_and_the_next_one_finishes() {
    let message = "The security token included in the request is expired".to_owned();
    let expired = FaultKind::Error { code: "ExpiredTokenException".to_owned(), message };
    // As many polls as the watch survives, and the one that ends it.
    let expired = Fault { limit: 25, ..Fault::once("ecs:DescribeServiceDeployments", expired) };
    let mut scenario = Scenario { faults: vec![expired], ..scenario() };
    scenario.delays.pull = ecs_simulator::Delay::fixed(300.0);
    let world = World::new(&scenario);
    world.run().exits(8).prints("the rollout of web:2 could not be read").does_not_print("deployed");
    world.run().unset("AWS_ACCESS_KEY_ID").exits(5).prints("AWS_ACCESS_KEY_ID is not");
    world.run().exits(0).prints("deployed");
    assert_eq!(world.count("ecs:UpdateService"), 1);
}
