//! Each scenario of ECS, and what the real binary makes of it.

use ecs_simulator::{Behaviour, Conduct, Match};
use serde_json::json;

use super::world::{World, scenario};

#[test]
fn a_rollout_that_ecs_completes_is_deployed() {
    let world = World::new(&scenario());
    let run = world.run().exits(0);
    assert_eq!(run.verdict("main/web")["verdict"], json!("deployed"), "{}", run.story());
    assert_eq!(world.runs("web"), "web:2");
}

#[test]
fn tasks_that_exit_are_rolled_back_and_explained() {
    let mut scenario = scenario();
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
    scenario.world.services[0].more.insert("deploymentConfiguration".into(), breaker);
    let does = Conduct::Exit { code: 1, codes: Default::default(), after: 1.0, logs: Default::default() };
    let on = Match { deployed: Some(true), ..Match::default() };
    scenario.behaviours.push(Behaviour { on, does, ..Behaviour::default() });
    let world = World::new(&scenario);
    let run = world.run().exits(1);
    run.says("rolled back").says("web exited 1").says("web:1 runs");
    assert_eq!(world.runs("web"), "web:1");
}

#[test]
fn builds_without_a_number_have_no_order() {
    let mut scenario = scenario();
    let labels = json!({
        "ecs-host.repository": "example/simple-todo",
        "ecs-host.commit": "aaaabbbbccccddddeeeeffff0000111122223333",
        "ecs-host.build": "58",
    });
    scenario.world.services[0].task_definition["containerDefinitions"][0]["dockerLabels"] = labels;
    let world = World::new(&scenario);
    let run = world.run().unset("TRAVIS_BUILD_NUMBER").exits(0);
    run.says("deployed").says_not("newer than");
    assert_eq!(run.count("ecs:UpdateService"), 1);
}

#[test]
fn a_denied_update_says_what_is_as_it_was_and_what_stays() {
    let world =
        World::new(&ecs_simulator::Scenario { denied: vec!["ecs:UpdateService".into()], ..scenario() });
    let run = world.run().exits(5);
    run.says("allow the action `ecs:UpdateService`");
    run.says("the service was not changed, and web:2 stays registered for the next run");
    assert_eq!(world.runs("web"), "web:1");
}

#[test]
fn without_a_circuit_breaker_that_is_told_and_failing_tasks_are_counted() {
    let mut scenario = scenario();
    let does = Conduct::Exit { code: 1, codes: Default::default(), after: 1.0, logs: Default::default() };
    let on = Match { deployed: Some(true), ..Match::default() };
    scenario.behaviours.push(Behaviour { on, does, ..Behaviour::default() });
    let world = World::new(&scenario);
    world.verb("plan").exits(0).says("no circuit breaker: ECS will not end a failing rollout by itself");
    let run = world.run().args(&["--timeout", "1.5"]).exits(8);
    let failed = run.events().iter().filter_map(|event| event["failed"].as_i64()).max();
    assert!(failed > Some(2), "{failed:?}\n{}", run.story());
    run.says(" failed (IN_PROGRESS)").says("timed out after 1.5 s of watching");
}
