//! What a policy reads from git: grants, limits, errors and records. A script replaces git; `tests/real/source.rs` runs
//! git itself.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::fixtures::policy;
use crate::run_result::RunResult;
use crate::world::{COMMIT, Job, World, scenario};

/// The commit that runs.
const SINCE: &str = "1111111111111111111111111111111111111111";

/// Git with the two commits, two changed files, and the file `rules.toml`.
const GIT: &str = r#"case "$*" in
*'cat-file --batch-check=%(objectname) %(objecttype)'*) while read hash; do echo "$hash commit"; done ;;
*"diff-tree "*" 1111111111111111111111111111111111111111 3f2a9c10d1e2f30415263748596a7b8c9d0e1f20 --") printf 'b\0a/c\0' ;;
*"ls-tree "*" -- rules.toml") printf '100644 blob 2222222222222222222222222222222222222222\trules.toml\0' ;;
*"ls-tree "*) ;;
*"cat-file --batch-check=%(objectsize)") echo 6 ;;
*"cat-file blob 2222222222222222222222222222222222222222") printf 'a = 1\n' ;;
*) exit 1 ;;
esac"#;

/// A build with the policy that makes these calls, without anything of AWS, where this script is git.
fn calling<'w>(world: &'w World, verb: &str, git: &str, calls: &str) -> Job<'w> {
    let program = world.path("git");
    std::fs::write(&program, format!("#!/bin/sh\n{git}\n")).expect("a file");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let folder = program.parent().unwrap().display();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let source_policy = policy("source-policy").display().to_string();
    let job = world.verb(verb).args(&[&source_policy]).set("CALLS", calls).set("PATH", &path);
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"];
    names.iter().fold(job, |job, name| job.unset(name))
}

fn granted<'w>(world: &'w World, git: &str, calls: &str) -> Job<'w> {
    calling(world, "plan", git, calls).args(&["--allow", "source:read"])
}

/// The events of the lookups, without their times.
fn lookups(ended: &RunResult) -> Vec<Value> {
    let mut events = ended.events();
    events.retain(|event| event["event"] == "policy-lookup");
    for event in &mut events {
        event.as_object_mut().unwrap().remove("elapsed");
    }
    events
}

#[test]
fn without_a_grant_git_is_not_read() {
    let world = World::new(&scenario());
    let git = format!("touch {}", world.path("read").display());
    // With a commit's time and message, nothing else reads git.
    let ended = calling(&world, "plan", &git, "read-file a")
        .args(&["--commit-time", "1", "--commit-message", "A change"])
        .exits(5);
    ended.prints("ecs-host:policy/source@0.2.0: `--allow source:read` grants it");
    assert!(!world.path("read").exists());
}

#[test]
fn files_are_read_without_credentials_and_region() {
    let world = World::new(&scenario());
    let calls = format!("changed-files {SINCE}\nread-file rules.toml\nread-file none");
    let ended = granted(&world, GIT, &calls).exits(0);
    let events = lookups(&ended);
    let [changed, rules, none] = events.as_slice() else { panic!("{}", ended.transcript()) };
    assert_eq!(
        (&changed["function"], &changed["since"], &changed["reply"]),
        (&json!("source.changed-files"), &json!(SINCE), &json!(["a/c", "b"]))
    );
    assert_eq!(
        (&rules["path"], &rules["reply"], &none["reply"]),
        (&json!("rules.toml"), &json!({ "bytes": 6 }), &Value::Null)
    );
    ended
        .prints(&format!("Lookup    the files that changed since commit {SINCE} up to commit 3f2a9c10d1e2\n          2 files\n"))
        .prints("Lookup    the file `rules.toml` of commit 3f2a9c10d1e2\n          6 bytes\n")
        .prints("[source-policy] [\"a/c\", \"b\"]")
        .prints("[source-policy] Some(\"a = 1\\n\")")
        .prints("[source-policy] None");
    assert!(world.simulator.calls().is_empty(), "{}", ended.transcript());
    let ended = calling(&world, "verify", GIT, &calls).args(&["--allow", "source:read"]).ends();
    assert_eq!(lookups(&ended), events, "{}", ended.transcript());
}

#[test]
fn an_error_of_git_is_returned_to_the_policy_and_is_no_outage() {
    let world = World::new(&scenario());
    let dubious = "echo \"fatal: detected dubious ownership in repository at '/src'\" >&2; exit 128";
    let unknown = "case \"$*\" in *is-shallow*) echo true ;; *) read hash; echo \"$hash missing\" ;; esac";
    let call = format!("changed-files {SINCE}");
    for (git, message) in [
        (dubious, "run `git config --global --add safe.directory /src` before".to_owned()),
        (
            "echo 'fatal: not a git repository' >&2; exit 128",
            "run ecs-host in the checkout of the build".to_owned(),
        ),
        (unknown, format!("the clone is shallow; run `git fetch --depth=1 origin {SINCE}` before")),
        ("echo 'fatal: bad object' >&2; exit 128", "`git cat-file` failed: fatal: bad object".to_owned()),
        ("yes", "the repository does not contain commit ".to_owned()),
    ] {
        let ended = granted(&world, git, &call).exits(3);
        ended.prints("policy `source-policy` rejected the build: ").prints(&message);
        // Another policy deploys without the fact.
        granted(&world, git, &format!("try-{call}")).exits(0).prints(&message);
    }
    granted(&world, "", &call).set("PATH", "").exits(3).prints("cannot run git: ").prints("install git");
    for (call, message) in [
        ("changed-files HEAD", "invalid commit \"HEAD\": expected the full hash"),
        ("read-file ../secret", "invalid path \"../secret\": expected a path relative to the root"),
        ("read-file /etc/passwd", "invalid path \"/etc/passwd\""),
    ] {
        granted(&world, "touch read; exit 1", call)
            .args(&["--commit-time", "1", "--commit-message", "A change"])
            .exits(3)
            .prints(message);
    }
    assert!(!world.path("project/read").exists());
}

#[test]
fn calls_of_git_are_limited_as_all_lookups() {
    let world = World::new(&scenario());
    let many = granted(&world, GIT, "read-files-without-end").args(&["--policy-lookups", "7"]).exits(4);
    many.prints("policy `source-policy` reached its limit of 7 lookups in `select`; `--policy-lookups COUNT` raises it");
    assert_eq!(many.text.matches("Lookup  ").count(), 7, "{}", many.transcript());
    let start = std::time::Instant::now();
    let slow = granted(&world, "exec sleep 60", "read-file a");
    let slow = slow.args(&["--policy-time", "1", "--commit-time", "1"]).exits(4);
    slow.prints("reached its limit of 1 seconds of run time in `select`; `--policy-time SECONDS` raises it");
    assert!(start.elapsed().as_secs() < 30, "{}", slow.transcript());
    let long = GIT.replace("printf 'b\\0a/c\\0'", "yes");
    let ended = granted(&world, &long, &format!("changed-files {SINCE}")).exits(3);
    ended.prints(&format!(
        "the paths that differ between the commits {SINCE} and {COMMIT} take more than 4 MiB"
    ));
}

#[test]
fn what_the_operator_allows_of_aws_does_not_confine_files() {
    let world = World::new(&scenario());
    std::fs::create_dir(world.path("operator")).unwrap();
    let file = "allowed-regions = [\"us-east-1\"]\nallowed-registries = [\"registry.example\"]\n";
    std::fs::write(world.path("operator/ecs-host.toml"), file).unwrap();
    granted(&world, GIT, "read-file rules.toml").exits(0);
}

#[test]
fn files_are_recorded_and_replay_without_git() {
    let world = World::new(&scenario());
    let calls = format!("changed-files {SINCE}\nread-file rules.toml\nread-file none");
    let record = |name: &str| world.path(name).display().to_string();
    granted(&world, GIT, &calls).args(&["--record", &record("read.toml")]).exits(0);
    let failing = granted(&world, "exit 1", "read-file a").args(&["--record", &record("failed.toml")]);
    failing.exits(3);
    let source_policy = policy("source-policy").display().to_string();
    for name in ["read.toml", "failed.toml"] {
        let text = std::fs::read_to_string(record(name)).expect("it was recorded");
        let replayed = world.verb("test").args(&[&source_policy, &record(name)]).output();
        let printed = String::from_utf8_lossy(&replayed.stdout).into_owned();
        assert!(printed.contains("1 passed"), "{text}\n{printed}");
    }
    let text = std::fs::read_to_string(record("read.toml")).unwrap();
    assert!(text.contains(&format!("since = \"{SINCE}\"")) && text.contains("\"rules.toml\" = "), "{text}");
}
