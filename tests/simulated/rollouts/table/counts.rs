//! The number of tasks, with a new revision and alone.

use ecs_simulator::{Change, FaultKind, TaskBehaviour, TaskFilter};
use serde_json::{Value, json};

use super::decision::{target, to_web};
use super::row::{Row, row};
use super::scenario::*;
use crate::world::{RunResult, World};

const DESCRIBE: &str = "ecs:DescribeServices";
const REGISTER: &str = "ecs:RegisterTaskDefinition";
const UPDATE: &str = "ecs:UpdateService";

/// An answer without images, that changes `main/web` so.
fn change_web(more: Value) -> Value {
    json!({"images": [], "targets": [target("web", more)]})
}

/// Three tasks instead of two, and nothing else.
fn three() -> Value {
    change_web(json!({"containers": [], "desired_count": 3}))
}

/// A one-off task.
fn check(name: &str) -> Value {
    json!({"name": name, "container": "web", "command": ["bin/check"]})
}

fn desired(world: &World) -> usize {
    world.simulator.snapshot("main", "web").tasks.len()
}

fn three_tasks(world: &World, _: &RunResult) -> Result<(), String> {
    (desired(world) == 3).then_some(()).ok_or_else(|| format!("{} tasks run", desired(world)))
}

pub fn rows() -> Vec<Row> {
    vec![
        row("the number of tasks changes with the revision, in one update")
            .decision(to_web(json!({"desired_count": 3})))
            .ends("deployed", 0)
            .prints(["    ~ desired count: 2 → 3\n"])
            .runs("web:2")
            .counts(UPDATE, 1)
            .check(three_tasks),
        row("only the number of tasks changes")
            .decision(change_web(json!({"containers": [], "desired_count": 3})))
            .ends("deployed", 0)
            .prints(["web:1 already matches, with another number of tasks"])
            .runs("web:1")
            .counts(REGISTER, 0)
            .counts(UPDATE, 1)
            .check(three_tasks),
        row("a lost response to a change of the number of tasks is looked up")
            .setup([fault(UPDATE, 0, 1, FaultKind::DropResponse)])
            .decision(change_web(json!({"containers": [], "desired_count": 3})))
            .ends("deployed", 0)
            .check(three_tasks),
        row("the number of tasks is there already")
            .decision(change_web(json!({"containers": [], "desired_count": 2})))
            .ends("unchanged", 0)
            .counts(UPDATE, 0),
        row("new tasks that never start exceed the time limit")
            .setup([on(
                TaskFilter { service: Some("web".to_owned()), ..TaskFilter::default() },
                TaskBehaviour::CannotPull { reason: None },
            )])
            .flags(["--timeout", "1"])
            .decision(change_web(json!({"containers": [], "desired_count": 3})))
            .ends("timed out", 8)
            .overrides_ecs()
            .prints(["2 of 3 running", "`ecs-host status main/web` shows it"]),
        row("a daemon has no number of tasks")
            .setup([with("schedulingStrategy", json!("DAEMON"))])
            .decision(change_web(json!({"containers": [], "desired_count": 3})))
            .rejected(5)
            .prints(["it is a daemon, which runs one task on each container instance"]),
        row("someone else deploys after the plan of another number of tasks")
            .setup([after(DESCRIBE, 0.0, update(unstamped()))])
            .decision(three())
            .ends("deployed", 0)
            .prints(["main/web was updated to web:2 by someone else after planning"])
            .runs("web:2")
            .counts(UPDATE, 1)
            .check(three_tasks),
        row("a newer build comes after the plan of another number of tasks")
            .setup([after(DESCRIBE, 0.0, update(stamped(58, OTHER)))])
            .decision(three())
            .ends("superseded", 7)
            .runs("web:2")
            .counts(UPDATE, 0),
        row("an older build does not change the number of tasks of a newer one")
            .setup([setup(|scenario| scenario.resources.services[0].task_definition = stamped(58, OTHER))])
            .decision(three())
            .rejected(7)
            .prints(["build 58"]),
        row("a one-off task before another number of tasks fails")
            .setup([one_off(exit(3))])
            .decision(change_web(json!({"containers": [], "desired_count": 3, "tasks_before": [check("check")]})))
            .ends("failed", 1)
            .prints(["the one-off task `check`", "exited 3; the service was not changed"])
            .counts(UPDATE, 0),
        row("one-off tasks before and after another number of tasks")
            .setup([one_off(exit(0))])
            .decision(change_web(
                json!({"containers": [], "desired_count": 3, "tasks_before": [check("before")], "tasks_after": [check("after")]}),
            ))
            .ends("deployed", 0)
            .counts("ecs:RunTask", 2)
            .counts(UPDATE, 1)
            .check(three_tasks),
        row("tasks that fail in the bake time of another number of tasks fail it")
            .setup([after_call(
                "ecs:ListTasks",
                1,
                0.0,
                Change::KillTasks { cluster: "main".into(), service: "web".into(), count: 1, exit_code: 1 },
            )])
            .decision(change_web(json!({"containers": [], "desired_count": 3, "bake": 1})))
            .ends("failed", 1)
            .overrides_ecs()
            .prints(["Baking    main/web for 1 s", "in the bake time of 1 s the service was not healthy"]),
        row("reads that are rejected after another number of tasks leave the outcome unknown")
            .setup([fault(
                DESCRIBE,
                2,
                1000,
                FaultKind::Error {
                    code: "ExpiredTokenException".to_owned(),
                    message: "The security token included in the request is expired".to_owned(),
                },
            )])
            .decision(three())
            .ends("unknown", 8)
            .prints(["ECS goes on to start or stop them"]),
        row("someone else changes the number of tasks meanwhile")
            .setup([then(
                0.0,
                Change::Scale { cluster: "main".into(), service: "web".into(), desired_count: 1 },
            )])
            .decision(three())
            .ends("deployed", 0)
            .prints(["someone else, such as autoscaling, changed the number of tasks from 3 to 1"]),
    ]
}
