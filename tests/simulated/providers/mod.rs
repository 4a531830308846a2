//! The CI providers, with the default policy and the same settings: `master` deploys, and a pull request into it does
//! not. What each of their variables means is tested beside the providers.

mod logs;
mod variables;

use std::fs;
use std::path::Path;
use std::process::Command;

use variables::{HASH, PROVIDERS};

use crate::support::variables::TRAVIS;
use crate::world::{COMMIT, Job, World, scenario};

/// The same settings without the variables of Travis CI.
fn elsewhere(job: Job<'_>) -> Job<'_> {
    TRAVIS.into_iter().fold(job, Job::unset)
}

fn with<'w>(job: Job<'w>, variables: &[(&str, &str)]) -> Job<'w> {
    variables.iter().fold(job, |job, (name, value)| job.set(name, &value.replace(HASH, COMMIT)))
}

#[test]
fn a_push_deploys_and_a_pull_request_does_not() {
    for provider in &PROVIDERS {
        let world = World::new(&scenario());
        let request = with(with(elsewhere(world.run()), provider.push), provider.request).exits(0);
        request.prints("Decision  skip: Pull request 12 does not deploy");
        assert!(request.calls.is_empty(), "{}", request.transcript());
        let push = with(elsewhere(world.run()), provider.push).exits(0);
        push.prints("Build     master at 3f2a9c10d1e2").prints(&format!("detected from {}", provider.title));
        push.prints("Verdict   main/web deployed");
        let build = push.events().into_iter().find(|event| event["event"] == "build-detected").unwrap();
        assert_eq!(build["build"]["provider"], provider.name);
        assert_eq!(world.runs("web"), "web:2");
    }
}

#[test]
fn the_jobs_of_a_matrix_but_the_first_are_skipped() {
    for (provider, job) in [
        ("gitlab", ("CI_NODE_INDEX", "2")),
        ("circleci", ("CIRCLE_NODE_INDEX", "1")),
        ("buildkite", ("BUILDKITE_PARALLEL_JOB", "1")),
        ("azure-pipelines", ("SYSTEM_JOBPOSITIONINPHASE", "2")),
    ] {
        let provider = PROVIDERS.iter().find(|one| one.name == provider).unwrap();
        let world = World::new(&scenario());
        let run = with(with(elsewhere(world.run()), provider.push), &[job]).exits(0);
        run.prints("Decision  skip: ").prints("job");
        assert!(run.calls.is_empty(), "{}", run.transcript());
    }
}

#[test]
fn numbers_of_two_providers_are_not_compared() {
    let world = World::new(&scenario());
    world.run().exits(0);
    let gitlab = PROVIDERS.iter().find(|one| one.name == "gitlab").unwrap();
    // Build 3 there is no older one than build 57 here.
    with(elsewhere(world.run()), gitlab.push).args(&["--commit", &"4".repeat(40), "--rebuild"]).ends();
    let plan = with(elsewhere(world.verb("plan")), gitlab.push).exits(0);
    assert!(!plan.transcript().contains("older"), "{}", plan.transcript());
}

#[test]
fn a_variable_of_the_provider_is_named_with_its_flag() {
    let world = World::new(&scenario());
    let gitlab = PROVIDERS.iter().find(|one| one.name == "gitlab").unwrap();
    let run = with(elsewhere(world.run()), gitlab.push).set("CI_COMMIT_SHA", "3f2a9c1").exits(2);
    run.prints("invalid commit \"3f2a9c1\"").prints("(from CI_COMMIT_SHA or --commit)");
    let run = with(elsewhere(world.run()), gitlab.push).unset("CI_COMMIT_BRANCH").exits(2);
    run.prints("GitLab CI sets none of its variables for that (CI_MERGE_REQUEST_TARGET_BRANCH_NAME, ");
    with(elsewhere(world.run()), gitlab.push)
        .args(&["--ci", "none"])
        .exits(2)
        .prints("--branch NAME --commit");
    let run = with(elsewhere(world.run()), gitlab.push).args(&["--ci", "gitlub"]).exits(2);
    run.prints("gitlab").prints("jenkins");
}

pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]);
    let output = command.args(arguments).current_dir(folder).output().expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn without_a_provider_the_git_repository_describes_the_build() {
    let world = World::new(&scenario());
    let project = world.path("project");
    git(&project, &["init", "-q", "-b", "master"]);
    git(&project, &["remote", "add", "origin", "https://token@github.com/acme/shop.git"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "A change"]);
    let commit = git(&project, &["rev-parse", "HEAD"]);
    let path = std::env::var("PATH").unwrap_or_default();
    let plan = || elsewhere(world.verb("plan")).set("PATH", &path).args(&["--docker", "/bin/true"]);
    let build = |arguments: &[&str]| {
        let ended = plan().args(arguments).ends();
        let event = ended.events().into_iter().find(|event| event["event"] == "build-detected");
        event.unwrap_or_else(|| panic!("{}", ended.transcript()))["build"].clone()
    };
    let detected = build(&[]);
    assert_eq!((&detected["provider"], &detected["branch"]), (&"git".into(), &"master".into()));
    assert_eq!((&detected["commit"], &detected["event"]), (&commit.as_str().into(), &"manual".into()));
    assert_eq!(detected["repository"], "acme/shop");
    assert_eq!(detected["commit_message"], "A change");
    assert!(detected["commit_time"].is_u64(), "{detected}");
    let ended = plan().ends();
    ended.prints("detected from the git repository");
    assert!(!ended.transcript().contains("warning: "), "{}", ended.transcript());
    // A provider that is not known may have merged a pull request into `master`.
    plan()
        .set("CI", "true")
        .exits(2)
        .prints("because CI is set, is used only with --ci git; pass --branch NAME");
    assert_eq!(
        plan().set("CI", "true").args(&["--ci", "git"]).ends().events()[1]["build"]["provider"],
        "git"
    );
    // Flags have precedence, and both together leave git unread.
    assert_eq!(build(&["--branch", "production"])["branch"], "production");
    assert_eq!(build(&["--branch", "master", "--commit", &commit])["provider"], "none");

    fs::write(project.join("Dockerfile"), "FROM scratch\nLABEL a=b\n").unwrap();
    fs::write(project.join("new.txt"), "").unwrap();
    let short = commit.get(..12).unwrap();
    plan().ends().prints(&format!(
        "warning: 2 files differ from commit {short}, which a deployment is labelled with: `Dockerfile`, `new.txt`"
    ));
    git(&project, &["checkout", "-q", "--detach"]);
    plan().exits(2).prints("a detached HEAD").prints("pass --branch NAME");
    // A provider has precedence.
    let gitlab = PROVIDERS.iter().find(|one| one.name == "gitlab").unwrap();
    let chosen = with(plan(), gitlab.push).args(&["--ci", "git", "--branch", "master"]).ends();
    chosen.prints("detected from the git repository");
    with(plan(), gitlab.push).ends().prints("detected from GitLab CI");
}

#[test]
fn a_build_of_head_is_one_of_the_commit_that_is_checked_out() {
    let world = World::new(&scenario());
    let project = world.path("project");
    git(&project, &["init", "-q", "-b", "master"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "A change"]);
    let commit = git(&project, &["rev-parse", "HEAD"]);
    let buildkite = PROVIDERS.iter().find(|one| one.name == "buildkite").unwrap();
    let plan = with(elsewhere(world.verb("plan")), buildkite.push).set("BUILDKITE_COMMIT", "HEAD");
    let plan = plan.set("PATH", &std::env::var("PATH").unwrap_or_default()).args(&["--docker", "/bin/true"]);
    plan.ends().prints(&format!("Build     master at {}", commit.get(..12).unwrap()));
}
