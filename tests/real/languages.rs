//! Policies in JavaScript, Python and C: from a project to a decision.

use std::fs;
use std::path::Path;
use std::process::Command;

use ecs_simulator::ServiceSetup;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bench::emulator::cache;
use crate::fixtures::built;
use crate::project::{decides, example, host, is_found, named, new, passes, text};
use crate::source::git;
use crate::world::{World, repository, service, serving};

#[test]
fn a_new_policy_in_javascript_decides() {
    let folder = new("javascript");
    let policy = built(&folder);
    is_found(&policy, &folder, "policy.wasm");
    decides(&policy);
}

#[test]
fn a_new_policy_in_python_decides() {
    let folder = new("python");
    let policy = built(&folder);
    is_found(&policy, &folder, "policy.wasm");
    decides(&policy);
}

#[test]
fn the_monorepo_example_deploys_what_changed_since_what_runs() {
    let policy = built(&example("monorepo")).display().to_string();
    // The clone contains the commits that run.
    let folder = TempDir::with_prefix_in("monorepo-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    git(folder.path(), &["init", "-q"]);
    let commit = |path: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "a change").unwrap();
        git(folder.path(), &["add", "-A"]);
        git(folder.path(), &["commit", "-q", "-m", "a change"]);
        git(folder.path(), &["rev-parse", "HEAD"])
    };
    let running = commit("api/main.go");
    let service = |name: &str| {
        let mut setup = ServiceSetup { cluster: "shop-staging".to_owned(), ..service(name) };
        let label = json!({"ecs-host.commit": running});
        setup.task_definition["containerDefinitions"][0]["dockerLabels"] = label;
        setup
    };
    let world = World::new(&serving(["api", "worker", "web"].map(service).to_vec()));
    let decide = |commit: &str| {
        let job = world.verb("plan").args(&[&policy, "--allow", "ecs:read", "--allow", "source:read"]);
        let job = job.set("TRAVIS_BRANCH", "main").set("TRAVIS_COMMIT", commit);
        let job = job.set("REGISTRY", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop");
        let job = job.set("ECS_CLUSTER_STAGING", "shop-staging");
        let git_folder = folder.path().join(".git").display().to_string();
        let ended = job.set("PATH", &std::env::var("PATH").unwrap()).set("GIT_DIR", &git_folder).ends();
        let decision = ended.events().into_iter().find(|event| event["event"] == "decision-made");
        decision.unwrap_or_else(|| panic!("{}", ended.transcript()))
    };
    let names = |decision: &Value| -> Vec<String> {
        let targets = decision["targets"].as_array().into_iter().flatten();
        let name = |target: &Value| target["destination"]["service"]["service"].as_str().map(str::to_owned);
        targets.map(|target| name(target).unwrap_or_else(|| "family".to_owned())).collect()
    };
    assert_eq!(names(&decide(&commit("web/index.html"))), ["web"]);
    assert_eq!(names(&decide(&commit("lib/date.js"))), ["api", "worker", "web", "family"]);
    // A commit that the clone does not contain.
    let unknown = decide(&"3".repeat(40));
    assert_eq!(names(&unknown), ["api", "worker", "web", "family"]);
    let target = &unknown["targets"][0];
    assert_eq!(target["tasks_before"][0]["command"], json!(["bin/migrate", "up"]));
    assert_eq!(decide(&running)["reason"], "No program has changed since what staging runs.");
}

#[test]
fn a_policy_in_c_deploys_a_canary_first() {
    let policy = built(&example("canary")).display().to_string();
    let world = World::new(&serving(["web-canary", "web"].map(service).to_vec()));
    let job = world.verb("plan").args(&[&policy]).set("TRAVIS_BRANCH", "main").set("ECS_CLUSTER", "main");
    let plan = job.set("IMAGE_REPOSITORY", &repository()).exits(0);
    plan.prints("Policy    canary 1.0.0").prints("Decision  deploy 1 image to 2 services");
    let decision = plan.events().into_iter().find(|event| event["event"] == "decision-made").unwrap();
    let wave = |target: usize| {
        let target = &decision["targets"][target];
        (target["destination"]["service"]["service"].clone(), target["wave"].clone())
    };
    assert_eq!((wave(0), wave(1)), ((json!("web-canary"), json!(0)), (json!("web"), json!(1))));
    let inspected = host(Path::new("/"), &["inspect", &policy, "--json"]);
    let inspected: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert_eq!(inspected["imports"], json!([]));
    assert!(inspected["size"].as_u64().is_some_and(|size| size < 50_000), "{inspected}");
}

#[test]
fn a_policy_in_c_is_built_to_the_same_bytes_again() {
    is_built_to_the_same_bytes(&example("canary"), |project| {
        let mut make = Command::new("make");
        make.arg("build").arg("-C").arg(project).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
        make.arg(format!("WIT_BINDGEN={}", cache().join("wit-bindgen-cli/bin/wit-bindgen").display()));
        make
    });
}

#[test]
fn a_policy_in_javascript_is_built_to_the_same_bytes_again() {
    is_built_to_the_same_bytes(&example("monorepo"), |project| {
        let modules = cache().join("componentize-qjs/node_modules");
        std::os::unix::fs::symlink(modules, project.join("node_modules")).expect("a link");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut build = Command::new("npm");
        build.args(["run", "build"]).current_dir(project);
        build.env("PATH", format!("{}:{path}", cache().join("node/bin").display()));
        build
    });
}

/// Builds the project twice, in different folders. `built` returns what an earlier run has built.
fn is_built_to_the_same_bytes(project: &Path, command: impl Fn(&Path) -> Command) {
    let build = |name: &str| {
        let folder = TempDir::with_prefix_in(name, env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let copied = folder.path().join("project");
        let copy = Command::new("cp").arg("-rL").arg(project).arg(&copied).status();
        assert!(copy.expect("cp starts").success());
        // What was built or installed in the checkout.
        for built in ["policy.wasm", "bindings", "node_modules"] {
            let _ = std::fs::remove_file(copied.join(built));
            let _ = std::fs::remove_dir_all(copied.join(built));
        }
        let output = command(&copied).output().expect("the command starts");
        assert!(output.status.success(), "{}", text(&output));
        std::fs::read(copied.join("policy.wasm")).expect("a policy")
    };
    assert!(build("a-") == build("another-folder-"));
}
