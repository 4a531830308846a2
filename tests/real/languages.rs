//! Policies in JavaScript, Python and C: from a project to a decision.

use std::fs;
use std::path::Path;

use ecs_simulator::ServiceSetup;
use serde_json::{Value, json};
use tempfile::TempDir;

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
fn the_cases_of_the_examples_in_other_languages_pass() {
    for name in ["monorepo", "promotion", "canary"] {
        passes(&built(&example(name)), &example(name));
    }
}

/// A policy that makes the mistake that the branch names.
const PYTHON: &str = "\
import random, sys, time
import correct
from correct import types


def production(build):
    build.branch = 'production'
    return build


class Policy(correct.Policy):
    def select(self, build):
        print('a list:', [1, 'two'])
        print(time.time(), random.random(), file=sys.stderr)
        if build.branch == 'throw':
            build.nothing
        return 'deplyo' if build.branch == 'tag' else types.Selection_Deploy()

    def images(self, build):
        branch, images = build.branch, super().images(production(build))
        if branch == 'type':
            images[0].tags = 'x'
        return images

    def targets(self, build):
        branch, targets = build.branch, super().targets(production(build))
        if branch == 'field':
            targets[0].rollout = types.RolloutOptions(None, None, None, 'leave')
        return targets
";

/// What `ecs-host decide` prints for a branch, with this exit code.
fn decide(policy: &Path, branch: &str, code: i32) -> String {
    let commit = "3".repeat(40);
    let arguments = ["decide", policy.to_str().unwrap(), "--branch", branch, "--commit", &commit];
    // An unoptimized host on a busy machine compiles for minutes.
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ecs-host"))
        .args(arguments)
        .args(["--policy-compile", "900"])
        .env_clear()
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("IMAGE_REPOSITORY", "registry.example/web")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(code), "{branch}: {}", text(&output));
    text(&output)
}

/// Asserts that a mistake is explained by these texts, without a line of the language's runtime.
fn explains(policy: &Path, branch: &str, expected: &[&str]) {
    let printed = decide(policy, branch, 4);
    for part in expected {
        assert!(printed.contains(part), "{branch}: {printed}");
    }
    for part in ["panicked", "RUST_BACKTRACE", "    at std::", "wit_dylib", "component/", "component.py"] {
        assert!(!printed.contains(part), "{branch} prints {part}: {printed}");
    }
}

#[test]
fn a_policy_in_python_prints_and_its_mistakes_are_named() {
    let folder = named("mistakes-python", "python");
    fs::rename(folder.join("policy.py"), folder.join("correct.py")).unwrap();
    fs::write(folder.join("policy.py"), PYTHON).unwrap();
    fs::remove_file(folder.join("test_policy.py")).unwrap();
    fs::write(
        folder.join("test_nothing.py"),
        "import unittest\nclass Nothing(unittest.TestCase):\n    def test(self): pass\n",
    )
    .unwrap();
    let policy = built(&folder);
    let printed = decide(&policy, "correct", 0);
    assert!(printed.contains("a list: [1, 'two']\n"), "{printed}");
    assert!(printed.contains("0.0 0.5431104782109466\n"), "{printed}");
    explains(
        &policy,
        "throw",
        &[
            "File \"/0/policy.py\", line 16, in select\n",
            "AttributeError: 'Build' object has no attribute 'nothing'",
        ],
    );
    explains(&policy, "tag", &["select(): expected Selection_Deploy or Selection_Skip, got 'deplyo'\n"]);
    explains(&policy, "type", &["images()[0].tags: expected a list of str, got 'x'\n"]);
    explains(
        &policy,
        "field",
        &["targets()[0].rollout.on_failure: expected FailureAction.LEAVE or FailureAction.ROLL_BACK"],
    );
}
