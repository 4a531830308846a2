//! Projects of policies: those that `ecs-host new` makes, and the examples of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::WORKSPACE;

const REPOSITORY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web";

/// A project that `ecs-host new` made, in a folder that a rerun finds again: cargo knows by it
/// what it has compiled.
pub fn new(language: &str) -> PathBuf {
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
pub fn host(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
    command.args(arguments).current_dir(folder).env_clear();
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).output().expect("the binary starts")
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What the policy of a new project says of three builds, with the sandbox's own limits.
pub fn decides(policy: &Path) {
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

pub fn example(name: &str) -> PathBuf {
    Path::new(WORKSPACE).join("guest/examples").join(name)
}

/// Where a project's own commands put its policy, `ecs-host test` finds it and its cases by itself.
pub fn is_found(policy: &Path, folder: &Path, place: &str) {
    let place = folder.join(place);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::copy(policy, place).unwrap();
    let output = host(folder, &["test"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains(" passed in "), "{}", text(&output));
}

/// Every case beside a policy passes, in its sandbox, without CI and without AWS.
pub fn passes(policy: &Path, folder: &Path) {
    let output = host(folder, &["test", policy.to_str().unwrap(), "cases"]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(" passed in "), "{said}");
}
