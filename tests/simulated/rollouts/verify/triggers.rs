//! The checks of schedules and rules.

use ecs_simulator::Scenario;
use serde_json::{Value, json};

use super::super::table::decision::to;
use super::super::table::triggers::{jobs, rule_target, ruled, scheduled, starts, to_rule, to_schedule};
use super::super::world::{Job, World, scenario};
use super::{docker, failed, is, verified};
use crate::fixtures::policy;

/// The schedule `jobs/report` and the rule `orders/order` start tasks.
fn triggers() -> Scenario {
    let mut scenario = scenario();
    for change in [jobs(), scheduled(starts("jobs:1")), ruled(json!([rule_target("a", "jobs:1")]))] {
        change(&mut scenario);
    }
    scenario
}

fn verify<'w>(world: &'w World, answer: &Value) -> Job<'w> {
    let policy = policy("echo-policy").display().to_string();
    world.verb("verify").args(&["--docker", &docker(world, 0), &policy]).set("DECISION", &answer.to_string())
}

#[test]
fn verify_probes_the_replacement_of_what_a_schedule_and_a_rule_start() {
    let world = World::new(&triggers());
    let ended = verified(&world, verify(&world, &to_schedule()), 0);
    is(&ended, "schedule jobs/report", "ok", "ENABLED, starts jobs:1; new image for web");
    is(&ended, "scheduler:UpdateSchedule for schedule jobs/report", "ok", "allowed");
    is(
        &ended,
        "iam:PassRole for schedule jobs/report",
        "skipped",
        "on arn:aws:iam::123456789012:role/starts",
    );
    let ended = verified(&world, verify(&world, &to_rule()), 0);
    is(&ended, "event rule orders/order", "ok", "ENABLED, starts jobs:1");
    is(&ended, "events:PutTargets for event rule orders/order", "ok", "allowed");
}

#[test]
fn verify_names_the_permissions_that_a_schedule_and_a_rule_lack() {
    for (action, answer, name) in [
        ("scheduler:UpdateSchedule", to_schedule(), "scheduler:UpdateSchedule for schedule jobs/report"),
        ("scheduler:GetSchedule", to_schedule(), "schedule jobs/report"),
        ("iam:PassRole", to_schedule(), "iam:PassRole for schedule jobs/report"),
        ("iam:PassRole", to_rule(), "iam:PassRole for event rule orders/order"),
        ("events:PutTargets", to_rule(), "events:PutTargets for event rule orders/order"),
        ("events:ListTargetsByRule", to_rule(), "event rule orders/order"),
        ("events:DescribeRule", to_rule(), "event rule orders/order"),
    ] {
        let world = World::new(&Scenario { denied_actions: vec![action.into()], ..triggers() });
        let ended = verified(&world, verify(&world, &answer), 5);
        assert_eq!(failed(&ended), [name], "{}", ended.transcript());
        ended.prints(action);
    }
}

#[test]
fn verify_reports_a_schedule_that_does_not_exist() {
    let world = World::new(&triggers());
    let ended = verified(&world, verify(&world, &to(json!([{"schedule": "other"}]))), 5);
    is(&ended, "schedule default/other", "failed", "it does not exist in eu-west-1");
}
