//! Who names a guard: the command line, the project's file and the operator's file, which add up.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{guard, guarded, write};
use crate::artifact::digest_of;
use crate::fixtures::exporting;
use crate::world::{World, scenario};

fn named(answer: &str) -> String {
    format!("[[guards]]\nsource = \"{}\"\nsettings = {{ ANSWER = \"{answer}\" }}\n", guard("scripted-guard"))
}

#[test]
fn the_guards_of_all_three_review_every_plan() {
    let world = World::new(&scenario());
    write(&world, "operator/ecs-host.toml", &named("deny"));
    write(&world, "project/ecs-host.toml", &named("warn"));
    let ended = guarded(world.verb("plan"), "allow").exits(0);
    let (operator, project) = (world.path("operator/ecs-host.toml"), "ecs-host.toml");
    let created = super::created_plan(&ended);
    let by: Vec<&str> = created["reviews"]
        .as_array()
        .unwrap()
        .iter()
        .map(|review| review["named_by"].as_str().unwrap())
        .collect();
    assert_eq!(by, [&format!("{}:2", operator.display()), &format!("{project}:2"), "command line"]);
    // A project cannot take away the operator's.
    write(&world, "project/ecs-host.toml", "guards = []\n");
    let ended = world.run().exits(3);
    ended.prints("rule `no` of guard `scripted`");
    world.run().args(&["--no-config"]).exits(3);
    let output = world.verb("config").output();
    let text = String::from_utf8(output.stdout).unwrap();
    let file = operator.display();
    assert!(
        text.contains(&format!("[[guards]]                              # {file}:2\nsource = ")),
        "{text}"
    );
    assert!(text.ends_with("settings = { \"ANSWER\" = \"deny\" }\n"), "{text}");
}

#[test]
fn a_guard_of_the_operator_is_one_that_nobody_else_can_change() {
    let world = World::new(&scenario());
    let copy = world.path("operator-guard.wasm");
    fs::copy(guard("scripted-guard"), &copy).unwrap();
    let text = |digest: &str| {
        format!("[[guards]]\nsource = \"{}\"\n{digest}settings = {{ ANSWER = \"allow\" }}\n", copy.display())
    };
    write(&world, "operator/ecs-host.toml", &text(""));
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o666)).unwrap();
    let ended = world.verb("plan").exits(5);
    ended
        .prints("operator-guard.wasm` ")
        .prints("let only root and this user change it (`chmod go-w`), or pin it");
    let digest = format!("digest = \"{}\"\n", digest_of(&copy));
    write(&world, "operator/ecs-host.toml", &text(&digest));
    world.verb("plan").exits(0).prints("guard scripted 1.0.0: no findings");
    // Somebody changes it.
    fs::copy(guard("lookup-guard"), &copy).unwrap();
    let ended = world.verb("plan").exits(5);
    ended
        .prints("has the digest sha256:")
        .prints("ecs-host.toml:2 pins sha256:")
        .prints("the guard was not run");
}

#[test]
fn the_settings_of_a_guard_are_never_those_of_the_job() {
    let world = World::new(&scenario());
    let file = guard("scripted-guard");
    let ended = world.verb("plan").set("ANSWER", "allow").args(&["--guard", &file]).exits(5);
    ended.prints("the settings of guard `scripted` are invalid, and nothing was changed:");
    ended.prints("`ANSWER` is required and not set: what it answers");
    let ended = guarded(world.verb("plan"), "allow").args(&["--guard-setting", "ANSWERS=x"]).exits(5);
    ended.prints("`ANSWERS` is not a setting of the guard; it declares `ANSWER`, `OTHER_*`");
    let ended = guarded(world.verb("plan"), "allow")
        .args(&["--guard-setting", "OTHER_URL=https://me:hunter2-hunter2@h.example/"])
        .exits(5);
    ended.prints("`OTHER_URL` contains a secret, and a guard receives none").does_not_print("hunter2");
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn a_flag_of_a_guard_belongs_to_the_guard_before_it() {
    let world = World::new(&scenario());
    let file = guard("scripted-guard");
    for (arguments, expected) in [
        (
            &["--guard-setting", "A=b"][..],
            "--guard-setting belongs to the `--guard` before it, and there is none",
        ),
        (&["--guard-setting", "A"], "expected NAME=VALUE, as in `ZONE=Europe/Amsterdam`"),
        (&["--guard", "rules"], "expected the path of a guard or `oci://…`; `rules` is a policy"),
        (&["--guard", "oci://h.example/g:1"], "a guard in a registry needs `--guard-digest`"),
        (
            &["--guard", &file, "--guard-setting", "A=b", "--guard-setting", "A=c"],
            "two --guard-setting set A of the guard",
        ),
    ] {
        world.verb("plan").args(arguments).exits(2).prints(expected);
    }
    let digest = digest_of(&file);
    guarded(world.verb("plan"), "allow").args(&["--guard-digest", &digest]).exits(0);
    let other = digest_of(guard("lookup-guard"));
    let ended = guarded(world.verb("plan"), "allow").args(&["--guard-digest", &other]).exits(5);
    ended.prints("but `--guard-digest` pins").prints("the guard was not run");
}

#[test]
fn a_component_that_is_no_guard_reviews_nothing() {
    let world = World::new(&scenario());
    let policy = guard("echo-policy");
    let ended = world.verb("plan").args(&["--guard", &policy]).exits(4);
    ended.prints("does not implement the guard contract: it exports ecs-host:policy/policy@0.2.0");
    ended.prints("it is a policy: name it without `--guard`").prints("guard named by: command line");
    let ended = world.verb("plan").args(&[&guard("scripted-guard")]).exits(4);
    ended.prints("it is a guard: name it with `--guard`");
    let newer = write(&world, "newer.wasm", "");
    fs::write(&newer, exporting("ecs-host:policy/guard@0.3.0", "")).unwrap();
    let ended = world.verb("plan").args(&["--guard", &newer.display().to_string()]).exits(4);
    ended.prints("this host supports ecs-host:policy/guard@0.2.0");
    let missing = world.verb("plan").args(&["--guard", "missing.wasm"]).exits(2);
    missing.prints("cannot read guard `missing.wasm`");
}
