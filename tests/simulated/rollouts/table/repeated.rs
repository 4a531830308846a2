//! The same build again, and older builds.

use super::row::{Row, Setup, row};
use super::scenario::*;
use crate::world::World;

pub fn deployed_before(world: &World) {
    world.run().exits(0);
}

fn started_before(world: &World) {
    world.run().args(&["--no-wait"]).exits(0);
}

/// `web` runs a definition that another build of this repository registered.
fn built_by(build: u32) -> Setup {
    setup(move |scenario| scenario.resources.services[0].task_definition = stamped(build, OTHER))
}

pub fn rows() -> Vec<Row> {
    vec![
        row("the same build again").before(deployed_before).ends("unchanged", 0).runs("web:2"),
        row("the same build again, while it rolls out")
            .before(started_before)
            .ends("deployed", 0)
            .runs("web:2")
            .counts("ecs:UpdateService", 0)
            .counts("ecs:RegisterTaskDefinition", 0),
        row("the same build again, while it rolls out without service deployments")
            .setup([without("ecs:*ServiceDeployments")])
            .before(started_before)
            .ends("deployed", 0)
            .runs("web:2")
            .counts("ecs:UpdateService", 0),
        row("the same build again, while ECS rolls it back without service deployments")
            .setup([without("ecs:*ServiceDeployments"), breaker(), deployed(exit(1))])
            .before(started_before)
            .ends("rolled back", 1)
            .prints(["web exited 1", "the service runs web:1"])
            .runs("web:1")
            .counts("ecs:UpdateService", 0),
        row("the same build again, after it failed")
            .setup([breaker_alone(), deployed(exit(1))])
            .before(|world| {
                world.run().exits(1);
            })
            .ends("failed", 1)
            .prints(["web exited 1"])
            .runs("web:2")
            .counts("ecs:RegisterTaskDefinition", 0)
            .counts("ecs:UpdateService", 1),
        row("the same build again, after it was rolled back")
            .setup([breaker(), deployed(exit(1))])
            .before(|world| {
                world.run().exits(1);
            })
            .ends("rolled back", 1)
            .runs("web:1"),
        row("the same build again by force")
            .before(deployed_before)
            .flags(["--force"])
            .ends("deployed", 0)
            .runs("web:2")
            .counts("ecs:RegisterTaskDefinition", 0)
            .counts("ecs:UpdateService", 1),
        row("the same build again by force, and the response is lost")
            .setup([fault("ecs:UpdateService", 1, 1, ecs_simulator::FaultKind::DropResponse)])
            .before(deployed_before)
            .flags(["--force"])
            .ends("deployed", 0)
            .prints(["but AWS had executed the call"])
            .runs("web:2")
            .counts("ecs:UpdateService", 1),
        row("an older build")
            .setup([built_by(58)])
            .rejected(7)
            .prints([
                "build 58 (commit aaaabbbbcccc) of example/simple-todo",
                "newer than this build 57",
                "--allow-older",
            ])
            .runs("web:1")
            .counts("ecs:RegisterTaskDefinition", 0),
        row("an older build, with --allow-older")
            .setup([built_by(58)])
            .flags(["--allow-older"])
            .ends("deployed", 0)
            .runs("web:2"),
        row("builds without a number have no order")
            .setup([built_by(58)])
            .unset("TRAVIS_BUILD_NUMBER")
            .ends("deployed", 0)
            .does_not_print(["newer than"])
            .runs("web:2")
            .counts("ecs:UpdateService", 1),
        row("a newer build").setup([built_by(56)]).ends("deployed", 0).runs("web:2"),
    ]
}
