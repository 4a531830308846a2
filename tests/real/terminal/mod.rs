//! The live view in a real terminal.

mod tmux;

use ecs_simulator::{Delay, Delays, Scenario, ServiceSetup, Time};

use crate::world::{COMMIT, Job, World, definition, serving};
use tmux::Terminal;

/// The names of `count` services, all of one length.
fn names(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("service-{number:02}")).collect()
}

fn service(name: &str) -> ServiceSetup {
    ServiceSetup {
        cluster: "main".to_owned(),
        name: name.to_owned(),
        task_definition: definition(name),
        desired_count: 3,
        ..ServiceSetup::default()
    }
}

/// Services whose rollouts last some seconds.
fn quick(services: Vec<ServiceSetup>) -> Scenario {
    Scenario {
        time: Time::Speed(1.0),
        delays: Delays {
            placement: Delay(0.1, 2.0),
            pull: Delay(0.5, 3.0),
            container_start: Delay::fixed(0.2),
            assume_healthy: Delay::fixed(0.5),
            drain: Delay::fixed(0.1),
            container_stop: Delay::fixed(0.2),
            deprovision: Delay::fixed(0.1),
            ..Delays::default()
        },
        ..serving(services)
    }
}

/// A run that a person starts in a terminal.
fn by_hand<'w>(world: &'w World, services: &[String]) -> Job<'w> {
    let mut job = world.run().set("ECS_SERVICE_MASTER", &services.join(" "));
    for name in crate::variables::TRAVIS {
        job = job.unset(name);
    }
    job.args(&["--branch", "master", "--commit", COMMIT, "--repository", "example/simple-todo"])
}

#[test]
fn a_deployment_of_30_targets_stays_on_the_screen() {
    let names = names(30);
    let world = World::new(&quick(names.iter().map(|name| service(name)).collect()));
    let terminal = Terminal::start(&world, by_hand(&world, &names), (80, 24));
    loop {
        let screen = terminal.screen();
        println!("{screen}\n=====");
        if screen.contains("exit code ") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(700));
    }
}
