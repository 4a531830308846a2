//! Tasks that fail, in every way: the reaction of ECS, and the report of the run.

use ecs_simulator::{Change, TaskBehaviour, TaskFilter};
use serde_json::json;

use super::row::{Row, Setup, row};
use super::scenario::*;

fn rolled_back_by_breaker(name: &str, does: TaskBehaviour) -> Row {
    row(name)
        .setup([breaker(), deployed(does)])
        .ends("rolled back", 1)
        .prints([
            "circuit breaker threshold was exceeded",
            "the circuit breaker counted 3 failed tasks; its threshold is 3",
            "the service runs web:1",
        ])
        .does_not_print(["web deployed"])
        .runs("web:1")
}

fn timed_out(name: &str, does: TaskBehaviour) -> Row {
    row(name)
        .setup([deployed(does)])
        .flags(["--timeout", "0.7"])
        .ends("timed out", 8)
        .prints(["the rollout is still in progress in ECS", "0 of 2 running"])
        .does_not_print(["web deployed"])
        .runs("web:2")
}

/// Old tasks stop before new ones start, and the circuit breaker rolls back.
fn replacing() -> super::row::Setup {
    deploying(json!({
        "deploymentCircuitBreaker": {"enable": true, "rollback": true},
        "minimumHealthyPercent": 0,
        "maximumPercent": 100,
    }))
}

fn other_digest() -> String {
    format!("sha256:{}", "9".repeat(64))
}

/// The pushed image is an index that lists the other digest.
fn pushed_index() -> Setup {
    setup(|scenario| {
        let entry = json!({"digest": other_digest(), "platform": {"os": "linux", "architecture": "amd64"}});
        for image in &mut scenario.resources.repositories[0].images {
            image.manifest = Some(json!({"schemaVersion": 2, "manifests": [entry]}).to_string());
        }
    })
}

pub fn rows() -> Vec<Row> {
    let secrets = "ResourceInitializationError: unable to pull secrets";
    vec![
        rolled_back_by_breaker("tasks exit 1", exit(1)).prints(["3 tasks stopped: web exited 1"]),
        rolled_back_by_breaker("tasks run out of memory", TaskBehaviour::OutOfMemory { after: 1.0 })
            .prints(["web exited 137 (OutOfMemoryError: Container killed due to memory usage)"]),
        rolled_back_by_breaker("an image can't be pulled", TaskBehaviour::CannotPull { reason: None })
            .prints(["CannotPullContainerError", "not found"]),
        rolled_back_by_breaker("a container's health check fails", TaskBehaviour::Unhealthy { after: 0.0 })
            .setup([checked()])
            .prints(["web failed its health check"]),
        rolled_back_by_breaker(
            "a load balancer's health check fails",
            TaskBehaviour::Unhealthy { after: 0.0 },
        )
        .setup([balanced()])
        .prints(["failed the health check of target group `todo`"]),
        rolled_back_by_breaker("a secret does not exist", TaskBehaviour::CannotInitialize { reason: None })
            .prints([secrets]),
        rolled_back_by_breaker(
            "the log of a failed task is shown",
            logs_and_exits(&["no database", "giving up"], 1),
        )
        .setup([logging()])
        .prints([
            "3 tasks stopped: web exited 1",
            "log of web (task ",
            "  no database",
            "  giving up",
        ]),
        rolled_back_by_breaker("the log of a failed task can't be read", logs_and_exits(&["no database"], 1))
            .setup([logging(), denied("logs:*")])
            .prints(["3 tasks stopped: web exited 1", "logs:GetLogEvents"])
            .does_not_print(["  no database"]),
        rolled_back_by_breaker("stopped tasks can't be listed", exit(1))
            .setup([denied("ecs:ListTasks")])
            .prints(["the stopped tasks cannot be listed: allow the action `ecs:ListTasks`"]),
        row("many tasks fail, and causes are counted")
            .setup([tasks(10), breaker(), deployed(exit(3))])
            .ends("rolled back", 1)
            .prints(["tasks stopped: web exited 3", "its threshold is 5"])
            .runs("web:1"),
        row("the first two tasks fail, and the rest do not")
            .setup([
                tasks(3),
                breaker(),
                setup(|scenario| {
                    let on = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
                    let flaps =
                        ecs_simulator::TaskRule { filter: on, limit: Some(2), behaviour: exit(1), skip: 0 };
                    scenario.task_rules.push(flaps);
                }),
            ])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a circuit breaker that does not roll back")
            .setup([breaker_alone(), deployed(exit(1))])
            .ends("failed", 1)
            .prints(["circuit breaker threshold was exceeded", "tasks stopped: web exited 1"])
            .runs("web:2"),
        row("an alarm")
            .setup([
                deploying(
                    json!({"alarms": {"enable": true, "rollback": true, "alarmNames": ["errors", "slow"]}}),
                ),
                then(20.0, Change::SetAlarmState { name: "slow".to_owned(), in_alarm: true }),
            ])
            .ends("rolled back", 1)
            .prints(["(in alarm: slow)", "the service runs web:1"])
            .runs("web:1"),
        row("an alarm in the bake time")
            .setup([
                deploying(json!({
                    "bakeTimeInMinutes": 10,
                    "alarms": {"enable": true, "rollback": true, "alarmNames": ["errors"]},
                })),
                then(300.0, Change::SetAlarmState { name: "errors".to_owned(), in_alarm: true }),
            ])
            .ends("rolled back", 1)
            .prints(["(in alarm: errors)"])
            .runs("web:1"),
        row("an alarm that does not roll back")
            .setup([
                deploying(json!({"alarms": {"enable": true, "rollback": false, "alarmNames": ["errors"]}})),
                then(20.0, Change::SetAlarmState { name: "errors".to_owned(), in_alarm: true }),
            ])
            .ends("failed", 1)
            .prints(["(in alarm: errors)"])
            .runs("web:2"),
        row("a lifecycle hook that fails")
            .setup([
                deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1})),
                setup(|scenario| scenario.failing_hooks.push("web/POST_TEST_TRAFFIC_SHIFT".to_owned())),
            ])
            .ends("rolled back", 1)
            .prints(["POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed", "the service runs web:1"])
            .runs("web:1"),
        row("a rollback that fails too")
            .setup([replacing(), deployed(exit(1)), on(TaskFilter::default(), exit(2))])
            .ends("failed", 1)
            .prints([
                "the rollout failed, and the rollback of ECS failed, too",
                "3 tasks stopped: web exited 1",
            ]),
        row("a rollback that fails too is not rolled back")
            .setup([replacing(), deployed(exit(1)), on(TaskFilter::default(), exit(2))])
            .flags(["--on-failure", "roll-back"])
            .ends("failed", 1)
            .prints(["the rollback of ECS failed, too", "the service is set to web:1 already"])
            .counts("ecs:UpdateService", 1),
        row("a rollback that does not end")
            .setup([replacing(), deployed(exit(1)), on(TaskFilter::default(), TaskBehaviour::Hang)])
            .flags(["--timeout", "0.7"])
            .ends("timed out", 8)
            .prints(["ROLLBACK_IN_PROGRESS", "3 tasks stopped: web exited 1"])
            .runs("web:1"),
        row("a rollback that does not end is not rolled back")
            .setup([replacing(), deployed(exit(1)), on(TaskFilter::default(), TaskBehaviour::Hang)])
            .flags(["--timeout", "0.7", "--on-failure", "roll-back"])
            .ends("timed out", 8)
            .prints(["ROLLBACK_IN_PROGRESS"])
            .runs("web:1")
            .counts("ecs:UpdateService", 1)
            .counts("ecs:StopServiceDeployment", 0),
        row("a rollback that does not end is not rolled back, without service deployments")
            .setup([
                without("ecs:*ServiceDeployment*"),
                replacing(),
                deployed(exit(1)),
                on(TaskFilter::default(), TaskBehaviour::Hang),
            ])
            .flags(["--timeout", "0.7", "--on-failure", "roll-back"])
            .ends("timed out", 8)
            .runs("web:1")
            .counts("ecs:UpdateService", 1),
        row("a daemon's tasks fail")
            .setup([with("schedulingStrategy", json!("DAEMON")), breaker(), deployed(exit(1))])
            .ends("rolled back", 1)
            .prints(["tasks stopped: web exited 1"])
            .runs("web:1"),
        row("stale answers report a rollback")
            .setup([breaker(), deployed(exit(1)), stale()])
            .ends("rolled back", 1)
            .prints(["tasks stopped: web exited 1"])
            .runs("web:1"),
        row("stale answers report a rollback, without service deployments")
            .setup([without("ecs:*ServiceDeployments"), breaker(), deployed(exit(1)), stale()])
            .ends("rolled back", 1)
            .prints(["tasks stopped: web exited 1"])
            .runs("web:1"),
        row("a blue/green deployment bakes longer than the timeout")
            .setup([deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1440}))])
            .flags(["--timeout", "0.7"])
            .ends("timed out", 8)
            .prints(["2 of 2 running, IN_PROGRESS, BAKE_TIME"])
            .runs("web:2"),
        timed_out("tasks exit behind a Classic Load Balancer without service deployments", exit(1))
            .setup([classic(), without("ecs:*ServiceDeployments")])
            .prints(["tasks stopped: web exited 1"]),
        timed_out("tasks exit without a circuit breaker", exit(1)).prints(["tasks stopped: web exited 1"]),
        timed_out("tasks stay PENDING", TaskBehaviour::Hang).prints(["2 pending"]),
        timed_out("tasks stay PENDING under a circuit breaker", TaskBehaviour::Hang)
            .setup([breaker()])
            .prints(["2 pending"]),
        timed_out("a task can't be placed", TaskBehaviour::Unplaceable { reason: None })
            .prints(["was unable to place a task"]),
        row("the tasks run a platform of the index that was pushed")
            .setup([deployed(TaskBehaviour::WrongDigest { digest: other_digest() }), pushed_index()])
            .runs_another_digest()
            .ends("deployed", 0)
            .does_not_print(["not proven"])
            .counts("ecr:BatchGetImage", 1),
        row("the tasks run another image, and the pushed one cannot be read")
            .setup([
                deployed(TaskBehaviour::WrongDigest { digest: other_digest() }),
                denied("ecr:BatchGetImage"),
            ])
            .runs_another_digest()
            .ends("deployed", 0)
            .prints(["not proven that it runs the pushed images: container `web`", "ecr:BatchGetImage"]),
        row("the tasks run another image than the one that was pushed")
            .setup([deployed(TaskBehaviour::WrongDigest { digest: other_digest() })])
            .ends("failed", 1)
            .overrides_ecs()
            .prints([
                "ECS reports the rollout as complete, but container `web`",
                "sha256:9999",
                "instead of sha256:1111",
            ])
            .does_not_print(["web deployed"]),
    ]
}
