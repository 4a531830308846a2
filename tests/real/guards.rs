//! Guards in JavaScript and Python: from a project to a review.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::fixtures::built;
use crate::project::{guard, host, is_found, text};
use crate::world::{World, scenario};

/// Creates and builds a guard, whose unit tests and cases pass, and lets it review a run.
fn a_new_guard_reviews(language: &str) {
    let name = format!("guard-in-{language}");
    let folder = guard(&name, language);
    let component = built(&folder);
    is_found(&component, &folder, "guard.wasm");
    let inspected = text(&host(&folder, &["inspect", "guard.wasm"]));
    assert!(
        inspected.contains("Contract  ecs-host:policy/guard@0.2.0, supported by this host\n"),
        "{inspected}"
    );
    assert!(!inspected.contains("grants it") && !inspected.contains("policy is composed of"), "{inspected}");
    let has_parts = inspected.contains("Parts     components that the guard is composed of\n");
    assert_eq!(has_parts, language == "javascript", "{inspected}");
    let component = component.display().to_string();
    let mut scenario = scenario();
    let world = World::new(&scenario);
    world
        .verb("plan")
        .args(&["--guard", &component])
        .exits(0)
        .prints(&format!("guard {name} 0.1.0: no findings"));
    scenario.resources.services[0].task_definition["containerDefinitions"][0]["privileged"] = json!(true);
    let world = World::new(&scenario);
    let run = world.run().args(&["--guard", &component]).exits(3);
    run.prints("is privileged. Remove `privileged` from its task definition. (rule `no-privileged-container` of guard ");
    assert!(run.mutations().is_empty(), "{}", run.transcript());
}

#[test]
fn a_new_guard_in_javascript_reviews() {
    a_new_guard_reviews("javascript");
}

#[test]
fn a_new_guard_in_python_reviews() {
    a_new_guard_reviews("python");
}

/// What the guards below read of the plan `careless.json`: enums, times, numbers of 64 bits, absent values, variants,
/// nested records and the definition.
const READ: &str = "deploy 1796033918 57 none web absent 57 hidden null 900 leave";

/// The output of `ecs-host test` with a case for each branch, which selects what the guard does. Only the case `reads`
/// passes.
fn tested(component: &Path, folder: &Path, branches: &[&str]) -> String {
    let case = |branch: &&str| {
        let findings = if *branch == "reads" { format!("{{ message = \"{READ}\" }}") } else { String::new() };
        format!(
            "[[case]]\nname = \"{branch}\"\nplan = \"plans/careless.json\"\nbuild.branch = \"{branch}\"\n\
             expect.findings = [{findings}]\n\n"
        )
    };
    let cases: String = branches.iter().map(case).collect();
    fs::write(folder.join("cases/containers.toml"), cases).unwrap();
    let output = host(folder, &["test", component.to_str().unwrap(), "cases"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let printed = text(&output);
    assert!(printed.contains(&format!("1 passed, {} failed in ", branches.len() - 1)), "{printed}");
    for part in ["panicked", "RUST_BACKTRACE", "    at std::", "wit_dylib", "component/", "component.py"] {
        assert!(!printed.contains(part), "{part}: {printed}");
    }
    printed
}

const JAVASCRIPT: &str = r"
export const guard = {
  describe: () => ({ name: 'defects', version: '1.0.0', description: 'Returns what the branch names.', settings: [], reviewsRollbacks: false }),
  review(plan) {
    const finding = { severity: 'warn', rule: 'read', message: 'A sentence.' };
    switch (plan.build.branch) {
      case 'reads': return [{ ...finding, message: read(plan), target: null }];
      case 'throws': return plan.nothing.at;
      case 'rejects': throw 'No calendar.';
      case 'shape': return [{ ...finding, severity: 'error', mesage: 'x', target: 5 }, null];
      default: return undefined;
    }
  },
};

function read({ action, startedAt, build, targets: [target] }) {
  const [{ before, after }] = target.changes;
  const { environment } = JSON.parse(target.definitionJson).containerDefinitions[0];
  return [
    action, startedAt, build.number, build.pullRequest ?? 'none', target.destination.val.service, before.tag, after.val,
    target.containers[0].environment[1].value ?? 'hidden', environment[1].value, target.rollout.timeoutSeconds,
    target.rollout.onFailure,
  ].map(String).join(' ');
}
";

#[test]
fn the_mistakes_of_a_guard_in_javascript_are_named() {
    let folder = guard("guard-mistakes-javascript", "javascript");
    fs::write(folder.join("src/guard.js"), JAVASCRIPT).unwrap();
    let unit_test = "import { test } from 'node:test';\ntest('nothing', () => {});\n";
    fs::write(folder.join("test/guard.test.js"), unit_test).unwrap();
    let printed =
        tested(&built(&folder), &folder, &["reads", "throws", "rejects", "shape", "returns-nothing"]);
    for part in [
        "TypeError: cannot read property 'at' of undefined\n",
        "(src/guard.js:8:",
        "error: No calendar.\n",
        "The guard returned an answer that the contract does not permit:\n",
        "review()[0].mesage: unknown field; the fields are severity, rule, message, target\n",
        "review()[0].severity: expected 'deny' or 'warn', got \"error\"\n",
        "review()[0].target: expected a string, got 5\n",
        "review()[1]: expected an object with the fields severity, rule, message, target, got null\n",
        "review(): expected a list, got nothing\n",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}

const PYTHON: &str = "\
import json
from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.guard import ChangedValue_Absent, Finding, GuardManifest, Severity


class Guard(exports.Guard):
    def describe(self):
        return GuardManifest('defects', '1.0.0', 'Returns what the branch names.', [], False)

    def review(self, plan):
        finding = Finding(Severity.WARN, 'read', 'A sentence.', None)
        match plan.build.branch:
            case 'reads':
                finding.message = read(plan)
            case 'throws':
                return plan.nothing
            case 'rejects':
                raise Err('No calendar.')
            case 'type':
                finding.severity, finding.target = 'error', 5
                return [finding, None]
            case 'returns-nothing':
                return None
        return [finding]


def read(plan):
    [target] = plan.targets
    change = target.changes[0]
    environment = json.loads(target.definition_json)['containerDefinitions'][0]['environment']
    words = [
        plan.action.name.lower(), plan.started_at, plan.build.number, plan.build.pull_request or 'none',
        target.destination.value.service, 'absent' if isinstance(change.before, ChangedValue_Absent) else 'present',
        change.after.value, target.containers[0].environment[1].value or 'hidden', environment[1]['value'] or 'null',
        target.rollout.timeout_seconds, target.rollout.on_failure.name.lower(),
    ]
    return ' '.join(map(str, words))
";

#[test]
fn the_mistakes_of_a_guard_in_python_are_named() {
    let folder = guard("guard-mistakes-python", "python");
    fs::write(folder.join("guard.py"), PYTHON).unwrap();
    let unit_test = "import unittest\nclass Nothing(unittest.TestCase):\n    def test(self): pass\n";
    fs::write(folder.join("test_guard.py"), unit_test).unwrap();
    let printed =
        tested(&built(&folder), &folder, &["reads", "throws", "rejects", "type", "returns-nothing"]);
    for part in [
        "File \"/0/guard.py\", line 17, in review\n",
        "AttributeError: 'Plan' object has no attribute 'nothing'\n",
        "error: No calendar.\n",
        "The guard returned an answer that the contract does not permit:\n",
        "review()[0].severity: expected Severity.DENY or Severity.WARN, got 'error'\n",
        "review()[0].target: expected str, got 5\n",
        "review()[1]: expected Finding, got None\n",
        "review(): expected a list of Finding, got None\n",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}
