//! What `iam` prints.

use std::process::Output;

use serde_json::Value;

use super::cases::case;
use crate::support::WORKSPACE;
use crate::world::{World, scenario};

const ARNS: [&str; 6] = [
    "--for",
    "arn:aws:ecs:eu-central-1:123456789012:service/simple-todo-*/simple-todo",
    "--for",
    "arn:aws:ecr:eu-central-1:123456789012:repository/simple-todo",
    "--for",
    "arn:aws:iam::123456789012:role/simple-todo-*",
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The output of `iam` without `--json`.
fn iam(world: &World, arguments: &[&str]) -> Output {
    world.verb("iam").args(arguments).output()
}

#[test]
fn stdout_is_one_document_and_the_reasons_are_on_stderr() {
    let world = World::new(&scenario());
    let output = iam(&world, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let reasons = text(&output.stderr);
    for statement in statements {
        let sid = statement["Sid"].as_str().unwrap();
        assert_eq!(reasons.matches(&format!("\n  {sid} ")).count(), 1, "{sid} in\n{reasons}");
    }
    assert!(reasons.lines().all(|line| line.chars().count() <= 80), "{reasons}");
}

#[test]
fn the_policy_of_arns_is_printed_without_a_call() {
    let world = World::new(&scenario());
    let unset = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "TRAVIS", "CI"];
    let job = unset.iter().fold(world.verb("iam").args(&ARNS), |job, name| job.unset(name));
    let output = job.output();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn the_policy_of_the_chapter_is_that_of_its_command() {
    let chapter = std::fs::read_to_string(format!("{WORKSPACE}/docs/iam.md")).unwrap();
    let block = chapter.split("\n```json\n").nth(1).unwrap().split("\n```").next().unwrap();
    let world = World::new(&scenario());
    assert_eq!(format!("{block}\n"), text(&iam(&world, &ARNS).stdout));
    let command: Vec<&str> = chapter.split("\n```").nth(1).unwrap().lines().collect();
    for argument in ARNS {
        assert!(command.iter().any(|line| line.contains(argument)), "{argument}");
    }
}

/// A policy without them looks complete, and the run that it is for is denied.
#[test]
fn what_arns_do_not_state_is_a_warning() {
    let world = World::new(&scenario());
    let service = ["--for", "arn:aws:ecs:eu-west-1:123456789012:service/main/web"];
    let role = ["--for", "arn:aws:iam::123456789012:role/web"];
    let plan = ["--verb", "plan"];
    for (arguments, lacks_roles, lacks_tags) in [
        (service.to_vec(), true, true),
        ([service, role].concat(), false, true),
        ([service, plan].concat(), false, false),
        (vec!["--for", "arn:aws:ecr:eu-west-1:123456789012:repository/web"], false, false),
    ] {
        let output = iam(&world, &arguments);
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{stderr}");
        assert_eq!(stderr.contains("does not allow `iam:PassRole`"), lacks_roles, "{stderr}");
        assert_eq!(stderr.contains("`ecs:TagResource`"), lacks_tags, "{stderr}");
        assert!(!stdout.contains("warning"), "{stdout}");
    }
}

/// Whoever can register a task definition could otherwise have a person allow more than its run requires.
#[test]
fn a_pattern_that_somebody_else_wrote_is_not_printed() {
    for (field, value) in [
        ("taskRoleArn", "arn:aws:iam::123456789012:role/*"),
        ("executionRoleArn", "*"),
        ("taskRoleArn", "arn:aws:iam::123456789012:role/x\",\"*"),
    ] {
        let mut scenario = scenario();
        scenario.resources.services[0].task_definition[field] = Value::from(value);
        let world = World::new(&scenario);
        let output = iam(&world, &[]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{message}");
        assert!(
            message.contains("service `main/web`: the task definition web:1 names no single resource"),
            "{message}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn one_statement_is_counted_as_one() {
    let world = World::new(&scenario());
    for verb in ["run", "continue"] {
        let group = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/web";
        let output = iam(&world, &["--verb", verb, "--for", group]);
        assert!(text(&output.stderr).contains("\n1 statement, "), "{}", text(&output.stderr));
    }
    assert!(text(&iam(&world, &ARNS).stderr).contains("\n11 statements, "));
}

#[test]
fn flags_add_statements() {
    let world = World::new(&scenario());
    let sids = |flags: &[&str]| -> Vec<String> {
        let output = iam(&world, &[&ARNS as &[&str], flags].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let statements = document["Statement"].as_array().unwrap();
        statements.iter().map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect()
    };
    let plain = sids(&[]);
    for (flags, sid) in [
        (&["--on-failure", "roll-back"][..], "StopRollouts"),
        (&["--on-cancel", "roll-back"], "StopRollouts"),
        (&["--keep", "5"], "DeregisterRevisions"),
        (&["--one-off-tasks"], "RunTasks"),
        (&["--verb", "run", "--verb", "continue"], "ContinueRollouts"),
        (&["--verb", "verify"], "CheckCredentials"),
    ] {
        assert!(!plain.iter().any(|other| other == sid), "{sid}");
        assert!(sids(flags).iter().any(|other| other == sid), "{flags:?}");
    }
    let output = iam(&world, &[&ARNS as &[&str], &["--wait-until", "paused", "--json"]].concat());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let statements = printed["policies"][0]["statements"].as_array().unwrap();
    let watch = statements.iter().find(|statement| statement["sid"] == "WatchRollouts").unwrap();
    assert_eq!(watch["is_required"], true);
    assert!(!sids(&["--no-wait"]).iter().any(|sid| sid == "WatchRollouts"));
}

#[test]
fn each_role_has_a_document_of_its_own() {
    let case = case("other-account");
    let world = World::new(&case.scenario);
    let documents = |arguments: &[&str]| -> Vec<Value> {
        let output = case.iam(&world).args(arguments).output();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let documents = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        documents.collect::<Result<_, _>>().unwrap()
    };
    let role = "arn:aws:iam::999999999999:role/deploy";
    let all = documents(&[]);
    assert_eq!(all.len(), 2);
    let statements = all[0]["Statement"].as_array().unwrap();
    let assume = statements.iter().find(|statement| statement["Sid"] == "AssumeRoles").unwrap();
    assert_eq!(assume["Resource"], role);
    assert_eq!(documents(&["--principal", "run"]), all[..1]);
    assert_eq!(documents(&["--principal", role]), all[1..]);
}

#[test]
fn what_requires_nothing_is_an_error() {
    let world = World::new(&scenario());
    for (arguments, code, expected) in [
        (&["--for", "arn:aws:iam::123456789012:role/x", "--verb", "plan"][..], 2, "require no permission"),
        (&["--for", "arn:aws:s3:::bucket"], 2, "expected the ARN of a service"),
        (
            &["--for", "arn:aws:ecs:cn-north-1:123456789012:service/main/web"],
            2,
            "the partition of the region",
        ),
        (&["--for", "arn:aws:ecs:eu-west-1:123456789012:service/main/web\",\"*"], 2, "expected the ARN"),
        (&["--branch", "unknown"], 5, "the policy skips this build"),
        (&["--principal", "arn:aws:iam::123456789012:role/x"], 2, "no target assumes"),
        (&["built-in", "--for", "arn:aws:ecs:eu-west-1:123456789012:service/main/web"], 2, "cannot be used"),
    ] {
        let output = iam(&world, arguments);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}
