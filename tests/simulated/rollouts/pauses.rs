//! What the verbs print about a pause, and how they end at one.

use ecs_simulator::{Delay, RegionSetup, Resources, Scenario};
use rustix::process::Signal;
use serde_json::json;

use super::continuation::{TESTED, paused, pausing, proceed};
use super::table::decision::{target, to};
use super::table::scenario::OTHER;
use super::world::{Job, RunResult, World, service};

const ROLE: &str = "arn:aws:iam::999999999999:role/deploy";

/// The commands of `ecs-host` that an output advises, without the program.
fn advised(ended: &RunResult) -> Vec<Vec<String>> {
    let commands = ended.text.split('`').filter_map(|part| part.strip_prefix("ecs-host "));
    commands.map(|command| command.split(' ').map(str::to_owned).collect()).collect()
}

/// Calls the first command that an output advises.
fn follow<'w>(world: &'w World, ended: &RunResult) -> Job<'w> {
    let commands = advised(ended);
    let command: Vec<&str> = commands[0].iter().map(String::as_str).collect();
    world.verb(command[0]).args(&command[1..]).args(&["--poll", "0.01"])
}

/// The scenario, with the service `web` in another account or region, too.
fn elsewhere(account: Option<&str>, region: Option<&str>) -> Scenario {
    let mut scenario = pausing(&[TESTED]);
    let services = scenario.resources.services.clone();
    scenario.other_regions.push(RegionSetup {
        account: account.map(str::to_owned),
        region: region.map(str::to_owned),
        resources: Resources { services, ..Resources::default() },
    });
    scenario
}

#[test]
fn an_advised_command_names_the_place_of_the_target() {
    for (account, region, more) in [
        (None, Some("us-east-1"), json!({"region": "us-east-1"})),
        (Some("999999999999"), None, json!({"role": ROLE})),
    ] {
        let world = World::new(&elsewhere(account, region));
        let ended =
            world.run_decision(&to(json!([target("web", more)]))).args(&["--wait-until", "paused"]).exits(0);
        let events = ended.events();
        let verdict = events.iter().find(|event| event["event"] == "verdict-reached").unwrap();
        let flag = region.map_or_else(|| format!("--role {ROLE}"), |region| format!("--region {region}"));
        let command = format!("ecs-host continue main/web {flag}");
        let expected =
            [format!("`{command}` continues it"), format!("`{command} --roll-back` rolls it back")];
        assert_eq!(verdict["advice"], json!(expected), "{}", ended.transcript());
        follow(&world, &ended).exits(0).prints("deployed");
    }
}

#[test]
fn an_advised_command_names_the_region_of_the_command_line() {
    let world = World::new(&elsewhere(None, Some("us-east-1")));
    let ended = world.run().args(&["--wait-until", "paused", "--region", "us-east-1"]).exits(0);
    ended.prints("`ecs-host continue main/web --region us-east-1` continues it");
    follow(&world, &ended).exits(0).prints("deployed");
    let back = world.verb("rollback").args(&["main/web", "--poll", "0.01", "--timeout", "0.5"]);
    let back = back.args(&["--region", "us-east-1"]).exits(9);
    back.prints("`ecs-host continue main/web --region us-east-1` completes the rollback to web:1");
    // The variable names the same region.
    let ended = world.run().args(&["--wait-until", "paused", "--region", "eu-west-1"]).exits(0);
    ended.prints("`ecs-host continue main/web` continues it");
}

#[test]
fn a_paused_rollback_states_what_completes_it_and_what_restores_which_revision() {
    for (arguments, runs) in [([].as_slice(), "web:1"), (&["--roll-back"], "web:2")] {
        let world = paused(&pausing(&[TESTED]));
        proceed(&world, &[]).exits(0);
        let rollback =
            || world.verb("rollback").args(&["main/web", "--poll", "0.01", "--timeout", "0.5"]).exits(9);
        // The second time, the rollback is in progress already.
        for ended in [rollback(), rollback()] {
            let verdict = "Verdict   main/web paused at POST_TEST_TRAFFIC_SHIFT\n";
            let advice = "          `ecs-host continue main/web` completes the rollback to web:1\n          \
                          `ecs-host continue main/web --roll-back` restores web:2\n";
            ended.prints(&format!("{verdict}{advice}"));
        }
        proceed(&world, arguments).exits(0);
        assert_eq!(world.runs("web"), runs);
    }
}

#[test]
fn a_rollback_at_a_pause_does_not_advise_to_continue() {
    let mut scenario = pausing(&[TESTED]);
    scenario.delays.stop_request = Delay::fixed(60.0);
    let world = paused(&scenario);
    let ended = world.verb("rollback").args(&["main/web", "--poll", "0.01"]).exits(0);
    ended.does_not_print("paused").does_not_print("continue");
    assert_eq!(ended.verdict("main/web")["verdict"], "reverted");
}

#[test]
fn each_of_several_pauses_is_named_by_its_id() {
    let world = World::new(&pausing(&[TESTED, TESTED]));
    let ended = world.run().args(&["--wait-until", "paused"]).exits(0);
    let pauses: Vec<_> =
        ended.events().into_iter().filter(|event| event["event"] == "rollout-paused").collect();
    assert_eq!(pauses.len(), 2, "{}", ended.transcript());
    let status = world.verb("status").args(&["main/web"]).exits(0);
    for pause in &pauses {
        let id = pause["id"].as_str().unwrap();
        ended.prints(&format!("`ecs-host continue main/web --hook {id}` continues it"));
        status.prints(&format!("({id})"));
    }
    follow(&world, &ended).args(&["--no-wait"]).exits(0);
}

#[test]
fn a_wave_after_a_pause_states_how_it_starts() {
    let mut scenario = pausing(&[TESTED]);
    scenario.resources.services.push(service("api"));
    let world = World::new(&scenario);
    let decision = to(json!([target("web", json!({})), target("api", json!({"wave": 1}))]));
    for arguments in [["--wait-until", "paused"], ["--timeout", "1.5"]] {
        let ended = world.run_decision(&decision).args(&arguments).exits(9);
        ended.prints(
            "main/api not started: main/web, of the wave before it, is paused: `ecs-host continue main/web` continues \
             it; wait until it is deployed; run this again then, which starts this wave",
        );
    }
    proceed(&world, &[]).exits(0);
    let again = world.run_decision(&decision).args(&["--wait-until", "paused"]).exits(0);
    assert_eq!(again.verdict("main/api")["verdict"], "deployed", "{}", again.transcript());
}

#[test]
fn the_plan_states_that_a_deployment_ends_the_paused_rollout_of_another_build() {
    let world = paused(&pausing(&[TESTED]));
    let plan = |commit: &str, number: &str| {
        world.verb("plan").set("TRAVIS_COMMIT", commit).set("TRAVIS_BUILD_NUMBER", number).exits(0)
    };
    let ends = "this deployment ends the rollout of web:2 (build ";
    plan(OTHER, "999").prints(ends).prints("3f2a9c10d1e2), which is paused at POST_TEST_TRAFFIC_SHIFT");
    let own = world.verb("plan").exits(0);
    own.does_not_print(ends);
}

#[test]
fn a_signal_at_a_pause_names_the_pause_and_its_end() {
    let world = World::new(&pausing(&[TESTED]));
    let ended = world.run().begin().wait_for_output("Paused").send_signal(Signal::TERM).ends().with(143);
    let verdict = ended.verdict("main/web");
    let ongoing = verdict["ongoing"].as_str().unwrap();
    let begin = "the rollout of web:2 is paused at POST_TEST_TRAFFIC_SHIFT since ";
    assert!(ongoing.starts_with(begin) && ongoing.contains(", when ECS rolls it back; "), "{ongoing}");
    assert!(ongoing.contains("`ecs-host continue main/web` continues it"), "{ongoing}");
    let begin = proceed(&world, &["--hook", "x"]).exits(5);
    begin.prints("has the id `x`");
}

#[test]
fn a_pause_is_described_once_in_lines_of_80_columns() {
    let world = World::new(&pausing(&[TESTED]));
    let output = world.run().args(&["--wait-until", "paused"]).output();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, text) = text.split_once("Paused ").unwrap_or_else(|| panic!("{text}"));
    assert_eq!((text.matches("since").count(), text.matches("until").count()), (1, 1), "{text}");
    let mut lines = text.lines().filter(|line| !line.contains("running,"));
    assert!(lines.all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn the_command_line_replaces_what_the_file_sets_to_the_contrary() {
    let world = World::new(&pausing(&[TESTED]));
    let file = |text: &str| std::fs::write(world.path("project/ecs-host.toml"), text).unwrap();
    file("no-wait = true\n");
    let ended = world.run().args(&["--wait-until", "paused"]).exits(0);
    assert_eq!(ended.verdict("main/web")["verdict"], "paused", "{}", ended.transcript());
    let config = world.verb("config").args(&["--wait-until", "paused"]).output();
    let config = String::from_utf8(config.stdout).unwrap();
    assert!(config.contains("\nno-wait = false"), "{config}");
    file("wait-until = \"paused\"\n");
    let ended = proceed(&world, &["--no-wait"]).exits(0);
    assert_eq!(ended.verdict("main/web")["verdict"], "started", "{}", ended.transcript());
    file("wait-until = \"paused\"\nno-wait = true\n");
    world.run().exits(2).prints("ecs-host.toml:2: `no-wait`: it excludes `wait-until`, which line 1 sets");
}
