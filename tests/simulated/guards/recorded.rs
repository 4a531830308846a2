//! Recorded plans, and cases of guards that name them.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::{guard, write};
use crate::project::host;
use crate::world::{World, scenario};

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A world with a recorded plan, `plan.json` in its folder `project`.
fn recorded() -> World {
    let mut scenario = scenario();
    let variable = serde_json::json!([{"name": "DB_PASSWORD", "value": "hunter2-hunter2"}]);
    scenario.resources.services[0].task_definition["containerDefinitions"][0]["environment"] = variable;
    let world = World::new(&scenario);
    world.verb("plan").args(&["--record-plan", "plan.json"]).exits(0);
    world
}

#[test]
fn a_recorded_plan_is_what_a_guard_receives_without_secrets() {
    let world = recorded();
    let path = world.path("project/plan.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let plan = ecs_host_schemas::recorded_plan(&text);
    assert_eq!((&plan["action"], &plan["build"]["branch"]), (&"deploy".into(), &"master".into()));
    assert_eq!(plan["targets"][0]["containers"][0]["environment"][0]["value"], Value::Null);
    // An existing file is not replaced.
    let again = world.verb("plan").args(&["--record-plan", "plan.json"]).exits(2);
    again.prints("cannot write the plan to `plan.json` (--record-plan): the file exists; name a new one");
    assert!(world.simulator.calls().iter().all(|call| !call.action.contains("Register")));
}

#[test]
fn the_cases_of_a_guard_name_recorded_plans() {
    let world = recorded();
    write(
        &world,
        "project/cases.toml",
        r#"plan = "plan.json"

[settings]
ANSWER = "deny"

[[case]]
name = "a denial"
expect.findings = [{ severity = "deny", rule = "no", target = "main/web" }]

[[case]]
name = "allowed"
settings.ANSWER = "allow"
expect.findings = []

[[case]]
name = "an error"
settings.ANSWER = "error"
expect.error = { contains = "The calendar is empty." }

[[case]]
name = "another branch, later, in a saved plan"
action = "apply"
build.branch = "develop"
build.started-at = 1_800_000_000
settings.ANSWER = "print"
expect.log = [{ matches = 'action: Action::Apply, started-at: 1800000000, .* branch: "develop"' }]
"#,
    );
    let folder = world.path("project");
    let test = |arguments: &[&str]| test(&folder, arguments);
    let output = test(&["cases.toml"]);
    assert!(output.status.success(), "{}", text(&output));
    let printed = text(&output);
    assert!(printed.contains("Guard     scripted 1.0.0"), "{printed}");
    assert!(printed.contains("4 passed"), "{printed}");
    let output = test(&["cases.toml", "--require-outcomes=deny,allow"]);
    assert!(output.status.success(), "{}", text(&output));
    // What differs is shown, and an update writes it.
    let wrong = fs::read_to_string(folder.join("cases.toml"))
        .unwrap()
        .replace("expect.findings = []", "expect.findings = [{ rule = \"x\" }]");
    fs::write(folder.join("cases.toml"), wrong).unwrap();
    let output = test(&["cases.toml"]);
    assert!(
        !output.status.success() && text(&output).contains("expect.findings")
            || text(&output).contains("findings[0]"),
        "{}",
        text(&output)
    );
    let output = test(&["cases.toml", "--update"]);
    assert!(output.status.success(), "{}", text(&output));
    assert!(fs::read_to_string(folder.join("cases.toml")).unwrap().contains("expect.findings = []"));
}

#[test]
fn a_case_of_the_other_kind_fails_with_what_to_do() {
    let world = recorded();
    let folder = world.path("project");
    write(&world, "project/policy.toml", "[[case]]\nname = \"a\"\nexpect.findings = []\n");
    let printed = text(&test(&folder, &["policy.toml"]));
    assert!(printed.contains("this is a guard, which reviews a plan: set `plan`"), "{printed}");
    write(
        &world,
        "project/guard.toml",
        "plan = \"plan.json\"\n[[case]]\nname = \"a\"\nexpect.skip = \"x\"\n",
    );
    let output = host(&folder, &["test", "built-in", "guard.toml"]);
    assert!(text(&output).contains("this is a policy, which decides on a build"), "{}", text(&output));
    for (plan, expected) in [
        ("{", "plan: `broken.json`, line 1, column"),
        ("{\"action\": \"deploy\", \"acton\": 1}", "plan: `broken.json`, line 1, column"),
        ("[]", "plan: `broken.json`"),
    ] {
        write(&world, "project/broken.json", plan);
        write(
            &world,
            "project/broken.toml",
            "plan = \"broken.json\"\n[[case]]\nname = \"a\"\nexpect.findings = []\n",
        );
        let printed = text(&test(&folder, &["broken.toml"]));
        assert!(printed.contains(expected), "{printed}");
    }
}

#[test]
fn a_guard_is_inspected() {
    let world = World::new(&scenario());
    let output = host(&world.path("project"), &["inspect", &guard("lookup-guard")]);
    let printed = text(&output);
    assert!(output.status.success(), "{printed}");
    for expected in [
        "Guard     lookup-guard 1.0.0",
        "Contract  ecs-host:policy/guard@0.2.0, supported by this host",
        "Reviews   deployments, and no rollbacks",
        "`--guard-allow ecs:read` grants it",
    ] {
        assert!(printed.contains(expected), "{printed}");
    }
    let output = host(&world.path("project"), &["inspect", "--json", &guard("scripted-guard")]);
    let inspection: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&inspection["kind"], &inspection["reviews-rollbacks"]), (&"guard".into(), &true.into()));
}

fn test(folder: &Path, arguments: &[&str]) -> Output {
    let guard = guard("scripted-guard");
    host(folder, &[&["test", guard.as_str()], arguments].concat())
}
