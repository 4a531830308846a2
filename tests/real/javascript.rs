//! What a policy in JavaScript does wrong, prints and leaves out, as its author sees it.

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::fixtures::built;
use crate::project::{host, named, text};
use crate::world::{RunResult, World, repository, scenario};

/// A policy whose branch selects what it does.
const POLICY: &str = r#"import { named } from './names.js';
const loaded = [Date.now(), Math.random(), performance.now()].join();
const target = { destination: { tag: 'service', val: { cluster: 'main', service: 'web' } }, wave: 0, tasksBefore: [], tasksAfter: [] };
const image = { name: 'web', repository: 'REPOSITORY', tags: ['master'], source: { tag: 'dockerfile' }, publishOnly: false };
const loop = {};
loop.self = loop;

export const policy = {
  describe: () => ({ name: 'defects', version: '1.0.0', description: 'Does what its branch says.', settings: [] }),
  select(build) {
    switch (build.branch) {
      case 'throws': return named(build.tag);
      case 'throws-a-number': throw 5;
      case 'rejects': throw 'Not on\na Friday.';
      case 'prints':
        console.log('a', 1, 2n, null, undefined, { b: ['ü', 3n], c: new Map([[1, 2]]) }, loop);
        console.log(loaded, Date.now(), new Date().toISOString(), Math.random());
        console.warn('beware\nof the line');
        console.error(new Error('a defect'));
        return { tag: 'skip', val: 'Printed.' };
      case 'absent': {
        const absent = [build.tag, build.pullRequest, build.number, build.job].map((value) => value == null);
        return { tag: 'skip', val: `Absent: ${absent}; job ${build.job}; base ${build.baseCommit ?? 'none'}.` };
      }
      case 'selects-nothing': return undefined;
      case 'is-async': return Promise.resolve({ tag: 'deploy' });
      default: return { tag: 'deploy' };
    }
  },
  images: () => [image],
  targets: ({ branch }) => ({
    undefined: [{ ...target, region: undefined, role: undefined, containers: undefined, taskDefinition: undefined, rollout: undefined }],
    null: [{ ...target, region: null, role: null, containers: null, taskDefinition: { base: null, cpuUnits: null }, rollout: { timeoutSeconds: null } }],
    partial: [{ ...target, rollout: { timeoutSeconds: 60 } }],
    shape: [{ ...target, wave: '1', regoin: 'eu-west-1', rollout: { timeoutSeconds: -1 } }, null],
  })[branch] ?? [target],
};
"#;

/// A module of the policy, so that a position is one in it.
const NAMES: &str = "// The third line fails if there is no tag.
export function named(tag) {
  return tag.name;
}
";

const UNIT_TEST: &str = "import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policy } from '../src/policy.js';
test('a lost tag is an exception', () => assert.throws(() => policy.select({ branch: 'throws' }), TypeError));
";

/// The policy, built by the commands of a new project, and compiled: on a busy machine that takes longer than a run of a
/// test may.
fn defects() -> &'static str {
    static POLICY_FILE: OnceLock<String> = OnceLock::new();
    POLICY_FILE.get_or_init(|| {
        let folder = named("to-javascript-defects", "javascript");
        fs::write(folder.join("src/policy.js"), POLICY.replace("REPOSITORY", &repository())).unwrap();
        fs::write(folder.join("src/names.js"), NAMES).unwrap();
        fs::write(folder.join("test/policy.test.js"), UNIT_TEST).unwrap();
        let policy = built(&folder).display().to_string();
        let build = ["decide", &policy, "--branch", "main", "--commit", &"3".repeat(40)];
        let output = host(&folder, &[&build[..], &["--policy-compile", "900"]].concat());
        assert!(output.status.success(), "{}", text(&output));
        policy
    })
}

fn decide(world: &World, policy: &str, branch: &str, code: i32) -> RunResult {
    world.verb("decide").args(&[policy]).set("TRAVIS_BRANCH", branch).exits(code)
}

#[test]
fn an_uncaught_exception_has_the_file_and_the_line() {
    let (policy, world) = (defects(), World::new(&scenario()));
    let run = decide(&world, policy, "throws", 4);
    run.prints("policy `defects` failed in `select`").prints("TypeError").prints("src/names.js:3");
    run.prints("src/policy.js:12");
    run.does_not_print("component/").does_not_print("panicked").does_not_print("RUST_BACKTRACE");
    decide(&world, policy, "throws-a-number", 4).prints("policy `defects` failed in `select`").prints("5");
    // A string is an error of the policy, and no defect.
    decide(&world, policy, "rejects", 3).prints("policy `defects` rejected the build: Not on\n  a Friday.\n");
}

#[test]
fn an_answer_of_a_wrong_shape_names_each_field() {
    let (policy, world) = (defects(), World::new(&scenario()));
    let run = decide(&world, policy, "shape", 4);
    run.prints("policy `defects` failed in `targets`");
    run.prints("targets()[0].regoin: unknown field; the fields are destination, region, role, wave, ");
    run.prints("targets()[0].wave: expected an integer from 0 to 4294967295, got \"1\"");
    run.prints("targets()[0].rollout.timeoutSeconds: expected an integer from 0 to 4294967295, got -1");
    run.prints("targets()[1]: expected an object with the fields destination, region, role, ");
    let run = decide(&world, policy, "selects-nothing", 4);
    run.prints("select(): expected { tag: 'deploy' } or { tag: 'skip', val: … }, got nothing");
    decide(&world, policy, "is-async", 4).prints("got a promise: a method cannot be async");
}

#[test]
fn what_the_console_prints_is_in_the_log_of_the_run() {
    let (policy, world) = (defects(), World::new(&scenario()));
    let run = decide(&world, policy, "prints", 0);
    run.prints("[defects] a 1 2 null undefined {\"b\":[\"ü\",\"3n\"],\"c\":[[1,2]]} [object Object]\n");
    // Neither the time of the build nor that of the run, and no random number of the build.
    run.prints("[defects] 0,0.00006295018829405308,0 0 1970-01-01T00:00:00.000Z 0.0157");
    run.prints("[defects] beware\n").prints("[defects] of the line\n");
    run.prints("[defects] Error: a defect\n").prints("src/policy.js:19");
    run.prints("Decision  skip: Printed.");
}

#[test]
fn undefined_null_and_a_missing_field_are_absent() {
    let (policy, world) = (defects(), World::new(&scenario()));
    let targets = |branch: &str| -> Value {
        let run = decide(&world, policy, branch, 0);
        let decision = run.events().into_iter().find(|event| event["event"] == "decision-made");
        decision.unwrap_or_else(|| panic!("{}", run.transcript()))["targets"].clone()
    };
    let missing = targets("missing");
    assert_eq!(missing[0]["region"], Value::Null);
    assert_eq!(targets("undefined"), missing);
    assert_eq!(targets("null"), missing);
    let partial = targets("partial");
    assert_eq!(partial[0]["rollout"]["timeout_seconds"], json!(60), "{partial}");
    assert_eq!(partial[0]["rollout"]["bake_seconds"], missing[0]["rollout"]["bake_seconds"]);
    // What the host leaves out is `null` or `undefined` in the build.
    decide(&world, policy, "absent", 0).prints("skip: Absent: true,true,false,false; job 1; base none.");
}
