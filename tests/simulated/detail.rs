//! How much a run prints: `--quiet`, `--verbose`, and what is omitted without either because it repeats.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ecs_simulator::{Fault, FaultKind, ImageSetup, Scenario};
use serde_json::json;

use crate::support::variables::SECRET;
use crate::world::{Job, OLD, World, enable_circuit_breaker, failing_tasks, scenario};

/// A world whose registry lacks the image of the build.
fn unbuilt() -> Scenario {
    let mut scenario = scenario();
    scenario.resources.repositories[0].images =
        vec![ImageSetup { tags: vec!["old".to_owned()], digest: Some(OLD.to_owned()), manifest: None }];
    scenario
}

/// A run whose docker prints these lines during the build, and ends with this exit code.
fn building<'w>(world: &'w World, lines: &[&str], code: u8) -> Job<'w> {
    let printed: String = lines.iter().map(|line| format!("    echo '{line}'\n")).collect();
    let digest = "1".repeat(64);
    let script = format!(
        "#!/bin/sh\ncase $1 in\nbuild)\n{printed}    exit {code} ;;\npush)\n    echo \"${{2##*:}}: digest: \
         sha256:{digest} size: 528\" ;;\nesac\n"
    );
    let path = world.path("docker");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    world.run().args(&["--docker", &path.display().to_string()]).unset("TRAVIS").args(&["--ci", "travis"])
}

#[test]
fn quiet_prints_results() {
    let world = World::new(&unbuilt());
    let (code, log) = building(&world, &["a layer"], 0).args(&["--quiet"]).log();
    let lines: Vec<&str> = log.lines().map(|line| line.split("  ").next().unwrap()).collect();
    assert_eq!(lines[..3], ["Decision", "Verdict", "Times"], "{log}");
    assert!(code == 0 && lines.len() == 4 && lines[3].starts_with("done in "), "{log}");
}

#[test]
fn quiet_prints_problems_and_what_docker_printed_before_it_failed() {
    let world = World::new(&unbuilt());
    let (code, log) = building(&world, &["a layer", "ERROR: no space left"], 1).args(&["-q"]).log();
    assert_eq!(code, 6, "{log}");
    let error = log.find("error: ").expect(&log);
    assert!(log.find("  a layer\n  ERROR: no space left\n").expect(&log) < error, "{log}");
    assert!(!log.contains("Plan"), "{log}");
    let mut failing = scenario();
    enable_circuit_breaker(&mut failing, true);
    failing.task_rules.push(failing_tasks());
    let world = World::new(&failing);
    let (code, log) = world.run().args(&["-q"]).log();
    for text in [
        "\nWhy       main/web: 3 tasks stopped: web exited 1\n",
        "\nVerdict   main/web rolled back",
        "\nNext      ",
    ] {
        assert!(log.contains(text), "{text}: {log}");
    }
    assert!(code == 1 && !log.contains("Rollout") && !log.contains(" running"), "{log}");
}

#[test]
fn quiet_prints_the_result_of_a_verb_that_changes_nothing() {
    let world = World::new(&scenario());
    let (_, plan) = world.verb("plan").args(&["-q"]).log();
    assert!(plan.contains("Plan      in ") && !plan.contains("Policy"), "{plan}");
    let (_, status) = world.verb("status").args(&["-q", "main/web"]).log();
    assert!(status.starts_with("Service   main/web runs web:1"), "{status}");
    let (code, both) = world.verb("plan").args(&["-q", "-v"]).log();
    assert!(code == 2 && both.contains("cannot be used with"), "{both}");
}

#[test]
fn verbose_prints_each_call_and_everything_that_ecs_reports() {
    let mut throttled = scenario();
    throttled.faults.push(Fault::once("ecs:DescribeTaskDefinition", FaultKind::Throttle));
    let world = World::new(&throttled);
    let ended = world.run().args(&["--verbose"]).exits(0);
    let calls = |what: &str| ended.text.lines().filter(|line| line.contains(what)).count();
    let first = "ecs:DescribeTaskDefinition in eu-west-1: 400 ThrottlingException, request ";
    assert_eq!(calls(first), 1, "{}", ended.transcript());
    assert_eq!(calls("ecs:DescribeTaskDefinition in eu-west-1, attempt 2: 200, request "), 1);
    assert_eq!(calls("ecs:UpdateService in eu-west-1: 200, request "), 1);
    // Every call of the run has its line.
    assert_eq!(calls(" in eu-west-1"), ended.calls.len() + 1, "{}", ended.transcript());
    ended.prints("main/web: has started 2 tasks").does_not_print(SECRET);
    let plain = World::new(&scenario()).run().exits(0);
    plain.does_not_print("has started 2 tasks").does_not_print("ecs:UpdateService");
}

#[test]
fn a_warning_of_docker_is_printed_once_unless_everything_is() {
    let lines = ["WARNING: no network", "a layer", "WARNING: no network", "a layer"];
    for (is_verbose, expected) in [(false, 1), (true, 2)] {
        let world = World::new(&unbuilt());
        let flags: &[&str] = if is_verbose { &["-v"] } else { &[] };
        let (_, log) = building(&world, &lines, 0).args(flags).log();
        assert_eq!(log.matches("WARNING: no network").count(), expected, "{log}");
        assert_eq!(log.matches("a layer").count(), 2, "{log}");
    }
}

#[test]
fn a_rollout_whose_tasks_find_no_place_states_what_ecs_reported() {
    let mut scenario = scenario();
    let rule = json!({"filter": {"has_new_definition": true}, "behaviour": {"unplaceable": {}}});
    scenario.task_rules.push(serde_json::from_value(rule).unwrap());
    let world = World::new(&scenario);
    let (code, log) = world.run().args(&["--quiet", "--timeout", "2"]).log();
    let why = log.find("\nWhy       main/web: ECS reported last: was unable to place a task").expect(&log);
    assert!(why < log.find("\nVerdict   main/web timed out").expect(&log), "{log}");
    for next in ["Next      `ecs-host status main/web` shows", "`ecs-host rollback main/web` restores"] {
        assert!(log.contains(next), "{next}: {log}");
    }
    assert_eq!(code, 8, "{log}");
}
