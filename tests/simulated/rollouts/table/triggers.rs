//! Schedules and rules: the revision that they start is replaced, and nothing else.

mod concurrent;
pub mod problems;

use ecs_simulator::{FaultKind, RegionSetup, Resources, RuleSetup, ScheduleSetup};
use serde_json::{Map, Value, json};

use super::decision::{target, to};
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

fn starts_the_second(world: &World, _: &RunResult) -> Result<(), String> {
    expect(started(world) == "jobs:2", || format!("the schedule starts {}", started(world)))
}

fn states_the_next_start(_: &World, ended: &RunResult) -> Result<(), String> {
    let next = json!({
        "expression": "cron(0 3 * * ? *)", "time_zone": "Europe/Berlin", "has_event_pattern": false, "is_enabled": true,
    });
    let verdict = ended.verdict(SCHEDULE);
    expect(verdict["next_start"] == next, || format!("{verdict}"))
}

pub fn rows() -> Vec<Row> {
    let one = || [jobs(), scheduled(starts("jobs:1"))];
    let mut rows = vec![
        row("a schedule starts the new revision, and is otherwise as before")
            .setup(one())
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
            .prints(["event rule orders/order registered, started next by each event that its pattern matches"])
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
        row("a schedule that has the image already")
            .setup(one())
            .decision(to_schedule())
            .before(|world| {
                world.run_decision(&to_schedule()).exits(0);
            })
            .all_end([(SCHEDULE, "unchanged")], 0)
            .prints(["schedule jobs/report: unchanged, jobs:2 already matches"])
            .check(starts_the_second),
        row("a schedule whose revision an earlier run registered")
            .setup([
                jobs(),
                scheduled(starts("jobs:1")),
                fault("scheduler:UpdateSchedule", 0, 1, error("ConflictException", "it is being updated")),
            ])
            .decision(to_schedule())
            .before(|world| {
                let ended = world.run_decision(&to_schedule()).exits(1);
                ended.prints("ConflictException: it is being updated; jobs:2 stays registered for the next run");
            })
            .all_end([(SCHEDULE, "registered")], 0)
            .prints(["jobs:2 was registered by an earlier run of this build"])
            .counts("ecs:RegisterTaskDefinition", 0)
            .counts("scheduler:UpdateSchedule", 1)
            .check(is_lossless),
        row("a schedule that starts the latest revision is not changed")
            .setup([jobs(), scheduled(starts("jobs"))])
            .decision(to_schedule())
            .all_end([(SCHEDULE, "registered")], 0)
            .prints(["new revision after jobs:1; each start runs the latest one"])
            .counts("ecs:RegisterTaskDefinition", 1)
            .counts("scheduler:UpdateSchedule", 0)
            .check(|world, _| expect(started(world) == "jobs", || started(world))),
        row("a rule whose targets name two revisions of a family starts one")
            .setup([
                jobs(),
                setup(|scenario| scenario.resources.task_definitions.push(definition("jobs"))),
                ruled(json!([rule_target("a", "jobs:1"), rule_target("b", "jobs:2")])),
            ])
            .decision(to_rule())
            .before(|world| {
                let run = world.run_decision(&to_rule()).exits(0);
                run.prints("new revision after jobs:2");
                let older = json!({"EventBusName": "orders", "Rule": "order", "Targets": [rule_target("a", "jobs:1")]});
                world.simulator.call("events:PutTargets", &older).unwrap();
            })
            .all_end([(RULE, "registered")], 0)
            .prints(["jobs:3 already matches: start it in each target"])
            .counts("ecs:RegisterTaskDefinition", 0)
            .check(|world, _| {
                let expected = json!([rule_target("a", "jobs:3"), rule_target("b", "jobs:3")]);
                expect(rule_targets(world) == expected, || rule_targets(world).to_string())
            }),
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
        row("a schedule whose revision is deregistered starts a copy")
            .setup(one())
            .decision(to_schedule())
            .before(|world| {
                world.run_decision(&to_schedule()).exits(0);
                let old = json!({"taskDefinition": "jobs:2"});
                world.simulator.call("ecs:DeregisterTaskDefinition", &old).unwrap();
            })
            .all_end([(SCHEDULE, "registered")], 0)
            .prints(["jobs:2 already matches, but is deregistered: start a copy"])
            .check(|world, _| expect(started(world) == "jobs:3", || started(world))),
        row("a schedule with a base that another tool registered")
            .setup([
                jobs(),
                setup(|scenario| {
                    let mut newer = definition("jobs");
                    newer["containerDefinitions"][0]["environment"] = json!([{"name": "BY", "value": "hand"}]);
                    scenario.resources.task_definitions.push(newer);
                }),
                scheduled(starts("jobs:1")),
            ])
            .decision(to(json!([{"schedule": "jobs/report", "base": "latest"}])))
            .all_end([(SCHEDULE, "registered")], 0)
            .check(|world, _| {
                let new = world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": "jobs:3"}));
                let environment = new.unwrap()["taskDefinition"]["containerDefinitions"][0]["environment"].clone();
                expect(environment[0]["value"] == "hand", || environment.to_string())?;
                expect(started(world) == "jobs:3", || started(world))
            }),
        row("a newer revision of another tool that a schedule does not start is reported")
            .setup([
                jobs(),
                setup(|scenario| {
                    let mut newer = definition("jobs");
                    newer["containerDefinitions"][0]["memory"] = json!(128);
                    scenario.resources.task_definitions.push(newer);
                }),
                scheduled(starts("jobs:1")),
            ])
            .decision(to_schedule())
            .all_end([(SCHEDULE, "registered")], 0)
            .prints(["jobs:2 is newer than jobs:1, which it starts"]),
        row("a schedule, a rule and the service that run a revision share the new one")
            .setup([
                scheduled(starts("web:1")),
                ruled(json!([rule_target("a", "web:1")])),
            ])
            .decision(to(json!([
                target("web", json!({})), {"schedule": "jobs/report"}, {"event_rule": "orders/order"}, {"family": "web"},
            ])))
            .all_end([("main/web", "deployed"), (SCHEDULE, "registered"), (RULE, "registered"), ("web", "registered")], 0)
            .prints(["to 1 service and 1 family and 1 schedule and 1 event rule"])
            .runs("web:2")
            .counts("ecs:RegisterTaskDefinition", 1)
            .check(|world, _| expect(started(world) == "web:2", || started(world))),
        row("a schedule of a later wave waits for the service")
            .setup(one())
            .decision(to(json!([target("web", json!({})), {"schedule": "jobs/report", "wave": 1}])))
            .all_end([("main/web", "deployed"), (SCHEDULE, "registered")], 0)
            .check(|_, ended| {
                let actions: Vec<&str> = ended.mutations();
                let place = |action: &str| actions.iter().position(|other| *other == action);
                expect(place("ecs:UpdateService") < place("scheduler:UpdateSchedule"), || format!("{actions:?}"))
            }),
        row("a schedule of a later wave is not changed after a failure")
            .setup([jobs(), scheduled(starts("jobs:1")), breaker(), deployed(exit(1))])
            .decision(to(json!([target("web", json!({})), {"schedule": "jobs/report", "wave": 1}])))
            .all_end([("main/web", "rolled back"), (SCHEDULE, "not started")], 1)
            .counts("scheduler:UpdateSchedule", 0)
            .check(starts_the_first),
        row("revisions that a schedule starts are kept, and older ones are deregistered")
            .setup([
                setup(|scenario| {
                    scenario.resources.task_definitions.extend((0..5).map(|_| definition("jobs")));
                    let (name, target) = ("other".into(), starts("jobs:2"));
                    scenario.resources.schedules.push(ScheduleSetup { name, target, ..ScheduleSetup::default() });
                }),
                scheduled(starts("jobs:4")),
            ])
            .decision(to_schedule())
            .flags(["--keep", "2"])
            .all_end([(SCHEDULE, "registered")], 0)
            .prints(["old revisions jobs:3, jobs:1\n"])
            .check(|world, _| expect(started(world) == "jobs:6", || started(world))),
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
                let whole = world.simulator.call_in(OTHER_ACCOUNT, "us-east-1", "scheduler:GetSchedule", &query);
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
    rows
}
