//! The action for GitHub, whose steps run here as GitHub's runner executes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::release::Release;
use super::{TARGET, binaries, ends, folder, read, yaml};
use crate::project::text;
use crate::support::WORKSPACE;
use crate::world::{World, scenario};

/// A text with the values of its expressions: only those of the inputs occur.
fn evaluate(text: &str, inputs: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (expression, rest) = part.split_once("}}").expect("the end of an expression");
        let name = expression.trim().strip_prefix("inputs.").expect("an input");
        result += &inputs[name];
        result += rest;
    }
    result
}

/// What the runner keeps between steps.
struct Runner<'a> {
    folder: &'a Path,
    inputs: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
}

impl Runner<'_> {
    /// Runs the steps of the action to the first one that fails. Returns the exit code, the log, and the outputs of the
    /// step `ecs-host`.
    fn run(&self, action: &Value, workspace: &Path) -> (i32, String, BTreeMap<String, String>) {
        let file = |name: &str| self.folder.join(name);
        let (mut log, mut code) = (String::new(), 0);
        for name in ["path", "output", "summary"] {
            fs::write(file(name), "").unwrap();
        }
        for step in action["runs"]["steps"].as_array().unwrap() {
            let script = step["run"].as_str().expect("a script");
            assert!(!script.contains("${{"), "an expression in a script is a part of it: {script}");
            assert_eq!(step["shell"], "bash");
            fs::write(file("step.sh"), script).unwrap();
            // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax, `shell: bash`
            let mut bash = Command::new("bash");
            bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(file("step.sh"));
            let folder = step["working-directory"].as_str().map(|folder| evaluate(folder, &self.inputs));
            bash.current_dir(workspace.join(folder.unwrap_or_default()));
            bash.env_clear().envs(&self.variables);
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                bash.env(name, evaluate(value.as_str().unwrap(), &self.inputs));
            }
            let added = fs::read_to_string(file("path")).unwrap();
            let added: String = added.lines().rev().map(|folder| format!("{folder}:")).collect();
            bash.env("PATH", added + &std::env::var("PATH").unwrap());
            bash.env("GITHUB_PATH", file("path")).env("GITHUB_OUTPUT", file("output"));
            bash.env("GITHUB_STEP_SUMMARY", file("summary")).env("RUNNER_TEMP", file("temp"));
            bash.env("GITHUB_ACTION_PATH", format!("{WORKSPACE}/packaging/github"));
            let output = ends(&mut bash);
            log += &text(&output);
            code = output.status.code().unwrap_or(-1);
            if code != 0 {
                break;
            }
        }
        (code, log, outputs(&fs::read_to_string(file("output")).unwrap()))
    }
}

/// The outputs in a file: `name=value`, or a value of lines up to a delimiter.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let (mut outputs, mut lines) = (BTreeMap::new(), text.lines());
    while let Some(line) = lines.next() {
        if let Some((name, delimiter)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            outputs.insert(name.to_owned(), value.join("\n"));
        } else if let Some((name, value)) = line.split_once('=') {
            outputs.insert(name.to_owned(), value.to_owned());
        }
    }
    outputs
}

#[test]
fn the_action_installs_a_release_deploys_and_sets_every_output() {
    let action = yaml(&read("packaging/github/action.yml")).remove(0);
    let release = Release::new(&binaries().join(TARGET).join("ecs-host"));
    let (world, folder) = (World::new(&scenario()), folder("runner"));
    fs::create_dir(folder.path().join("temp")).unwrap();
    let defaults = action["inputs"].as_object().unwrap().iter();
    let mut inputs: BTreeMap<String, String> =
        defaults.map(|(name, input)| (name.clone(), input["default"].as_str().unwrap().to_owned())).collect();
    inputs.insert("releases".to_owned(), release.url());
    inputs.insert("sums-sha256".to_owned(), release.sums_sha256.clone());
    // A pattern is no list of files.
    inputs.insert("args".to_owned(), "run --poll 0.01\n--allow-secret=*".to_owned());
    let mut variables = world.run().variables();
    // The job is one of GitHub. Its commit is the one that the registry has an image of.
    variables.retain(|name, _| !name.starts_with("TRAVIS"));
    for (name, value) in [
        ("GITHUB_ACTIONS", "true"),
        ("CI", "true"),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", "refs/heads/master"),
        ("GITHUB_REF_NAME", "master"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_SHA", crate::world::COMMIT),
        ("GITHUB_REPOSITORY", "example/simple-todo"),
        ("GITHUB_RUN_NUMBER", "57"),
        ("GITHUB_WORKFLOW", "deploy"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    let mut runner = Runner { folder: folder.path(), inputs, variables };
    let (code, log, set) = runner.run(&action, &world.path("project"));
    // The operator has to name a variable.
    assert_eq!(code, 2, "{log}");
    assert!(log.contains("--allow-secret") && set.is_empty(), "{log}");

    runner.inputs.insert("args".to_owned(), "run --poll 0.01".to_owned());
    let (code, log, set) = runner.run(&action, &world.path("project"));
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("detected from GitHub Actions"), "{log}");
    assert_eq!((&set["verdict"][..], &set["revision"][..]), ("deployed", "web:2"), "{set:?}");
    // Each output of the action is the one of the step, and the host sets it if it has a value.
    for (name, output) in action["outputs"].as_object().unwrap() {
        assert_eq!(output["value"], format!("${{{{ steps.ecs-host.outputs.{name} }}}}"));
        assert!(set.contains_key(name) || name == "digest", "the host does not set {name}: {set:?}");
    }
    assert_eq!(
        set.keys().filter(|name| !action["outputs"].as_object().unwrap().contains_key(*name)).count(),
        0,
        "{set:?}"
    );

    // A release that is not the pinned one.
    runner.inputs.insert("sums-sha256".to_owned(), "0".repeat(64));
    let (code, log, set) = runner.run(&action, &world.path("project"));
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("SHA256SUMS has SHA-256 ") && set.is_empty(), "{log}");
}
