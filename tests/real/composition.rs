//! Policies that wrap other ones, composed by the command of the documentation.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::emulator::cache;
use crate::compiled::compiled;
use crate::fixtures::{built, built_for, policy};
use crate::project::{example, host, passes, text};
use crate::world::{Job, World, scenario};

const FREEZE: &str = "ecs-host-freeze-example";

/// Periods that contain every run of these tests, and none.
const ALWAYS: &str = "2020-01-01/2099-12-31";
const NEVER: &str = "2020-01-01/2020-01-02";

/// Composes two components by the command of the documentation: `inner` is plugged into `outer`.
fn compose(outer: &Path, inner: &Path, composed: &Path) {
    let mut wac = Command::new(cache().join("wac-cli/bin/wac"));
    wac.arg("plug").arg(outer).arg("--plug").arg(inner).arg("-o").arg(composed);
    let output = wac.output().expect("`make test` installs wac");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A world, and a policy in it: the wrapper `freeze` with an inner policy plugged into it.
fn composed(inner: &Path) -> (World, String) {
    let world = World::new(&scenario());
    let file = world.path("policy.wasm");
    compose(&policy(FREEZE), inner, &file);
    (world, file.display().to_string())
}

/// A verb with a policy.
fn start<'w>(world: &'w World, verb: &str, file: &str) -> Job<'w> {
    world.verb(verb).args(&[file]).set("FREEZE_PERIODS", NEVER)
}

fn inspect(file: &str) -> Value {
    let output = host(Path::new("/"), &["inspect", file, "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)))
}

/// The fuel of a run that ends with this exit code.
fn fuel(job: Job<'_>, code: i32) -> u64 {
    let ended = job.exits(code);
    let loaded = ended.events().into_iter().find(|event| event["event"] == "policy-loaded");
    loaded.and_then(|event| event["fuel"].as_u64()).unwrap_or_else(|| panic!("{}", ended.transcript()))
}

fn path(name: &str) -> String {
    policy(name).display().to_string()
}

#[test]
fn the_cases_of_the_example_pass() {
    let (_world, file) = composed(&policy("ecs-host-release-example"));
    passes(Path::new(&file), &example("freeze"));
}

#[test]
fn a_composition_deploys_and_stamps_the_digest_of_the_whole() {
    let (world, file) = composed(&policy("ecs-host-release-example"));
    start(&world, "plan", &file).set("FREEZE_PERIODS", ALWAYS).exits(3).prints("are frozen until the end of");
    let run = start(&world, "run", &file).args(&["--poll", "0.01"]).exits(0);
    let digest = inspect(&file)["digest"].as_str().unwrap_or_default().to_owned();
    run.prints("Policy    release 0.1.0+freeze.0.1.0");
    let registered = world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": "web:2"}));
    let labels = &registered.unwrap()["taskDefinition"]["containerDefinitions"][0]["dockerLabels"];
    assert_eq!(labels["ecs-host.policy"], format!("release@{digest}"));
    assert_eq!(run.verdict("main/web")["verdict"], "deployed");
}

#[test]
fn the_inspection_lists_the_parts_with_the_digests_of_their_files() {
    let (world, file) = composed(&policy("ecs-host-release-example"));
    let parts = inspect(&file)["parts"].clone();
    let interface = "ecs-host:policy/policy@0.2.0";
    for (part, name) in [(&parts[0], "ecs-host-release-example"), (&parts[1], FREEZE)] {
        let alone = inspect(&path(name));
        assert_eq!((&part["digest"], &part["size"]), (&alone["digest"], &alone["size"]), "{parts:#}");
        assert_eq!(part["name"], name.replace('-', "_") + ".wasm");
        assert_eq!(alone["parts"], Value::Array(vec![]));
    }
    let plugged = serde_json::json!({"name": interface, "source": "part", "part": 1});
    assert!(parts[1]["imports"].as_array().is_some_and(|imports| imports.contains(&plugged)), "{parts:#}");
    assert_eq!(parts[0]["exports"][0], serde_json::json!({"name": interface, "exported": false}));
    assert_eq!(parts[1]["exports"][0], serde_json::json!({"name": interface, "exported": true}));
    // A composition is plugged like any other policy.
    let twice = world.path("twice.wasm");
    compose(&policy(FREEZE), Path::new(&file), &twice);
    let printed = text(&host(Path::new("/"), &["inspect", &twice.display().to_string()]));
    let start = printed.find("Parts ").unwrap_or_else(|| panic!("{printed}"));
    let parts = &printed[start..];
    for line in [
        "  1  without a name, ",
        "  1.1  ecs_host_release_example.wasm, ",
        "  1.2  ecs_host_freeze_example.wasm, ",
        "       imports ecs-host:policy/policy@0.2.0 from 1.1\n",
        "  2  ecs_host_freeze_example.wasm, ",
        "     imports ecs-host:policy/policy@0.2.0 from 1\n",
        "     exports ecs-host:policy/policy@0.2.0, as the whole policy does\n",
    ] {
        assert!(parts.contains(line), "no {line:?} in\n{parts}");
    }
    assert!(parts.lines().all(|line| line.chars().count() <= 80), "{parts}");
}

#[test]
fn versions_of_one_line_are_composed_in_both_directions() {
    let world = World::new(&scenario());
    let later = |name: &str| {
        let bytes = built_for("0.2.3", name);
        let file = world.path(&format!("{name}.wasm"));
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let file = world.path("policy.wasm");
    for (outer, inner) in [
        (policy(FREEZE), later("ecs-host-release-example")),
        (later(FREEZE), policy("ecs-host-release-example")),
    ] {
        compose(&outer, &inner, &file);
        let file = file.display().to_string();
        start(&world, "plan", &file).exits(0).prints("Decision  deploy 1 image to 1 service");
    }
}

#[test]
fn the_limits_are_those_of_the_whole() {
    let (world, file) = composed(&policy("misbehaving-policy"));
    let branch = |verb, branch: &str| start(&world, verb, &file).set("TRAVIS_BRANCH", branch);
    let skip = |file: &str| start(&world, "decide", file).set("TRAVIS_BRANCH", "prints");
    let inner = fuel(skip(&path("misbehaving-policy")), 0);
    let whole = fuel(skip(&file), 0);
    assert!(whole > inner, "{whole} of {inner}");
    // More than the inner policy consumes, and less than both.
    let limit = ((inner + whole) / 2).to_string();
    skip(&file)
        .args(&["--policy-fuel", &limit])
        .exits(4)
        .prints(&format!("its limit of {limit} units of fuel"));
    let memory = branch("decide", "allocates-without-end").exits(4);
    memory.prints("policy `misbehaving-policy` reached its limit of 64 MiB of memory in `select`");
    branch("decide", "recurses").exits(4).prints("4096 KiB of stack");
    branch("decide", "prints-without-end").exits(4).prints("64 KiB of output");
    let output = branch("decide", "panics").exits(4);
    output.prints("policy `misbehaving-policy` failed in `select`").prints("deliberate panic");
    // Each part alone has fewer instances.
    let instances = |file: &str, count: &str| skip(file).args(&["--policy-instances", count]).ends().code;
    let enough = (1..100).find(|count| instances(&path("misbehaving-policy"), &count.to_string()) == Some(0));
    let enough = enough.expect("a number of instances").to_string();
    assert_eq!(instances(&file, &enough), Some(4));
    skip(&file)
        .args(&["--policy-instances", &enough])
        .exits(4)
        .prints("`--policy-instances COUNT` raises it");
}

#[test]
fn the_output_of_all_parts_has_the_name_of_the_whole() {
    let (world, file) = composed(&policy("misbehaving-policy"));
    let run = start(&world, "decide", &file).set("TRAVIS_BRANCH", "prints").exits(0);
    run.prints("[misbehaving-policy] second line").prints("skip: Printed two lines.");
    let run = start(&world, "decide", &file).set("FREEZE_PERIODS", ALWAYS).set("FREEZE_OVERRIDE", "a hotfix");
    run.exits(0)
        .prints("[misbehaving-policy] Deploys service `main/web` in the freeze until 2099-12-31: a hotfix");
}

#[test]
fn a_secret_that_the_inner_policy_declares_requires_the_same_grant() {
    let (world, file) = composed(&policy("secret-reading-policy"));
    start(&world, "decide", &file).exits(5).prints("--allow-secret AWS_SECRET_ACCESS_KEY");
    let grant = ["--allow-secret", "AWS_SECRET_ACCESS_KEY"];
    start(&world, "decide", &file).args(&grant).exits(0).prints("The secret has 40 characters.");
}

#[test]
fn the_lookups_of_the_inner_policy_require_the_same_grant() {
    let (world, file) = composed(&policy("lookup-policy"));
    let job =
        |grants: &[&str]| start(&world, "plan", &file).args(grants).set("LOOKUPS", "get-service main web");
    job(&[]).exits(5).prints("ecs-host:policy/services@0.2.0: `--allow ecs:read` grants it");
    let granted = job(&["--allow", "ecs:read", "--allow", "ecr:read"]).exits(0);
    granted.prints("Decision  skip: All lookups succeeded.");
}

#[test]
fn a_policy_in_javascript_is_wrapped_by_one_in_rust() {
    let (world, file) = composed(&built(&example("monorepo")));
    let commit = "3".repeat(40);
    let build = ["decide", &file, "--branch", "develop", "--commit", &commit];
    // A busy machine may take longer to compile it than the default limit.
    let flags = ["--allow", "ecs:read", "--allow", "source:read", "--policy-compile", "900"];
    let output = host(&world.path("project"), &[&build[..], &flags].concat());
    assert!(text(&output).contains("skip: Branch `develop` does not deploy: only "), "{}", text(&output));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn composing_the_same_files_again_returns_the_same_bytes() {
    let (world, file) = composed(&policy("ecs-host-release-example"));
    let again = world.path("again.wasm");
    compose(&policy(FREEZE), &policy("ecs-host-release-example"), &again);
    assert_eq!(std::fs::read(file).unwrap(), std::fs::read(again).unwrap());
}

#[test]
fn a_composition_is_compiled_at_its_first_start_and_after_a_change_of_a_part() {
    let (world, file) = composed(&policy("ecs-host-release-example"));
    let folder = world.path("cache");
    let plan = || {
        let job = start(&world, "plan", &file).set("XDG_CACHE_HOME", &folder.display().to_string());
        job.exits(0).prints("Policy    release 0.1.0+freeze.0.1.0").does_not_print("warning: the compiled");
        compiled(&folder)
    };
    let first = plan();
    assert!(!first.is_empty());
    assert_eq!(plan(), first);
    // The same inner policy with another custom section, and the same outer one.
    let inner = world.path("inner.wasm");
    let mut bytes = std::fs::read(policy("ecs-host-release-example")).unwrap();
    bytes.extend([0, 5, 4, b'n', b'o', b't', b'e']);
    std::fs::write(&inner, bytes).unwrap();
    compose(&policy(FREEZE), &inner, Path::new(&file));
    let changed = plan();
    assert!(
        changed.len() > first.len() && first.iter().all(|kept| changed.contains_key(kept.0)),
        "{changed:?}"
    );
    assert_eq!(plan(), changed);
}
