//! `--report`: the page of a run, of every end and in every place.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use ecs_simulator::{ImageSetup, Scenario, TaskBehaviour, TaskFilter, TaskRule};
use rustix::process::Signal;
use serde_json::json;

use super::continuation::{TESTED, pausing, proceed};
use crate::page::texts;
use crate::variables::SECRET;
use crate::world::{Job, OLD, REGION, World, enable_circuit_breaker, failing_tasks, scenario};

const REPORT: &[&str] = &["--report", "deploy.html"];

/// The page that a run has written into its working folder.
fn html(world: &World) -> String {
    let page = fs::read_to_string(world.path("project/deploy.html")).expect("a page");
    assert!(!page.contains(SECRET), "{page}");
    page
}

/// The texts of that page, which is well-formed.
fn page(world: &World) -> String {
    texts(&html(world))
}

/// Asserts that the page contains these lines, each after the one before.
fn contains(page: &str, lines: &[&str]) {
    let mut rest = page.lines();
    for line in lines {
        assert!(rest.any(|own| own.contains(line)), "`{line}` is not there, or not after the others: {page}");
    }
}

/// A world whose registry lacks the image of the build, and a run with a script as docker.
fn unbuilt() -> World {
    use std::os::unix::fs::PermissionsExt as _;
    let mut scenario = scenario();
    scenario.resources.repositories[0].images =
        vec![ImageSetup { tags: vec!["old".to_owned()], digest: Some(OLD.to_owned()), manifest: None }];
    let world = World::new(&scenario);
    let path = world.path("docker");
    fs::write(&path, include_str!("../docker.sh")).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    world
}

fn with_docker<'w>(world: &World, job: Job<'w>) -> Job<'w> {
    let path = std::env::var("PATH").unwrap_or_default();
    job.set("PATH", &format!("{}:{path}", world.path("").display()))
}

/// A scenario in which every new task writes these lines and fails, and ECS rolls back.
fn failing(lines: &[&str]) -> Scenario {
    let mut scenario = scenario();
    enable_circuit_breaker(&mut scenario, true);
    let options =
        json!({"awslogs-group": "/ecs/web", "awslogs-region": REGION, "awslogs-stream-prefix": "web"});
    scenario.resources.services[0].task_definition["containerDefinitions"][0]["logConfiguration"] =
        json!({"logDriver": "awslogs", "options": options});
    let logs = lines.iter().map(|line| (*line).to_owned()).collect();
    let behaviour = TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: BTreeMap::new(),
        after: 1.0,
        logs: BTreeMap::from([("web".to_owned(), logs)]),
    };
    scenario.task_rules.push(TaskRule { behaviour, ..failing_tasks() });
    scenario
}

#[test]
fn a_deployment() {
    let world = unbuilt();
    with_docker(&world, world.run().args(REPORT)).exits(0);
    let page = page(&world);
    contains(&page, &["ecs-host run", "Deployed", "example/simple-todo", "Exit code 0: done in"]);
    contains(
        &page,
        &[
            "Branch",
            "master",
            "Commit",
            "3f2a9c10d1e2",
            "57",
            "of Travis CI",
            concat!("travis ", env!("CARGO_PKG_VERSION")),
            REGION,
        ],
    );
    contains(&page, &["Verdicts", "main/web", "web:2", "deployed"]);
    let stages = ["Decide", "Plan", "docker build simple-todo", "docker push simple-todo", "main/web"];
    contains(&page, &[&["Timeline"], stages.as_slice()].concat());
    contains(&page, &["Tasks over time", "main/web", "2 of 2 running"]);
    contains(&page, &["Changes", "main/web", "web:1 → web:2", "build", "container web", "image"]);
    contains(&page, &["Images", "simple-todo", "dkr.ecr.eu-west-1", "master", "sha256:", "built"]);
    contains(&page, &["Docker commands", "docker build --tag", "docker push"]);
    contains(&page, &["Policy", "Digest", "Settings", "DEPLOY_BRANCHES", "Written by ecs-host"]);
    assert!(!page.contains("Why it failed") && !page.contains("Warnings"), "{page}");
    // The next run replaces the page.
    world.run().args(REPORT).set("TRAVIS_BRANCH", "feature/x").exits(0);
    let second = self::page(&world);
    contains(&second, &["Skipped", "The policy skipped the build", "feature/x"]);
    assert!(!second.contains("Verdicts") && !second.contains("Docker commands"), "{second}");
    let files: Vec<_> =
        fs::read_dir(world.path("project")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn a_service_that_is_unchanged() {
    let world = World::new(&scenario());
    world.run().exits(0);
    world.run().args(REPORT).exits(0);
    let page = page(&world);
    contains(&page, &["Unchanged", "Verdicts", "main/web", "unchanged", "Images", "in the registry before"]);
    assert!(!page.contains("Docker commands") && !page.contains("Changes"), "{page}");
}

#[test]
fn a_rollback_of_ecs_with_its_cause_and_its_log() {
    let hostile = "</pre><script>alert(1)</script>\u{202e}";
    let world = World::new(&failing(&["simple-todo 2.0 starts", hostile]));
    world.run().args(REPORT).exits(1);
    let page = page(&world);
    contains(&page, &["Rolled back", "Exit code 1: rolled back, after"]);
    contains(&page, &["Verdicts", "main/web", "rolled back", "the service runs web:1", "Why it failed"]);
    contains(
        &page,
        &["3 ×", "web exited 1", "The end of the log of web", "/ecs/web", "simple-todo 2.0 starts"],
    );
    contains(&page, &["</pre><script>alert(1)</script>\\u{202e}", "Timeline", "rollback"]);
    contains(&page, &["Service events", "main/web", "has started 2 tasks"]);
    assert!(!html(&world).contains("<script"), "{page}");
}

#[test]
fn a_pause_and_what_continues_it() {
    let world = World::new(&pausing(&[TESTED]));
    world.run().args(REPORT).args(&["--timeout", "1.5"]).exits(9);
    contains(
        &page(&world),
        &["Paused", "Exit code 9", "paused", "ecs-host continue main/web", "continues it"],
    );
    proceed(&world, REPORT).exits(0);
    let page = page(&world);
    contains(&page, &["ecs-host continue", "Deployed", "main/web", "What was requested", "web:2, paused at"]);
    contains(&page, &["Verdicts", "Timeline", "main/web", "rollout"]);
}

#[test]
fn a_rollback_by_the_verb_and_its_plan() {
    let world = World::new(&scenario());
    world.run().exits(0);
    let rollback =
        |flags| world.verb("rollback").args(&["main/web", "--poll", "0.01"]).args(REPORT).args(flags);
    rollback(&["--dry-run"]).exits(0);
    contains(&self::page(&world), &["Planned", "This is a plan: nothing was changed", "from web:2 to web:1"]);
    rollback(&[]).exits(0);
    let page = page(&world);
    contains(&page, &["ecs-host rollback", "Reverted", "main/web", "reverted", "Timeline", "rollback"]);
    assert!(!page.contains("Why it failed"), "{page}");
}

#[test]
fn a_plan() {
    let world = unbuilt();
    let plan = with_docker(&world, world.verb("plan").args(REPORT)).exits(0);
    assert!(plan.mutations().is_empty());
    let page = page(&world);
    contains(
        &page,
        &["ecs-host plan", "Planned", "This is a plan: nothing was changed", "Changes", "to be built"],
    );
    contains(&page, &["Docker commands", "docker build"]);
    assert!(!page.contains("Verdicts"), "{page}");
}

#[test]
fn a_plan_and_a_build_that_are_rejected() {
    let world = World::new(&scenario());
    world.run().args(REPORT).set("ECS_SERVICE_MASTER", "wbe").exits(5);
    let page = page(&world);
    contains(
        &page,
        &["Not deployed", "Exit code 5", "Error", "nothing was changed", "main/wbe", "Timeline", "Policy"],
    );
    world.run().args(REPORT).unset("ECS_CLUSTER_MASTER").exits(3);
    contains(&self::page(&world), &["Rejected", "Exit code 3", "Error", "ECS_CLUSTER_MASTER"]);
}

#[test]
fn a_branch_forges_nothing() {
    let world = World::new(&scenario());
    let branch = "</title></style><img/src='x'>\"&lt;{{x}}";
    world.run().args(REPORT).set("TRAVIS_BRANCH", branch).exits(0);
    contains(&page(&world), &["Branch", branch]);
    let html = html(&world);
    assert!(!html.contains("<img") && html.matches("</style>").count() == 1, "{html}");
}

#[test]
fn a_signal() {
    let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    let rule = TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() };
    let world = World::new(&Scenario { task_rules: vec![rule], ..scenario() });
    let run = world.run().args(REPORT).begin().wait_for_output("\"event\":\"rollout-progressed\"");
    run.send_signal(Signal::TERM).ends().with(143);
    contains(&page(&world), &["Interrupted", "Exit code 143", "main/web", "interrupted", "Tasks over time"]);
}

#[test]
fn a_path_that_is_no_file_is_rejected_before_anything_is_done() {
    let world = World::new(&scenario());
    let path = |name: &str| world.path(&format!("project/{name}"));
    fs::write(world.path("home/own"), "mine").unwrap();
    fs::create_dir(path("folder")).unwrap();
    symlink(world.path("home/own"), path("link")).unwrap();
    symlink(world.path("home"), path("out")).unwrap();
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    for (file, expected) in [
        ("folder", "it is a folder, not a file"),
        ("link", "it is a link; name the file itself"),
        ("pipe", "it is a named pipe, not a file"),
        ("out/deploy.html", "(--report): `out` is a link of the checkout to `"),
        ("/proc/deploy.html", "(--report): no file can be created in the folder `/proc`; name another one"),
        ("missing/deploy.html", "cannot write the report to `missing/deploy.html` (--report): "),
    ] {
        for verb in ["run", "plan"] {
            let ended = world.verb(verb).args(&["--report", file]).exits(2);
            ended.prints(expected);
            assert!(ended.calls.is_empty(), "{}", ended.transcript());
        }
    }
    assert_eq!(fs::read_to_string(world.path("home/own")).unwrap(), "mine");
    assert!(!world.path("home/deploy.html").exists());
}

#[test]
fn a_folder_that_becomes_a_link_leads_no_page_out_of_the_checkout() {
    let world = unbuilt();
    fs::create_dir(world.path("project/out")).unwrap();
    let script = fs::read_to_string(world.path("docker")).unwrap();
    let [out, home] = ["project/out", "home"].map(|path| world.path(path).display().to_string());
    let replaced = format!(
        "set -eu\nif [ -d '{out}' ] && [ ! -L '{out}' ]; then rmdir '{out}'; ln -s '{home}' '{out}'; fi"
    );
    fs::write(world.path("docker"), script.replacen("set -eu", &replaced, 1)).unwrap();
    let ended = with_docker(&world, world.run().args(&["--report", "out/deploy.html"])).exits(0);
    ended.prints("warning: cannot write the report to `out/deploy.html` (--report): `out` is a link of the checkout to `");
    assert!(!world.path("home/deploy.html").exists());
}

#[test]
fn a_page_that_cannot_be_written_at_the_end_is_a_warning() {
    let world = unbuilt();
    // The build replaces the file by a folder, in which something is.
    let script = fs::read_to_string(world.path("docker")).unwrap();
    let page = world.path("project/deploy.html").display().to_string();
    let script = script.replacen("set -eu", &format!("set -eu\nmkdir -p '{page}/x'"), 1);
    fs::write(world.path("docker"), script).unwrap();
    let ended = with_docker(&world, world.run().args(REPORT)).exits(0);
    ended.prints("warning: cannot write the report to `deploy.html` (--report): ");
    assert_eq!(world.runs("web"), "web:2");
    assert_eq!(ended.events().last().unwrap()["event"], "run-finished");
}

#[test]
fn verbs_without_a_page_accept_the_flag_and_write_none() {
    let world = World::new(&scenario());
    world.verb("decide").args(REPORT).exits(0);
    assert!(!world.path("project/deploy.html").exists());
}
