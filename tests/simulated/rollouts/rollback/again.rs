//! A second `ecs-host rollback`, after or during the first one.

use ecs_simulator::{Scenario, TaskBehaviour};
use serde_json::json;

use super::super::world::{World, scenario};
use super::{changes, deployed, exits, from, rollback, with_breaker, without_service_deployments};

#[test]
fn rollback_restores_the_previous_revision_and_does_not_toggle() {
    let world = deployed(&scenario());
    let ended = rollback(&world, &[]).exits(0);
    ended.prints("main/web from web:2 to web:1").prints("web:1: not deployed by ecs-host");
    ended.prints("main/web reverted to web:1");
    assert_eq!(ended.verdict("main/web")["verdict"], "reverted", "{}", ended.transcript());
    assert_eq!(changes(&ended), ["UpdateService"]);
    assert_eq!(world.runs("web"), "web:1");
    assert_unchanged(&world, "web:1", "web:2");
    rollback(&world, &["--to", "2"]).exits(0).prints("web:2: commit 3f2a9c10d1e2, build 57");
    assert_eq!((world.runs("web").as_str(), world.count("ecs:UpdateService")), ("web:2", 3));
    // After `--to 2`, web:2 can be rolled back again.
    rollback(&world, &[]).exits(0).prints("main/web from web:2 to web:1");
}

/// Checks that another rollback changes nothing.
#[track_caller]
fn assert_unchanged(world: &World, runs: &str, left: &str) {
    let again = rollback(world, &[]).exits(0);
    again.prints(&format!("main/web: {runs} already runs; it rolled back from {left}"));
    again.prints("`--to REVISION` selects another revision").prints("main/web unchanged");
    assert_eq!(changes(&again), Vec::<&str>::new(), "{}", again.transcript());
    assert_eq!(world.runs("web"), runs);
    let event = again.events().into_iter().find(|event| event["event"] == "rollback-planned").unwrap();
    assert!(event["rolled_back_from"].as_str().unwrap().ends_with(left), "{event}");
}

#[test]
fn rollback_skips_a_revision_that_ecs_rolled_back() {
    let mut scenario = with_breaker(true);
    scenario.task_rules.push(from(1, 2, exits()));
    let world = World::new(&scenario);
    world.run().exits(1).prints("rolled back");
    assert_unchanged(&world, "web:1", "web:2");
}

#[test]
fn rollback_skips_a_revision_that_a_run_rolled_back() {
    for denied in [vec![], vec!["ecs:StopServiceDeployment".to_owned()]] {
        let mut scenario = Scenario { denied_actions: denied, ..scenario() };
        scenario.task_rules.push(from(1, 2, TaskBehaviour::Hang));
        let world = World::new(&scenario);
        world.run().args(&["--timeout", "0.5", "--on-failure", "roll-back"]).exits(1);
        assert_unchanged(&world, "web:1", "web:2");
    }
}

#[test]
fn a_rollback_by_an_update_is_watched_and_not_reversed() {
    for scenario in [scenario(), without_service_deployments()] {
        let world = deployed(&scenario);
        world
            .simulator
            .call(
                "ecs:UpdateService",
                &json!({"cluster": "main", "service": "web", "taskDefinition": "web:1"}),
            )
            .unwrap();
        let ended = rollback(&world, &[]).exits(0);
        ended.prints("main/web: web:1 is already rolling out; it is rolling back from web:2");
        ended.prints("main/web reverted to web:1");
        assert_eq!(changes(&ended), Vec::<&str>::new(), "{}", ended.transcript());
        assert_eq!(world.runs("web"), "web:1");
    }
}

#[test]
fn a_failed_rollback_is_retried() {
    let mut scenario = with_breaker(false);
    scenario.task_rules.push(from(2, 1, exits()));
    let world = deployed(&scenario);
    rollback(&world, &[]).exits(1);
    let ended = rollback(&world, &[]).exits(0);
    ended.prints("main/web: web:1 again; it did not roll back from web:2").prints("reverted to web:1");
    assert_eq!(world.runs("web"), "web:1");
}
