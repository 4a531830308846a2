//! The guards of the examples pass their cases, and review a plan together.

use super::guard;
use crate::project::{example, passes};
use crate::world::{World, scenario};

const EXAMPLES: [&str; 5] = ["office-hours", "production-tags", "image-origins", "hardening", "saved-plans"];

#[test]
fn every_example_passes_its_cases() {
    for name in EXAMPLES {
        passes(guard(&format!("ecs-host-{name}-guard")).as_ref(), &example(&format!("guards/{name}")));
    }
}

#[test]
fn four_guards_review_one_plan() {
    let world = World::new(&scenario());
    let mut job = world.run();
    for (name, settings) in [
        ("office-hours", &["ZONE=Europe/Amsterdam", "PRODUCTION_CLUSTERS=production"][..]),
        ("production-tags", &["PRODUCTION_CLUSTERS=main"]),
        ("image-origins", &["REGISTRIES=123456789012.dkr.ecr.eu-west-1.amazonaws.com"]),
        ("hardening", &[]),
    ] {
        job = job.args(&["--guard", &guard(&format!("ecs-host-{name}-guard"))]);
        for setting in settings {
            job = job.args(&["--guard-setting", setting]);
        }
    }
    let ended = job.exits(3);
    ended
        .prints("guard office-hours 0.1.0: no findings")
        .prints("guard image-origins 0.1.0: no findings")
        .prints("guard hardening 0.1.0: no findings")
        .prints("Production is deployed from git tags only, and this is a build of branch `master`.");
    assert!(ended.mutations().is_empty(), "{}", ended.transcript());
}
