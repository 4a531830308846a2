//! A policy that wraps another one, without the other one.

use crate::fixtures::policy;
use crate::world::{World, scenario};

#[test]
fn every_verb_names_the_import_and_the_command_that_plugs_a_policy_into_it() {
    let world = World::new(&scenario());
    let file = policy("ecs-host-freeze-example").display().to_string();
    std::fs::write(world.path("project/cases.toml"), "[[case]]\nname = \"a\"\nexpect.skip = \"\"\n").unwrap();
    for verb in ["run", "plan", "decide", "verify", "inspect", "test"] {
        let job = world.verb(verb).args(&[&file]);
        let output = if verb == "test" { job.args(&["cases.toml"]) } else { job }.output();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // A text may be wrapped.
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "ecs-host:policy/policy@0.2.0: the policy wraps another one, and nothing is plugged into this import",
            "`wac plug WRAPPER.wasm --plug INNER.wasm -o policy.wasm`",
        ] {
            assert!(words.contains(part), "{verb}: no {part:?} in\n{text}");
        }
        assert_eq!(output.status.code(), Some(4), "{verb}: {text}");
    }
    // `verify` checks the credentials as well.
    assert!(world.simulator.calls().iter().all(|call| call.action == "ecs:ListClusters"));
}
