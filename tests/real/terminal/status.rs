//! `ecs-host status --watch` in a real terminal: the table changes in place, and stays when it ends.

use ecs_simulator::{Change, Delay};

use super::tmux::Terminal;
use super::{SIZE, scenario, service};
use crate::world::World;

/// Five services.
fn world() -> World {
    let names = ["api", "cron", "mail", "shop", "web"];
    World::new(&scenario(names.map(service).into(), Delay::fixed(0.1)))
}

fn start(world: &World, arguments: &[&str], size: (u16, u16)) -> Terminal {
    let job = world.verb("status").unset("TRAVIS").unset("TRAVIS_BRANCH");
    Terminal::start(world, job.args(arguments).args(&["--watch", "--poll", "0.1"]), size)
}

#[test]
fn the_table_changes_in_place_and_stays_when_a_signal_ends_it() {
    let world = world();
    let terminal = start(&world, &["--all"], SIZE);
    let screen = terminal.wait_for("5 services in 1 cluster: 5 steady");
    assert_eq!(screen.matches("SERVICE ").count(), 1, "{screen}");
    let scale = Change::Scale { cluster: "main".into(), service: "web".into(), desired_count: 4 };
    world.simulator.apply(&scale).unwrap();
    let screen = terminal.wait_for("steady 4/4");
    assert_eq!((screen.matches("SERVICE ").count(), screen.matches("main/web ").count()), (1, 1), "{screen}");
    terminal.press("C-c");
    terminal.wait_for("exit code 130");
    // Nothing of the drawings before is left, also not above the screen.
    let history = terminal.history();
    assert_eq!(
        (history.matches("SERVICE ").count(), history.matches("main/web ").count()),
        (1, 1),
        "{history}"
    );
    assert!(history.contains("5 services in 1 cluster: 5 steady") && !history.contains("^C"), "{history}");
}

#[test]
fn a_terminal_that_is_too_small_shows_what_fits() {
    let world = world();
    let terminal = start(&world, &["--all"], SIZE);
    terminal.wait_for("5 services in 1 cluster: 5 steady");
    terminal.resize(50, 6);
    let screen = terminal.wait_for("more lines do not fit");
    assert!(screen.lines().count() <= 6 && screen.lines().all(|line| line.chars().count() <= 50), "{screen}");
    terminal.resize(100, 30);
    let screen = terminal.wait_until("all services are shown once", |screen| {
        screen.contains("main/web ") && screen.matches("SERVICE ").count() == 1
    });
    assert_eq!(screen.matches("main/api ").count(), 1, "{screen}");
}

#[test]
fn services_that_are_named_are_shown_with_their_details() {
    let world = world();
    let terminal = start(&world, &["main/web", "main/api"], SIZE);
    let screen = terminal.wait_for("2 services in 1 cluster: 2 steady");
    assert!(screen.contains("Service   main/web runs web:1, 3 of 3 tasks"), "{screen}");
    terminal.press("C-c");
    terminal.wait_for("exit code 130");
}
