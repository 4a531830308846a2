//! A rollout that is complete at the moment when its rollback is requested: its images are judged as those of a
//! rollout that was watched to its end.

use ecs_simulator::{Delay, Fault, FaultKind, Scenario, TaskBehaviour, TaskFilter, TaskRule};
use serde_json::json;

use super::table::redeployed::{REBUILT, rebuilt};
use super::table::scenario::{then, update};
use super::world::{RunResult, World, scenario};

const STOP: &str = "ecs:StopServiceDeployment";

/// A run whose timeout passes, and whose request to stop the rollout arrives after the rollout is complete.
fn too_late(mut scenario: Scenario) -> RunResult {
    // Longer than the run watches it in simulated time.
    scenario.delays.pull = Delay::fixed(1e5);
    scenario.faults.push(Fault {
        action: STOP.to_owned(),
        skip: 0,
        limit: 1,
        probability: None,
        kind: FaultKind::Slow(0.3),
    });
    let world = World::new(&scenario);
    let run = world.run().args(&["--timeout", "0.4", "--on-failure", "roll-back"]);
    let running = run.begin().calls(STOP, 1);
    world.simulator.advance(1e6);
    running.ends()
}

#[test]
fn the_image_of_another_run_of_the_build_is_not_proven() {
    let mut scenario = scenario();
    then(5.0, update(rebuilt()))(&mut scenario);
    let ended = too_late(scenario);
    ended.prints("deployed; not proven that it runs the pushed images: ").prints(REBUILT);
    ended.prints("container `web` of web:3 has the image of another run of this build");
    assert_eq!(ended.code, Some(0), "{}", ended.transcript());
}

#[test]
fn a_platform_of_the_index_that_was_pushed_is_deployed() {
    let platform = format!("sha256:{}", "9".repeat(64));
    let mut scenario = scenario();
    let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    let behaviour = TaskBehaviour::WrongDigest { digest: platform.clone() };
    scenario.task_rules.push(TaskRule { filter, behaviour, ..TaskRule::default() });
    let entry = json!({"digest": platform, "platform": {"os": "linux", "architecture": "amd64"}});
    for image in &mut scenario.resources.repositories[0].images {
        image.manifest = Some(json!({"schemaVersion": 2, "manifests": [entry]}).to_string());
    }
    let ended = too_late(scenario);
    ended.prints("main/web deployed").does_not_print("not proven");
    assert_eq!(ended.code, Some(0), "{}", ended.transcript());
}
