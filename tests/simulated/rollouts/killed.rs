//! A run that is killed at any point, and the run of the same build after it: that one comes to
//! the right end, says what it found, and leaves one state behind.

use ecs_simulator::{Fault, FaultKind, Scenario, TaskBehaviour, TaskFilter, TaskRule};
use rustix::process::Signal;
use serde_json::json;

use super::fuzz::draw::Case;
use super::fuzz::oracle::complaints;
use super::world::{Job, RunResult, World, scenario};
use crate::fixtures::policy;

/// The first run of a story has these flags, and so has the second.
struct Story {
    scenario: Scenario,
    flags: &'static [&'static str],
    /// The branch by which the fixture `misbehaving-policy` answers; the built-in policy without it.
    branch: Option<&'static str>,
    /// The exit code of a run that nothing disturbs, and of any that comes after it.
    code: i32,
    /// What the service has in the end.
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
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": rollback}});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".into(), breaker);
    let does = TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: Default::default(),
        after: 1.0,
        logs: Default::default(),
    };
    let on = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    scenario.task_rules.push(TaskRule { filter: on, behaviour: does, ..TaskRule::default() });
    Story { scenario, code: 1, ends: |runs| runs == "web:1", ..plain() }
}

/// The same, where the run itself takes back what failed.
fn taken_back() -> Story {
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

    /// Events and calls of a run that nothing disturbs.
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

        // What the first run began, as the second one found it.
        let looked = ended.calls.iter().find(|call| call.action == "ecs:DescribeServices");
        let looked = looked.expect("it looks").at;
        let newest = before.newest_deployment().filter(|_| before.deployments.len() > 1);
        let now = world.simulator.snapshot("main", "web");
        let own = newest.and_then(|newest| now.deployments.iter().find(|own| own.id == newest.id));
        if let Some(own) = own.filter(|own| own.rolled_back_to.is_none()) {
            let ended_before = own.finished_at.is_some_and(|end| end <= looked);
            let says = match own.status.as_str() {
                _ if own.task_definition.ends_with("web:1") => "new revision after web:1",
                _ if !ended_before => "already matches and is still rolling out",
                "SUCCESSFUL" => "unchanged, web:",
                _ => "already matches, but its rollout failed: deploy it again",
            };
            assert!(ended.text.contains(says), "it does not say `{says}`: {own:?} {}", transcript());
        }
        self.one_good_state(world, &ended, &transcript());
    }

    fn one_good_state(&self, world: &World, ended: &RunResult, transcript: &str) {
        let truth = world.simulator.snapshot("main", "web");
        assert!((self.ends)(&world.runs("web")), "{} runs: {transcript}", world.runs("web"));
        let newest = truth.newest_deployment().expect("the service has been deployed");
        assert!(newest.is_final, "{newest:?} {transcript}");
        let strange = truth.tasks.iter().find(|task| task.task_definition != truth.task_definition);
        assert!(strange.is_none(), "{strange:?} {transcript}");
        assert_eq!(truth.tasks.len(), 2, "{transcript}");
        let all = json!({"familyPrefix": "web"});
        let arns = world.simulator.call("ecs:ListTaskDefinitions", &all).expect("the list");
        let revisions = arns["taskDefinitionArns"].as_array().map_or(0, Vec::len);
        assert!(revisions <= 3, "{revisions} revisions: {transcript}");
        assert!(ended.count("ecs:UpdateService") <= 2, "{transcript}");
        // Wherever the first run was cut off: the smoke test ran, and did once.
        let smoke = json!([{"name": "web", "command": ["bin/smoke"]}]);
        let is_smoke = |call: &&ecs_simulator::Call| {
            call.action == "ecs:RunTask" && call.body["overrides"]["containerOverrides"] == smoke
        };
        let smoked = world.simulator.calls().iter().filter(is_smoke).count();
        assert_eq!(smoked, usize::from(self.branch == Some("tasks")), "{transcript}");
    }

    /// Kills runs when they have told so many events, and when ECS has got so many calls.
    fn is_sound_wherever_it_is_killed(&self) {
        let (events, calls) = self.undisturbed();
        assert!(events > 5 && calls > 5);
        let at_each = |most: usize, kill: &(dyn Fn(usize) + Sync)| {
            let next = std::sync::atomic::AtomicUsize::new(1);
            let work = || loop {
                let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if place > most {
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

    /// ECS carries the call out, and the run never gets its answer.
    fn killed_after_call(&self, count: usize) {
        let slow = Fault { skip: count - 1, ..Fault::once("*", FaultKind::Slow(0.3)) };
        let scenario = Scenario { faults: vec![slow], ..self.scenario.clone() };
        let world = World::new(&scenario);
        let arrived = || world.simulator.calls().len() >= count;
        self.run(&world).begin().until(|_| arrived()).kill();
        let done = || Ok(world.simulator.calls().iter().all(|call| call.status != 0).then_some(()));
        crate::wait::eventually("ECS is done with it", crate::run::RUN_TIMEOUT, done).expect("it is");
        self.second(&world, &format!("call {count}"));
    }
}

#[test]
fn the_next_run_finishes_a_killed_rollout() {
    plain().is_sound_wherever_it_is_killed();
}

#[test]
fn the_next_run_finishes_a_killed_rollout_with_one_off_tasks() {
    with_tasks().is_sound_wherever_it_is_killed();
}

#[test]
fn the_next_run_of_a_killed_rollout_reports_the_rollback_by_ecs() {
    failing(true).is_sound_wherever_it_is_killed();
}

#[test]
fn the_next_run_rolls_back_a_killed_rollout() {
    taken_back().is_sound_wherever_it_is_killed();
}

#[test]
fn the_next_run_finishes_a_terminated_rollout() {
    let slow = Fault::once("ecs:DescribeServiceDeployments", FaultKind::Slow(2.0));
    let world = World::new(&Scenario { faults: vec![slow], ..scenario() });
    let run = world.run().begin().wait_for_output("Rollout").send_signal(Signal::TERM).ends().with(143);
    run.prints("goes on in ECS; run this again to watch it").does_not_print("deployed");
    world.run().exits(0).prints("deployed");
    assert_eq!(world.count("ecs:UpdateService"), 1);
}

#[test]
fn a_run_that_loses_its_credentials_exits_with_8_and_the_next_one_finishes() {
    let message = "The security token included in the request is expired".to_owned();
    let expired = FaultKind::Error { code: "ExpiredTokenException".to_owned(), message };
    let expired = Fault { limit: 1, ..Fault::once("ecs:DescribeServiceDeployments", expired) };
    let world = World::new(&Scenario { faults: vec![expired], ..scenario() });
    world.run().exits(1).prints("the outcome is unknown").does_not_print("deployed");
    world.run().unset("AWS_ACCESS_KEY_ID").exits(5).prints("AWS_ACCESS_KEY_ID is not");
    world.run().exits(0).prints("deployed");
    assert_eq!(world.count("ecs:UpdateService"), 1);
}
