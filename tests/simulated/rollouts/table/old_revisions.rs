//! The deregistration of old revisions, which `--keep` enables.

use ecs_simulator::{FaultKind, RuleSetup, ScheduleSetup};
use serde_json::{Value, json};

use super::repeated::deployed_before;
use super::row::{Row, Setup, row};
use super::scenario::*;
use crate::world::{RunResult, World, definition, service};

/// The family `web` has four revisions, and the service `web` runs the named one.
fn four_revisions_with_running(runs: &'static str) -> Setup {
    setup(move |scenario| {
        for number in 1..=4 {
            let mut definition = definition("web");
            definition["containerDefinitions"][0]["environment"] =
                json!([{"name": "NUMBER", "value": number.to_string()}]);
            scenario.resources.task_definitions.push(definition);
        }
        scenario.resources.services[0].task_definition = json!(runs);
    })
}

/// `web` runs the fourth revision of its family, and `other` the first.
fn four_revisions() -> Setup {
    let web = four_revisions_with_running("web:4");
    setup(move |scenario| {
        web(scenario);
        let mut other = ecs_simulator::ServiceSetup { cluster: "second".to_owned(), ..service("other") };
        other.task_definition = json!("web:1");
        scenario.resources.services.push(other);
    })
}

fn active(world: &World) -> Vec<String> {
    let query = json!({"familyPrefix": "web", "status": "ACTIVE"});
    let answer = world.simulator.call("ecs:ListTaskDefinitions", &query).unwrap();
    let arns = answer["taskDefinitionArns"].as_array().cloned().unwrap_or_default();
    arns.iter().filter_map(|arn| arn.as_str()?.rsplit('/').next().map(str::to_owned)).collect()
}

fn keeps_what_is_needed(world: &World, _: &RunResult) -> Result<(), String> {
    let active = active(world);
    // The revision of the service `other`, the target of a rollback, and the new revision.
    let right = active == ["web:1", "web:4", "web:5"];
    right.then_some(()).ok_or_else(|| format!("active are {active:?}"))
}

fn keeps_all(world: &World, _: &RunResult) -> Result<(), String> {
    let count = active(world).len();
    (count == 5).then_some(()).ok_or_else(|| format!("{count} are active"))
}

/// The ARN of a resource of ECS.
fn arn(resource: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:{resource}")
}

/// A target that starts tasks of a task definition, in a cluster.
fn target(cluster: &str, definition: &str) -> Value {
    json!({
        "Id": "1",
        "Arn": arn(&format!("cluster/{cluster}")),
        "RoleArn": "arn:aws:iam::123456789012:role/schedules",
        "EcsParameters": {"TaskDefinitionArn": arn(&format!("task-definition/{definition}")), "TaskCount": 1},
    })
}

/// A rule of an event bus starts tasks of a task definition.
fn rule(
    bus: &'static str,
    name: impl Into<String>,
    cluster: &'static str,
    definition: &'static str,
) -> Setup {
    let name = name.into();
    setup(move |scenario| {
        let targets = vec![target(cluster, definition)];
        scenario.resources.rules.push(RuleSetup {
            event_bus: bus.into(),
            name: name.clone(),
            targets,
            ..RuleSetup::default()
        });
    })
}

/// A schedule of a group has this target.
fn schedule(group: &'static str, name: impl Into<String>, target: Value) -> Setup {
    let name = name.into();
    setup(move |scenario| {
        let (group, name, target) = (group.into(), name.clone(), target.clone());
        scenario.resources.schedules.push(ScheduleSetup { group, name, target, ..ScheduleSetup::default() });
    })
}

/// `web:2` is started by a rule, and `web:3` by a schedule.
fn started_revisions() -> Setup {
    let rule = rule("default", "nightly", "main", "web:2");
    let schedule = schedule("jobs", "report", target("main", "web:3"));
    setup(move |scenario| {
        rule(scenario);
        schedule(scenario);
    })
}

fn keeps_the_second(world: &World, _: &RunResult) -> Result<(), String> {
    let active = active(world);
    let right = active == ["web:1", "web:2", "web:4", "web:5"];
    right.then_some(()).ok_or_else(|| format!("active are {active:?}"))
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("the newest two revisions are kept, and those that services need")
            .setup([four_revisions()])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["old revisions web:3, web:2"])
            .runs("web:5")
            .counts("ecs:DeregisterTaskDefinition", 2)
            .check(keeps_what_is_needed),
        row("the previous revision is kept, without service deployments")
            .setup([four_revisions_with_running("web:1"), without("ecs:*ServiceDeployments")])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["old revisions web:3, web:2"])
            .runs("web:5")
            .counts("ecs:DeregisterTaskDefinition", 2)
            .check(keeps_what_is_needed),
        row("a response without its list is no empty list")
            .setup([
                four_revisions(),
                fault("events:ListRuleNamesByTarget", 0, 1, ecs_simulator::FaultKind::Empty),
            ])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["events:ListRuleNamesByTarget", "the response contains no list"])
            .counts("ecs:DeregisterTaskDefinition", 0),
        row("a build that changes nothing deregisters nothing")
            .setup([four_revisions_with_running("web:1"), without("ecs:*ServiceDeployments")])
            .before(deployed_before)
            .flags(["--keep", "2"])
            .ends("unchanged", 0)
            .runs("web:5")
            .check(keeps_all),
        row("nothing is deregistered after a failure")
            .setup([four_revisions(), breaker(), deployed(exit(1))])
            .flags(["--keep", "1"])
            .ends("rolled back", 1)
            .runs("web:4")
            .counts("ecs:DeregisterTaskDefinition", 0)
            .check(keeps_all),
        row("deregistering is not allowed")
            .setup([four_revisions(), denied("ecs:DeregisterTaskDefinition")])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["warning:", "ecs:DeregisterTaskDefinition"])
            .runs("web:5")
            .check(keeps_all),
        row("services can't be listed, and nothing is deregistered")
            .setup([four_revisions(), denied("ecs:ListServices")])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["old revisions were not deregistered: ecs:ListServices"])
            .runs("web:5")
            .check(keeps_all),
        row("a revision that a rule starts is kept")
            .setup([
                four_revisions(),
                // A target without a revision starts the newest one.
                rule("default", "hourly", "main", "web"),
                rule("orders", "order", "second", "web:2"),
            ])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["old revisions web:3\n"])
            .counts("ecs:DeregisterTaskDefinition", 1)
            .check(keeps_the_second),
        row("a revision that a schedule starts is kept")
            .setup([four_revisions(), schedule("jobs", "report", target("main", "web:2"))])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .counts("ecs:DeregisterTaskDefinition", 1)
            .check(keeps_the_second),
        row("a revision that a schedule starts by a call of the API is kept")
            .setup([
                four_revisions(),
                schedule(
                    "default",
                    "report",
                    json!({
                        "Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask",
                        "RoleArn": "arn:aws:iam::123456789012:role/schedules",
                        "Input": "{\"Cluster\": \"main\", \"TaskDefinition\": \"web:2\"}",
                    }),
                ),
            ])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .check(keeps_the_second),
        row("a revision that only the second page of the rules shows is kept")
            .setup([
                four_revisions(),
                setup(|scenario| {
                    for number in 0..100 {
                        rule("default", format!("rule-{number}"), "main", "web")(scenario);
                    }
                }),
                rule("default", "last", "main", "web:2"),
            ])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .counts("events:ListRuleNamesByTarget", 3)
            .check(keeps_the_second),
        row("a revision that only the second page of the schedules shows is kept")
            .setup([
                four_revisions(),
                setup(|scenario| {
                    for number in 0..100 {
                        let target = json!({"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "RoleArn": "r"});
                        schedule("default", format!("schedule-{number}"), target)(scenario);
                    }
                }),
                schedule("default", "last", target("main", "web:2")),
                fault("scheduler:GetSchedule", 0, 1, FaultKind::Throttle),
            ])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .counts("scheduler:ListSchedules", 2)
            .counts("scheduler:GetSchedule", 1)
            .check(keeps_the_second),
        row("a rule and a schedule that are deleted meanwhile start nothing")
            .setup([
                four_revisions(),
                started_revisions(),
                fault("events:ListTargetsByRule", 0, 1, error("ResourceNotFoundException", "deleted")),
                fault("scheduler:GetSchedule", 0, 1, error("ResourceNotFoundException", "deleted")),
            ])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .check(keeps_what_is_needed),
        row("rules and schedules are not read if there is nothing to deregister")
            .setup([four_revisions(), started_revisions()])
            .flags(["--keep", "4"])
            .ends("deployed", 0)
            .counts("events:ListEventBuses", 0)
            .counts("scheduler:ListSchedules", 0)
            .check(keeps_all),
        row("the endpoint offers no rules, and nothing is deregistered")
            .setup([four_revisions(), without("events:*")])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["a rule or a schedule may start tasks of them: events:ListEventBuses"])
            .check(keeps_all),
    ];
    for action in [
        "events:ListEventBuses",
        "events:ListRuleNamesByTarget",
        "events:ListTargetsByRule",
        "scheduler:ListSchedules",
        "scheduler:GetSchedule",
    ] {
        let row = row(format!("{action} is not allowed, and nothing is deregistered"))
            .setup([four_revisions(), started_revisions(), denied(action)])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints([
                "old revisions were not deregistered, because a rule or a schedule may start tasks of them",
                "and `scheduler:GetSchedule` in the IAM policy",
                action,
            ])
            .counts("ecs:DeregisterTaskDefinition", 0)
            .check(keeps_all);
        rows.push(row);
    }
    rows
}
