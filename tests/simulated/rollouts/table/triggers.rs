//! Schedules and rules: the revision that they start is replaced, and nothing else.

mod concurrent;
pub mod problems;
mod revisions;
mod services;

use ecs_simulator::{FaultKind, RegionSetup, Resources, RuleSetup, ScheduleSetup};
use serde_json::{Map, Value, json};

use super::decision::to;
use super::row::{Row, Setup, row};
use super::scenario::*;
use crate::world::{RunResult, World, definition};

const OTHER_ACCOUNT: &str = "999999999999";
const ROLE: &str = "arn:aws:iam::999999999999:role/deploy";
const SCHEDULE: &str = "schedule jobs/report";
const RULE: &str = "event rule orders/order";

/// A target of ECS that starts tasks of a task definition, with members that the SDK does not know.
pub fn starts(definition: &str) -> Value {
    json!({
        "Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
        "RoleArn": "arn:aws:iam::123456789012:role/starts",
        "Input": "{\"containerOverrides\": [{\"name\": \"web\", \"command\": [\"bin/report\"]}]}",
        "RetryPolicy": {"MaximumEventAgeInSeconds": 600, "MaximumRetryAttempts": 2},
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
        "EcsParameters": {
            "TaskDefinitionArn": format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{definition}"),
            "TaskCount": 2,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-1"]}},
            "LaterMember": {"Kept": [1.5, null]},
        },
        "LaterTargetMember": "kept",
    })
}

/// A target of a rule.
pub fn rule_target(id: &str, definition: &str) -> Value {
    let mut target = starts(definition);
    target["Id"] = json!(id);
    target
}

/// The members of the schedule `jobs/report` beside its target.
fn members() -> Value {
    json!({
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        "StartDate": 1_893_456_000.25,
        "EndDate": 1_993_456_000.0,
        "Description": "nightly",
        "KmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
        "ActionAfterCompletion": "NONE",
        "LaterMember": {"Kept": true},
    })
}

fn to_map(members: &Value) -> Map<String, Value> {
    members.as_object().cloned().unwrap()
}

/// The family `jobs` has one revision.
pub fn jobs() -> Setup {
    setup(|scenario| scenario.resources.task_definitions.push(definition("jobs")))
}

/// The schedule `jobs/report` has this target.
pub fn scheduled(target: Value) -> Setup {
    with_members(json!({}), target)
}

/// The schedule `jobs/report` has this target, and other members.
fn with_members(other: Value, target: Value) -> Setup {
    setup(move |scenario| {
        let mut parameters = to_map(&members());
        parameters.extend(to_map(&other));
        let (group, name, target) = ("jobs".into(), "report".into(), target.clone());
        scenario.resources.schedules.push(ScheduleSetup { group, name, target, parameters });
    })
}

/// The rule `orders/order` has these targets.
pub fn ruled(targets: Value) -> Setup {
    with_rule(json!({"EventPattern": "{\"source\": [\"orders\"]}"}), targets)
}

fn with_rule(parameters: Value, targets: Value) -> Setup {
    setup(move |scenario| {
        scenario.resources.rules.push(RuleSetup {
            event_bus: "orders".into(),
            name: "order".into(),
            targets: targets.as_array().cloned().unwrap(),
            parameters: to_map(&parameters),
            ..RuleSetup::default()
        });
    })
}

pub fn to_schedule() -> Value {
    to(json!([{"schedule": "jobs/report"}]))
}

pub fn to_rule() -> Value {
    to(json!([{"event_rule": "orders/order"}]))
}

fn schedule(world: &World) -> Value {
    world.simulator.call("scheduler:GetSchedule", &json!({"GroupName": "jobs", "Name": "report"})).unwrap()
}

fn rule_targets(world: &World) -> Value {
    let query = json!({"EventBusName": "orders", "Rule": "order"});
    world.simulator.call("events:ListTargetsByRule", &query).unwrap()["Targets"].clone()
}

/// The short name of the task definition that the schedule starts.
fn started(world: &World) -> String {
    let whole = schedule(world);
    let arn = whole["Target"]["EcsParameters"]["TaskDefinitionArn"].as_str().unwrap();
    arn.rsplit('/').next().unwrap().to_owned()
}

fn expect(is: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if is { Ok(()) } else { Err(what()) }
}

/// The schedule is as at the start, but for its task definition.
fn is_lossless(world: &World, _: &RunResult) -> Result<(), String> {
    let whole = schedule(world);
    let mut expected = members();
    expected["Target"] = starts("jobs:2");
    let differs = to_map(&expected).into_iter().find(|(name, value)| whole[name] != *value);
    differs.map_or(Ok(()), |(name, value)| Err(format!("{name} is {} instead of {value}", whole[&name])))
}

pub fn starts_the_first(world: &World, _: &RunResult) -> Result<(), String> {
    expect(started(world) == "jobs:1", || format!("the schedule starts {}", started(world)))
}

fn states_the_next_start(_: &World, ended: &RunResult) -> Result<(), String> {
    let next = json!({
        "expression": "cron(0 3 * * ? *)", "time_zone": "Europe/Berlin", "has_event_pattern": false, "is_enabled": true,
    });
    let verdict = ended.verdict(SCHEDULE);
    expect(verdict["next_start"] == next, || format!("{verdict}"))
}

/// The schedule `jobs/report` starts the only revision of its family.
fn one_revision() -> [Setup; 2] {
    [jobs(), scheduled(starts("jobs:1"))]
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("a schedule starts the new revision, and is otherwise as before")
            .setup(one_revision())
            .decision(to_schedule())
            .all_end([(SCHEDULE, "registered")], 0)
            .prints([
                "deploy 1 image to 1 schedule\n",
                "  schedule jobs/report: new revision after jobs:1, started from then on\n",
                "schedule jobs/report starts jobs:2\n",
                "schedule jobs/report registered, started next by cron(0 3 * * ? *) in Europe/Berlin",
            ])
            .counts("ecs:RegisterTaskDefinition", 1)
            .counts("scheduler:UpdateSchedule", 1)
            .check(is_lossless)
            .check(states_the_next_start),
        row("a rule starts the new revision in each target of ECS, and is otherwise as before")
            .setup([
                jobs(),
                ruled(json!([
                    rule_target("a", "jobs:1"),
                    {"Id": "mail", "Arn": "arn:aws:sns:eu-west-1:123456789012:mail"},
                    rule_target("b", "jobs:1"),
                ])),
            ])
            .decision(to_rule())
            .all_end([(RULE, "registered")], 0)
            .prints([
                "event rule orders/order registered, started next by each event that its pattern matches",
            ])
            .counts("ecs:RegisterTaskDefinition", 1)
            .counts("events:PutTargets", 1)
            .check(|world, ended| {
                let mail = json!({"Id": "mail", "Arn": "arn:aws:sns:eu-west-1:123456789012:mail"});
                let expected = json!([rule_target("a", "jobs:2"), mail, rule_target("b", "jobs:2")]);
                let targets = rule_targets(world);
                expect(targets == expected, || format!("the targets are {targets}"))?;
                let sent = &ended.done("events:PutTargets")[0].body["Targets"];
                expect(sent.as_array().unwrap().len() == 2, || format!("{sent} are sent"))
            }),
        row("a rule of the default bus with times, by its ARN")
            .setup([
                jobs(),
                setup(|scenario| {
                    scenario.resources.rules.push(RuleSetup {
                        name: "nightly".into(),
                        targets: vec![rule_target("1", "jobs:1")],
                        parameters: to_map(&json!({"ScheduleExpression": "cron(0 1 * * ? *)"})),
                        ..RuleSetup::default()
                    });
                }),
            ])
            .decision(to(json!([{"event_rule": "arn:aws:events:eu-west-1:123456789012:rule/nightly"}])))
            .all_end([("event rule default/nightly", "registered")], 0)
            .prints(["registered, started next by cron(0 1 * * ? *) in UTC"]),
        row("a disabled schedule is deployed to, and stays disabled")
            .setup([jobs(), with_members(json!({"State": "DISABLED"}), starts("jobs:1"))])
            .decision(to_schedule())
            .all_end([(SCHEDULE, "registered")], 0)
            .prints([
                "warning: it is disabled: it starts nothing until it is enabled",
                "registered; it is disabled: once it is enabled, it is started by cron(",
            ])
            .check(is_lossless)
            .check(|world, _| expect(schedule(world)["State"] == "DISABLED", || schedule(world).to_string())),
        row("a schedule in another region and account")
            .setup([setup(|scenario| {
                let mut target = starts("jobs:1");
                let arn = "arn:aws:ecs:us-east-1:999999999999:task-definition/jobs:1";
                target["EcsParameters"]["TaskDefinitionArn"] = json!(arn);
                let (group, name) = ("jobs".into(), "report".into());
                let schedule = ScheduleSetup { group, name, target, ..ScheduleSetup::default() };
                scenario.other_regions.push(RegionSetup {
                    account: Some(OTHER_ACCOUNT.to_owned()),
                    region: Some("us-east-1".to_owned()),
                    resources: Resources {
                        task_definitions: vec![definition("jobs")],
                        schedules: vec![schedule],
                        ..Resources::default()
                    },
                });
            })])
            .decision(to(json!([{"schedule": "jobs/report", "region": "us-east-1", "role": ROLE}])))
            .all_end([("schedule jobs/report in us-east-1 as 999999999999/deploy", "registered")], 0)
            .check(|world, _| {
                let query = json!({"GroupName": "jobs", "Name": "report"});
                let whole =
                    world.simulator.call_in(OTHER_ACCOUNT, "us-east-1", "scheduler:GetSchedule", &query);
                let arn = &whole.unwrap()["Target"]["EcsParameters"]["TaskDefinitionArn"];
                let expected = "arn:aws:ecs:us-east-1:999999999999:task-definition/jobs:2";
                expect(arn == expected, || format!("it starts {arn}"))
            }),
    ];
    for (name, kind) in [
        ("a lost response to the update of a schedule", FaultKind::DropResponse),
        ("an update of a schedule that is lost on its way", FaultKind::DropRequest),
        ("a throttled update of a schedule", FaultKind::Throttle),
        ("a failure of EventBridge Scheduler", FaultKind::Internal),
    ] {
        rows.push(
            row(name)
                .setup([jobs(), scheduled(starts("jobs:1")), fault("scheduler:UpdateSchedule", 0, 1, kind)])
                .decision(to_schedule())
                .all_end([(SCHEDULE, "registered")], 0)
                .prints(["scheduler:UpdateSchedule for schedule `jobs/report`"])
                .counts("scheduler:UpdateSchedule", 1)
                .check(is_lossless),
        );
    }
    rows.extend(concurrent::rows());
    rows.extend(revisions::rows());
    rows.extend(services::rows());
    rows
}
