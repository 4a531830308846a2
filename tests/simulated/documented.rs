//! The chapters in `docs/`: their code is that of files which other tests build and run.

use ecs_simulator::Scenario;

use crate::support::WORKSPACE;
use crate::world::World;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{WORKSPACE}/{path}")).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of a language, joined by an empty line.
fn blocks(chapter: &str, language: &str) -> String {
    let text = read(chapter);
    let start = format!("\n```{language}\n");
    let parts: Vec<&str> = text.split(&start).skip(1).filter_map(|part| part.split("\n```").next()).collect();
    assert!(!parts.is_empty(), "{chapter} has no `{language}`");
    parts.join("\n\n") + "\n"
}

#[test]
fn the_policy_in_c_of_the_chapter_is_that_of_the_example() {
    for (language, file) in
        [("c", "policy.c"), ("make", "Makefile"), ("toml", "cases/canary.toml"), ("wit", "wit/world.wit")]
    {
        let file = read(&format!("guest/examples/canary/{file}"));
        assert_eq!(blocks("docs/any-language.md", language), file, "{language}");
    }
}

/// `cargo test --doc` runs the example of the SDK.
#[test]
fn the_wrapper_of_the_chapter_is_the_example_of_the_sdk() {
    let sdk = read("guest/sdk/src/lib.rs");
    let lines: Vec<&str> = sdk.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let lines: Vec<&str> = lines.into_iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let wrapper = blocks("docs/composition.md", "rust");
    assert!(lines.join("\n").contains(&wrapper), "{wrapper}");
}

/// The scenario of `CONTRIBUTING.md` can be served, and the command beside it reads it.
#[test]
fn the_scenario_of_the_chapter_about_the_simulator_is_one() {
    let scenario = Scenario::from_json(&blocks("CONTRIBUTING.md", "json")).unwrap();
    let world = World::new(&scenario);
    world.verb("status").args(&["main"]).exits(0).prints("Service   main/web runs web:1, 2 of 2 tasks");
}
