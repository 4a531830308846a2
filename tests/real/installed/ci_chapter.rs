//! The files of `docs/ci-files.md`, whose commands run here as the provider executes them. The release that they install
//! decides by the settings of the job, as the program of this build does, and deploys nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use regex_lite::Regex;
use serde_json::Value;

use super::release::{RELEASES, Release, files, script_archive};
use super::{TARGET, ends, folder, program, read, yaml};
use crate::project::text;

/// What a provider executes.
struct Job {
    shell: &'static [&'static str],
    /// Each in a shell of its own.
    scripts: Vec<String>,
    /// Those that the file sets.
    variables: Vec<(String, String)>,
    /// Whether the settings of the policy are variables of the provider's page, not of the file.
    is_configured_there: bool,
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    list.iter().map(|it| it.as_str().unwrap_or_else(|| panic!("{it} is no text")).to_owned()).collect()
}

/// Variables of a file; those of a secret or an expression are what the provider would insert.
fn variables(map: &Value) -> Vec<(String, String)> {
    let Some(map) = map.as_object() else { return Vec::new() };
    map.iter()
        .map(|(name, value)| {
            let value = value.as_str().filter(|it| !it.contains("${{") && !it.contains("$("));
            (name.clone(), value.unwrap_or("secret").to_owned())
        })
        .collect()
}

impl Job {
    /// Of the file below this heading.
    fn of(heading: &str, file: &str) -> Self {
        let file = || yaml(file).remove(0);
        let (shell, scripts, map): (&'static [&'static str], _, _) = match heading {
            // A shell a step: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
            "GitHub Actions" | "Gitea and Forgejo Actions" => {
                let job = file()["jobs"]["deploy"].clone();
                let steps = job["steps"].as_array().unwrap().iter();
                let scripts = steps.filter_map(|step| Some(step["run"].as_str()?.to_owned())).collect();
                (&["bash", "-e", "-c"], scripts, job["env"].clone())
            }
            "GitLab CI" => {
                let job = file()["deploy"].clone();
                (&["sh", "-ec"], vec![texts(&job["script"]).join("\n")], job["variables"].clone())
            }
            "Bitbucket Pipelines" => {
                let branches = file()["pipelines"]["branches"].clone();
                let script = |branch: &str| branches[branch][0]["step"]["script"].clone();
                assert_eq!(script("master"), script("production"));
                (
                    &["bash", "-ec"],
                    vec![texts(&branches["master"][0]["step"]["script"]).join("\n")],
                    Value::Null,
                )
            }
            "AWS CodeBuild" => {
                let phases = file()["phases"].clone();
                let commands = [texts(&phases["install"]["commands"]), texts(&phases["build"]["commands"])];
                (&["sh", "-ec"], vec![commands.concat().join("\n")], Value::Null)
            }
            "Azure Pipelines" => {
                let steps = file()["steps"].as_array().unwrap().clone();
                let scripts = steps.iter().map(|step| step["script"].as_str().unwrap().to_owned()).collect();
                (&["bash", "-e", "-c"], scripts, steps[1]["env"].clone())
            }
            "Drone" | "Woodpecker" => {
                let step = file()["steps"][0].clone();
                (&["sh", "-ec"], vec![texts(&step["commands"]).join("\n")], step["environment"].clone())
            }
            other => panic!("how does {other} execute its file?"),
        };
        let is_configured_there =
            matches!(heading, "Bitbucket Pipelines" | "AWS CodeBuild" | "Azure Pipelines");
        Self { shell, scripts, variables: variables(&map), is_configured_there }
    }

    /// Of a declarative pipeline: its variables, and a shell for each step `sh`.
    fn of_jenkins(file: &str) -> Self {
        let find = |pattern: &str| -> Vec<(String, String)> {
            let pattern = Regex::new(pattern).unwrap();
            pattern.captures_iter(file).map(|it| (it[1].to_owned(), it[2].to_owned())).collect()
        };
        let scripts = find(r"(?m)^ *(sh) '(.*)'$").into_iter().map(|(_, script)| script).collect();
        let mut variables = find(r"(?m)^ *([A-Z_]+) = '([^']*)'$");
        variables.extend(
            find(r"(usernameVariable): '([A-Z_]+)'").into_iter().map(|(_, it)| (it, "secret".to_owned())),
        );
        variables.extend(
            find(r"(passwordVariable): '([A-Z_]+)'").into_iter().map(|(_, it)| (it, "secret".to_owned())),
        );
        assert_eq!(file.matches('{').count(), file.matches('}').count(), "{file}");
        Self { shell: &["sh", "-xec"], scripts, variables, is_configured_there: false }
    }

    /// Runs the job of a branch to its end, and returns its log.
    fn run(&self, home: &Path, branch: &str) -> String {
        let (mut log, mut code) = (String::new(), Some(0));
        for script in &self.scripts {
            assert_eq!(code, Some(0), "{log}");
            let mut command = Command::new(self.shell[0]);
            command.args(&self.shell[1..]).arg(script).current_dir(home).env_clear();
            let added = fs::read_to_string(home.join("github-path")).unwrap_or_default();
            let added: String = added.lines().map(|folder| format!("{folder}:")).collect();
            let path = std::env::var("PATH").unwrap();
            command.env("PATH", format!("{}/bin:{added}{path}", home.display()));
            command.env("HOME", home).env("TMPDIR", home).env("BRANCH", branch);
            command
                .env("GITHUB_PATH", home.join("github-path"))
                .env("WORKSPACE_TMP", home.join("workspace@tmp"));
            command.env("RUNNER_TEMP", home).env("AGENT_TEMPDIRECTORY", home);
            if self.is_configured_there {
                command.envs([
                    ("AWS_REGION", "eu-central-1"),
                    ("IMAGE_NAME", "simple-todo"),
                    ("REMOTE_IMAGE_URL", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo"),
                    ("DEPLOY_BRANCHES", "master production"),
                    ("ECS_CLUSTER_MASTER", "simple-todo-master"),
                    ("ECS_SERVICE_MASTER", "simple-todo"),
                    ("ECS_CLUSTER_PRODUCTION", "simple-todo-prod"),
                    ("ECS_SERVICE_PRODUCTION", "simple-todo"),
                ]);
            }
            let output = ends(command.envs(self.variables.iter().map(|(name, value)| (name, value))));
            log += &text(&output);
            code = output.status.code();
        }
        assert_eq!(code, Some(0), "{log}");
        log
    }
}

/// A program that prints how it was called, and decides with the settings of the job.
fn host() -> String {
    format!(
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo ecs-host; exit; fi\n\
         echo \"called: $*; key: ${{AWS_SECRET_ACCESS_KEY-none}}\"\n\
         exec {} decide --ci none --branch \"$BRANCH\" --commit 3f2a9c10d1e2f30415263748596a7b8c9d0e1f20\n",
        env!("CARGO_BIN_EXE_ecs-host")
    )
}

#[test]
fn the_files_for_ci_install_and_deploy() {
    let release = Release::of(files(&[(TARGET, script_archive(TARGET, &host()))]));
    let chapter = read("docs/ci-files.md");
    let mut count = 0;
    for section in chapter.split("\n## ").skip(1) {
        let (heading, section) = section.split_once('\n').unwrap();
        let Some((_, block)) = section.split_once("-->\n```") else { continue };
        if section.contains("<!-- from: ") {
            continue; // a file of `packaging`, which has a test of its own
        }
        let (language, file) = block.split_once('\n').unwrap();
        let (file, _) = file.split_once("\n```").unwrap();
        for (branch, cluster) in [("master", "simple-todo-master"), ("production", "simple-todo-prod")] {
            let home = folder("ci-files");
            let bin = home.path().join("bin");
            program(&bin.join("sudo"), "#!/bin/sh\nexec \"$@\"\n");
            // The folders of an image or a virtual machine, which are not this machine's.
            let file = file.replace("/tmp/", &format!("{}/", home.path().display()));
            let file = file.replace("/usr/local/bin", &bin.display().to_string());
            assert!(file.contains(RELEASES), "{heading}: {file}");
            let file = file.replace(RELEASES, &release.url());
            let job = if language == "groovy" { Job::of_jenkins(&file) } else { Job::of(heading, &file) };
            let log = job.run(home.path(), branch);
            let called = log
                .lines()
                .find(|line| line.starts_with("called: run"))
                .unwrap_or_else(|| panic!("{heading}: {log}"));
            // Credentials come from an identity token or from a secret; CodeBuild has the role of its project.
            let has_key = called.ends_with("key: secret");
            assert_eq!(
                has_key,
                !(called.contains("--oidc-role") || heading == "AWS CodeBuild"),
                "{heading}: {called}"
            );
            assert!(
                log.contains(&format!("cluster = \"{cluster}\"\nservice = \"simple-todo\"")),
                "{heading}: {log}"
            );
        }
        count += 1;
    }
    assert_eq!(count, 9, "files of providers");
}
