//! Calls that fail for a moment, or that have no response.

use std::collections::BTreeSet;

use ecs_simulator::{FaultKind, TaskBehaviour};
use serde_json::json;

use super::decision::to_web;
use super::row::{Row, row};
use super::scenario::*;
use crate::world::{RunResult, World};

const REGISTER: &str = "ecs:RegisterTaskDefinition";
const UPDATE: &str = "ecs:UpdateService";
const STOP: &str = "ecs:StopServiceDeployment";
const RUN: &str = "ecs:RunTask";

/// The calls that watch a rollout.
const WATCH: [&str; 5] = [
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeServiceDeployments",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
];

/// Checks that all calls of `RunTask` request the same task.
fn one_task_ran(_: &World, ended: &RunResult) -> Result<(), String> {
    let tokens: BTreeSet<String> =
        ended.done(RUN).iter().map(|call| call.body["clientToken"].to_string()).collect();
    (tokens.len() == 1).then_some(()).ok_or_else(|| format!("the task may run twice: {tokens:?}"))
}

fn migrate() -> serde_json::Value {
    json!({"name": "migrate", "container": "web", "command": ["bin/migrate"]})
}

fn kinds() -> [(&'static str, FaultKind); 7] {
    [
        ("a 500", FaultKind::Internal),
        ("a 503", FaultKind::Unavailable),
        ("a page of HTML", FaultKind::Html),
        ("half an answer", FaultKind::TruncateResponse),
        ("a closed connection", FaultKind::DropRequest),
        ("a lost answer", FaultKind::DropResponse),
        ("throttling", FaultKind::Throttle),
    ]
}

/// Checks that a repeated error is printed once for each call.
fn error_is_printed_once(_: &World, ended: &RunResult) -> Result<(), String> {
    let polls = ended.count("ecs:DescribeServiceDeployments");
    let retried: Vec<&str> = ended.text.lines().filter(|line| line.contains("retrying")).collect();
    let printed = retried.len();
    let distinct = retried.into_iter().collect::<BTreeSet<_>>().len();
    (polls > 3 && printed > 0 && printed == distinct)
        .then_some(())
        .ok_or_else(|| format!("printed {printed} times in {polls} polls"))
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("nothing can be read for a long time")
            .setup([fault("ecs:*", 8, 10_000, FaultKind::Internal)])
            .setup([deployed(TaskBehaviour::Hang)])
            .flags(["--timeout", "1"])
            .ends("timed out", 8)
            .prints([
                "timed out after 1 s of watching; nothing could be read for",
                "run this again to watch it",
            ])
            .does_not_print(["is still in progress in ECS"])
            .check(error_is_printed_once),
    ];
    for (name, kind) in [("a 500", FaultKind::Internal), ("a 503", FaultKind::Unavailable)] {
        for call in &WATCH[..3] {
            for skipped in [0, 1] {
                let fails = fault(call, skipped, 10_000, kind.clone());
                rows.push(
                    row(format!("{call}: {name} for ever, after {skipped}"))
                        .setup([fails])
                        .ends("deployed", 0)
                        .runs("web:2"),
                );
            }
        }
        rows.push(
            row(format!("DescribeServiceDeployments: {name} for ever"))
                .setup([
                    fault("ecs:DescribeServiceDeployments", 0, 10_000, kind.clone()),
                    breaker(),
                    deployed(exit(1)),
                ])
                .ends("rolled back", 1)
                .prints(["watching the `deployments` of the service instead", "web exited 1"])
                .runs("web:1"),
        );
    }
    for (name, kind) in kinds() {
        for call in WATCH {
            let fails = fault(call, 0, 1, kind.clone());
            rows.push(row(format!("{call}: {name}")).setup([fails]).ends("deployed", 0).runs("web:2"));
        }
        rows.push(
            row(format!("DescribeServiceDeployments: {name}, again and again"))
                .setup([
                    fault("ecs:DescribeServiceDeployments", 1, 4, kind.clone()),
                    breaker(),
                    deployed(exit(1)),
                ])
                .ends("rolled back", 1)
                .prints(["web exited 1"])
                .runs("web:1"),
        );
        // A mutating call is repeated only if it had no effect.
        rows.push(
            row(format!("{UPDATE}: {name}"))
                .setup([fault(UPDATE, 0, 1, kind.clone())])
                .ends("deployed", 0)
                .prints(["warning:", UPDATE])
                .runs("web:2")
                .counts(UPDATE, 1)
                .counts(REGISTER, 1),
        );
        rows.push(
            row(format!("{REGISTER}: {name}"))
                .setup([fault(REGISTER, 0, 1, kind.clone())])
                .ends("deployed", 0)
                .prints(["warning:", REGISTER])
                .runs("web:2")
                .counts(UPDATE, 1)
                .counts(REGISTER, 1),
        );
    }
    for (name, kind) in kinds() {
        rows.push(
            row(format!("{STOP}: {name}"))
                .setup([deployed(TaskBehaviour::Hang), fault(STOP, 0, 1, kind.clone())])
                .flags(["--on-failure", "roll-back", "--timeout", "0.3"])
                .ends("rolled back", 1)
                .prints(["rolled back as requested", "the service runs web:1"])
                .runs("web:1"),
        );
        let migrate = to_web(json!({"tasks_before": [migrate()]}));
        rows.push(
            row(format!("{RUN}: {name}"))
                .setup([fault(RUN, 0, 1, kind.clone())])
                .decision(migrate.clone())
                .ends("deployed", 0)
                .prints(["warning:", RUN])
                .runs("web:2")
                .check(one_task_ran),
        );
        rows.push(
            row(format!("ecs:DescribeTasks of a one-off task: {name}"))
                .setup([fault("ecs:DescribeTasks", 0, 1, kind)])
                .decision(migrate)
                .ends("deployed", 0)
                .runs("web:2")
                .counts(RUN, 1),
        );
    }
    let denied_once = || {
        error("AccessDeniedException", "User: x is not authorized to perform: ecs:DescribeServiceDeployments")
    };
    let expired = || error("ExpiredTokenException", "The security token included in the request is expired");
    rows.extend([
        row("everything is throttled for a while")
            .setup([fault("ecs:*", 4, 12, FaultKind::Throttle)])
            .ends("deployed", 0)
            .runs("web:2"),
        row("UpdateService stays throttled")
            .setup([fault(UPDATE, 0, 1000, FaultKind::Throttle)])
            .flags(["--timeout", "1"])
            .ends("failed", 5)
            .prints(["Rate exceeded"])
            .runs("web:1"),
        row("credentials expire while it is watched")
            .setup([fault("ecs:*", 7, 10_000, expired())])
            .ends("unknown", 8)
            .prints([
                "unknown: the rollout of web:2 could not be read for",
                "ExpiredTokenException",
                "it continues in ECS, and `ecs-host status main/web` shows it",
            ])
            .does_not_print(["web deployed", "web rolled back", "web failed"])
            .runs("web:2"),
        row("credentials are rejected once while it is watched")
            .setup([fault("ecs:DescribeServiceDeployments", 1, 1, expired())])
            .ends("deployed", 0)
            .prints(["ExpiredTokenException", "retrying"])
            .runs("web:2"),
        row("a permission is missing once while it is watched")
            .setup([fault("ecs:DescribeServiceDeployments", 1, 1, denied_once())])
            .ends("deployed", 0)
            .prints(["AccessDeniedException", "retrying"])
            .does_not_print(["watching the `deployments` of the service instead"])
            .runs("web:2"),
        row("a permission is removed while it is watched")
            .setup([fault("ecs:DescribeServiceDeployments", 1, 10_000, denied_once())])
            .ends("deployed", 0)
            .prints(["watching the `deployments` of the service instead"])
            .runs("web:2"),
        row("a permission was never there")
            .setup([denied("ecs:DescribeServiceDeployments")])
            .ends("deployed", 0)
            .prints(["watching the `deployments` of the service instead"])
            .does_not_print(["retrying"])
            .runs("web:2"),
        row("credentials expire after the rollout is complete")
            .setup([fault("ecs:ListTasks", 0, 10_000, expired())])
            .ends("deployed", 0)
            .prints(["not proven that it runs the pushed images: its tasks could not be read"])
            .runs("web:2"),
        row("credentials expire after a lost answer to the update")
            .setup([
                fault(UPDATE, 0, 1, FaultKind::DropResponse),
                fault("ecs:DescribeServices", 1, 10_000, expired()),
            ])
            .ends("unknown", 8)
            .prints([
                "AWS may have executed the call",
                "whether it did could not be read",
                "ExpiredTokenException",
            ])
            .runs("web:2"),
        row("credentials are rejected once after a lost answer to the update")
            .setup([
                fault(UPDATE, 0, 1, FaultKind::DropResponse),
                fault("ecs:DescribeServices", 1, 1, expired()),
            ])
            .ends("deployed", 0)
            .prints(["but AWS had executed the call"])
            .counts(UPDATE, 1)
            .runs("web:2"),
        row("credentials expire while a task before the update runs")
            .setup([fault("ecs:DescribeTasks", 1, 10_000, expired()), one_off(TaskBehaviour::Hang)])
            .decision(to_web(json!({"tasks_before": [migrate()]})))
            .ends("unknown", 8)
            .prints(["the one-off task `migrate`", "its outcome is unknown", "the service was not changed"])
            .runs("web:1"),
        row("credentials are rejected once while a task before the update runs")
            .setup([fault("ecs:DescribeTasks", 1, 1, expired())])
            .decision(to_web(json!({"tasks_before": [migrate()]})))
            .ends("deployed", 0)
            .counts(RUN, 1)
            .runs("web:2"),
        row("credentials expire while a task after the rollout runs")
            .setup([fault("ecs:DescribeTasks", 2, 10_000, expired()), one_off(TaskBehaviour::Hang)])
            .decision(to_web(json!({"tasks_after": [migrate()]})))
            .flags(["--on-failure", "roll-back"])
            .ends("unknown", 8)
            .prints(["the rollout is complete, but the one-off task `migrate`", "its outcome is unknown"])
            .counts(STOP, 0)
            .runs("web:2"),
        row("credentials expire before the update")
            .setup([fault(UPDATE, 0, 10_000, expired())])
            .ends("failed", 5)
            .prints(["ExpiredTokenException"])
            .runs("web:1"),
        row("the plan's reads fail for a moment")
            .setup([
                fault("ecs:DescribeServices", 0, 1, FaultKind::Internal),
                fault("ecr:*", 0, 1, FaultKind::DropRequest),
            ])
            .ends("deployed", 0)
            .runs("web:2"),
        row("an answer is slow")
            .setup([fault("ecs:DescribeServiceDeployments", 0, 2, FaultKind::Slow(0.3))])
            .ends("deployed", 0)
            .runs("web:2"),
    ]);
    rows
}
