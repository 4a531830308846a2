//! One-off tasks before the update.

use ecs_simulator::{ContainerExit, Delay, TaskBehaviour};
use serde_json::{Value, json};

use super::decision::to_web;
use super::row::{Row, row};
use super::scenario::*;
use crate::world::{RunResult, World};

const RUN: &str = "ecs:RunTask";
const STOP: &str = "ecs:StopTask";

fn migrate() -> Value {
    json!({"tasks_before": [{"name": "migrate", "container": "web", "command": ["bin/migrate", "--all"]}]})
}

/// A migration with a timeout of one second.
fn migrate_in_a_second() -> Value {
    let mut more = migrate();
    more["tasks_before"][0]["timeout"] = json!(1);
    more
}

/// Two tasks before the update.
fn two() -> Value {
    let mut more = migrate();
    let second = json!({"name": "seed", "container": "web", "command": ["bin/seed"]});
    more["tasks_before"].as_array_mut().unwrap().push(second);
    more
}

fn failing(name: &str, does: TaskBehaviour) -> Row {
    row(name)
        .setup([one_off(does)])
        .decision(to_web(migrate()))
        .ends("failed", 1)
        .prints(["the one-off task `migrate`", "; the service was not changed"])
        .runs("web:1")
        .counts("ecs:UpdateService", 0)
}

fn sidecar(essential: bool) -> super::row::Setup {
    setup(move |scenario| {
        let proxy = json!({"name": "proxy", "image": "proxy:1", "memory": 32, "essential": essential});
        let containers = &mut scenario.resources.services[0].task_definition["containerDefinitions"];
        containers.as_array_mut().unwrap().push(proxy);
    })
}

fn ends_with(codes: &[(&str, i32)]) -> TaskBehaviour {
    TaskBehaviour::Exit {
        exit_code: 0,
        container_exit_codes: codes.iter().map(|(name, code)| ((*name).to_owned(), *code)).collect(),
        after: 1.0,
        logs: Default::default(),
    }
}

/// `web` exits 0 after a second, and ECS stops the essential sidecar `proxy`, which exits with this code.
fn beside_a_stopped_sidecar(code: i32) -> Row {
    let stopped = TaskBehaviour::ExitInOrder {
        exits: vec![exit_of("web", 0)],
        stopped_exit_codes: [("proxy".to_owned(), code)].into(),
    };
    row(format!("a migration beside a sidecar that exits {code} when ECS stops it"))
        .setup([sidecar(true), one_off(stopped)])
        .decision(to_web(migrate()))
        .ends("deployed", 0)
        .prints(["`migrate` succeeded"])
        .runs("web:2")
}

/// The essential sidecar `proxy` exits with this code, and ECS stops `web`, which exits 0.
fn after_a_sidecar_that_exits(code: i32) -> Row {
    let ends_first =
        TaskBehaviour::ExitInOrder { exits: vec![exit_of("proxy", code)], stopped_exit_codes: [].into() };
    failing(&format!("a sidecar exits {code}, and ECS stops the migration, which exits 0"), ends_first)
        .setup([sidecar(true), delays(|delays| delays.container_stop = Delay::fixed(20.0))])
}

/// The exit of a container after a second.
fn exit_of(container: &str, exit_code: i32) -> ContainerExit {
    ContainerExit { container: container.to_owned(), exit_code, after: 1.0, reason: None }
}

fn waits_and_logs(line: &str) -> TaskBehaviour {
    TaskBehaviour::Log { logs: [("web".to_owned(), vec![line.to_owned()])].into() }
}

/// A list with one rule for the placement of tasks.
fn rules(kind: &str, name: &str, by: &str) -> Value {
    let mut rule = json!({"type": kind});
    rule[name] = json!(by);
    json!([rule])
}

fn request(ended: &RunResult) -> Value {
    ended.done(RUN).first().map(|call| call.body.clone()).unwrap_or_default()
}

fn in_the_services_network(_: &World, ended: &RunResult) -> Result<(), String> {
    let request = request(ended);
    let network = &request["networkConfiguration"]["awsvpcConfiguration"];
    let same = network["subnets"] == json!(["subnet-1", "subnet-2"])
        && network["securityGroups"] == json!(["sg-1"])
        && network["assignPublicIp"] == "ENABLED"
        && request["launchType"] == "FARGATE"
        && request["platformVersion"] == "1.4.0"
        && request.get("placementConstraints").is_none()
        && request.get("placementStrategy").is_none();
    same.then_some(()).ok_or_else(|| format!("the task has other network settings: {request}"))
}

fn with_its_command(_: &World, ended: &RunResult) -> Result<(), String> {
    let request = request(ended);
    let own = &request["overrides"]["containerOverrides"][0];
    let right = own["name"] == "web" && own["command"] == json!(["bin/migrate", "--all"]);
    let newest = request["taskDefinition"].as_str().is_some_and(|arn| arn.ends_with("web:2"));
    (right && newest)
        .then_some(())
        .ok_or_else(|| format!("the task has another command or revision: {request}"))
}

pub fn rows() -> Vec<Row> {
    vec![
        row("a migration")
            .decision(to_web(migrate()))
            .ends("deployed", 0)
            .prints(["`migrate` started", "`migrate` succeeded"])
            .runs("web:2")
            .counts(RUN, 1)
            .counts(STOP, 0)
            .check(with_its_command)
            .check(|_, ended| {
                let place = |action: &str| ended.calls.iter().position(|call| call.action == action);
                let before = place(RUN) < place("ecs:UpdateService");
                before.then_some(()).ok_or_else(|| "the service changed before the migration".to_owned())
            }),
        row("two migrations in their order")
            .decision(to_web(two()))
            .ends("deployed", 0)
            .runs("web:2")
            .counts(RUN, 2),
        row("a migration in the service's network")
            .setup([fargate()])
            .decision(to_web(migrate()))
            .ends("deployed", 0)
            .runs("web:2")
            .check(in_the_services_network),
        row("a migration with the placement of the service")
            .setup([
                with("launchType", json!("EC2")),
                with("placementConstraints", rules("memberOf", "expression", "attribute:disk == ssd")),
                with("placementStrategy", rules("spread", "field", "attribute:ecs.availability-zone")),
            ])
            .decision(to_web(migrate()))
            .ends("deployed", 0)
            .runs("web:2")
            .check(|_, ended| {
                let request = request(ended);
                let same = request["placementConstraints"]
                    == rules("memberOf", "expression", "attribute:disk == ssd")
                    && request["placementStrategy"]
                        == rules("spread", "field", "attribute:ecs.availability-zone");
                same.then_some(()).ok_or_else(|| format!("the task has other placement rules: {request}"))
            }),
        failing("a migration that exits 3", logs_and_exits(&["no such column"], 3))
            .setup([logging()])
            .prints(["web exited 3", "log of web (task ", "  no such column"])
            .counts(RUN, 1),
        failing("a migration whose log can't be read", logs_and_exits(&["no such column"], 3))
            .setup([logging(), denied("logs:*")])
            .prints(["web exited 3", "logs:GetLogEvents"]),
        failing("the first of two migrations fails", exit(3)).decision(to_web(two())).counts(RUN, 1),
        failing(
            "a migration that can't be placed",
            TaskBehaviour::Unplaceable { reason: Some("RESOURCE:MEMORY".to_owned()) },
        )
        .prints(["was not placed in cluster `main`", "too little free memory (RESOURCE:MEMORY)"]),
        failing("a migration whose image can't be pulled", TaskBehaviour::CannotPull { reason: None })
            .prints(["CannotPullContainerError"]),
        failing("a migration that runs out of memory", TaskBehaviour::OutOfMemory { after: 1.0 })
            .prints(["web exited 137 (OutOfMemoryError"]),
        failing("a migration that does not end", waits_and_logs("waiting for a lock"))
            .setup([logging()])
            .decision(to_web(migrate_in_a_second()))
            .prints([
                "did not stop within 1 s; ecs-host stopped it",
                "log of web (task ",
                "  waiting for a lock",
            ])
            .counts(STOP, 1),
        failing("a migration that does not end in half a second", TaskBehaviour::Hang)
            .flags(["--timeout", "0.4"])
            .prints(["did not stop within 0.4 s; ecs-host stopped it"])
            .counts(STOP, 1),
        failing("a migration that does not end, and can't be stopped", TaskBehaviour::Hang)
            .setup([denied(STOP)])
            .decision(to_web(migrate_in_a_second()))
            .prints(["it continues in ECS, because stopping it failed", "allow the action `ecs:StopTask`"]),
        row("a migration that is not allowed")
            .setup([denied(RUN)])
            .decision(to_web(migrate()))
            .ends("failed", 5)
            .prints(["allow the action `ecs:RunTask`"])
            .runs("web:1"),
        row("a migration that can't be watched")
            .setup([denied("ecs:DescribeTasks")])
            .decision(to_web(migrate()))
            .ends("unknown", 8)
            .prints(["continues in ECS, but its state cannot be read, so its outcome is unknown"])
            .runs("web:1"),
        row("a migration beside a sidecar that ends well")
            .setup([sidecar(true), one_off(ends_with(&[("proxy", 0)]))])
            .decision(to_web(migrate()))
            .ends("deployed", 0)
            .runs("web:2"),
        row("a migration beside a sidecar that is not essential")
            .setup([sidecar(false), one_off(ends_with(&[("proxy", 137)]))])
            .decision(to_web(migrate()))
            .ends("deployed", 0)
            .runs("web:2"),
        beside_a_stopped_sidecar(137),
        beside_a_stopped_sidecar(143),
        beside_a_stopped_sidecar(1),
        after_a_sidecar_that_exits(1).prints(["proxy exited 1"]),
        after_a_sidecar_that_exits(0).prints(["proxy exited 0"]),
        row("a migration in a container that does not exist")
            .decision(to_web(
                json!({"tasks_before": [{"name": "migrate", "container": "wep", "command": ["x"]}]}),
            ))
            .rejected(5)
            .prints(["`wep`"])
            .counts("ecs:RegisterTaskDefinition", 0),
    ]
}
