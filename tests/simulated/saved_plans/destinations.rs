//! Saved plans of schedules, rules, families, other accounts and paused rollouts.

use ecs_simulator::{Change, RegionSetup, Resources, Scenario};
use serde_json::{Value, json};

use super::{apply, changed_nothing, planned, save};
use crate::rollouts::continuation::pausing;
use crate::rollouts::table::decision::{to, to_web};
use crate::rollouts::table::triggers::{jobs, rule_target, ruled, scheduled, starts, to_rule, to_schedule};
use crate::world::{World, definition, scenario, service};

const ROLE: &str = "arn:aws:iam::999999999999:role/deploy";

fn changed(changes: impl FnOnce(&mut Scenario)) -> World {
    let mut scenario = scenario();
    changes(&mut scenario);
    World::new(&scenario)
}

/// Saves the plan, applies it, and applies it once more.
fn is_applied_once(world: &World, answer: &Value, changes: &str) {
    save(planned(world, answer));
    let ended = apply(world).exits(0);
    assert_eq!(ended.done(changes).len(), 1, "{}", ended.transcript());
    changed_nothing(&apply(world).exits(0));
}

#[test]
fn a_schedule_a_rule_and_a_family_get_what_was_planned_once() {
    let world = changed(|scenario| {
        jobs()(scenario);
        scheduled(starts("jobs:1"))(scenario);
    });
    is_applied_once(&world, &to_schedule(), "scheduler:UpdateSchedule");
    let world = changed(|scenario| {
        jobs()(scenario);
        ruled(json!([rule_target("a", "jobs:1")]))(scenario);
    });
    is_applied_once(&world, &to_rule(), "events:PutTargets");
    let world = changed(|scenario| jobs()(scenario));
    is_applied_once(&world, &to(json!([{"family": "jobs"}])), "ecs:RegisterTaskDefinition");
}

#[test]
fn another_revision_of_a_family_or_a_schedule_is_a_moved_fact() {
    for (answer, subject) in
        [(to(json!([{"family": "jobs"}])), "jobs"), (to_schedule(), "schedule jobs/report")]
    {
        let world = changed(|scenario| {
            jobs()(scenario);
            scheduled(starts("jobs:1"))(scenario);
        });
        save(planned(&world, &answer));
        let mut other = definition("jobs");
        other["containerDefinitions"][0]["environment"] = json!([{"name": "BY", "value": "hand"}]);
        let register = Change::Call { action: "ecs:RegisterTaskDefinition".to_owned(), body: other };
        world.simulator.apply(&register).unwrap();
        if subject != "jobs" {
            // Its schedule starts the planned one still.
            apply(&world).args(&["--dry-run"]).exits(0);
            continue;
        }
        let ended = apply(&world).exits(7);
        changed_nothing(ended.prints(&format!("{subject}: its revision was jobs:1, and is jobs:2")));
    }
}

#[test]
fn a_target_of_another_account_is_compared_and_deployed_there() {
    let world = changed(|scenario| {
        let resources = Resources { services: vec![service("web")], ..Resources::default() };
        let account = Some("999999999999".to_owned());
        scenario.other_regions.push(RegionSetup { account, region: None, resources });
    });
    let answer = to(
        json!([{"cluster": "main", "service": "web", "role": ROLE}, {"cluster": "main", "service": "web"}]),
    );
    save(planned(&world, &answer));
    let ended = apply(&world).exits(0);
    assert_eq!(ended.done("ecs:UpdateService").len(), 2, "{}", ended.transcript());
    changed_nothing(&apply(&world).exits(0));
}

#[test]
fn a_saved_plan_waits_for_a_pause_if_its_flags_say_so() {
    let world = World::new(&pausing(&[&["POST_TEST_TRAFFIC_SHIFT"][..]]));
    save(planned(&world, &to_web(json!({}))).args(&["--wait-until", "paused"]));
    apply(&world).exits(0).prints("paused");
    // The deployment of the first one is still paused, and is what the plan makes.
    changed_nothing(&apply(&world).exits(0));
    let ended = world.verb("continue").args(&["main/web", "--poll", "0.01"]).exits(0);
    ended.prints("deployed");
    changed_nothing(apply(&world).exits(0).prints("unchanged"));
}
