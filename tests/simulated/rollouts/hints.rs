//! Hints that a run prints in addition to its verdict.

use ecs_simulator::Scenario;

use super::world::{World, failing_tasks, scenario};

#[test]
fn a_denied_update_reports_what_is_unchanged_and_what_remains() {
    let world = World::new(&Scenario { denied_actions: vec!["ecs:UpdateService".into()], ..scenario() });
    let run = world.run().exits(5);
    run.prints("allow the action `ecs:UpdateService`");
    run.prints("the service was not changed, and web:2 stays registered for the next run");
    assert_eq!(world.runs("web"), "web:1");
}

#[test]
fn without_a_circuit_breaker_a_hint_is_printed_and_failed_tasks_are_counted() {
    let mut scenario = scenario();
    scenario.task_rules.push(failing_tasks());
    let world = World::new(&scenario);
    world.verb("plan").exits(0).prints("no circuit breaker: ECS retries a failing rollout forever");
    let run = world.run().args(&["--timeout", "1.5"]).exits(8);
    let failed = run.events().iter().filter_map(|event| event["failed"].as_i64()).max();
    assert!(failed > Some(2), "{failed:?}\n{}", run.transcript());
    run.prints(" failed so far\n").prints("timed out after 1.5 s of watching");
    run.prints("`--on-failure").prints("exit code 8 (timed out) after");
    // Then the run ends it.
    let verb = world.verb("plan").args(&["--timeout", "1.5", "--on-failure", "roll-back"]).exits(0);
    verb.does_not_print("no circuit breaker");
}
