//! Which revision a schedule or a rule starts, and which ones stay.

use ecs_simulator::ScheduleSetup;
use serde_json::json;

use super::super::decision::to;
use super::super::row::{Row, row};
use super::super::scenario::*;
use super::{
    RULE, SCHEDULE, expect, is_lossless, jobs, one_revision, rule_target, rule_targets, ruled, scheduled,
    started, starts, to_rule, to_schedule,
};
use crate::world::{RunResult, World, definition};

fn starts_the_second(world: &World, _: &RunResult) -> Result<(), String> {
    expect(started(world) == "jobs:2", || format!("the schedule starts {}", started(world)))
}

pub fn rows() -> Vec<Row> {
    vec![
        row("a schedule that has the image already")
            .setup(one_revision())
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
        row("a schedule whose revision is deregistered starts a copy")
            .setup(one_revision())
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
    ]
}
