//! Tasks that fail, in every way: what ECS makes of that, and what is told of it.

use ecs_simulator::{Change, TaskBehaviour, TaskFilter};
use serde_json::json;

use super::given::*;
use super::row::{Row, row};

fn by_the_breaker(name: &str, does: TaskBehaviour) -> Row {
    row(name)
        .given([breaker(), deployed(does)])
        .ends("rolled back", 1)
        .says([
            "circuit breaker threshold was exceeded",
            "the circuit breaker's threshold is 3",
            "web:1 runs",
        ])
        .says_not(["web deployed"])
        .runs("web:1")
}

fn in_time(name: &str, does: TaskBehaviour) -> Row {
    row(name)
        .given([deployed(does)])
        .flags(["--timeout", "0.7"])
        .ends("timed out", 8)
        .says(["the rollout goes on in ECS", "0 of 2 running"])
        .says_not(["web deployed"])
        .runs("web:2")
}

/// Old tasks stop before new ones start, and the circuit breaker rolls back.
fn replacing() -> super::row::Given {
    deploying(json!({
        "deploymentCircuitBreaker": {"enable": true, "rollback": true},
        "minimumHealthyPercent": 0,
        "maximumPercent": 100,
    }))
}

pub fn rows() -> Vec<Row> {
    let secrets = "ResourceInitializationError: unable to pull secrets";
    vec![
        by_the_breaker("tasks exit 1", exit(1)).says(["3 × web exited 1"]),
        by_the_breaker("tasks run out of memory", TaskBehaviour::OutOfMemory { after: 1.0 })
            .says(["web exited 137 (OutOfMemoryError: Container killed due to memory usage)"]),
        by_the_breaker("an image can't be pulled", TaskBehaviour::CannotPull { reason: None })
            .says(["CannotPullContainerError", "not found"]),
        by_the_breaker("a container's health check fails", TaskBehaviour::Unhealthy { after: 0.0 })
            .given([checked()])
            .says(["web failed its health check"]),
        by_the_breaker("a load balancer's health check fails", TaskBehaviour::Unhealthy { after: 0.0 })
            .given([balanced()])
            .says(["failed the health check of target group `todo`"]),
        by_the_breaker("a secret is not there", TaskBehaviour::CannotInitialize { reason: None })
            .says([secrets]),
        by_the_breaker("the log of a failed task is shown", logs_and_exits(&["no database", "giving up"], 1))
            .given([logging()])
            .says(["3 × web exited 1", "log of web (task ", "  no database", "  giving up"]),
        by_the_breaker("the log of a failed task can't be read", logs_and_exits(&["no database"], 1))
            .given([logging(), denied("logs:*")])
            .says(["3 × web exited 1", "logs:GetLogEvents"])
            .says_not(["  no database"]),
        by_the_breaker("stopped tasks can't be listed", exit(1))
            .given([denied("ecs:ListTasks")])
            .says(["the stopped tasks can't be listed: allow the action `ecs:ListTasks`"]),
        row("many tasks fail, and causes are counted")
            .given([tasks(10), breaker(), deployed(exit(3))])
            .ends("rolled back", 1)
            .says(["× web exited 3", "the circuit breaker's threshold is 5"])
            .runs("web:1"),
        row("the first two tasks fail, and the rest do not")
            .given([
                tasks(3),
                breaker(),
                given(|scenario| {
                    let on = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
                    let flaps =
                        ecs_simulator::TaskRule { filter: on, limit: Some(2), behaviour: exit(1), skip: 0 };
                    scenario.task_rules.push(flaps);
                }),
            ])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a circuit breaker that leaves what failed")
            .given([breaker_alone(), deployed(exit(1))])
            .ends("failed", 1)
            .says(["circuit breaker threshold was exceeded", "× web exited 1"])
            .runs("web:2"),
        row("an alarm")
            .given([
                deploying(
                    json!({"alarms": {"enable": true, "rollback": true, "alarmNames": ["errors", "slow"]}}),
                ),
                then(20.0, Change::SetAlarmState { name: "slow".to_owned(), in_alarm: true }),
            ])
            .ends("rolled back", 1)
            .says(["(in alarm: slow)", "web:1 runs"])
            .runs("web:1"),
        row("an alarm in the bake time")
            .given([
                deploying(json!({
                    "bakeTimeInMinutes": 10,
                    "alarms": {"enable": true, "rollback": true, "alarmNames": ["errors"]},
                })),
                then(300.0, Change::SetAlarmState { name: "errors".to_owned(), in_alarm: true }),
            ])
            .ends("rolled back", 1)
            .says(["(in alarm: errors)"])
            .runs("web:1"),
        row("an alarm that leaves what it is about")
            .given([
                deploying(json!({"alarms": {"enable": true, "rollback": false, "alarmNames": ["errors"]}})),
                then(20.0, Change::SetAlarmState { name: "errors".to_owned(), in_alarm: true }),
            ])
            .ends("failed", 1)
            .says(["(in alarm: errors)"])
            .runs("web:2"),
        row("a lifecycle stage that is refused")
            .given([
                deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1})),
                given(|scenario| scenario.failing_hooks.push("web/POST_TEST_TRAFFIC_SHIFT".to_owned())),
            ])
            .ends("rolled back", 1)
            .says(["POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed", "web:1 runs"])
            .runs("web:1"),
        row("a rollback that fails too")
            .given([replacing(), deployed(exit(1)), on(TaskFilter::default(), exit(2))])
            .ends("failed", 1)
            .says(["the rollout failed, and the rollback of ECS failed, too", "3 × web exited 1"]),
        row("a rollback that fails too is not rolled back")
            .given([replacing(), deployed(exit(1)), on(TaskFilter::default(), exit(2))])
            .flags(["--on-failure", "roll-back"])
            .ends("failed", 1)
            .says(["the rollback of ECS failed, too", "the service is set to web:1 already"])
            .counts("ecs:UpdateService", 1),
        row("a rollback that does not end")
            .given([replacing(), deployed(exit(1)), on(TaskFilter::default(), TaskBehaviour::Hang)])
            .flags(["--timeout", "0.7"])
            .ends("timed out", 8)
            .says(["ROLLBACK_IN_PROGRESS", "3 × web exited 1"])
            .runs("web:1"),
        row("a rollback that does not end is not rolled back")
            .given([replacing(), deployed(exit(1)), on(TaskFilter::default(), TaskBehaviour::Hang)])
            .flags(["--timeout", "0.7", "--on-failure", "roll-back"])
            .ends("timed out", 8)
            .says(["ROLLBACK_IN_PROGRESS"])
            .runs("web:1")
            .counts("ecs:UpdateService", 1)
            .counts("ecs:StopServiceDeployment", 0),
        row("a rollback that does not end is not rolled back, without service deployments")
            .given([
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
            .given([with("schedulingStrategy", json!("DAEMON")), breaker(), deployed(exit(1))])
            .ends("rolled back", 1)
            .says(["× web exited 1"])
            .runs("web:1"),
        row("answers out of the past tell of a rollback")
            .given([breaker(), deployed(exit(1)), stale()])
            .ends("rolled back", 1)
            .says(["× web exited 1"])
            .runs("web:1"),
        row("answers out of the past tell of a rollback, without service deployments")
            .given([without("ecs:*ServiceDeployments"), breaker(), deployed(exit(1)), stale()])
            .ends("rolled back", 1)
            .says(["× web exited 1"])
            .runs("web:1"),
        row("a blue/green deployment bakes longer than it may")
            .given([deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1440}))])
            .flags(["--timeout", "0.7"])
            .ends("timed out", 8)
            .says(["2 of 2 running, IN_PROGRESS, BAKE_TIME"])
            .runs("web:2"),
        in_time("tasks exit behind a Classic Load Balancer without service deployments", exit(1))
            .given([classic(), without("ecs:*ServiceDeployments")])
            .says(["× web exited 1"]),
        in_time("tasks exit, and no circuit breaker looks", exit(1)).says(["× web exited 1"]),
        in_time("tasks stay PENDING", TaskBehaviour::Hang).says(["2 pending"]),
        in_time("tasks stay PENDING under a circuit breaker", TaskBehaviour::Hang)
            .given([breaker()])
            .says(["2 pending"]),
        in_time("there is no place for a task", TaskBehaviour::Unplaceable { reason: None })
            .says(["was unable to place a task"]),
        row("the tasks run another image than the one that was pushed")
            .given([deployed(TaskBehaviour::WrongDigest {
                digest: "sha256:9999999999999999999999999999999999999999999999999999999999999999".to_owned(),
            })])
            .ends("failed", 1)
            .in_spite_of_ecs()
            .says([
                "ECS reports the rollout as complete, but container `web`",
                "sha256:9999",
                "instead of sha256:1111",
            ])
            .says_not(["web deployed"]),
    ]
}
