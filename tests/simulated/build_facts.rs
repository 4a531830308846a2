//! The facts of the build that a policy receives: from Travis CI, in events, in records and in cases.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::fixtures::policy;
use crate::world::{COMMIT, World, scenario};

/// The variables of a pull request from a fork: <https://docs.travis-ci.com/user/environment-variables/>.
const PULL_REQUEST: [(&str, &str); 10] = [
    ("TRAVIS_EVENT_TYPE", "pull_request"),
    ("TRAVIS_PULL_REQUEST", "12"),
    ("TRAVIS_PULL_REQUEST_BRANCH", "feature/x"),
    ("TRAVIS_PULL_REQUEST_SLUG", "stranger/simple-todo"),
    ("TRAVIS_PULL_REQUEST_SHA", "4444444444444444444444444444444444444444"),
    ("TRAVIS_COMMIT_MESSAGE", "Fix it"),
    ("TRAVIS_COMMIT_RANGE", "111111111111...3f2a9c10d1e2"),
    ("TRAVIS_TAG", ""),
    ("TRAVIS_BUILD_NUMBER", "57"),
    ("TRAVIS_JOB_NUMBER", "57.2"),
];

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn every_fact_of_travis_is_reported_and_recorded_and_replays() {
    let world = World::new(&scenario());
    let source_policy = policy("source-policy").display().to_string();
    let recorded = world.path("recorded.toml").display().to_string();
    let job = world.verb("plan").args(&[&source_policy, "--allow", "source:read", "--record", &recorded]);
    let job = PULL_REQUEST.iter().fold(job, |job, (name, value)| job.set(name, value));
    let before = now();
    let ended = job.args(&["--commit-time", "1700000000"]).set("CALLS", "print-build").exits(0);
    let event = ended.events().into_iter().find(|event| event["event"] == "build-detected").unwrap();
    let build = &event["build"];
    let started_at = build["started_at"].as_u64().unwrap();
    assert!((before..=now()).contains(&started_at), "{started_at}");
    let expected = json!({
        "provider": "travis", "repository": "example/simple-todo", "branch": "master", "commit": COMMIT,
        "commit_message": "Fix it", "commit_time": 1_700_000_000, "base_commit": null, "event": "pull-request",
        "provider_event": "pull_request", "tag": null,
        "pull_request": {"number": "12", "source_branch": "feature/x", "is_fork": true},
        "number": 57, "number_scope": null, "job": 2, "actor": null, "started_at": started_at,
    });
    assert_eq!(build, &expected, "{}", ended.transcript());
    // The policy received the same start of the run.
    ended.prints(&format!("started-at: {started_at}")).prints("is-fork: Some(true)");
    // The case expects what the policy printed of the build.
    let text = std::fs::read_to_string(&recorded).expect("it was recorded");
    let replayed = world.verb("test").args(&[&source_policy, &recorded]).output();
    let printed = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert!(printed.contains("1 passed"), "{text}\n{printed}");
    assert!(
        text.contains(&format!("started-at = {started_at}")) && text.contains("is-fork = true"),
        "{text}"
    );
}

#[test]
fn every_fact_can_be_set_in_a_case_and_on_the_command_line() {
    let world = World::new(&scenario());
    let source_policy = policy("source-policy").display().to_string();
    let case = "[[case]]
        name = \"all\"
        settings.CALLS = \"print-build\"
        [case.build]
        base-commit = \"1111111111111111111111111111111111111111\"
        commit-time = 1700000000
        provider-event = \"merge_group\"
        number-scope = \"deploy.yml\"
        actor = \"someone\"
        started-at = 1800000000
        pull-request = { number = \"7\", source-branch = \"x\", is-fork = false }
        [case.expect]
        log = [{ matches = \"base-commit: Some..1{40}.*Some..merge_group.*is-fork: Some.false.*Some..deploy.yml.*someone.*1800000000\" }]
        ";
    std::fs::write(world.path("all.toml"), case).unwrap();
    let file = world.path("all.toml").display().to_string();
    let tested = world.verb("test").args(&[&source_policy, &file]).output();
    let printed = String::from_utf8_lossy(&tested.stdout).into_owned();
    assert!(printed.contains("1 passed"), "{printed}{}", String::from_utf8_lossy(&tested.stderr));
    let base = "1".repeat(40);
    let flags = ["--base-commit", &base, "--actor", "someone", "--build-scope", "deploy", "--fork", "false"];
    let job = world.verb("plan").args(&[&source_policy, "--allow", "source:read", "--pull-request", "7"]);
    let ended = job.args(&flags).args(&["--source-branch", "x"]).set("CALLS", "print-build").exits(0);
    let build = ended.events().into_iter().find(|event| event["event"] == "build-detected").unwrap();
    let build = &build["build"];
    assert_eq!(
        (&build["base_commit"], &build["actor"], &build["number_scope"], &build["pull_request"]),
        (
            &json!(base),
            &json!("someone"),
            &json!("deploy"),
            &json!({"number": "7", "source_branch": "x", "is_fork": false})
        )
    );
    assert_ne!(build["started_at"], Value::Null);
}

#[test]
fn a_fact_that_describes_nothing_is_absent_and_an_impossible_one_is_rejected() {
    let world = World::new(&scenario());
    let zeros = "0".repeat(40);
    for base in ["", &zeros] {
        let flags = ["--base-commit", base, "--build-scope", "deploy.yml"];
        let ended = world.verb("plan").args(&flags).set("TRAVIS_BUILD_NUMBER", "").exits(0);
        let event = ended.events().into_iter().find(|event| event["event"] == "build-detected").unwrap();
        let build = &event["build"];
        assert_eq!((&build["base_commit"], &build["number_scope"]), (&Value::Null, &Value::Null), "{base}");
    }
    let calls = world.simulator.calls().len();
    for (flags, expected) in [
        (["--commit-time", "4294967296"], "up to 4294967295, which is in the year 2106"),
        (["--commit-time", "1767225600000"], "it looks like milliseconds"),
        (["--fork", "true"], "--fork describes a pull request, and the build is of none"),
        (["--source-branch", "x"], "--source-branch describes a pull request, and the build is of none"),
    ] {
        let ended = world.verb("plan").args(&flags).output();
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(2) && text.contains(expected), "{text}");
    }
    assert_eq!(world.simulator.calls().len(), calls);
    // The clock of whoever made the commit is wrong.
    let ended = world.verb("plan").args(&["--commit-time", "4294967295"]).exits(0);
    ended.prints("warning: the time of commit ").prints("is not used to recognize an older build");
    let build = ended.events().into_iter().find(|event| event["event"] == "build-detected").unwrap();
    assert_eq!(build["build"]["commit_time"], Value::Null);
}
