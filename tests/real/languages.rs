//! Policies in JavaScript and Python: from a project to a decision.

use ecs_simulator::ServiceSetup;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixtures::built;
use crate::project::{decides, example, is_found, new, passes};
use crate::source::git;
use crate::world::{World, service, serving};

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
fn the_cases_of_the_examples_in_javascript_and_python_pass() {
    for name in ["monorepo", "promotion"] {
        passes(&built(&example(name)), &example(name));
    }
}
