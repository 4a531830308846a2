//! Projects of policies and guards: new ones of `ecs-host new`, and the examples of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::WORKSPACE;

const REPOSITORY: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web";

/// Creates a project by `ecs-host new`. The folder is the same in every run of the tests, so that cargo
/// reuses what it compiled.
pub fn new(language: &str) -> PathBuf {
    named(&format!("to-{language}"), language)
}

/// Creates a project of this name, like [`new`].
pub fn named(name: &str, language: &str) -> PathBuf {
    create(name, &["--lang", language])
}

/// Creates the project of a guard, like [`named`].
pub fn guard(name: &str, language: &str) -> PathBuf {
    create(name, &["--guard", "--lang", language])
}

fn create(name: &str, flags: &[&str]) -> PathBuf {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    let folder = parent.join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&parent).unwrap();
    let output = host(&parent, &[&["new", name], flags].concat());
    let output_text = text(&output);
    assert!(output.status.success(), "{output_text}");
    assert!(output_text.contains(&format!("cd {name}\n")), "{output_text}");
    folder
}

/// Runs the host in a folder, without the variables of a CI provider and of AWS.
pub fn host(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
    command.args(arguments).current_dir(folder).env_clear();
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).output().expect("the binary starts")
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Asserts the answers of a new project's policy to three builds, within the default limits.
pub fn decides(policy: &Path) {
    let policy = policy.to_str().unwrap();
    let commit = "3".repeat(40);
    let plan = |branch: &str, code: i32, expected: &str| {
        let output = host(
            Path::new(env!("CARGO_TARGET_TMPDIR")),
            &["plan", policy, "--branch", branch, "--commit", &commit, "--region", "eu-central-1"],
        );
        let output_text = text(&output);
        assert!(output_text.contains(expected), "{branch}: {output_text}");
        assert_eq!(output.status.code(), Some(code), "{output_text}");
    };
    plan("feature/x", 0, "skip: Branch `feature/x` has no environment.");
    plan("master", 3, "rejected the build: Set IMAGE_REPOSITORY to the repository of the image.");
    // With the setting the policy deploys, and the run ends at its first call of AWS.
    let output = Command::new(env!("CARGO_BIN_EXE_ecs-host"))
        .args(["plan", policy, "--branch", "master", "--commit", &commit, "--region", "eu-central-1"])
        .env_clear()
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("IMAGE_REPOSITORY", REPOSITORY)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let output_text = text(&output);
    assert!(output_text.contains("Decision  deploy 1 image to 1 service"), "{output_text}");
    assert_eq!(output.status.code(), Some(5), "{output_text}");
}

pub fn example(name: &str) -> PathBuf {
    Path::new(WORKSPACE).join("guest/examples").join(name)
}

/// Copies a component to `path` in its project, and asserts that `ecs-host test` finds it and its cases.
pub fn is_found(policy: &Path, folder: &Path, path: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(policy, path).unwrap();
    let output = host(folder, &["test"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains(" passed in "), "{}", text(&output));
}

/// Asserts that every case in the folder `cases` of a project passes.
pub fn passes(policy: &Path, folder: &Path) {
    let output = host(folder, &["test", policy.to_str().unwrap(), "cases"]);
    let output_text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{output_text}");
    assert!(output_text.contains(" passed in "), "{output_text}");
}
