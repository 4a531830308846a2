//! Schedules and rules that cannot be deployed to.

use ecs_simulator::FaultKind;
use serde_json::{Value, json};

use super::super::decision::to;
use super::super::row::{Row, Setup, row};
use super::super::scenario::*;
use super::{
    RULE, SCHEDULE, jobs, rule_target, ruled, scheduled, starts, starts_the_first, to_rule, to_schedule,
    with_rule,
};
use crate::world::definition;

/// A target with another member of this name.
fn with_member(mut target: Value, pointer: &str, value: Value) -> Value {
    *target.pointer_mut(pointer).unwrap() = value;
    target
}

const TASK_DEFINITION: &str = "/EcsParameters/TaskDefinitionArn";

/// A row that ends before anything changes.
fn rejected(name: &str, setup: [Setup; 2], decision: Value, printed: &'static str) -> Row {
    row(name)
        .setup(setup)
        .decision(decision)
        .rejected(5)
        .prints([printed])
        .counts("ecs:RegisterTaskDefinition", 0)
        .counts("scheduler:UpdateSchedule", 0)
        .counts("events:PutTargets", 0)
}

fn nothing() -> Setup {
    setup(|_| {})
}

pub fn rows() -> Vec<Row> {
    let lambda = json!({"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "RoleArn": "r"});
    let elsewhere = "arn:aws:ecs:us-east-1:123456789012:task-definition/jobs:1";
    let of_other_account = "arn:aws:scheduler:eu-west-1:999999999999:schedule/jobs/report";
    let of_other_region = "arn:aws:scheduler:us-east-1:123456789012:schedule/jobs/report";
    let mut rows = vec![
        rejected(
            "a schedule that does not exist",
            [jobs(), scheduled(starts("jobs:1"))],
            to(json!([{"schedule": "report"}])),
            "schedule `default/report`: it does not exist in eu-west-1; check its name and the region",
        ),
        rejected(
            "a rule that does not exist",
            [jobs(), nothing()],
            to_rule(),
            "event rule `orders/order`: it does not exist in eu-west-1",
        ),
        rejected(
            "a schedule that starts no task of ECS",
            [jobs(), scheduled(lambda)],
            to_schedule(),
            "it starts no task of ECS: its target is arn:aws:lambda:eu-west-1:123456789012:function:f",
        ),
        rejected(
            "a rule without targets",
            [jobs(), ruled(json!([]))],
            to_rule(),
            "it starts no task of ECS: it has no target",
        ),
        rejected(
            "a rule whose targets start revisions that differ in more than the image",
            [
                setup(|scenario| {
                    let mut other = definition("jobs");
                    other["containerDefinitions"][0]["environment"] =
                        json!([{"name": "QUEUE", "value": "b"}]);
                    scenario.resources.task_definitions.extend([definition("jobs"), other]);
                }),
                ruled(json!([rule_target("a", "jobs:1"), rule_target("b", "jobs:2")])),
            ],
            to_rule(),
            "its targets start jobs:1 and jobs:2, which differ in containerDefinitions[web].environment",
        ),
        rejected(
            "a rule that starts two families",
            [
                setup(|scenario| {
                    scenario.resources.task_definitions.extend([definition("jobs"), definition("mails")]);
                }),
                ruled(json!([rule_target("a", "jobs:1"), rule_target("b", "mails:1")])),
            ],
            to_rule(),
            "its targets start tasks of more than one family: `jobs`, `mails`",
        ),
        rejected(
            "a rule that a service of AWS manages",
            [
                jobs(),
                with_rule(json!({"ManagedBy": "ecs.amazonaws.com"}), json!([rule_target("a", "jobs:1")])),
            ],
            to_rule(),
            "ecs.amazonaws.com manages this rule",
        ),
        rejected(
            "a schedule whose revision does not exist",
            [nothing(), scheduled(starts("jobs:1"))],
            to_schedule(),
            "it starts the family `jobs`, which has no active revision",
        ),
        rejected(
            "a schedule that starts the latest revision of no family",
            [nothing(), scheduled(starts("jobs"))],
            to_schedule(),
            "it starts the family `jobs`, which has no active revision",
        ),
        rejected(
            "a schedule that starts tasks of another region",
            [jobs(), scheduled(with_member(starts("jobs:1"), TASK_DEFINITION, json!(elsewhere)))],
            to_schedule(),
            "it starts the family `jobs` of account 123456789012 in us-east-1, and is itself of account 123456789012 in \
             eu-west-1",
        ),
        rejected(
            "a schedule by the ARN of another account",
            [jobs(), scheduled(starts("jobs:1"))],
            to(json!([{"schedule": of_other_account}])),
            "the ARN's account 999999999999 conflicts with the credentials, of account 123456789012",
        ),
        rejected(
            "a schedule by the ARN of another region",
            [jobs(), scheduled(starts("jobs:1"))],
            to(json!([{"schedule": of_other_region}])),
            "the ARN's region us-east-1 conflicts with the run's region eu-west-1",
        ),
        rejected(
            "a schedule that may not be read",
            [jobs(), denied("scheduler:GetSchedule")],
            to_schedule(),
            "allow the action `scheduler:GetSchedule`",
        ),
        rejected(
            "a rule that may not be described",
            [ruled(json!([rule_target("a", "jobs:1")])), denied("events:DescribeRule")],
            to_rule(),
            "allow the action `events:DescribeRule`",
        ),
    ];
    for (name, action, printed) in [
        (
            "a schedule that may not be updated",
            "scheduler:UpdateSchedule",
            "allow the action `scheduler:UpdateSchedule`",
        ),
        (
            "a schedule whose role may not be passed",
            "iam:PassRole",
            "allow `iam:PassRole` on arn:aws:iam::123456789012:role/starts; jobs:2 stays registered",
        ),
    ] {
        rows.push(
            row(name)
                .setup([jobs(), scheduled(starts("jobs:1")), denied(action)])
                .decision(to_schedule())
                .all_end([(SCHEDULE, "failed")], 5)
                .prints([printed])
                .check(starts_the_first),
        );
    }
    rows.push(
        row("a rule whose targets may not be replaced")
            .setup([jobs(), ruled(json!([rule_target("a", "jobs:1")])), denied("events:PutTargets")])
            .decision(to_rule())
            .all_end([(RULE, "failed")], 5)
            .prints(["allow the action `events:PutTargets`"]),
    );
    rows.push(
        row("an empty response to the replacement of a rule's targets")
            .setup([
                jobs(),
                ruled(json!([rule_target("a", "jobs:1")])),
                fault("events:PutTargets", 0, 1, FaultKind::Empty),
            ])
            .decision(to_rule())
            .all_end([(RULE, "failed")], 1)
            .prints(["the response does not state how many targets were replaced"]),
    );
    rows
}
