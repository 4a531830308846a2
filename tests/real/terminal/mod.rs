//! The live view in a real terminal.

mod fleet;
mod status;
mod tmux;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ecs_simulator::{Delay, Delays, ImageSetup, Scenario, ServiceSetup, Time};
use regex_lite::Regex;
use serde_json::json;

use crate::world::{COMMIT, Job, OLD, World, definition, serving};
use tmux::Terminal;

/// A terminal as it is by default.
const SIZE: (u16, u16) = (80, 24);

fn service(name: &str) -> ServiceSetup {
    ServiceSetup {
        cluster: "main".to_owned(),
        name: name.to_owned(),
        task_definition: definition(name),
        desired_count: 3,
        ..ServiceSetup::default()
    }
}

/// Services whose new tasks start after `pull` seconds.
fn scenario(services: Vec<ServiceSetup>, pull: Delay) -> Scenario {
    Scenario {
        time: Time::Speed(1.0),
        delays: Delays {
            placement: Delay(0.1, 1.0),
            pull,
            container_start: Delay::fixed(0.1),
            assume_healthy: Delay::fixed(0.1),
            drain: Delay::fixed(0.1),
            container_stop: Delay::fixed(0.1),
            deprovision: Delay::fixed(0.1),
            lifecycle_stage: Delay::fixed(0.1),
            ..Delays::default()
        },
        ..serving(services)
    }
}

/// A world in which a rollout stays as it is: one service waits for a person, and the tasks of another one find no
/// place.
fn standing_still() -> World {
    let mut scenario = scenario(["paused", "stuck", "waiting"].map(service).into(), Delay::fixed(0.1));
    let hook = json!({"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]});
    let configuration = json!({"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".to_owned(), configuration);
    scenario.task_rules.push(
        serde_json::from_value(json!({
            "filter": {"service": "stuck", "has_new_definition": true},
            "behaviour": {"unplaceable": {}},
        }))
        .unwrap(),
    );
    World::new(&scenario)
}

/// A run that a person starts.
fn by_hand<'w>(world: &'w World, services: &[&str]) -> Job<'w> {
    let mut job = world.verb("run").set("ECS_SERVICE_MASTER", &services.join(" "));
    for name in crate::variables::TRAVIS {
        job = job.unset(name);
    }
    job.args(&[
        "--branch",
        "master",
        "--commit",
        COMMIT,
        "--repository",
        "example/simple-todo",
        "--poll",
        "0.2",
    ])
}

/// A text of the screen without what the clock decides.
fn without_times(screen: &str) -> String {
    let time = Regex::new(r" [0-9]+:[0-9]{2}(\n|$)").unwrap().replace_all(screen, " TIME$1").into_owned();
    Regex::new(r"[-0-9]{10} [0-9:]{8} UTC|until [0-9:]{8}").unwrap().replace_all(&time, "DATE").into_owned()
}

/// The lines of the block of the live view.
fn block(screen: &str) -> Vec<String> {
    let is_last = |line: &&str| Regex::new(r"^  [0-9]+ of [0-9]+ done").unwrap().is_match(line);
    let lines: Vec<&str> = screen.lines().collect();
    let Some(end) = lines.iter().rposition(is_last) else { return Vec::new() };
    let start = lines[..end].iter().rposition(|line| !line.starts_with("  ") || line.starts_with("   "));
    lines[start.map_or(0, |start| start + 1)..=end].iter().map(|line| (*line).to_owned()).collect()
}

fn standing_run(world: &World) -> Job<'_> {
    by_hand(world, &["paused", "stuck", "waiting"]).args(&["--max-parallel", "2"])
}

fn stands_still(screen: &str) -> bool {
    block(screen).iter().any(|line| line.contains("paused at POST_TEST")) && screen.contains("0/3 running")
}

#[test]
fn every_target_that_moves_has_a_line_and_a_signal_removes_it() {
    let world = standing_still();
    let terminal = Terminal::start(&world, standing_run(&world), SIZE);
    let screen = terminal.wait_until("two targets stand still", stands_still);
    insta::assert_snapshot!(without_times(&block(&screen).join("\n")), @r"
      main/paused  ██████████  paused at POST_TEST_TRAFFIC_SHIFT               TIME
      main/stuck   ··········  0/3 running                                     TIME
      0 of 3 done, 1 in progress, 1 paused, 1 waiting                          TIME
    ");
    terminal.press("C-c");
    // The terminal echoes again.
    terminal.wait_for("exit code 130 echo");
    let history = terminal.history();
    assert!(!history.contains("done, ") && !history.contains('█'), "{history}");
    assert!(history.contains("Verdict   main/stuck interrupted"), "{history}");
}

#[test]
fn what_a_person_types_does_not_move_the_block() {
    let world = standing_still();
    let terminal = Terminal::start(&world, standing_run(&world), SIZE);
    let before = block(&terminal.wait_until("two targets stand still", stands_still));
    for key in ["Enter", "x", "Enter", "Enter"] {
        terminal.press(key);
    }
    // The times go on.
    terminal.wait_until("the block is drawn again", |screen| {
        let now = block(screen);
        !now.is_empty() && now != before
    });
    let history = terminal.history();
    assert_eq!(history.matches("of 3 done").count(), 1, "{history}");
    assert_eq!(history.matches("main/stuck   ").count(), 1, "{history}");
}

#[test]
fn a_terminal_that_changes_its_size_shows_the_block_once() {
    let world = standing_still();
    let terminal = Terminal::start(&world, standing_run(&world), SIZE);
    terminal.wait_until("two targets stand still", stands_still);
    for (columns, rows) in [(60, 20), (110, 30), (40, 10), SIZE] {
        terminal.resize(columns, rows);
        let screen = terminal.wait_until("the block has the size of the terminal", |screen| {
            let last = block(screen).pop().unwrap_or_default();
            // The time is at the right edge, less one column.
            last.chars().count() == usize::from(columns) - 1
        });
        assert_eq!(block(&screen).len(), 3, "{screen}");
        assert_eq!(terminal.history().matches("of 3 done").count(), 1, "{}", terminal.history());
    }
}

#[test]
fn a_terminal_without_colors_or_unicode_or_a_cursor_is_respected() {
    let world = standing_still();
    let job = standing_run(&world).set("LANG", "C").set("NO_COLOR", "1");
    let terminal = Terminal::start(&world, job, SIZE);
    let screen = terminal.wait_until("two targets stand still", stands_still);
    // Whether a task of the first target has failed by then depends on the machine.
    let shown = block(&screen).join("\n");
    assert!(shown.is_ascii() && shown.contains("  0/3 running"), "{screen}");
    assert!(!terminal.styled().contains('\u{1b}'), "{}", terminal.styled());
    drop(terminal);
    let world = standing_still();
    for (name, value) in [("TERM", "dumb"), ("CI", "true")] {
        let terminal = Terminal::start(&world, standing_run(&world).set(name, value), SIZE);
        let screen = terminal.wait_for("main/stuck: 0 of 3 running");
        assert_eq!(block(&screen), Vec::<String>::new(), "{screen}");
    }
}

/// A script in docker's place, whose build prints 12 lines, waits for a file, and ends with its text as exit code.
const DOCKER: &str = r#"#!/bin/sh
here=${0%/*}
case $1 in
version) echo 'Client: a script' ;;
build)
    for number in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "layer $number"; done
    while [ ! -e "$here/end" ]; do sleep 0.02; done
    read -r code <"$here/end"
    [ "$code" = 0 ] || { echo 'ERROR: it does not build' >&2; exit "$code"; }
    ;;
push) echo "${2##*:}: digest: sha256:1111111111111111111111111111111111111111111111111111111111111111 size: 528" ;;
esac
"#;

/// A world whose registry lacks the image of the build, and a run of it with the script as docker.
fn building(code: &str) -> (String, Vec<String>) {
    let mut scenario = scenario(vec![service("web")], Delay::fixed(0.1));
    scenario.resources.repositories[0].images =
        vec![ImageSetup { tags: vec!["old".to_owned()], digest: Some(OLD.to_owned()), manifest: None }];
    let world = World::new(&scenario);
    fs::write(world.path("docker"), DOCKER).unwrap();
    fs::set_permissions(world.path("docker"), fs::Permissions::from_mode(0o755)).unwrap();
    let docker = world.path("docker").display().to_string();
    let path = std::env::var("PATH").unwrap();
    let page = world.path("deploy.html").display().to_string();
    let job = by_hand(&world, &["web"]).args(&["--docker", &docker, "--report", &page]).set("PATH", &path);
    let terminal = Terminal::start(&world, job, SIZE);
    let screen = terminal.wait_for("layer 12");
    let lines = screen.lines().filter(|line| line.contains("layer ") || line.contains("building"));
    let lines = lines.map(|line| without_times(line.trim())).collect();
    fs::write(world.path("end.new"), format!("{code}\n")).unwrap();
    fs::rename(world.path("end.new"), world.path("end")).unwrap();
    terminal.wait_until("the run has ended", |screen| screen.ends_with(" echo"));
    (terminal.history(), lines)
}

#[test]
fn the_output_of_a_build_is_folded_away_when_it_succeeds() {
    let (history, shown) = building("0");
    let layers = (5..=12).map(|number| format!("layer {number}"));
    let expected: Vec<String> = layers.chain(["building".to_owned()]).collect();
    let shown: Vec<String> =
        shown.iter().map(|line| line.trim_end_matches("TIME").trim().to_owned()).collect();
    assert_eq!(shown, expected);
    assert!(!history.contains("layer "), "{history}");
    assert!(history.contains("; -v prints its 12 lines"), "{history}");
    states_the_report_last(&history);
}

#[test]
fn the_output_of_a_build_that_fails_is_printed_before_the_error() {
    let (history, _) = building("3");
    let lines: Vec<&str> = history.lines().map(str::trim).filter(|line| line.contains("layer ")).collect();
    assert_eq!(lines, (1..=12).map(|number| format!("layer {number}")).collect::<Vec<_>>(), "{history}");
    let position = |text: &str| history.find(text).unwrap_or_else(|| panic!("{text}: {history}"));
    assert!(position("layer 12") < position("error: "), "{history}");
    assert!(history.contains("exit code 6"), "{history}");
    states_the_report_last(&history);
}

/// Asserts that the run ends with the path of the page, which may take several lines, and with its outcome. The last line
/// is the shell's.
fn states_the_report_last(history: &str) {
    let (_, end) = history.rsplit_once("\nReport    ").unwrap_or_else(|| panic!("no report: {history}"));
    let lines: Vec<&str> = end.lines().map(str::trim).collect();
    let [path @ .., outcome, _] = lines.as_slice() else { panic!("{history}") };
    assert!(path.concat().ends_with("/deploy.html"), "{history}");
    assert!(outcome.starts_with("done in ") || outcome.starts_with("exit code 6 ("), "{history}");
}
