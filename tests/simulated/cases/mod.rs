//! `ecs-host test`: a policy's cases, run by the real binary.

mod built;
mod expected;
mod facts;
mod failing;
mod files;
mod forms;
mod recorded;
mod updated;
mod watched;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::fixtures::policy;

/// The settings that the Travis convention needs.
const SETTINGS: &str = r#"
[settings]
DEPLOY_BRANCHES = "master production"
IMAGE_NAME = "simple-todo"
REMOTE_IMAGE_URL = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/simple-todo"
ECS_CLUSTER_MASTER = "todo-master"
ECS_SERVICE_MASTER = "todo"
"#;

/// Two cases that pass, and one on line 21 that fails.
const ONE_FAILS: &str = r#"
[[case]]
name = "the branch of master deploys"
[case.expect]
images = [{ tags = ["master", "master-3f2a9c10d1e2f30415263748596a7b8c9d0e1f20"] }]
targets = [{ destination.service = { cluster = "todo-master", service = "todo" } }]

[[case]]
name = "a branch of nobody's is skipped"
build.branch = "develop"
expect.skip = { matches = "^Branch `develop` is not one of" }

# A comment that `--update` keeps.
[[case]]
name = "production has another cluster"
expect.targets = [{ destination.service.cluster = "todo-prod" }]
"#;

/// A folder with case files.
struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::with_prefix_in("cases-", env!("CARGO_TARGET_TMPDIR")).expect("a folder"));
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    /// One file, `cases.toml`, with the settings of the convention.
    fn of(cases: &str) -> Self {
        Self::with(&[("cases.toml", &format!("{SETTINGS}{cases}"))])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    /// `ecs-host test`, in this folder.
    fn command(&self, policy: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
        command.arg("test").arg(policy).args(arguments).current_dir(self.0.path()).env_clear();
        // The cases do not depend on the environment of the process.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).env("DEPLOY_BRANCHES", "develop");
        command.stdin(Stdio::null());
        command
    }

    /// Runs the command to its end, checks the exit code, and returns stdout and stderr.
    fn test(&self, policy: &str, arguments: &[&str], code: i32) -> (String, String) {
        let output = self.command(policy, arguments).output().expect("the binary starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{out}{err}");
        (out, err)
    }
}

fn fixture(name: &str) -> String {
    policy(name).display().to_string()
}

#[test]
fn every_case_is_one_line_and_a_failed_case_shows_its_differences() {
    let folder = Folder::of(ONE_FAILS);
    let (out, err) = folder.test("built-in", &["cases.toml"], 1);
    for line in [
        "  ok      the branch of master deploys (",
        "  ok      a branch of nobody's is skipped (",
        "  FAILED  production has another cluster (",
        "          cases.toml:21 (- expected, + actual)\n",
        "          targets[0].destination.service.cluster\n            - todo-prod\n            + todo-master\n",
        "Cases     2 passed, 1 failed in ",
    ] {
        assert!(out.contains(line), "no {line:?} in\n{out}");
    }
    assert_eq!(err, "");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
}

#[test]
fn an_error_in_a_file_is_reported_with_its_line() {
    for (line, expected) in [
        ("build.brunch = \"b\"", "cases.toml:10: unknown field `brunch`; did you mean `branch`?"),
        (
            "expect.targets = [{ rollout.on-failure = \"rollback\" }]",
            "cases.toml:8: case `a`: expect.targets[0].rollout.on-failure: expected one of leave, roll-back, found \"rollback\"",
        ),
    ] {
        let folder = Folder::of(&format!("[[case]]\nname = \"a\"\n{line}\n"));
        let (out, err) = folder.test("built-in", &["cases.toml"], 2);
        assert!(out.is_empty() && err.contains(expected), "{out}{err}");
    }
}

#[test]
fn test_fails_above_the_limit_of_fuel_and_without_a_required_outcome() {
    let folder = Folder::of(ONE_FAILS);
    let skips = ["cases.toml", "--run", "skipped"];
    let (out, _) = folder.test("built-in", &[&skips[..], &["--max-fuel", "10"]].concat(), 1);
    assert!(out.contains("fuel\n            - at most 10\n            + "), "{out}");
    let (out, _) = folder.test("built-in", &[&skips[..], &["--require-outcomes"]].concat(), 1);
    assert!(out.contains("Outcomes  no case reaches a required outcome: deploy, error,"), "{out}");
    assert!(out.contains("DEPLOY_BRANCHES not") && out.matches("no case reaches").count() == 1, "{out}");
    let (out, _) = folder.test("built-in", &[&skips[..], &["--require-outcomes=deploy,skip"]].concat(), 1);
    assert!(out.contains("Outcomes  no case reaches a required outcome: deploy\n"), "{out}");
    let (out, _) = folder.test("built-in", &[&skips[..], &["--require-outcomes=skip"]].concat(), 0);
    assert!(out.contains("Outcomes  a case reaches each required one\n"), "{out}");
    // Without the flag, what is not reached is listed only.
    let (out, _) = folder.test("built-in", &skips, 0);
    assert!(out.contains("no case reaches deploy, error"), "{out}");
}
