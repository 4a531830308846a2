//! Several targets: waves, and `--max-parallel`.

use serde_json::{Value, json};

use super::decision::{target, to};
use super::row::{Row, row};
use super::scenario::*;
use crate::world::{RunResult, World};

/// The service `worker` in a later wave than `web`.
fn waves() -> Value {
    to(json!([target("worker", json!({"wave": 1})), target("web", json!({}))]))
}

fn both() -> Value {
    to(json!([target("web", json!({})), target("worker", json!({}))]))
}

/// Checks that the rollout of `worker` begins after the end of that of `web`.
fn one_after_the_other(world: &World, _: &RunResult) -> Result<(), String> {
    let newest = |service: &str| world.simulator.snapshot("main", service).newest_deployment().cloned();
    let (web, worker) = (newest("web").ok_or("no web")?, newest("worker").ok_or("no worker")?);
    let apart = web.finished_at.is_some_and(|end| end <= worker.created_at);
    apart.then_some(()).ok_or_else(|| format!("they overlap: {web:?} {worker:?}"))
}

fn at_once(world: &World, ended: &RunResult) -> Result<(), String> {
    match one_after_the_other(world, ended) {
        Ok(()) => Err("one waits for the other".to_owned()),
        Err(_) => Ok(()),
    }
}

pub fn rows() -> Vec<Row> {
    vec![
        row("two targets at once")
            .setup([beside("worker")])
            .decision(both())
            .all_end([("main/web", "deployed"), ("main/worker", "deployed")], 0)
            .runs("web:2")
            .also_runs("worker", "worker:2")
            .check(at_once),
        row("started in waves with --no-wait")
            .setup([beside("worker")])
            .decision(waves())
            .flags(["--no-wait"])
            .all_end([("main/web", "started"), ("main/worker", "started")], 0)
            .prints(["--no-wait: each wave begins as soon as the one before has been started"]),
        row("one target at a time")
            .setup([beside("worker")])
            .decision(both())
            .flags(["--max-parallel", "1"])
            .all_end([("main/web", "deployed"), ("main/worker", "deployed")], 0)
            .check(one_after_the_other),
        row("waves in their order")
            .setup([beside("worker")])
            .decision(waves())
            .all_end([("main/web", "deployed"), ("main/worker", "deployed")], 0)
            .prints(["Wave      0: main/web", "Wave      1: main/worker"])
            .check(one_after_the_other),
        row("a wave fails")
            .setup([breaker(), deployed(exit(1)), beside("worker")])
            .decision(waves())
            .all_end([("main/web", "rolled back"), ("main/worker", "not started")], 1)
            .prints(["the wave before it did not succeed"])
            .runs("web:1")
            .also_runs("worker", "worker:1")
            .counts("ecs:UpdateService", 1),
        row("one of two fails, and the other goes on")
            .setup([breaker(), deployed(exit(1)), beside("worker")])
            .decision(both())
            .all_end([("main/web", "rolled back"), ("main/worker", "deployed")], 1)
            .runs("web:1")
            .also_runs("worker", "worker:2"),
        row("one fails, and the other does not start")
            .setup([breaker(), deployed(exit(1)), beside("worker")])
            .decision(both())
            .flags(["--max-parallel", "1", "--fail-fast"])
            .all_end([("main/web", "rolled back"), ("main/worker", "not started")], 1)
            .prints(["another target did not succeed"])
            .also_runs("worker", "worker:1"),
        row("one times out, and the other is superseded")
            .setup([
                deployed(ecs_simulator::TaskBehaviour::Hang),
                beside("worker"),
                then(
                    30.0,
                    ecs_simulator::Change::UpdateService {
                        cluster: "main".to_owned(),
                        service: "worker".to_owned(),
                        task_definition: Some(crate::world::definition("worker")),
                        force_new_deployment: false,
                        parameters: Default::default(),
                    },
                ),
            ])
            .decision(both())
            .flags(["--timeout", "0.7"])
            .all_end([("main/web", "timed out"), ("main/worker", "superseded")], 8),
        row("two services share a definition, which is registered once")
            .setup([setup(|scenario| {
                scenario.resources.task_definitions.push(crate::world::definition("shared"));
                scenario.resources.services[0].task_definition = json!("shared");
                let mut worker = crate::world::service("worker");
                worker.task_definition = json!("shared");
                scenario.resources.services.push(worker);
            })])
            .decision(both())
            .all_end([("main/web", "deployed"), ("main/worker", "deployed")], 0)
            .runs("shared:2")
            .also_runs("worker", "shared:2")
            .counts("ecs:RegisterTaskDefinition", 1)
            .counts("ecs:UpdateService", 2),
        row("a missing service leaves the other unchanged")
            .decision(both())
            .rejected(5)
            .prints(["has no such service"])
            .runs("web:1")
            .counts("ecs:RegisterTaskDefinition", 0),
    ]
}
