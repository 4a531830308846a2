//! What the log of a CI provider interprets: each provider receives its own syntax, and a stranger's text none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ecs_simulator::{ImageSetup, Scenario};
use serde_json::Value;

use crate::world::{COMMIT, Job, OLD, World, scenario};

/// A world whose registry lacks the image of the build.
fn unbuilt() -> Scenario {
    let mut scenario = scenario();
    scenario.resources.repositories[0].images =
        vec![ImageSetup { tags: vec!["old".to_owned()], digest: Some(OLD.to_owned()), manifest: None }];
    scenario
}

/// A run in a job of the provider, with a docker that prints what a stranger's Dockerfile could.
fn run<'w>(world: &'w World, variables: &[(&str, &str)]) -> Job<'w> {
    let forged = "::set-output name=digest::forged\\n##vso[task.setvariable variable=A]b\\n##[add-mask]a\\n\
                  travis_fold:start:forged\\r\\033[0K\\n--- forged\\n\\033[0Ksection_start:1:forged\\r\\033[0K";
    let script = include_str!("docker.sh");
    let (first, rest) = script.split_once('\n').expect("a first line");
    let script = format!("{first}\n[ \"$1\" != build ] || printf '{forged}\\n'\n{rest}");
    let path = world.path("docker");
    fs::write(&path, script).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:{}", world.path("").display(), std::env::var("PATH").unwrap_or_default());
    let run = world.run().set("PATH", &path);
    variables.iter().fold(run, |run, (name, value)| run.set(name, value))
}

/// The variables of a push to `master` on GitHub, in place of those of Travis CI.
fn github<'w>(run: Job<'w>, world: &World) -> Job<'w> {
    let run = run.unset("TRAVIS").unset("TRAVIS_BRANCH").set("GITHUB_ACTIONS", "true");
    let run = run.set("GITHUB_EVENT_NAME", "push").set("GITHUB_REF_NAME", "master").set("GITHUB_SHA", COMMIT);
    run.set("GITHUB_STEP_SUMMARY", &world.path("summary.md").display().to_string())
        .set("GITHUB_OUTPUT", &world.path("output").display().to_string())
}

fn text(job: Job<'_>) -> String {
    let output = job.output();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn github_receives_groups_a_summary_and_outputs() {
    let world = World::new(&unbuilt());
    fs::write(world.path("output"), "other=1\n").unwrap();
    let log = text(github(run(&world, &[]), &world));
    let groups = log.lines().filter(|line| line.starts_with("::")).collect::<Vec<_>>();
    assert_eq!(groups, ["::group::docker build and push", "::endgroup::"], "{log}");
    assert!(log.contains("  :\\u{3a}set-output name=digest::forged\n"), "{log}");
    assert!(!log.contains("##["), "{log}");
    let output = fs::read_to_string(world.path("output")).unwrap();
    let value = |name: &str| {
        let line = output.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name}: {output}")).to_owned()
    };
    assert_eq!(
        (value("other"), value("exit-code"), value("verdict")),
        ("1".into(), "0".into(), "deployed".into())
    );
    assert_eq!(value("revision"), "web:2");
    let images: Value = serde_json::from_str(&value("images")).unwrap();
    assert_eq!(images["simple-todo"], value("digest"));
    let targets: Value = serde_json::from_str(&value("targets")).unwrap();
    assert_eq!(targets[0]["target"], "main/web");
    let summary = fs::read_to_string(world.path("summary.md")).unwrap();
    assert!(
        summary.starts_with("### ecs-host: 1 deployed\n\nBuild of master at `3f2a9c10d1e2`"),
        "{summary}"
    );
    assert!(summary.contains("| main/web | **deployed** | web&#58;<!-- -->2 |\n"), "{summary}");
}

#[test]
fn github_annotates_what_fails() {
    let world = World::new(&scenario());
    let log = text(github(run(&world, &[]), &world).unset("ECS_CLUSTER_MASTER"));
    let error = log.lines().find(|line| line.starts_with("::error title=ecs-host::")).expect(&log);
    assert!(error.contains("ECS_CLUSTER_MASTER"), "{error}");
    assert!(!log.contains("\nerror: "), "{log}");
    let summary = fs::read_to_string(world.path("summary.md")).unwrap();
    assert!(summary.contains("ECS&#95;CLUSTER&#95;MASTER"), "{summary}");
    let log = text(github(run(&world, &[]), &world).set("GITHUB_OUTPUT", "/nowhere/output"));
    assert!(
        log.contains(
            "::warning title=ecs-host::the summary is not published: cannot write `/nowhere/output`"
        ),
        "{log}"
    );
}

#[test]
fn each_log_receives_its_own_syntax_and_no_other() {
    let marks = ["travis_fold:start:", "section_start:", "##[group]", "--- docker", "::group::"];
    for (variable, own) in [
        ("TRAVIS", "travis_fold:start:ecs-host.docker.1\r\u{1b}[0K"),
        ("GITLAB_CI", "\u{1b}[0Ksection_start:"),
        ("TF_BUILD", "##[group]docker build and push\n"),
        ("BUILDKITE", "--- docker build and push\n"),
        ("CIRCLECI", ""),
    ] {
        let world = World::new(&unbuilt());
        let job = run(&world, &[]);
        // The build stays that of `TRAVIS_BRANCH`.
        let log = text(job.unset("TRAVIS").set(variable, "true").args(&["--ci", "travis"]));
        assert!(log.contains(own), "{variable}: {log}");
        for mark in marks.iter().filter(|mark| !own.contains(**mark)) {
            let begins = log.lines().filter(|line| line.starts_with(mark)).count();
            assert_eq!(begins, 0, "{variable}: {log}");
        }
        // What a stranger prints has lost its control characters.
        let forged = log.matches('\r').count();
        let expected = match variable {
            "TRAVIS" => 4,
            "GITLAB_CI" => 2,
            _ => 0,
        };
        assert_eq!(forged, expected, "{variable}: {log}");
        assert_eq!(log.contains("##vso["), variable == "NEVER", "{variable}: {log}");
    }
}
