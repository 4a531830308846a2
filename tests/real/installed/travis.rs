//! The files of a user of travis-ecs-deploy in a build of Travis CI: as its readme shows them, and without Node.js.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::npm_registry::{Client, NpmRegistry};
use super::release::{RELEASES, Release};
use super::stage::{COMMIT, REGION, Stage};
use super::{TARGET, binaries, ends, yaml};
use crate::project::text;
use crate::source::git;
use crate::support::book::Chapter;
use crate::variables::{SECRET, TRAVIS};

/// The end of the file is what the readme says to add, character for character.
const TRAVIS_YML: &str = include_str!("travis/.travis.yml");

/// The texts of a value that is one text or a list of them.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The script of a job: the variables, then the phases of the job, in the order of
/// <https://docs.travis-ci.com/user/job-lifecycle/>. The first command that fails ends it.
fn job_script(config: &Value, install: &str, decrypt: impl Fn(&str) -> String) -> String {
    let mut script = vec!["set -e".to_owned()];
    for variable in config["env"]["global"].as_array().expect("variables") {
        // A variable is one or several assignments, as a shell reads them.
        let assignment = match variable {
            Value::String(assignment) => assignment.clone(),
            encrypted => decrypt(encrypted["secure"].as_str().expect("an encrypted variable")),
        };
        script.push(format!("export {assignment}"));
    }
    for phase in ["before_install", "install", "before_script", "script", "after_success"] {
        let commands = match (phase, texts(&config[phase])) {
            ("install", commands) if commands.is_empty() => vec![install.to_owned()],
            (_, commands) => commands.into_iter().filter(|command| command != "skip").collect(),
        };
        script.extend(commands);
    }
    let deploy = &config["deploy"];
    assert_eq!((&deploy["provider"], &deploy["on"]["all_branches"]), (&"script".into(), &true.into()));
    assert_eq!(deploy["skip_cleanup"], true, "without it, Travis removes node_modules before the deployment");
    for part in [&config["before_deploy"], &deploy["script"], &config["after_deploy"]] {
        script.extend(texts(part));
    }
    script.join("\n")
}

/// Runs a job of Node.js in a checkout, and returns its exit code and its log.
fn run_node_job(
    stage: &Stage,
    registry: &NpmRegistry,
    config: &str,
    client: Client,
) -> (Option<i32>, String) {
    // What Travis does by default: https://docs.travis-ci.com/user/languages/javascript-with-nodejs/
    let install = if client == Client::Yarn { "yarn --frozen-lockfile" } else { "npm ci" };
    let job = registry.command(client, &stage.path("project"));
    let variables = job.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned()));
    run_job(stage, config, install, variables.collect())
}

/// Runs a job in a checkout, and returns its exit code and its log.
fn run_job(
    stage: &Stage,
    config: &str,
    install: &str,
    machine: Vec<(OsString, OsString)>,
) -> (Option<i32>, String) {
    let decrypt = |encrypted: &str| match encrypted.get(..4) {
        Some("CDvp") => "AWS_ACCESS_KEY_ID=83460cadb90f034be815".to_owned(),
        Some("trVD") => format!("AWS_SECRET_ACCESS_KEY={SECRET}"),
        Some("T030") => format!("REMOTE_IMAGE_URL={}", stage.address()),
        _ => panic!("nobody has encrypted {encrypted}"),
    };
    let script = job_script(&yaml(config)[0], install, decrypt);
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(stage.path("project")).env_clear().envs(machine);
    // What Travis sets, and nothing of the settings: those are in the file.
    let is_of_ci = |name: &str| {
        TRAVIS.contains(&name)
            || [
                "DOCKER_HOST",
                "TMPDIR",
                "AWS_ENDPOINT_URL",
                "AWS_EC2_METADATA_DISABLED",
                "ECS_HOST_TEST_OPERATOR_FILE",
                "XDG_CACHE_HOME",
            ]
            .contains(&name)
    };
    bash.envs(stage.variables().into_iter().filter(|(name, _)| is_of_ci(name)));
    bash.env("CI", "true").env("HOME", stage.path("home")).env("TRAVIS_BUILD_DIR", stage.path("project"));
    let output = ends(&mut bash);
    (output.status.code(), text(&output))
}

/// What the user did once: added the package, and committed the files.
fn commit_files(stage: &Stage, registry: &NpmRegistry, config: &str, client: Client) {
    let project = stage.path("project");
    fs::write(project.join("package.json"), include_str!("travis/package.json")).unwrap();
    fs::write(project.join(".travis.yml"), config).unwrap();
    registry.add(client, &project, &[]);
    fs::write(project.join(".gitignore"), "node_modules\n").unwrap();
    fs::write(project.join(".dockerignore"), "node_modules\n").unwrap();
    // Travis clones the repository.
    fs::remove_dir_all(project.join("node_modules")).unwrap();
    git(&project, &["init", "-q", "-b", "master"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "deploy"]);
}

fn package_json(project: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(project.join("package.json")).unwrap()).unwrap()
}

#[test]
fn the_files_of_the_readme_deploy_the_example_without_a_change() {
    let (stage, registry) = (Stage::new("travis"), NpmRegistry::new(binaries()));
    commit_files(&stage, &registry, TRAVIS_YML, Client::Yarn);
    let (code, log) = run_node_job(&stage, &registry, TRAVIS_YML, Client::Yarn);
    assert_eq!(code, Some(0), "{log}");
    for part in [
        &format!("master at {}", &COMMIT[..12])[..],
        "detected from Travis CI",
        "Policy    travis ",
        &format!("Plan      in {REGION}"),
        "Verdict   simple-todo-master/simple-todo deployed",
    ] {
        assert!(log.contains(part), "no {part}: {log}");
    }
    assert!(!log.contains(SECRET), "{log}");
    stage.is_deployed(&log);
    assert_eq!(package_json(&stage.path("project"))["scripts"]["travis-ecs-deploy"], "travis-ecs-deploy");

    // The job again, with the other command of the readme: nothing changes.
    stage.sync_ecr();
    let with_npm = TRAVIS_YML.replace("yarn run travis-ecs-deploy   #", "npm run travis-ecs-deploy   #");
    assert_ne!(with_npm, TRAVIS_YML);
    for file in ["yarn.lock", ".git", "node_modules"] {
        let _ = fs::remove_file(stage.path("project").join(file));
        let _ = fs::remove_dir_all(stage.path("project").join(file));
    }
    commit_files(&stage, &registry, &with_npm, Client::Npm);
    let (code, log) = run_node_job(&stage, &registry, &with_npm, Client::Npm);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("simple-todo-master/simple-todo unchanged"), "{log}");
}

#[test]
fn the_file_of_the_chapter_deploys_the_example_without_node() {
    let stage = Stage::new("travis-without-node");
    let release = Release::new(&binaries().join(TARGET).join("ecs-host"));
    let chapter = Chapter::read("docs/from/travis-ecs-deploy.md");
    let file = &chapter.blocks.iter().find(|block| block.language == "yaml").expect("a file").text;
    assert!(file.contains(RELEASES), "{file}");
    let project = stage.path("project");
    git(&project, &["init", "-q", "-b", "master"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "deploy"]);
    let machine = vec![("PATH".into(), std::env::var_os("PATH").unwrap())];
    let (code, log) = run_job(&stage, &file.replace(RELEASES, &release.url()), "true", machine);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("Verdict   simple-todo-master/simple-todo deployed"), "{log}");
    stage.is_deployed(&log);
}
