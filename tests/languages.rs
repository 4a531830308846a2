//! Policies in every language that `ecs-host new` knows: from a new project to a decision.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::fixtures::{built, cargo, policy};

const REPOSITORY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web";

/// A project that `ecs-host new` made, in a folder that a rerun finds again: cargo knows by it
/// what it has compiled.
fn new(language: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    let name = format!("to-{language}");
    let folder = place.join(&name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&place).unwrap();
    let output = host(&place, &["new", &name, "--lang", language]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains(&format!("cd {name}\n")), "{said}");
    folder
}

/// The host without a CI provider, without AWS.
fn host(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
    command.args(arguments).current_dir(folder).env_clear();
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).output().expect("the binary starts")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the policy of a new project says of three builds, with the sandbox's own limits.
fn decides(policy: &Path) {
    let policy = policy.to_str().unwrap();
    let commit = "3".repeat(40);
    let plan = |branch: &str, code: i32, says: &str| {
        let output = host(
            Path::new(env!("CARGO_TARGET_TMPDIR")),
            &["plan", policy, "--branch", branch, "--commit", &commit, "--region", "eu-central-1"],
        );
        let said = text(&output);
        assert!(said.contains(says), "{branch}: {said}");
        assert_eq!(output.status.code(), Some(code), "{said}");
    };
    plan("feature/x", 0, "skip: Branch `feature/x` has no environment.");
    plan("master", 3, "rejected the build: Set IMAGE_REPOSITORY to the repository of the image.");
    // With the setting it deploys, and the run ends where it needs AWS.
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-host"))
        .args(["plan", policy, "--branch", "master", "--commit", &commit, "--region", "eu-central-1"])
        .env_clear()
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("IMAGE_REPOSITORY", REPOSITORY)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let said = text(&output);
    assert!(said.contains("Decision  deploy 1 image to 1 service"), "{said}");
    assert_eq!(output.status.code(), Some(5), "{said}");
}

#[test]
fn a_new_policy_in_rust_decides() {
    let folder = new("rust");
    // The versions of this repository: nothing is fetched for a test.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new/target");
    for arguments in [&["test", "--release"][..], &["build", "--release", "--target", "wasm32-wasip2"]] {
        let output = cargo()
            .args(arguments)
            .args(["--offline", "--target-dir"])
            .arg(&target)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    let policy = target.join("wasm32-wasip2/release/policy.wasm");
    is_found(&policy, &folder, "target/wasm32-wasip2/release/policy.wasm");
    decides(&policy);
}

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
fn a_folder_with_something_in_it_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("mine")).unwrap();
    fs::write(place.path().join("mine/notes"), "mine").unwrap();
    let output = host(place.path(), &["new", "mine", "--lang", "python"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("cannot create `mine`: it exists and is not an empty folder"),
        "{}",
        text(&output)
    );
    assert_eq!(fs::read_dir(place.path().join("mine")).unwrap().count(), 1);
}

#[test]
fn a_name_that_no_policy_can_have_is_refused() {
    let place = tempfile::tempdir().unwrap();
    for name in ["To-Blue", "../up", "-x", "", "a_b"] {
        let output = host(place.path(), &["new", "--lang", "rust", "--", name]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", text(&output));
    }
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn the_monorepos_policy_deploys_the_migrations_first() {
    let policy = built(&example("monorepo"));
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-host"))
        .args(["plan", policy.to_str().unwrap(), "--json", "--branch", "main", "--region", "eu-central-1"])
        .args(["--commit", &"3".repeat(40)])
        .env_clear()
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("REGISTRY", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop")
        .env("ECS_CLUSTER_STAGING", "shop-staging")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let events = String::from_utf8_lossy(&output.stdout).into_owned();
    let decision = events.lines().find(|line| line.contains("\"event\":\"decision\"")).expect(&events);
    let decision: serde_json::Value = serde_json::from_str(decision).unwrap();
    let target = &decision["targets"][0];
    assert_eq!(target["destination"]["service"]["service"], "api");
    assert_eq!(target["tasks_before"][0]["command"], serde_json::json!(["bin/migrate", "up"]));
    let waves: Vec<_> = decision["targets"].as_array().unwrap().iter().map(|t| t["wave"].as_u64()).collect();
    assert_eq!(waves, [Some(0), Some(1), Some(1), Some(1)]);
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest/examples").join(name)
}

/// Where a project's own commands put its policy, `ecs-host test` finds it and its cases by itself.
fn is_found(policy: &Path, folder: &Path, place: &str) {
    let place = folder.join(place);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::copy(policy, place).unwrap();
    let output = host(folder, &["test"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains(" passed in "), "{}", text(&output));
}

/// Every case beside a policy passes, in its sandbox, without CI and without AWS.
fn passes(policy: &Path, folder: &Path) {
    let output = host(folder, &["test", policy.to_str().unwrap(), "cases"]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(" passed in "), "{said}");
}

#[test]
fn the_cases_of_every_example_pass() {
    passes(&policy("ecs-host-release-example"), &example("release"));
    for name in ["monorepo", "promotion"] {
        passes(&built(&example(name)), &example(name));
    }
}
