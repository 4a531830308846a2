//! A saved plan shows what it does, whole.

use serde_json::{Value, json};

use super::{FILE, apply, changed_nothing, edit, path, planned, save};
use crate::rollouts::table::decision::{to, to_web};
use crate::world::{COMMIT, World, repository, scenario};

fn shown(world: &World, format: &str) -> String {
    let output = world.verb("show").args(&[FILE, "--format", format]).output();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn task(name: &str, command: &Value) -> Value {
    json!({"name": name, "container": "web", "command": command, "timeout": 77})
}

#[test]
fn every_option_of_a_build_is_in_both_formats() {
    let mut unbuilt = scenario();
    unbuilt.resources.repositories[0].images.truncate(1);
    let world = World::new(&unbuilt);
    std::fs::create_dir(world.path("project/docker")).unwrap();
    std::fs::write(world.path("project/docker/Other"), "FROM scratch\n").unwrap();
    let mut answer = to_web(json!({}));
    let image = &mut answer["images"][0];
    image["tags"] = json!([format!("master-{COMMIT}")]);
    image["dockerfile"] = json!("docker/Other");
    image["stage"] = json!("backdoor");
    image["arguments"] = json!({"A": "argued"});
    save(planned(&world, &answer));
    for format in ["text", "markdown"] {
        let text = shown(&world, format);
        for part in ["docker/", "Other", "backdoor", "argued", "simple-todo"] {
            assert!(text.contains(part), "{format}: {part}\n{text}");
        }
        assert!(text.contains(&repository()) || text.contains("dkr.ecr"), "{text}");
    }
}

#[test]
fn the_tasks_of_an_unchanged_target_are_in_both_formats() {
    let world = World::new(&scenario());
    let answer = to_web(json!({"tasks_after": [task("smoke", &json!(["bin/smoke", "--all"]))]}));
    let deployed = to_web(json!({}));
    let policy = crate::fixtures::policy("echo-policy").display().to_string();
    world.run().args(&[&policy]).set("DECISION", &deployed.to_string()).exits(0);
    save(planned(&world, &answer));
    for format in ["text", "markdown"] {
        let text = shown(&world, format);
        assert!(text.contains("smoke  web (at most 77 s): bin/smoke --all"), "{format}\n{text}");
    }
}

#[test]
fn a_long_command_is_shown_whole_and_a_longer_one_is_not_saved() {
    let world = World::new(&scenario());
    let long = format!("{} && echo the-end", "true && ".repeat(300));
    let answer =
        |command: &str| to_web(json!({"tasks_before": [task("migrate", &json!(["sh", "-c", command]))]}));
    save(planned(&world, &answer(&long)));
    for format in ["text", "markdown"] {
        assert!(shown(&world, format).contains("the-end"), "{format}");
    }
    std::fs::remove_file(path(&world)).unwrap();
    let ended = planned(&world, &answer(&"x".repeat(4001))).args(&["--out", FILE]).exits(5);
    ended.prints("because it contains values of more than 4000 characters, which are not shown whole");
    ended.prints("decision.targets[").prints("command");
    assert!(!path(&world).exists());
}

#[test]
fn no_text_of_a_file_commands_a_terminal_or_ci() {
    let world = World::new(&scenario());
    save(planned(&world, &to_web(json!({"tasks_before": [task("migrate", &json!(["bin/migrate"]))]}))));
    edit(&world, |plan| {
        plan["plan"]["targets"][0]["tasks_before"][0]["name"] =
            json!("a\u{1b}[2J\n::error::b\r##vso[x]\u{202e}");
        plan["plan"]["targets"][0]["tasks_before"][0]["container"] = json!("```\n::error::c");
    });
    for format in ["text", "markdown"] {
        let text = shown(&world, format);
        assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text:?}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
    }
    changed_nothing(&apply(&world).exits(7));
}

#[test]
fn a_plan_of_many_targets_is_printed_in_time() {
    let world = World::new(&scenario());
    save(planned(&world, &to(json!([{"cluster": "main", "service": "web"}]))));
    edit(&world, |plan| plan["plan"]["unread"] = json!(vec!["word ".repeat(700); 300]));
    assert!(shown(&world, "text").len() > 300 * 700);
}
