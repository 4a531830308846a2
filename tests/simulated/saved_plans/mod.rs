//! Saved plans: `plan --out`, `apply` and `show`.

mod builds;
mod destinations;
mod drawn;
mod files;
mod moved;
mod reviewed;
mod shown;

use std::fs;
use std::path::PathBuf;

use ecs_host_schemas::saved_plan;
use serde_json::{Value, json};

use crate::fixtures::policy;
use crate::rollouts::table::decision::{target, to, to_web};
use crate::world::{
    COMMIT, Job, RunResult, World, enable_circuit_breaker, failing_tasks, scenario, service, serving,
};

/// The file of the plan.
const FILE: &str = "plan.json";

/// Saves the plan of a job, and returns the digest of the file.
fn save(plan: Job<'_>) -> String {
    let ended = plan.args(&["--out", FILE]).exits(0);
    assert!(ended.mutations().is_empty(), "{}", ended.transcript());
    let saved =
        ended.events().into_iter().find(|event| event["event"] == "plan-saved").expect("a saved plan");
    saved["digest"].as_str().unwrap().to_owned()
}

/// `ecs-host apply` of the plan.
fn apply(world: &World) -> Job<'_> {
    world.verb("apply").args(&[FILE, "--poll", "0.01"])
}

fn path(world: &World) -> PathBuf {
    world.path("project").join(FILE)
}

/// The file, which the schema describes.
fn document(world: &World) -> Value {
    saved_plan(&fs::read_to_string(path(world)).unwrap())
}

/// Changes the file as somebody would who wants another deployment.
fn edit(world: &World, change: impl FnOnce(&mut Value)) {
    let mut document = document(world);
    change(&mut document);
    fs::write(path(world), document.to_string()).unwrap();
}

/// A plan by the policy `echo-policy`, which returns `answer`.
fn planned<'w>(world: &'w World, answer: &Value) -> Job<'w> {
    fs::copy(policy("echo-policy"), world.path("project/echo.wasm")).unwrap();
    world.verb("plan").args(&["echo.wasm"]).set("DECISION", &answer.to_string())
}

fn changed_nothing(ended: &RunResult) {
    assert!(ended.mutations().is_empty(), "{}", ended.transcript());
}

#[test]
fn a_saved_plan_is_applied_once_and_unchanged_then() {
    let world = World::new(&scenario());
    let digest = save(world.verb("plan"));
    // As `sha256sum` prints it.
    apply(&world).args(&["--dry-run", "--plan-digest", digest.strip_prefix("sha256:").unwrap()]).exits(0);
    let ended = apply(&world).args(&["--plan-digest", &digest]).exits(0);
    ended.prints("deployed").prints("plan.json").prints(&digest);
    assert_eq!(world.runs("web"), "web:2");
    let stamp = &ended.done("ecs:RegisterTaskDefinition")[0].body["containerDefinitions"][0]["dockerLabels"];
    assert_eq!((&stamp["ecs-host.commit"], &stamp["ecs-host.build"]), (&json!(COMMIT), &json!("57")));
    // The plan is as good as a run of the same build.
    changed_nothing(world.run().exits(0).prints("unchanged"));
    changed_nothing(apply(&world).exits(0).prints("unchanged"));
}

#[test]
fn a_dry_run_compares_the_facts_and_changes_nothing() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    changed_nothing(apply(&world).args(&["--dry-run"]).exits(0).prints("1 target to change"));
    changed_nothing(apply(&world).set("DRYRUN", "1").exits(0).prints("1 target to change"));
}

#[test]
fn the_build_is_that_of_the_plan_whatever_the_job_is() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    let job = apply(&world).set("TRAVIS_COMMIT", &"7".repeat(40)).set("TRAVIS_BUILD_NUMBER", "99");
    let ended =
        job.set("AWS_REGION", "us-east-1").unset("AWS_DEFAULT_REGION").unset("ECS_CLUSTER_MASTER").exits(0);
    let stamp = &ended.done("ecs:RegisterTaskDefinition")[0].body["containerDefinitions"][0]["dockerLabels"];
    assert_eq!((&stamp["ecs-host.commit"], &stamp["ecs-host.build"]), (&json!(COMMIT), &json!("57")));
}

#[test]
fn the_flags_of_the_rollout_are_in_the_plan() {
    let mut failing = scenario();
    enable_circuit_breaker(&mut failing, false);
    failing.task_rules.push(failing_tasks());
    let world = World::new(&failing);
    save(world.verb("plan").args(&["--on-failure", "roll-back", "--timeout", "700", "--keep", "3"]));
    let options = &document(&world)["options"];
    assert_eq!((&options["on_failure"], &options["timeout_seconds"]), (&json!("roll-back"), &json!(700)));
    apply(&world).exits(1).prints("rolled back");
    assert_eq!(world.runs("web"), "web:1");
    // What ECS has now is another deployment than the one that was planned.
    changed_nothing(apply(&world).exits(7).prints("main/web: its deployment was "));
}

#[test]
fn no_flag_of_the_rollout_changes_a_saved_plan() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    for flags in
        [&["--timeout", "5"][..], &["--on-failure", "roll-back"], &["--force"], &["--region", "us-east-1"]]
    {
        apply(&world).args(flags).exits(2);
    }
}

#[test]
fn everything_that_a_policy_can_decide_is_saved() {
    let world = World::new(&serving(vec![service("web"), service("worker")]));
    let task = |name: &str| json!({"name": name, "container": "web", "command": ["bin/task", name]});
    let answer = to(json!([
        target(
            "web",
            json!({
                "containers": [{
                    "container": "web", "image": "todo", "environment": {"A": "1"}, "unset": ["B"],
                    "secrets": {"KEY": "arn:aws:ssm:eu-west-1:123456789012:parameter/key"}, "command": ["serve"],
                }],
                "desired_count": 3, "bake": 5, "on_failure": "roll-back", "timeout": 300,
                "tasks_before": [task("migrate")], "tasks_after": [task("smoke")],
            })
        ),
        target("worker", json!({"wave": 1})),
    ]));
    save(planned(&world, &answer));
    let ended = apply(&world).exits(0);
    let registered = &ended.done("ecs:RegisterTaskDefinition")[0].body["containerDefinitions"][0];
    assert_eq!(
        (&registered["command"], &registered["environment"][0]["value"]),
        (&json!(["serve"]), &json!("1"))
    );
    assert_eq!(ended.done("ecs:RunTask").len(), 2);
    assert_eq!(world.simulator.snapshot("main", "web").desired_count, 3);
    changed_nothing(apply(&world).exits(0).prints("unchanged"));
}

#[test]
fn a_saved_plan_is_shown_as_it_was_made() {
    let world = World::new(&serving(vec![service("web"), service("worker")]));
    let answer =
        to(json!([target("web", json!({"desired_count": 5})), target("worker", json!({"wave": 1}))]));
    let planned = |format: &[&str]| {
        planned(&world, &answer).args(&["--on-failure", "roll-back"]).args(format).output().stdout
    };
    let shown = |format: &[&str]| world.verb("show").args(&[FILE]).args(format).output().stdout;
    let text = |output: Vec<u8>| String::from_utf8(output).unwrap();
    planned(&["--out", FILE]);
    let plan = |text: &str| {
        let (_, plan) = text.split_once("\nPlan ").expect("a plan");
        plan.rsplit_once("done in").expect("an end").0.to_owned()
    };
    assert_eq!(plan(&text(shown(&[]))), plan(&text(planned(&[]))));
    let value = |output: Vec<u8>| serde_json::from_slice::<Value>(&output).unwrap();
    assert_eq!(value(shown(&["--format", "json"]))["plan"], value(planned(&["--format", "json"]))["plan"]);
    let markdown = text(shown(&["--format", "markdown"]));
    assert!(markdown.contains("` with `--on-failure roll-back`"), "{markdown}");
    // The other file has another time.
    let without_digest = |text: &str| {
        text.lines().filter(|line| !line.starts_with("Saved plan ")).collect::<Vec<_>>().join("\n")
    };
    let other = text(planned(&["--format", "markdown", "--out", "other.json"]));
    assert_eq!(without_digest(&markdown), without_digest(&other));
}

#[test]
fn a_run_that_is_killed_is_finished_by_the_next() {
    // Each of them registers the revision, and runs its task and the update at most once.
    for action in ["ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:UpdateService"] {
        let world = World::new(&scenario());
        let migrate = json!({"name": "migrate", "container": "web", "command": ["bin/migrate"]});
        save(planned(&world, &to_web(json!({"tasks_before": [migrate]}))));
        apply(&world).begin().calls(action, 1).kill();
        let ended = apply(&world).exits(0);
        assert_eq!(world.runs("web"), "web:2", "{action}\n{}", ended.transcript());
        let done = |action: &str| {
            world.simulator.calls().iter().filter(|call| call.action == action && call.status == 200).count()
        };
        assert_eq!(
            (done("ecs:RegisterTaskDefinition"), done("ecs:RunTask")),
            (1, 1),
            "{action}\n{}",
            ended.transcript()
        );
    }
}

#[test]
fn a_skipped_build_has_no_plan_to_save() {
    let world = World::new(&scenario());
    world.verb("plan").args(&["--out", FILE]).set("TRAVIS_BRANCH", "other").exits(0).prints("skip");
    assert!(!path(&world).exists());
    changed_nothing(apply(&world).exits(2).prints("cannot read the saved plan `plan.json`"));
}

#[test]
fn only_a_plan_is_saved_and_never_over_a_file() {
    let world = World::new(&scenario());
    world.run().args(&["--out", FILE]).exits(2).prints("--out saves a plan that `ecs-host apply` deploys");
    save(world.run().args(&["--dry-run"]));
    let before = fs::read(path(&world)).unwrap();
    let again = world.verb("plan").args(&["--out", FILE]).exits(2);
    again.prints("cannot write the plan to `plan.json` (--out): the file exists; name a new one");
    assert_eq!(fs::read(path(&world)).unwrap(), before);
}
