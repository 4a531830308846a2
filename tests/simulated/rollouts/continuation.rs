//! `ecs-host continue`: the pause that it acts on, and the rollout that follows.

use ecs_simulator::{AfterCall, Fault, FaultKind, Scenario, ScheduledChange, Trigger};
use serde_json::{Value, json};

use super::table::scenario::{OTHER, decide};
use super::world::{COMMIT, Job, World, scenario};

/// A scenario in which a rollout of `main/web` pauses at these stages.
pub fn pausing(stages: &[&[&str]]) -> Scenario {
    let hook = |stages: &&[&str]| json!({"targetType": "PAUSE", "lifecycleStages": stages});
    let hooks: Vec<Value> = stages.iter().map(hook).collect();
    let mut scenario = scenario();
    let configuration = json!({"strategy": "BLUE_GREEN", "lifecycleHooks": hooks});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".to_owned(), configuration);
    scenario
}

pub(super) const TESTED: &[&str] = &["POST_TEST_TRAFFIC_SHIFT"];

/// A world in which a run left a rollout at a pause.
pub(super) fn paused(scenario: &Scenario) -> World {
    let world = World::new(scenario);
    world.run().args(&["--wait-until", "paused"]).exits(0);
    world
}

pub(super) fn proceed<'w>(world: &'w World, arguments: &[&str]) -> Job<'w> {
    let job = ["TRAVIS", "TRAVIS_BRANCH", "TRAVIS_COMMIT", "DEPLOY_BRANCHES", "IMAGE_NAME"]
        .iter()
        .fold(world.verb("continue"), |job, name| job.unset(name));
    job.args(&["main/web", "--poll", "0.01"]).args(arguments)
}

#[test]
fn it_continues_a_pause_and_watches_the_rollout() {
    let world = paused(&pausing(&[TESTED]));
    let dry = proceed(&world, &["--dry-run"]).exits(0);
    dry.prints("main/web with web:2, paused at POST_TEST_TRAFFIC_SHIFT").prints("nothing was changed");
    assert_eq!(dry.mutations(), Vec::<&str>::new());
    let ended = proceed(&world, &[]).exits(0);
    assert_eq!(ended.verdict("main/web")["verdict"], "deployed", "{}", ended.transcript());
    assert_eq!(ended.done("ecs:ContinueServiceDeployment").len(), 1);
    assert_eq!(world.runs("web"), "web:2");
    let again = proceed(&world, &[]).exits(0);
    assert_eq!(again.verdict("main/web")["verdict"], "unchanged", "{}", again.transcript());
    assert_eq!(
        again.verdict("main/web")["task_definition"].as_str().unwrap().rsplit('/').next(),
        Some("web:2")
    );
    assert_eq!(again.mutations(), Vec::<&str>::new());
    for arguments in [["--roll-back"].as_slice(), &["--hook", "hook-x"]] {
        proceed(&world, arguments).exits(5).prints("none is in progress; the latest one is SUCCESSFUL");
    }
}

#[test]
fn it_rolls_back_on_request() {
    let world = paused(&pausing(&[TESTED]));
    let ended = proceed(&world, &["--roll-back"]).exits(0);
    assert_eq!(ended.verdict("main/web")["verdict"], "reverted", "{}", ended.transcript());
    assert_eq!(world.runs("web"), "web:1");
    proceed(&world, &[]).exits(5).prints("none is in progress; the latest one is ROLLBACK_SUCCESSFUL");
    // A job that was cut repeats its request.
    let again = proceed(&world, &["--roll-back"]).exits(0);
    assert_eq!(again.verdict("main/web")["verdict"], "unchanged", "{}", again.transcript());
    assert_eq!(again.mutations(), Vec::<&str>::new());
}

#[test]
fn a_rollout_that_is_not_listed_yet_is_found() {
    let mut scenario = pausing(&[TESTED]);
    scenario.consistency.list_lag = 20.0;
    let world = World::new(&scenario);
    world.run().args(&["--no-wait"]).exits(0);
    let ended = proceed(&world, &["--wait-until", "paused"]).exits(0);
    assert_eq!(ended.verdict("main/web")["verdict"], "paused", "{}", ended.transcript());
}

/// A world whose rollout is at a pause, at which another person acts while `continue` reads the service.
fn contended(action: &str) -> World {
    let mut scenario = pausing(&[TESTED]);
    // The first call is that of the run, which finds its rollout.
    let after = AfterCall { action: "ecs:DescribeServiceRevisions".to_owned(), count: 2, delay: 0.0 };
    let (trigger, change) = (Trigger::AfterCall(after), decide(action));
    scenario.scheduled_changes.push(ScheduledChange { trigger, account: None, region: None, change });
    paused(&scenario)
}

#[test]
fn of_two_persons_at_a_pause_the_slower_one_learns_what_the_other_did() {
    let same = proceed(&contended("CONTINUE"), &[]).exits(0);
    same.prints("another request has continued the rollout of main/web");
    assert_eq!(same.verdict("main/web")["verdict"], "deployed", "{}", same.transcript());
    let same = proceed(&contended("ROLLBACK"), &["--roll-back"]).exits(0);
    same.prints("another request has rolled back the rollout of main/web");
    assert_eq!(same.verdict("main/web")["verdict"], "reverted", "{}", same.transcript());
    let world = contended("ROLLBACK");
    let opposite = proceed(&world, &[]).exits(5);
    opposite.prints("it was rolled back at this pause").prints("`ecs-host rollback main/web` watches it");
    let world = contended("CONTINUE");
    let opposite = proceed(&world, &["--roll-back"]).exits(5);
    opposite.prints("it was continued at this pause").prints("`ecs-host rollback main/web` rolls it back");
}

#[test]
fn another_build_than_the_named_one_is_not_continued() {
    let world = paused(&pausing(&[TESTED]));
    let other = proceed(&world, &["--commit", OTHER]).exits(7);
    other.prints("is of commit 3f2a9c10d1e2").prints("not of commit aaaabbbbcccc");
    assert_eq!(other.mutations(), Vec::<&str>::new());
    proceed(&world, &["--commit", "master"]).exits(2);
    proceed(&world, &["--commit", COMMIT]).exits(0);
    proceed(&world, &["--commit", &COMMIT[..12]]).exits(0).prints("main/web unchanged");
    proceed(&world, &["--commit", OTHER]).exits(7);
}

#[test]
fn it_states_that_it_runs_no_task() {
    let world = paused(&pausing(&[TESTED]));
    proceed(&world, &[]).exits(0).prints("tasks after the rollout run in `ecs-host run` only");
}

#[test]
fn a_rollout_that_pauses_again_ends_the_watch_with_9() {
    let world = paused(&pausing(&[TESTED, &["POST_PRODUCTION_TRAFFIC_SHIFT"]]));
    let ended = proceed(&world, &["--timeout", "1.5"]).exits(9);
    ended.prints("main/web is paused at POST_PRODUCTION_TRAFFIC_SHIFT since");
    proceed(&world, &[]).exits(0);
}

#[test]
fn one_of_several_pauses_must_be_named() {
    let world = paused(&pausing(&[TESTED, TESTED]));
    let ended = proceed(&world, &[]).exits(5);
    let text = ended
        .prints("the rollout of main/web waits for several pauses; name one with --hook: hook-")
        .text
        .clone();
    assert_eq!(ended.mutations(), Vec::<&str>::new());
    let ids = text.split("--hook: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let ids: Vec<&str> = ids.split(", ").collect();
    proceed(&world, &["--hook", "hook-x"]).exits(5).prints("has the id `hook-x`");
    proceed(&world, &["--hook", ids[0], "--timeout", "0.5"]).exits(9);
    proceed(&world, &["--hook", ids[1]]).exits(0);
}

#[test]
fn a_rollout_without_a_pause_is_watched_and_not_rolled_back() {
    let mut scenario = pausing(&[]);
    scenario.delays.lifecycle_stage = ecs_simulator::Delay::fixed(100.0);
    let world = World::new(&scenario);
    world.run().args(&["--no-wait"]).exits(0);
    proceed(&world, &["--roll-back"]).exits(5).prints("`ecs-host rollback main/web` rolls it back");
    proceed(&world, &[]).exits(0).prints("the rollout of main/web is not paused; watching it");
}

#[test]
fn a_lost_answer_is_looked_up() {
    let mut scenario = pausing(&[TESTED]);
    scenario.faults.push(Fault::once("ecs:ContinueServiceDeployment", FaultKind::DropResponse));
    let ended = proceed(&paused(&scenario), &[]).exits(0);
    ended.prints("but AWS had executed the call");
    assert_eq!(ended.count("ecs:ContinueServiceDeployment"), 1, "{}", ended.transcript());
}

#[test]
fn a_missing_permission_or_service_is_named() {
    let mut scenario = pausing(&[TESTED]);
    scenario.denied_actions.push("ecs:ContinueServiceDeployment".to_owned());
    let world = paused(&scenario);
    proceed(&world, &[]).exits(5).prints("allow the action `ecs:ContinueServiceDeployment`");
    let none = world.verb("continue").args(&["main/none"]).exits(5);
    none.prints("cannot continue the rollout of main/none: its cluster in");
}

#[test]
fn status_shows_the_pause() {
    let world = paused(&pausing(&[TESTED]));
    world.verb("status").args(&["main/web"]).exits(0).prints("paused at POST_TEST_TRAFFIC_SHIFT since");
}
