//! Whole outputs as a person reads them in a pipe, so that a review shows every change of layout.
//!
//! `INSTA_UPDATE=always cargo test --test simulated snapshots` writes the files in `snapshots/` anew. What differs
//! from run to run or from machine to machine is replaced by a word in capitals.

use std::fs;

use ecs_simulator::{Change, ClusterSetup, ImageSetup, Scenario, ServiceSetup};
use regex_lite::Regex;
use serde_json::json;

use crate::fixtures::policy;
use crate::plans::{self, decision, reviewed};
use crate::rollouts::table::decision::{target, to};
use crate::world::{
    Job, OLD, REGION, World, definition, enable_circuit_breaker, failing_tasks, scenario, service,
};

/// Compares the whole output of a run with the snapshot of this name.
fn assert_output(name: &str, job: Job<'_>) {
    let output = job.output();
    let text = format!(
        "{}{}--- exit code {}\n",
        stream("stdout", &output.stdout),
        stream("stderr", &output.stderr),
        output.status.code().unwrap_or(-1)
    );
    assert_text(name, &text);
}

fn stream(name: &str, bytes: &[u8]) -> String {
    match String::from_utf8_lossy(bytes) {
        text if text.is_empty() => String::new(),
        text => format!("--- {name}\n{text}"),
    }
}

pub fn assert_text(name: &str, text: &str) {
    let mut text = text.to_owned();
    for (pattern, replacement) in [
        (r"127\.0\.0\.1:[0-9]+", "127.0.0.1:PORT"),
        // What the clock decides.
        (r"(?m)^ +[0-9]+(\.[0-9]+)? m?s  ", "    TIME  "),
        // Which states and events are read between the first and the last of a rollout: calls run at once.
        (r"(?m)^(    TIME  .*\n)(?:    TIME  .*\n)*(    TIME  .*\n)", "$1    TIME  BETWEEN\n$2"),
        (r"\b(in|after|build|push|rollout) [0-9]+(\.[0-9]+)? m?s\b", "$1 TIME"),
        (r"start=[0-9]+,finish=[0-9]+,duration=[0-9]+", "start=TIME,finish=TIME,duration=TIME"),
        (r"since [-0-9]+ [:0-9]+ UTC \([^)]*\)", "since DATE (AGE)"),
        (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(\s+)[0-9:]{8} UTC", "DATE${1}TIME UTC"),
        (r"section_(start|end):[0-9]+:", "section_$1:TIME:"),
        (r"ecs-svc/[0-9]+", "ecs-svc/ID"),
        (r"\b[0-9]+ d +", "AGE    "),
        // A release changes no snapshot.
        (r"\b(travis|rules) [0-9]+\.[0-9]+\.[0-9]+\b", "$1 VERSION"),
        // What the compiler of a policy decides.
        (r"(travis|policy)@sha256:[0-9a-f]{12}(…|[0-9a-f]{52})", "$1@sha256:POLICY"),
        (r"(?m)^Digest    sha256:[0-9a-f]{64}", "Digest    sha256:POLICY"),
        (r"(?m)^Size      [0-9]+ bytes", "Size      BYTES"),
        (r"(?m)^Built by  .*\n( {10}.*\n)*", "Built by  TOOLCHAIN\n"),
        (r"\b[0-9,]+ fuel\b", "FUEL fuel"),
        (r"(?m)^Fuel      at most [0-9,]+", "Fuel      at most FUEL"),
    ] {
        text = Regex::new(pattern).expect("a pattern").replace_all(&text, replacement).into_owned();
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A world whose registry lacks the image of the build.
fn unbuilt() -> Scenario {
    let mut scenario = scenario();
    scenario.resources.repositories[0].images =
        vec![ImageSetup { tags: vec!["old".to_owned()], digest: Some(OLD.to_owned()), manifest: None }];
    scenario
}

/// A run with a script as docker.
pub fn docker<'w>(world: &World, job: Job<'w>) -> Job<'w> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = world.path("docker");
    fs::write(&path, include_str!("docker.sh")).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    let path = std::env::var("PATH").unwrap_or_default();
    job.set("PATH", &format!("{}:{path}", world.path("").display()))
}

/// The same world with a circuit breaker, in which every new task fails.
pub fn failing(mut scenario: Scenario) -> Scenario {
    enable_circuit_breaker(&mut scenario, true);
    scenario.task_rules.push(failing_tasks());
    scenario
}

#[test]
fn help_of_every_verb() {
    let world = World::new(&scenario());
    assert_output("help", world.verb("--help"));
    for verb in [
        "run",
        "plan",
        "apply",
        "show",
        "decide",
        "test",
        "inspect",
        "push",
        "lock",
        "verify",
        "status",
        "rollback",
        "continue",
        "iam",
        "config",
        "new",
        "completions",
        "man",
    ] {
        assert_output(&format!("help-{verb}"), world.verb(verb).args(&["--help"]));
    }
}

#[test]
fn iam_of_a_build_and_of_a_role() {
    let world = World::new(&unbuilt());
    let flags = ["--on-failure", "roll-back", "--verb", "run", "--verb", "verify"];
    assert_output("iam", docker(&world, world.verb("iam")).args(&flags));
    let role = ["--oidc-role", "arn:aws:iam::123456789012:role/ci"];
    let jobs = ["--oidc", "github", "--repository", "acme/todo", "--branch", "main"];
    assert_output("iam-trust-policy", world.verb("iam").args(&role).args(&jobs));
    assert_output("iam-trust-policy-missing", world.verb("iam").args(&role).args(&["--oidc", "bitbucket"]));
}

#[test]
fn plan_of_a_build() {
    let world = World::new(&unbuilt());
    assert_output("plan", docker(&world, world.verb("plan")));
}

/// The same plan in each format for people.
#[test]
fn plan_of_many_changes() {
    let world = World::new(&reviewed());
    let plan = |flags: &[&str]| plans::plan(&world, &decision(), flags);
    assert_output("plan-changes", plan(&[]));
    assert_output("plan-changes-markdown", plan(&["--format", "markdown"]));
    let colored = plan(&["--color", "always"]).output();
    let colored = String::from_utf8_lossy(&colored.stdout).replace('\u{1b}', "␛");
    assert_text("plan-changes-colored", &colored);
}

#[test]
fn plans_of_builds_that_are_not_deployed() {
    let world = World::new(&scenario());
    let markdown = |job: Job<'_>, name| assert_output(name, job.args(&["--format", "markdown"]));
    markdown(world.verb("plan").set("TRAVIS_BRANCH", "feature/x"), "plan-skipped-markdown");
    let missing = to(json!([target("web", json!({})), target("wbe", json!({}))]));
    markdown(plans::plan(&world, &missing, &[]), "plan-rejected-markdown");
}

#[test]
fn run_that_deploys() {
    let world = World::new(&unbuilt());
    assert_output("run-deployed", docker(&world, world.run()));
    assert_output("run-unchanged", world.run());
}

#[test]
fn run_that_ecs_rolls_back() {
    let world = World::new(&failing(scenario()));
    assert_output("run-rolled-back", world.run());
}

#[test]
fn run_that_the_preflight_rejects() {
    let world = World::new(&scenario());
    let decision = to(json!([target("web", json!({})), target("wbe", json!({}))]));
    fs::copy(policy("echo-policy"), world.path("project/echo.wasm")).expect("a file");
    let run = world.run().args(&["echo.wasm"]).set("DECISION", &decision.to_string());
    assert_output("run-rejected", run);
}

#[test]
fn run_that_the_policy_rejects() {
    let world = World::new(&scenario());
    assert_output("run-rejected-by-policy", world.run().unset("ECS_CLUSTER_MASTER"));
}

#[test]
fn run_of_a_branch_without_an_environment() {
    let world = World::new(&scenario());
    assert_output("run-skipped", world.run().set("TRAVIS_BRANCH", "feature/x"));
}

#[test]
fn verify_of_a_build() {
    let world = World::new(&unbuilt());
    assert_output("verify", docker(&world, world.verb("verify")));
    let mut denied = unbuilt();
    denied.denied_actions.push("ecs:UpdateService".to_owned());
    let world = World::new(&denied);
    assert_output("verify-denied", docker(&world, world.verb("verify")));
}

#[test]
fn status_and_rollback_of_a_service() {
    let world = World::new(&scenario());
    world.run().exits(0);
    let status = || world.verb("status").args(&["main/web"]);
    assert_output("status", status());
    let rollback = || world.verb("rollback").args(&["main/web", "--poll", "0.01"]);
    assert_output("rollback", rollback());
    assert_output("status-rolled-back", status());
    assert_output("rollback-again", rollback());
}

#[test]
fn status_of_all_services() {
    let mut scenario = scenario();
    scenario.resources.services.extend(["api", "worker"].map(service));
    let other = ServiceSetup { cluster: "live".to_owned(), ..service("shop") };
    scenario.resources.services.push(other);
    scenario.resources.clusters.push(ClusterSetup { name: "empty".to_owned(), ..ClusterSetup::default() });
    let world = World::new(&scenario);
    world.run().set("ECS_SERVICE_MASTER", "api web").exits(0);
    let (cluster, service) = ("main".to_owned(), "api".to_owned());
    let (task_definition, parameters) = (Some(definition("api")), serde_json::Map::new());
    let force_new_deployment = false;
    let update =
        Change::UpdateService { cluster, service, task_definition, force_new_deployment, parameters };
    world.simulator.apply(&update).unwrap();
    world.simulator.advance(300.0);
    assert_output("status-all", world.verb("status").args(&["--all"]));
    assert_output("status-drifted", world.verb("status").args(&["main/api"]));
}

#[test]
fn test_of_a_policy() {
    let world = World::new(&scenario());
    fs::write(world.path("project/cases.toml"), include_str!("snapshots/cases.toml")).expect("a file");
    assert_output("test", world.verb("test").args(&["built-in", "cases.toml"]));
}

#[test]
fn inspect_of_a_policy() {
    let world = World::new(&scenario());
    assert_output("inspect", world.verb("inspect"));
    let lookups = policy("lookup-policy");
    fs::copy(lookups, world.path("project/lookups.wasm")).expect("a file");
    assert_output("inspect-imports", world.verb("inspect").args(&["lookups.wasm"]));
}

#[test]
fn config_of_a_project() {
    let world = World::new(&scenario());
    let text = format!("region = \"{REGION}\"\ntimeout = 600\non-failure = \"roll-back\"\n");
    fs::write(world.path("project/ecs-host.toml"), text).expect("a file");
    assert_output("config", world.verb("config").args(&["--no-wait"]));
}
