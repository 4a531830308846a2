//! `ecs-host verify`: the results of its checks. It changes nothing.

mod images;
mod permissions;
mod triggers;

use std::os::unix::fs::PermissionsExt as _;

use ecs_simulator::{Call, Scenario, ServiceSnapshot, Simulator};
use serde_json::{Value, json};

use super::world::{Job, RunResult, World, definition, scenario, serving};
use crate::fixtures::policy;

const MUTATING: [&str; 8] = [
    "ecs:RegisterTaskDefinition",
    "ecs:UpdateService",
    "ecs:RunTask",
    "ecs:StopServiceDeployment",
    "ecr:PutImage",
    "ecs:DeregisterTaskDefinition",
    "scheduler:UpdateSchedule",
    "events:PutTargets",
];

/// The state that a mutating call would change.
fn state(simulator: &Simulator) -> (ServiceSnapshot, Vec<Value>) {
    let reads = [
        ("ecs:ListTaskDefinitions", json!({})),
        ("ecs:ListTasks", json!({"cluster": "main"})),
        ("ecr:DescribeImages", json!({"repositoryName": "simple-todo"})),
        ("ecs:ListServiceDeployments", json!({"cluster": "main", "service": "web"})),
    ];
    let answers = reads.iter().filter_map(|(action, body)| simulator.call(action, body).ok());
    let answers = answers.collect();
    let mut truth = simulator.snapshot("main", "web");
    truth.tasks.clear();
    (truth, answers)
}

/// Runs `verify`, and checks that it changes nothing.
fn verified(world: &World, job: Job<'_>, code: i32) -> RunResult {
    let before = state(&world.simulator);
    let ended = job.exits(code);
    let changed = |call: &&Call| MUTATING.contains(&call.action.as_str()) && call.status == 200;
    assert!(!ended.calls.iter().any(|call| changed(&call)), "{}", ended.transcript());
    assert_eq!(state(&world.simulator), before, "{}", ended.transcript());
    ended
}

fn verify(world: &World, code: i32) -> RunResult {
    verified(world, world.verb("verify").args(&["--docker", &docker(world, 0)]), code)
}

/// A docker that only reports whether its engine runs.
fn docker(world: &World, code: i32) -> String {
    let path = world.path("docker");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = version ] || exit 9\necho Cannot connect to the Docker daemon >&2\n\
         echo ' Experimental: false'\nexit {code}\n"
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

/// Runs `verify` with a policy whose answer the branch selects.
fn answered(world: &World, branch: &str, code: i32) -> RunResult {
    let policy = policy("misbehaving-policy").display().to_string();
    let job = world.verb("verify").args(&[&policy, "--docker", &docker(world, 0)]);
    verified(world, job.set("TRAVIS_BRANCH", branch), code)
}

/// The state and the detail of a check.
fn found(ended: &RunResult, name: &str) -> (String, String) {
    let own = |event: &Value| event["event"] == "check-finished" && event["name"] == name;
    let check = ended.events().into_iter().find(own);
    let check = check.unwrap_or_else(|| panic!("no check of {name}\n{}", ended.transcript()));
    (check["state"].as_str().unwrap().to_owned(), check["detail"].as_str().unwrap().to_owned())
}

#[track_caller]
fn is(ended: &RunResult, name: &str, state: &str, detail: &str) {
    let (actual, text) = found(ended, name);
    assert!(actual == state && text.contains(detail), "{name} is {actual}: {text}\n{}", ended.transcript());
}

fn failed(ended: &RunResult) -> Vec<String> {
    let failed = |event: &Value| event["event"] == "check-finished" && event["state"] == "failed";
    let events = ended.events().into_iter().filter(failed);
    events.map(|event| event["name"].as_str().unwrap().to_owned()).collect()
}

/// A definition with roles, a tag and a log group.
fn rich(family: &str) -> Value {
    let mut definition = definition(family);
    definition["executionRoleArn"] = json!("arn:aws:iam::123456789012:role/pull");
    definition["taskRoleArn"] = json!("arn:aws:iam::123456789012:role/task");
    definition["tags"] = json!([{"key": "team", "value": "shop"}]);
    let options =
        json!({"awslogs-group": "/shop/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs"});
    definition["containerDefinitions"][0]["logConfiguration"] =
        json!({"logDriver": "awslogs", "options": options});
    definition
}

fn rich_scenario() -> Scenario {
    let mut scenario = scenario();
    scenario.resources.services[0].task_definition = rich("web");
    scenario
}

#[test]
fn verify_passes_every_check() {
    let world = World::new(&rich_scenario());
    let ended = verify(&world, 0);
    assert_eq!(failed(&ended), Vec::<String>::new());
    for (name, detail) in [
        ("policy", concat!("travis ", env!("CARGO_PKG_VERSION"), ", built in")),
        ("settings", "all 5 that the policy requires are set"),
        ("decision", "deploy"),
        ("region", "eu-west-1"),
        ("credentials in eu-west-1", "account 123456789012"),
        ("image simple-todo", "in the registry already"),
        ("service main/web", "ACTIVE, runs web:1; new image for web"),
        ("log group /shop/web", "exists in eu-west-1"),
        ("logs:GetLogEvents on /shop/web", "allowed"),
        ("ecs:RegisterTaskDefinition for web", "allowed"),
        ("ecs:UpdateService on main/web", "allowed"),
        ("watching rollouts in main", "can be read"),
        ("plan", "a run would deploy"),
    ] {
        is(&ended, name, "ok", detail);
    }
    is(&ended, "docker", "skipped", "no image has to be built");
    is(
        &ended,
        "iam:PassRole for web",
        "skipped",
        "AWS offers no dry run; it must be allowed on the task role",
    );
    is(&ended, "ecs:TagResource for web", "skipped", "AWS offers no dry run");
    ended.prints("ok        service main/web: ACTIVE");
}

#[test]
fn verify_after_a_run_finds_nothing_to_do() {
    let world = World::new(&scenario());
    world.run().exits(0);
    world.simulator.advance(300.0);
    let ended = verify(&world, 0);
    is(&ended, "plan", "ok", "a run would change nothing");
    is(&ended, "service main/web", "ok", "ACTIVE, runs web:2; unchanged");
}

#[test]
fn a_log_group_that_is_missing_fails_and_one_that_cannot_be_seen_does_not() {
    let mut other = rich_scenario();
    other.denied_actions = vec!["logs:*".into()];
    let world = World::new(&other);
    is(
        &verify(&world, 0),
        "log group /shop/web",
        "skipped",
        "could not check; allow the action `logs:DescribeLogGroups`",
    );
    let mut elsewhere = rich_scenario();
    let definition = &mut elsewhere.resources.services[0].task_definition;
    definition["containerDefinitions"][0]["logConfiguration"]["options"]["awslogs-region"] =
        json!("us-east-1");
    let world = World::new(&elsewhere);
    is(&verify(&world, 5), "log group /shop/web", "failed", "create-log-group --region us-east-1");
}

/// Others may have written the task definition, and a person follows the advice of `verify`.
#[test]
fn the_advice_of_verify_contains_no_pattern_and_no_command_of_others() {
    let mut scenario = rich_scenario();
    let definition = &mut scenario.resources.services[0].task_definition;
    definition["taskRoleArn"] = json!("arn:aws:iam::123456789012:role/*");
    let options = &mut definition["containerDefinitions"][0]["logConfiguration"]["options"];
    options["awslogs-group"] = json!("x; reboot");
    options["awslogs-region"] = json!("us-east-1");
    let ended = verify(&World::new(&scenario), 5);
    is(&ended, "log group x; reboot", "failed", "--log-group-name 'x; reboot'`");
    is(
        &ended,
        "iam:PassRole for web",
        "skipped",
        "it must be allowed on a single task role, which has to replace the pattern",
    );
}

#[test]
fn every_missing_part_is_reported() {
    let mut scenario = scenario();
    scenario.resources.repositories.clear();
    let world = World::new(&scenario);
    let job = world.verb("verify").set("ECS_SERVICE_MASTER", "web api");
    let job = job.args(&["--docker", &docker(&world, 0)]);
    let ended = verified(&world, job, 5);
    assert_eq!(failed(&ended), ["image simple-todo", "service main/api"]);
    is(&ended, "image simple-todo", "failed", "does not exist; create it with");
    is(&ended, "service main/api", "failed", "cluster `main` in eu-west-1 has no such service");
    is(&ended, "service main/web", "ok", "ACTIVE");
    let ended = verified(&world, world.verb("verify").set("ECS_CLUSTER_MASTER", "other"), 5);
    is(&ended, "service other/web", "failed", "cluster `other` does not exist");
}

#[test]
fn a_service_of_another_controller_or_image_fails() {
    let mut scenario = scenario();
    scenario.resources.services[0]
        .parameters
        .insert("deploymentController".into(), json!({"type": "CODE_DEPLOY"}));
    let world = World::new(&scenario);
    is(&verify(&world, 5), "service main/web", "failed", "the deployment controller is CODE_DEPLOY");
    let mut scenario = super::world::scenario();
    scenario.resources.services[0].task_definition["containerDefinitions"][0]["image"] = json!("redis:7");
    let world = World::new(&scenario);
    is(&verify(&world, 5), "service main/web", "failed", "no container runs an image of");
}

#[test]
fn problems_of_no_single_target_are_reported_for_the_plan() {
    let world = World::new(&scenario());
    let ended = answered(&world, "unused-image", 5);
    is(&ended, "plan", "failed", "image `unused` is deployed to no container");
    is(&ended, "service main/web", "ok", "ACTIVE");
}

#[test]
fn verify_checks_a_family() {
    let mut scenario = scenario();
    scenario.resources.task_definitions.push(definition("simple-todo-nightly"));
    let world = World::new(&scenario);
    let ended = answered(&world, "family", 0);
    is(
        &ended,
        "task definition family simple-todo-nightly",
        "ok",
        "the latest revision is simple-todo-nightly:1",
    );
    is(&ended, "ecs:RegisterTaskDefinition for simple-todo-nightly", "ok", "allowed");
    let world = World::new(&super::world::scenario());
    let ended = answered(&world, "family", 5);
    is(&ended, "task definition family simple-todo-nightly", "failed", "the family has no active revision");
}

#[test]
fn a_rejection_exits_with_3_and_a_failed_policy_with_4() {
    let world = World::new(&scenario());
    let ended = answered(&world, "returns-error", 3);
    is(&ended, "decision", "failed", "Deployments are frozen.");
    is(&ended, "credentials in eu-west-1", "ok", "account");
    let ended = answered(&world, "panics", 4);
    is(&ended, "policy", "ok", "misbehaving-policy");
    let ended = verified(&world, world.verb("verify").args(&["/nowhere/policy.wasm"]), 2);
    is(&ended, "policy", "failed", "cannot read policy");
}

#[test]
fn missing_settings_are_reported_by_name() {
    let world = World::new(&scenario());
    let job = world.verb("verify").unset("IMAGE_NAME").unset("ECS_CLUSTER_MASTER");
    let ended = verified(&world, job, 3);
    is(&ended, "setting IMAGE_NAME", "failed", "not set, and the policy requires it: name of the image");
    is(
        &ended,
        "setting ECS_CLUSTER_*",
        "failed",
        "not set, and the policy requires it: cluster of each branch",
    );
    is(&ended, "decision", "failed", "IMAGE_NAME");
}

#[test]
fn verify_checks_a_skipped_build_up_to_the_decision() {
    let world = World::new(&scenario());
    let ended = verified(&world, world.verb("verify").set("TRAVIS_BRANCH", "feature/x"), 0);
    is(&ended, "decision", "skipped", "the policy skips this build");
    is(&ended, "credentials in eu-west-1", "ok", "account");
    is(&ended, "images and targets", "skipped", "without a decision");
    assert_eq!(ended.calls.len(), 1, "{}", ended.transcript());
}

#[test]
fn verify_fails_without_a_region_or_valid_credentials() {
    let world = World::new(&scenario());
    let ended = verified(&world, world.verb("verify").unset("AWS_REGION"), 5);
    is(&ended, "region", "failed", "set AWS_REGION");
    let job = world.verb("verify").unset("AWS_SECRET_ACCESS_KEY");
    let ended = verified(&world, job, 5);
    is(&ended, "credentials", "failed", "set both");
    let mut scenario = serving(Vec::new());
    let code = "UnrecognizedClientException".to_owned();
    let message = "The security token included in the request is invalid.".to_owned();
    let kind = ecs_simulator::FaultKind::Error { code, message };
    scenario.faults.push(ecs_simulator::Fault { limit: 1000, ..ecs_simulator::Fault::once("*", kind) });
    let world = World::new(&scenario);
    let ended = verify(&world, 5);
    is(&ended, "credentials in eu-west-1", "failed", "AWS rejected these credentials");
    is(&ended, "service main/web", "skipped", "the check of its credentials failed");
    is(&ended, "image simple-todo", "skipped", "the check of its credentials failed");
}
