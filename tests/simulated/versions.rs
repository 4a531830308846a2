//! Policies that are built for other versions of the contract.

use crate::fixtures::{built_for, exporting, from_text, importing};
use crate::world::{World, scenario};

fn write(world: &World, name: &str, bytes: Vec<u8>) -> String {
    let path = world.path(name);
    std::fs::write(&path, bytes).expect("a file");
    path.display().to_string()
}

#[test]
fn a_policy_of_a_later_patch_version_runs_if_the_host_knows_its_interfaces() {
    let world = World::new(&scenario());
    let later = write(&world, "later.wasm", built_for("0.2.7", "source-policy"));
    world
        .verb("plan")
        .args(&[&later])
        .exits(5)
        .prints("ecs-host:policy/source@0.2.7: `--allow source:read` grants it");
    let granted = ["--allow", "source:read"];
    let plan = |call: &str| world.verb("plan").args(&[&later]).args(&granted).set("CALLS", call);
    plan("").exits(0).prints("skip: All calls succeeded.");
    // The import of the later version is answered.
    plan("read-file ../a").exits(3).prints("invalid path \"../a\"");
    let inspected = world.verb("inspect").args(&[&later]).output();
    let printed = String::from_utf8_lossy(&inspected.stdout).into_owned();
    assert!(
        printed.contains("Contract  ecs-host:policy/policy@0.2.7, supported by this host\n"),
        "{printed}"
    );
    let json = world.verb("inspect").args(&[&later, "--json"]).output();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json["contract"], "ecs-host:policy/policy@0.2.7");
    assert_eq!(json["supported-contracts"], serde_json::json!(["ecs-host:policy/policy@0.2.0"]));
}

#[test]
fn the_error_names_the_interface_that_the_host_does_not_know_and_the_version_of_the_component() {
    let world = World::new(&scenario());
    let rejected = |bytes: Vec<u8>, expected: &[&str]| {
        let file = write(&world, "rejected.wasm", bytes);
        let ended = world.verb("plan").args(&[&file]).exits(4);
        expected.iter().fold(ended, |ended, text| {
            ended.prints(text);
            ended
        });
    };
    let known = "this host supports ecs-host:policy@0.2.0, which does not contain it; the component is built for \
                 ecs-host:policy@0.2.7: use an ecs-host that supports that version";
    rejected(
        importing(&["ecs-host:policy/local-time@0.2.7"]),
        &["ecs-host:policy/local-time@0.2.7: ", known],
    );
    let options = "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i \"f\"))) (instance $policy) (instance $more (export \"f\" (func $f)))
        (export \"ecs-host:policy/policy@0.2.7\" (instance $policy))
        (export \"ecs-host:policy/target-options@0.2.7\" (instance $more)))";
    rejected(from_text(options), &["it exports ecs-host:policy/target-options@0.2.7: ", known]);
    let misspelled = importing(&["ecs-host:policy/sources@0.2.0"]);
    rejected(
        misspelled,
        &["ecs-host:policy/sources@0.2.0: ecs-host:policy@0.2.0 does not contain it; build against"],
    );
    rejected(
        importing(&["ecs-host:policy/policy@0.2.0"]),
        &[
            "ecs-host:policy/policy@0.2.0: the policy wraps another one, and nothing is plugged into this import",
            "`wac plug WRAPPER.wasm --plug INNER.wasm -o policy.wasm`",
        ],
    );
    let old = "this host supports ecs-host:policy/policy@0.2.0; rebuild it for that version";
    rejected(built_for("0.1.0", "echo-policy"), &["it exports ecs-host:policy/policy@0.1.0, and ", old]);
    rejected(exporting("ecs-host:policy/policy@0.2.1-rc.1", ""), &[old]);
}
