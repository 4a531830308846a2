//! Schedules and rules in one deployment with services.

use serde_json::json;

use super::super::decision::{target, to};
use super::super::row::{Row, row};
use super::super::scenario::*;
use super::{
    RULE, SCHEDULE, expect, jobs, one_revision, rule_target, ruled, scheduled, started, starts,
    starts_the_first,
};

pub fn rows() -> Vec<Row> {
    vec![
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
            .setup(one_revision())
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
    ]
}
