//! Guards: who names them, what they receive, and what their findings do to a plan, a run and a rollback.

mod examples;
mod named;
mod recorded;

use std::path::PathBuf;

use ecs_simulator::Scenario;
use serde_json::Value;

use crate::fixtures::policy;
use crate::rollouts::table::decision::to_web;
use crate::rollouts::table::scenario::{after_call, error, fault, update};
use crate::world::{Job, RunResult, World, scenario, service, serving};

/// The component of a guard of the workspace.
pub fn guard(name: &str) -> String {
    policy(name).display().to_string()
}

/// A run with the guard `scripted`, which answers so.
pub fn guarded<'w>(job: Job<'w>, answer: &str) -> Job<'w> {
    let answer = format!("ANSWER={answer}");
    job.args(&["--guard", &guard("scripted-guard"), "--guard-setting", &answer])
}

/// The guards of the stamp of the revision that a run registered.
fn stamped_guards(ended: &RunResult) -> Option<String> {
    let registered = ended.done("ecs:RegisterTaskDefinition");
    let label = &registered.first()?.body["containerDefinitions"][0]["dockerLabels"]["ecs-host.guards"];
    label.as_str().map(str::to_owned)
}

fn created_plan(ended: &RunResult) -> Value {
    let created = ended.events().into_iter().find(|event| event["event"] == "plan-created");
    created.expect("a plan")["plan"].clone()
}

#[test]
fn a_denial_ends_a_run_before_anything_changes() {
    let world = World::new(&scenario());
    let ended = guarded(world.run(), "deny").exits(3);
    ended
        .prints("a guard denies this plan, and nothing was changed:")
        .prints("main/web: It is not allowed. (rule `no` of guard `scripted`)")
        .prints("guard scripted 1.0.0: 1 denial (command line)");
    assert!(ended.mutations().is_empty(), "{}", ended.transcript());
    assert_eq!(created_plan(&ended)["reviews"][0]["findings"][0]["severity"], "deny");
}

#[test]
fn a_warning_is_printed_and_the_stamp_names_the_guards() {
    let world = World::new(&scenario());
    let ended = guarded(world.run(), "warn").exits(0);
    ended.prints("Be careful. (careful)").prints("guard scripted 1.0.0: 1 warning");
    let digest = crate::artifact::digest_of(guard("scripted-guard"));
    assert_eq!(stamped_guards(&ended).as_deref(), Some(&*format!("scripted@{digest}")));
    // The same build again, reviewed by nobody, changes nothing.
    world.run().exits(0).prints("unchanged");
}

#[test]
fn a_plan_shows_all_findings_and_succeeds() {
    let world = World::new(&scenario());
    let deny = guarded(world.verb("plan"), "deny");
    let both = guarded(deny, "warn");
    let ended = both.exits(0);
    ended
        .prints("deny  main/web: It is not allowed. (no)")
        .prints("warn  Be careful. (careful)")
        .prints("denied: a run of this plan ends with exit code 3 and changes nothing")
        .prints("1 warning, 1 denial");
    let output = guarded(world.verb("plan"), "deny").args(&["--format", "markdown"]).output();
    let markdown = String::from_utf8(output.stdout).unwrap();
    assert!(markdown.starts_with("### ecs-host plan: denied, "), "{markdown}");
    assert!(markdown.contains("**Denied by guards**\n\n- main/web"), "{markdown}");
    let output = guarded(world.verb("plan"), "allow").args(&["--format", "markdown"]).output();
    let markdown = String::from_utf8(output.stdout).unwrap();
    assert!(markdown.contains("Reviewed by scripted 1.0.0."), "{markdown}");
}

#[test]
fn verify_reports_what_a_guard_denies() {
    let world = World::new(&scenario());
    let (code, log) = guarded(world.verb("verify"), "deny").log();
    assert_eq!(code, 3, "{log}");
    assert!(log.contains("FAILED    guard scripted: main/web: It is not allowed. (no)"), "{log}");
    let (_, log) = guarded(world.verb("verify"), "warn").log();
    assert!(log.contains("guard scripted: 1 warning"), "{log}");
    let (code, log) = guarded(world.verb("verify"), "allow").args(&["--guard-setting", "X=y"]).log();
    assert_eq!(code, 5, "{log}");
    assert!(log.contains("FAILED    guards: the settings of guard `scripted` are invalid"), "{log}");
}

#[test]
fn a_guard_that_cannot_decide_denies_and_one_that_breaks_ends_the_run() {
    let world = World::new(&scenario());
    for (answer, exit, text) in [
        (
            "error",
            3,
            "guard `scripted` cannot decide, which denies this plan; nothing was changed: The calendar is empty.",
        ),
        ("panic", 4, "guard `scripted` failed in `review`: it panicked"),
        ("unknown-target", 4, "finding 0: target: the plan has no target `other/web`"),
        ("invalid", 4, "finding 0: rule: invalid name `No Rule`"),
        ("invalid", 4, "finding 0: message: expected a sentence, not an empty text"),
    ] {
        let ended = guarded(world.run(), answer).exits(exit);
        ended.prints(text).prints("guard named by: command line");
        assert!(ended.mutations().is_empty(), "{}", ended.transcript());
    }
    let ended = guarded(world.run(), "loop").args(&["--policy-fuel=100000000"]).exits(4);
    ended.prints("guard `scripted` reached its limit of 100000000 units of fuel (an endless loop?) in `review`; `--policy-fuel UNITS` raises it");
    assert!(world.simulator.calls().iter().all(|call| !call.action.contains("Register")));
}

#[test]
fn the_text_of_a_guard_forges_nothing_and_reveals_no_secret() {
    let mut scenario = scenario();
    let variable = serde_json::json!([{"name": "DB_PASSWORD", "value": "hunter2-hunter2"}]);
    scenario.resources.services[0].task_definition["containerDefinitions"][0]["environment"] = variable;
    let world = World::new(&scenario);
    let ended = guarded(world.run(), "hostile").exits(3);
    ended.prints("a\\n").does_not_print("\u{1b}[2J").does_not_print("hunter2");
    assert!(!ended.json().contains("hunter2"), "{}", ended.transcript());
    // Nor does the plan that a guard receives.
    let ended = guarded(world.verb("plan"), "print").exits(0);
    ended
        .prints("[scripted] Plan { action: Action::Deploy")
        .prints("PlannedVariable { name: \"DB_PASSWORD\", value: None }");
    ended.does_not_print("hunter2");
}

#[test]
fn a_service_that_changes_after_the_review_is_not_deployed_to() {
    let world = World::new(&changed_by_hand());
    let ended = guarded(world.run(), "allow").exits(7);
    assert_eq!(ended.verdict("main/web")["verdict"], "superseded");
    ended.prints("the plan was reviewed without that: nothing was deployed to it; run this again");
    assert_eq!(world.runs("web"), "web:3");
    assert!(ended.done("ecs:UpdateService").is_empty(), "{}", ended.transcript());
    // Without guards the deployment is based on the change.
    let world = World::new(&changed_by_hand());
    world.run().exits(0).prints("the deployment is based on it");
}

/// Another user deploys after the plan was made.
fn changed_by_hand() -> Scenario {
    let mut scenario = scenario();
    after_call("ecs:RegisterTaskDefinition", 1, 0.0, update(by_hand()))(&mut scenario);
    scenario
}

fn by_hand() -> Value {
    let mut by_hand = crate::world::definition("web");
    by_hand["containerDefinitions"][0]["memory"] = serde_json::json!(128);
    by_hand
}

#[test]
fn a_service_that_changes_during_a_migration_is_not_deployed_to() {
    let mut scenario = scenario();
    after_call("ecs:RunTask", 1, 0.0, update(by_hand()))(&mut scenario);
    let world = World::new(&scenario);
    let migrate = serde_json::json!({"name": "migrate", "container": "web", "command": ["bin/migrate"]});
    let decision = to_web(serde_json::json!({"tasks_before": [migrate]}));
    let ended = guarded(world.run_decision(&decision), "allow").exits(7);
    ended.prints("the plan was reviewed without that: nothing was deployed to it; run this again");
    assert_eq!((ended.done("ecs:RunTask").len(), ended.done("ecs:UpdateService").len()), (1, 0));
    assert_eq!(world.runs("web"), "web:3");
}

/// Another user deploys between the last look of the run and its update.
fn changed_at_the_last_moment() -> Scenario {
    let mut scenario = scenario();
    after_call("ecs:DescribeServices", 2, 0.0, update(by_hand()))(&mut scenario);
    scenario
}

#[test]
fn what_the_update_replaced_unseen_is_deployed_again_or_the_target_has_failed() {
    let world = World::new(&changed_at_the_last_moment());
    let ended = guarded(world.run(), "allow").exits(7);
    ended.prints("was updated to web:3 after planning; restoring it");
    assert_eq!(world.runs("web"), "web:3");

    let mut scenario = changed_at_the_last_moment();
    fault("ecs:UpdateService", 1, 1, error("AccessDeniedException", "no"))(&mut scenario);
    let world = World::new(&scenario);
    let ended = guarded(world.run(), "allow").exits(5);
    assert_eq!(ended.verdict("main/web")["verdict"], "failed");
    ended.prints("this run replaced web:3, which someone else deployed after the plan was reviewed");
}

#[test]
fn a_rollback_is_reviewed_by_the_guards_that_review_rollbacks() {
    let world = World::new(&scenario());
    world.run().exits(0);
    let rollback = || {
        let job = ["TRAVIS", "TRAVIS_BRANCH", "TRAVIS_COMMIT", "DEPLOY_BRANCHES", "IMAGE_NAME"]
            .iter()
            .fold(world.verb("rollback"), |job, name| job.unset(name));
        job.args(&["main/web", "--poll", "0.01"])
    };
    let ended = guarded(rollback(), "deny").exits(3);
    ended.prints("main/web: It is not allowed. (rule `no` of guard `scripted`)");
    assert!(ended.mutations().is_empty(), "{}", ended.transcript());
    let ended = guarded(rollback(), "deny").args(&["--dry-run"]).exits(0);
    ended.prints("deny  main/web: It is not allowed. (no)");
    let ended = guarded(rollback(), "print").args(&["--dry-run"]).exits(0);
    ended.prints("action: Action::Rollback").prints("next-revision: Some(\"web:1\")");
    // This one does not review rollbacks.
    let other =
        ["--guard", &guard("ecs-host-production-tags-guard"), "--guard-setting", "PRODUCTION_CLUSTERS=*"];
    let ended = guarded(rollback().args(&other), "warn").exits(0);
    ended.prints("Be careful. (careful)").does_not_print("production-tags");
    assert_eq!(world.runs("web"), "web:1");
}

#[test]
fn a_guard_looks_up_what_is_granted_to_it() {
    let world = World::new(&scenario());
    let file = guard("lookup-guard");
    let ended = world.verb("plan").args(&["--guard", &file]).exits(5);
    ended
        .prints("ecs-host:policy/services@0.2.0: `--guard-allow ecs:read` grants it")
        .prints("ecs-host:policy/source@0.2.0: `--guard-allow source:read` grants it");
    let allow = ["--guard-allow", "ecs:read", "--guard-allow", "source:read"];
    let ended = world.verb("plan").args(&["--guard", &file]).args(&allow).exits(0);
    ended.prints("[lookup-guard] web").prints("[lookup-guard] true");
    let looked_up = ended.events().into_iter().filter(|event| event["event"] == "guard-lookup").count();
    assert_eq!(looked_up, 2, "{}", ended.transcript());
    // What the policy is granted, its guards are not.
    world.verb("plan").args(&["--allow", "ecs:read", "--guard", &file]).exits(5);
}

#[test]
fn thirty_targets_are_reviewed_at_once() {
    let names: Vec<String> = (0..30).map(|number| format!("web-{number}")).collect();
    let world = World::new(&serving(names.iter().map(|name| service(name)).collect()));
    let ended = guarded(world.run().set("ECS_SERVICE_MASTER", &names.join(" ")), "deny").exits(3);
    ended.prints("guard scripted 1.0.0: 30 denials");
    assert_eq!(created_plan(&ended)["reviews"][0]["findings"].as_array().map(Vec::len), Some(30));
}

/// A file in the folder of the world, with its path.
fn write(world: &World, path: &str, text: &str) -> PathBuf {
    let path = world.path(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}
