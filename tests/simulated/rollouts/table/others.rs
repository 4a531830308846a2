//! Changes by other users and other builds during a run.

use ecs_simulator::{Change, TaskFilter};
use serde_json::json;

use super::decision::to_web;
use super::row::{Row, row};
use super::scenario::*;

const FALLBACK: &str = "ecs:*ServiceDeployments";

fn main_web() -> (String, String) {
    ("main".to_owned(), "web".to_owned())
}

fn delete() -> Change {
    let (cluster, service) = main_web();
    Change::DeleteService { cluster, service }
}

fn scale(desired_count: u32) -> Change {
    let (cluster, service) = main_web();
    Change::Scale { cluster, service, desired_count }
}

fn kill(count: usize) -> Change {
    let (cluster, service) = main_web();
    Change::KillTasks { cluster, service, count, exit_code: 137 }
}

const REGISTER: &str = "ecs:RegisterTaskDefinition";

/// The call that reads a service.
const DESCRIBE: &str = "ecs:DescribeServices";

/// A definition by another user, which differs for each `time`.
fn by_hand(time: usize) -> serde_json::Value {
    let mut definition = unstamped();
    definition["containerDefinitions"][0]["environment"][0]["value"] = json!(format!("hand {time}"));
    definition
}

/// Another user deploys between the registration of the nth revision and its update; `time` is n.
fn by_hand_after(time: usize) -> super::row::Setup {
    after_call(REGISTER, time, 0.0, update(by_hand(time)))
}

pub fn rows() -> Vec<Row> {
    vec![
        row("a newer build comes")
            .setup([then(20.0, update(stamped(58, OTHER)))])
            .ends("superseded", 7)
            .prints(["superseded by web:3 (ecs-svc/", "build 58, commit aaaabbbbcccc"])
            .runs("web:3"),
        row("a newer build comes, without service deployments")
            .setup([without(FALLBACK), then(20.0, update(stamped(58, OTHER)))])
            .ends("superseded", 7)
            .prints(["superseded by web:3 (ecs-svc/", "build 58, commit aaaabbbbcccc"])
            .runs("web:3"),
        row("another user deploys by hand")
            .setup([then(20.0, update(unstamped()))])
            .ends("superseded", 7)
            .prints(["superseded by web:3 (ecs-svc/"])
            .does_not_print(["build 58"])
            .runs("web:3"),
        row("an older build comes, and its run restores this one")
            .setup([then(20.0, update(stamped(12, OTHER))), then(24.0, update(json!("web:2")))])
            .ends("deployed", 0)
            .prints(["web:2 was deployed again to main/web"])
            .does_not_print(["superseded"])
            .runs("web:2"),
        row("an older build comes, and nobody restores this one")
            .setup([then(20.0, update(stamped(12, OTHER)))])
            .ends("superseded", 7)
            .prints(["superseded by web:3 (ecs-svc/", "build 12, commit aaaabbbbcccc"])
            .runs("web:3"),
        row("a newer build comes before the own deployment is found")
            .setup([then(0.5, update(stamped(58, OTHER))), setup(|s| s.consistency.list_lag = 20.0)])
            .ends("superseded", 7)
            .prints(["build 58, commit aaaabbbbcccc"])
            .runs("web:3"),
        row("a newer build comes while the circuit breaker counts")
            .setup([breaker(), deployed(exit(1)), then(12.0, update(stamped(58, OTHER)))])
            .ends("superseded", 7)
            .runs("web:3"),
        row("another user stops it")
            .setup([then(20.0, stop("ABORT"))])
            .ends("stopped", 1)
            .prints(["stopped by the user"])
            .does_not_print(["web deployed"])
            .runs("web:2"),
        row("another user stops it, without service deployments")
            .setup([without(FALLBACK), then(20.0, stop("ABORT"))])
            .ends("failed", 1)
            .prints(["stopped on request"])
            .does_not_print(["web deployed"])
            .runs("web:2"),
        row("another user stops a blue/green deployment that bakes")
            .setup([
                deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 30})),
                then(300.0, stop("ABORT")),
            ])
            .ends("stopped", 1)
            .prints(["IN_PROGRESS, BAKE_TIME"]),
        row("a newer build comes while a blue/green deployment bakes")
            .setup([
                deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 30})),
                then(300.0, update(stamped(58, OTHER))),
            ])
            .ends("superseded", 7)
            .prints(["build 58"])
            .runs("web:3"),
        row("a newer build comes, and answers are stale")
            .setup([stale(), then(20.0, update(stamped(58, OTHER)))])
            .ends("superseded", 7)
            .runs("web:3"),
        row("a newer build comes behind a Classic Load Balancer without service deployments")
            .setup([classic(), without(FALLBACK), then(20.0, update(stamped(58, OTHER)))])
            .ends("superseded", 7)
            .prints(["build 58"])
            .runs("web:3"),
        row("another user restores the old definition")
            .setup([then(20.0, update(json!("web:1")))])
            .ends("superseded", 7)
            .prints(["superseded by web:1 (ecs-svc/"])
            .runs("web:1"),
        row("another user restores the old definition, without service deployments")
            .setup([without(FALLBACK), then(20.0, update(json!("web:1")))])
            .ends("superseded", 7)
            .prints(["superseded by web:1 (ecs-svc/"])
            .runs("web:1"),
        row("another user rolls it back")
            .setup([then(20.0, stop("ROLLBACK"))])
            .ends("rolled back", 1)
            .prints(["a rollback was requested", "the service runs web:1"])
            .runs("web:1"),
        row("another user rolls it back, without service deployments")
            .setup([without(FALLBACK), then(20.0, stop("ROLLBACK"))])
            .ends("rolled back", 1)
            .prints(["the service runs web:1"])
            .runs("web:1"),
        row("the service is deleted")
            .setup([then(20.0, delete())])
            .ends("failed", 1)
            .prints(["was deleted during the rollout"])
            .does_not_print(["web deployed"]),
        row("the service is deleted, without service deployments")
            .setup([without(FALLBACK), then(20.0, delete())])
            .ends("failed", 1)
            .prints(["was deleted during the rollout"])
            .does_not_print(["web deployed"]),
        row("the service is scaled out")
            .setup([then(20.0, scale(5))])
            .ends("deployed", 0)
            .prints(["of 5 running"])
            .runs("web:2")
            .check(|world, _| {
                let count = world.simulator.snapshot("main", "web").desired_count;
                (count == 5).then_some(()).ok_or_else(|| format!("the desired count is {count}"))
            }),
        row("the service is scaled in")
            .setup([tasks(4), then(20.0, scale(1))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("the service is scaled to nothing")
            .setup([then(20.0, scale(0))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("tasks are killed").setup([then(30.0, kill(2))]).ends("deployed", 0).runs("web:2"),
        row("tasks are killed under a circuit breaker")
            .setup([breaker(), tasks(4), then(30.0, kill(2))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a newer build came between the plan and the update")
            .setup([after("ecs:RegisterTaskDefinition", 0.0, update(stamped(58, OTHER)))])
            .ends("superseded", 7)
            .prints(["was updated to the newer", "restoring it", "build 58"])
            .runs("web:3")
            .counts("ecs:UpdateService", 2),
        row("a newer build came between the plan and the update, and fails when it is restored")
            .setup([
                breaker(),
                after("ecs:RegisterTaskDefinition", 0.0, update(stamped(58, OTHER))),
                on(
                    TaskFilter {
                        service: Some("web".to_owned()),
                        deployment_number: Some(3),
                        ..TaskFilter::default()
                    },
                    exit(1),
                ),
            ])
            .ends("failed", 1)
            .prints(["restoring it", "this build replaced the newer web:3", "rolled back"])
            .runs("web:1"),
        row("another user deployed by hand between the plan and the update")
            .setup([after("ecs:RegisterTaskDefinition", 0.0, update(unstamped()))])
            .ends("deployed", 0)
            .prints(["by someone else after planning; the deployment is based on it"])
            .runs("web:4")
            .counts("ecs:UpdateService", 2)
            .check(|world, _| {
                let query = json!({"taskDefinition": "web:4"});
                let definition = world.simulator.call("ecs:DescribeTaskDefinition", &query).unwrap();
                let container = &definition["taskDefinition"]["containerDefinitions"][0];
                let kept = container["environment"][0]["value"] == "hand";
                kept.then_some(()).ok_or_else(|| format!("the change by hand is lost: {container}"))
            }),
        row("others deploy all the time")
            .setup([by_hand_after(1), by_hand_after(2), by_hand_after(3)])
            .ends("deployed", 0)
            .prints([
                "was updated to web:5 by someone else",
                "lacks its changes: gave up after 3 attempts to deploy to main/web",
            ])
            .does_not_print(["got web:7"])
            .runs("web:6")
            .counts("ecs:UpdateService", 3),
        row("others deploy all the time, and the run deploys on top of them")
            .setup([by_hand_after(1), by_hand_after(2)])
            .ends("deployed", 0)
            .does_not_print(["all the time"])
            .runs("web:6")
            .counts("ecs:UpdateService", 3),
        row("others deploy all the time, and the last of them is newer")
            .setup([by_hand_after(1), by_hand_after(2)])
            .setup([after_call(REGISTER, 3, 0.0, update(stamped(58, OTHER)))])
            .ends("superseded", 7)
            .prints(["restoring it"])
            .runs("web:7")
            .counts("ecs:UpdateService", 4),
        row("others deploy all the time, and the result is rolled back")
            .setup([by_hand_after(1), by_hand_after(2), by_hand_after(3), breaker(), deployed(exit(1))])
            .ends("rolled back", 1)
            .prints(["gave up after 3 attempts to deploy to main/web", "web exited 1"])
            .runs("web:1")
            .counts("ecs:UpdateService", 3),
        row("others deploy all the time before a migration")
            .setup([
                after_call(DESCRIBE, 1, 0.0, update(by_hand(1))),
                after_call(DESCRIBE, 2, 0.0, update(by_hand(2))),
                after_call(DESCRIBE, 3, 0.0, update(by_hand(3))),
            ])
            .decision(to_web(
                json!({"tasks_before": [{"name": "migrate", "container": "web", "command": ["x"]}]}),
            ))
            .ends("failed", 1)
            .prints(["gave up after 3 attempts to deploy to main/web"])
            .counts("ecs:RunTask", 0)
            .counts("ecs:UpdateService", 0),
        row("an older build came between the plan and the update")
            .setup([after("ecs:RegisterTaskDefinition", 0.0, update(stamped(56, OTHER)))])
            .ends("deployed", 0)
            .prints(["the deployment is based on it"])
            .runs("web:4"),
    ]
}
