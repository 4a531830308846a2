//! Changes to a schedule or a rule by someone else, between the plan and the update.

use ecs_simulator::{Change, FaultKind};
use serde_json::{Value, json};

use super::super::row::{Row, Setup, row};
use super::super::scenario::*;
use super::{
    RULE, SCHEDULE, expect, jobs, members, rule_target, rule_targets, ruled, schedule, scheduled, started,
    starts, starts_the_first, to_rule, to_schedule,
};
use crate::world::{COMMIT, DIGEST, repository};

/// Someone else updates the schedule after it was read `count` times.
fn updated(count: usize, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Setup {
    let mut body = members();
    body["Target"] = starts("jobs:1");
    (body["GroupName"], body["Name"]) = (json!("jobs"), json!("report"));
    change(&mut body);
    let change = Change::Call { action: "scheduler:UpdateSchedule".to_owned(), body };
    after_call("scheduler:GetSchedule", count, 0.0, change)
}

/// Someone else registers this revision of `jobs` after the plan has read the schedule.
fn registered(mut body: Value) -> Setup {
    body["family"] = json!("jobs");
    after_call(
        "scheduler:GetSchedule",
        1,
        0.0,
        Change::Call { action: "ecs:RegisterTaskDefinition".to_owned(), body },
    )
}

fn to_second(body: &mut Value) {
    body["Target"] = starts("jobs:2");
}

/// The same build by another run.
fn same_build() -> Value {
    let mut definition = stamped(57, COMMIT);
    definition["containerDefinitions"][0]["image"] = json!(format!("{}@{DIGEST}", repository()));
    definition
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("a schedule that starts a newer build since the plan was made")
            .setup([
                jobs(),
                scheduled(starts("jobs:1")),
                registered(stamped(58, OTHER)),
                updated(1, to_second),
            ])
            .decision(to_schedule())
            .all_end([(SCHEDULE, "superseded")], 7)
            .prints(["superseded by jobs:2", "build 58, commit aaaabbbbcccc"])
            .counts("ecs:RegisterTaskDefinition", 0)
            .counts("scheduler:UpdateSchedule", 0),
        row("a schedule that another run of the build deployed to since the plan was made")
            .setup([jobs(), scheduled(starts("jobs:1")), registered(same_build()), updated(1, to_second)])
            .decision(to_schedule())
            .all_end([(SCHEDULE, "unchanged")], 0),
        row("a schedule that starts a newer build")
            .setup([
                setup(|scenario| {
                    let mut newer = stamped(58, OTHER);
                    newer["family"] = json!("jobs");
                    scenario.resources.task_definitions.push(newer);
                }),
                scheduled(starts("jobs:1")),
            ])
            .decision(to_schedule())
            .rejected(7)
            .prints(["schedule `jobs/report` starts", "build 58"]),
        row("a schedule that starts a newer build, with --allow-older")
            .setup([
                setup(|scenario| {
                    let mut newer = stamped(58, OTHER);
                    newer["family"] = json!("jobs");
                    scenario.resources.task_definitions.push(newer);
                }),
                scheduled(starts("jobs:1")),
            ])
            .decision(to_schedule())
            .flags(["--allow-older"])
            .all_end([(SCHEDULE, "registered")], 0),
        row("a target of a rule that someone else changed since the plan was made")
            .setup([
                jobs(),
                ruled(json!([rule_target("a", "jobs:1")])),
                after_call("events:ListTargetsByRule", 2, 0.0, {
                    let body =
                        json!({"EventBusName": "orders", "Rule": "order", "Targets": [rule_target("b", "jobs:1")]});
                    Change::Call { action: "events:PutTargets".to_owned(), body }
                }),
            ])
            .decision(to_rule())
            .all_end([(RULE, "failed")], 1)
            .prints(["someone else changed it after planning"])
            .counts("events:PutTargets", 0),
        row("a target of a rule that EventBridge does not replace")
            .setup([
                jobs(),
                ruled(json!([rule_target("a", "jobs:1"), rule_target("b", "jobs:1")])),
                setup(|scenario| scenario.resources.rules[0].failing_targets = vec!["b".to_owned()]),
            ])
            .decision(to_rule())
            .all_end([(RULE, "failed")], 1)
            .prints([
                "target `b` was not replaced: ConcurrentModificationException: The rule was modified concurrently.",
                "jobs:2 stays registered for the next run",
            ])
            .check(|world, _| {
                let expected = json!([rule_target("a", "jobs:2"), rule_target("b", "jobs:1")]);
                expect(rule_targets(world) == expected, || rule_targets(world).to_string())
            }),
        row("a lost response to the update of a rule")
            .setup([
                jobs(),
                ruled(json!([rule_target("a", "jobs:1")])),
                fault("events:PutTargets", 0, 1, FaultKind::DropResponse),
            ])
            .decision(to_rule())
            .all_end([(RULE, "registered")], 0)
            .prints(["but AWS had executed the call"])
            .counts("events:PutTargets", 1),
        row("a lost response to an update, and no read of what became of it")
            .setup([
                jobs(),
                scheduled(starts("jobs:1")),
                fault("scheduler:UpdateSchedule", 0, 1, FaultKind::DropResponse),
                // Read by the plan, before the registration, and before the update.
                fault("scheduler:GetSchedule", 3, 100, error("AccessDeniedException", "not any more")),
            ])
            .decision(to_schedule())
            .all_end([(SCHEDULE, "unknown")], 8)
            .prints(["AWS may have executed the call", "run this again, which checks it first"])
            .check(|world, _| expect(started(world) == "jobs:2", || started(world))),
        row("a schedule that cannot be read right before the update is not changed")
            .setup([
                jobs(),
                scheduled(starts("jobs:1")),
                fault("scheduler:GetSchedule", 2, 100, error("AccessDeniedException", "not any more")),
            ])
            .decision(to_schedule())
            .all_end([(SCHEDULE, "failed")], 5)
            .counts("scheduler:UpdateSchedule", 0)
            .check(starts_the_first),
    ];
    for (count, registrations) in [(1, 0), (2, 1)] {
        rows.push(
            row(format!("a schedule that someone else changed after read {count}"))
                .setup([
                    jobs(),
                    scheduled(starts("jobs:1")),
                    updated(count, |body| body["ScheduleExpression"] = json!("rate(2 hours)")),
                ])
                .decision(to_schedule())
                .all_end([(SCHEDULE, "failed")], 1)
                .prints(["someone else changed it after planning, and a deployment would overwrite that; run this again"])
                .counts("ecs:RegisterTaskDefinition", registrations)
                .counts("scheduler:UpdateSchedule", 0)
                .check(starts_the_first)
                .check(|world, _| {
                    let whole = schedule(world);
                    expect(whole["ScheduleExpression"] == "rate(2 hours)", || whole.to_string())
                }),
        );
    }
    rows
}
