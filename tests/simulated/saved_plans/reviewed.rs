//! Saved plans and guards.

use serde_json::json;

use super::{apply, changed_nothing, document, save};
use crate::guards::{guard, guarded};
use crate::world::{World, scenario};

#[test]
fn the_guards_of_a_plan_review_its_application_too() {
    let world = World::new(&scenario());
    save(guarded(world.verb("plan"), "deny"));
    assert_eq!(document(&world)["plan"]["reviews"][0]["findings"][0]["severity"], "deny");
    world.verb("show").args(&["plan.json"]).output();
    let ended = guarded(apply(&world), "deny").exits(3);
    changed_nothing(ended.prints("a guard denies this plan, and nothing was changed:"));
    // They receive what kind of run it is.
    guarded(apply(&world).args(&["--dry-run"]), "print").exits(0).prints("Apply");
    let ended = guarded(apply(&world), "allow").exits(0);
    let label = &ended.done("ecs:RegisterTaskDefinition")[0].body["containerDefinitions"][0]["dockerLabels"]
        ["ecs-host.guards"];
    assert!(label.as_str().unwrap().starts_with("scripted@sha256:"), "{label}");
}

#[test]
fn a_guard_that_was_added_removed_or_replaced_is_a_moved_fact() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    let ended = guarded(apply(&world), "allow").exits(7);
    changed_nothing(ended.prints("guard scripted: it is named here, and has not reviewed the plan"));

    let world = World::new(&scenario());
    save(guarded(world.verb("plan"), "allow"));
    let ended = apply(&world).exits(7);
    changed_nothing(ended.prints("guard scripted: it reviewed the plan, and is not named here"));
    let grants = ["--guard-allow", "ecs:read", "--guard-allow", "source:read"];
    let ended = apply(&world).args(&["--guard", &guard("lookup-guard")]).args(&grants).exits(7);
    changed_nothing(ended.prints("guard scripted: it reviewed the plan, and is not named here"));
    super::edit(&world, |plan| {
        let digest = format!("sha256:{}", "7".repeat(64));
        plan["plan"]["build"]["guards"] = json!([format!("scripted@{digest}")]);
        plan["plan"]["reviews"][0]["digest"] = json!(digest);
    });
    changed_nothing(
        guarded(apply(&world), "allow").exits(7).prints("guard scripted: its digest was sha256:7777"),
    );
}

#[test]
fn the_operators_file_confines_a_saved_plan_too() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    let file = world.path("operator/ecs-host.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "allowed-regions = [\"us-*\"]\n").unwrap();
    changed_nothing(apply(&world).exits(3).prints("allowed-regions"));
}
