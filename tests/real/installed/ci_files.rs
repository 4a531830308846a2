//! The files for other providers, whose commands run here as a job of the provider executes them.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::release::{Release, SCRIPT, files, script_archive};
use super::{TARGET, VERSION, ends, folder, read, yaml};
use crate::project::text;

const HOST: &str =
    "#!/bin/sh\nif [ \"$1\" = --version ]; then echo ecs-host 0.1.0; else echo \"job: $*\"; exit 7; fi\n";

fn release() -> Release {
    Release::of(files(&[(TARGET, script_archive(TARGET, HOST))]))
}

/// Runs a job of these scripts with a shell, and asserts that it ends as ecs-host does.
fn runs(shell: &[&str], scripts: &[String], variables: &[(&str, &str)], home: &Path, expected: &str) {
    let (mut log, mut code) = (String::new(), Some(0));
    for script in scripts {
        assert_eq!(code, Some(0), "{log}");
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(script).current_dir(home).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", home).env("TMPDIR", home);
        let output = ends(command.envs(variables.iter().copied()));
        log += &text(&output);
        code = output.status.code();
    }
    assert_eq!(code, Some(7), "{log}");
    assert!(log.contains(expected), "{log}");
}

/// The variables in a file, with the releases of a server.
fn variables<'a>(own: &'a Value, releases: &'a str) -> Vec<(&'a str, &'a str)> {
    let own = own.as_object().unwrap().iter();
    own.filter_map(|(name, value)| {
        Some((name.as_str(), if name == "ECS_HOST_RELEASES" { releases } else { value.as_str()? }))
    })
    .collect()
}

fn lines(value: &Value) -> String {
    value.as_array().unwrap().iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect()
}

#[test]
fn the_component_of_gitlab_installs_and_deploys() {
    let (release, home) = (release(), folder("gitlab"));
    let template = read("packaging/gitlab/templates/ecs-host.yml");
    let spec = yaml(&template).remove(0);
    for sums in ["", &release.sums_sha256] {
        // GitLab replaces the inputs in the second document.
        let mut job = template.split_once("\n---\n").unwrap().1.to_owned();
        for (name, input) in spec["spec"]["inputs"].as_object().unwrap() {
            let value = match name.as_str() {
                "releases" => release.url(),
                "sums-sha256" => sums.to_owned(),
                "args" => "run --timeout 60".to_owned(),
                _ => input["default"].as_str().unwrap().to_owned(),
            };
            let value = if value.is_empty() { "''".to_owned() } else { value };
            job = job.replace(&format!("$[[ inputs.{name} ]]"), &value);
        }
        assert!(!job.contains("$[["), "an input is not declared: {job}");
        let job = yaml(&job).remove(0)["ecs-host"].clone();
        assert_eq!(job["services"], serde_json::json!([{"name": "docker:28-dind", "alias": "docker"}]));
        let script = lines(&job["before_script"]) + &lines(&job["script"]);
        // The runner ends a script at the first command that fails.
        let variables = variables(&job["variables"], "");
        let url = release.url();
        let variables: Vec<_> = variables
            .into_iter()
            .map(|(name, value)| (name, if name == "ECS_HOST_RELEASES" { &url[..] } else { value }))
            .collect();
        runs(&["sh", "-ec"], &[script], &variables, home.path(), "job: run --timeout 60\n");
    }
}

#[test]
fn the_component_of_gitlab_runs_no_script_that_a_pin_does_not_prove() {
    let pinned = release();
    let mut changed = files(&[(TARGET, script_archive(TARGET, HOST))]);
    changed.insert(SCRIPT.to_owned(), b"echo changed".to_vec());
    let (changed, home) = (Release::of(changed), folder("gitlab-pin"));
    let template = read("packaging/gitlab/templates/ecs-host.yml");
    let (_, job) = template.split_once("\n---\n").unwrap();
    let script = lines(&yaml(&job.replace("$[[ inputs.job ]]", "job")).remove(0)["job"]["before_script"]);
    let run = |pin: &str| {
        let mut shell = Command::new("bash");
        shell.args(["-ec", &script]).env("HOME", home.path()).env("TMPDIR", home.path());
        shell.env("ECS_HOST_VERSION", VERSION).env("ECS_HOST_RELEASES", changed.url());
        text(&ends(shell.env("ECS_HOST_SUMS_SHA256", pin)))
    };
    assert!(run("").contains("changed\n"), "without a pin the release is trusted");
    let log = run(&pinned.sums_sha256);
    assert!(log.contains("SHA256SUMS: FAILED") && !log.contains("changed\n"), "{log}");
}

#[test]
fn the_job_of_circleci_installs_and_deploys() {
    let (release, home) = (release(), folder("circleci"));
    let config = yaml(&read("packaging/circleci/config.yml")).remove(0);
    let job = &config["jobs"]["deploy"];
    let scripts = job["steps"].as_array().unwrap().iter().filter_map(|step| match &step["run"]["command"] {
        Value::String(command) => Some(command.clone()),
        _ => None,
    });
    let scripts: Vec<String> = scripts.collect();
    assert_eq!(scripts.len(), 2);
    let environment = home.path().join("bash-env").display().to_string();
    fs::write(&environment, "").unwrap();
    let url = release.url();
    let mut variables = variables(&job["environment"], &url);
    variables.push(("BASH_ENV", &environment));
    runs(&["bash", "-eo", "pipefail", "-c"], &scripts, &variables, home.path(), "job: run\n");
}

#[test]
fn the_step_of_buildkite_installs_and_deploys() {
    let (release, home) = (release(), folder("buildkite"));
    let pipeline = yaml(&read("packaging/buildkite/pipeline.yml")).remove(0);
    // The upload of the pipeline replaces them.
    let script = lines(&pipeline["steps"][0]["commands"]).replace("$$", "$");
    let url = release.url();
    let variables = variables(&pipeline["env"], &url);
    runs(&["bash", "-ec"], &[script], &variables, home.path(), "job: run\n");
}
