//! One-off tasks before the update of a build that is started again.

use ecs_simulator::{Delay, FaultKind, TaskBehaviour, TaskFilter, TaskRule};
use serde_json::{Value, json};

use super::decision::{target, to, to_web};
use super::row::{Row, Setup, row};
use super::scenario::*;
use crate::world::{RunResult, World};

const RUN: &str = "ecs:RunTask";
const REGISTER: &str = "ecs:RegisterTaskDefinition";
const UPDATE: &str = "ecs:UpdateService";

fn task(name: &str) -> Value {
    json!({"name": name, "container": "web", "command": [format!("bin/{name}")]})
}

fn migrate() -> Value {
    to_web(json!({"tasks_before": [task("migrate")]}))
}

fn migrate_and_seed() -> Value {
    to_web(json!({"tasks_before": [task("migrate"), task("seed")]}))
}

/// Both services have the same migration, and run revisions of one family.
fn both_migrate() -> Value {
    let tasks = json!({"tasks_before": [task("migrate")]});
    to(json!([target("web", tasks.clone()), target("other", tasks)]))
}

/// The first task with this command behaves so.
fn first(command: &str, behaviour: TaskBehaviour) -> Setup {
    let filter = TaskFilter { command_prefix: Some(vec![command.to_owned()]), ..TaskFilter::default() };
    setup(move |scenario| {
        let rule = TaskRule {
            filter: filter.clone(),
            limit: Some(1),
            behaviour: behaviour.clone(),
            ..TaskRule::default()
        };
        scenario.task_rules.push(rule);
    })
}

/// The update of the first run is denied.
fn denied_update() -> Setup {
    fault(UPDATE, 0, 1, error("AccessDeniedException", "not yet"))
}

fn migrated_before(world: &World) {
    world.run_decision(&migrate()).ends();
}

fn migrated_and_seeded_before(world: &World) {
    world.run_decision(&migrate_and_seed()).ends();
}

/// The number of one-off tasks that ECS has started, whatever their state is.
fn one_off_tasks(world: &World) -> usize {
    let list = |status: &str| {
        let query = json!({"cluster": "main", "family": "web", "desiredStatus": status});
        world.simulator.call("ecs:ListTasks", &query).unwrap()["taskArns"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let arns = [list("RUNNING"), list("STOPPED")].concat();
    let described =
        world.simulator.call("ecs:DescribeTasks", &json!({"cluster": "main", "tasks": arns})).unwrap();
    let is_one_off = |task: &&Value| task["group"] == "family:web";
    described["tasks"].as_array().into_iter().flatten().filter(is_one_off).count()
}

fn once(world: &World, _: &RunResult) -> Result<(), String> {
    let count = one_off_tasks(world);
    (count == 1).then_some(()).ok_or_else(|| format!("ECS has {count} one-off tasks"))
}

pub fn rows() -> Vec<Row> {
    vec![
        row("a migration that succeeded is not run again")
            .setup([denied_update()])
            .before(migrated_before)
            .decision(migrate())
            .ends("deployed", 0)
            .prints(["`migrate` succeeded in an earlier run", "web:2 was registered by an earlier run"])
            .runs("web:2")
            .counts(RUN, 0)
            .counts(REGISTER, 0)
            .check(once),
        row("a migration that succeeded is not run again by force")
            .setup([denied_update()])
            .before(migrated_before)
            .flags(["--force"])
            .decision(migrate())
            .ends("deployed", 0)
            .runs("web:2")
            .check(once),
        row("a migration that failed is run again, with the same revision")
            .setup([first("bin/migrate", exit(3))])
            .before(migrated_before)
            .decision(migrate())
            .ends("deployed", 0)
            .prints(["`migrate` started", "`migrate` succeeded"])
            .runs("web:2")
            .counts(RUN, 1)
            .counts(REGISTER, 0),
        row("a migration that is being stopped is waited for, and run again")
            .setup([
                first(
                    "bin/migrate",
                    TaskBehaviour::Exit {
                        exit_code: 0,
                        container_exit_codes: Default::default(),
                        after: 1e6,
                        logs: Default::default(),
                    },
                ),
                setup(|scenario| scenario.delays.container_stop = Delay::fixed(60.0)),
            ])
            .before(|world| {
                let mut decision = migrate();
                decision["targets"][0]["tasks_before"][0]["timeout"] = json!(1);
                world.run_decision(&decision).ends();
            })
            .decision(migrate())
            .ends("deployed", 0)
            .prints(["`migrate` was started by another run and is being stopped", "`migrate` started"])
            .runs("web:2")
            .counts(RUN, 1),
        row("a migration fails again")
            .setup([one_off(exit(3))])
            .before(migrated_before)
            .decision(migrate())
            .ends("failed", 1)
            .prints(["web exited 3"])
            .runs("web:1")
            .counts(RUN, 1),
        row("the second of two migrations failed, and only that is run again")
            .setup([first("bin/seed", exit(3))])
            .before(migrated_and_seeded_before)
            .decision(migrate_and_seed())
            .ends("deployed", 0)
            .prints(["`migrate` succeeded in an earlier run", "`seed` started"])
            .runs("web:2")
            .counts(RUN, 1),
        row("a migration that succeeded is not run again if tasks cannot be listed")
            .setup([denied_update(), denied("ecs:ListTasks")])
            .before(migrated_before)
            .decision(migrate())
            .ends("deployed", 0)
            .prints(["warning:", "ecs:ListTasks"])
            .runs("web:2")
            .check(once),
        row("a migration that failed is run again if tasks cannot be listed")
            .setup([first("bin/migrate", exit(3)), denied("ecs:ListTasks")])
            .before(migrated_before)
            .decision(migrate())
            .ends("deployed", 0)
            .runs("web:2"),
        row("a migration whose start was not answered is followed")
            .setup([fault(RUN, 0, 20, FaultKind::DropResponse)])
            .before(migrated_before)
            .decision(migrate())
            .ends("deployed", 0)
            .runs("web:2")
            .check(once),
        row("the same migration of two services of one family is run for each")
            .setup([setup(|scenario| {
                let mut other = crate::world::service("other");
                other.task_definition = json!("web:1");
                scenario.resources.services.push(other);
            })])
            .decision(both_migrate())
            .all_end([("main/web", "deployed"), ("main/other", "deployed")], 0)
            .counts(RUN, 2)
            .counts(REGISTER, 1),
        row("a migration of another build is no migration of this one")
            .before(|world| {
                world.run_decision(&migrate()).set("TRAVIS_BUILD_NUMBER", "56").exits(0);
            })
            .flags(["--force"])
            .decision(migrate())
            .ends("deployed", 0)
            .counts(RUN, 1),
    ]
}
