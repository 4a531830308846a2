//! The same build again, older builds, and the deregistration of old revisions.

use serde_json::json;

use super::row::{Row, Setup, row};
use super::scenario::*;
use crate::world::{RunResult, World, definition, service};

fn deployed_before(world: &World) {
    world.run().exits(0);
}

fn started_before(world: &World) {
    world.run().args(&["--no-wait"]).exits(0);
}

/// `web` runs a definition that another build of this repository registered.
fn built_by(build: u32) -> Setup {
    setup(move |scenario| scenario.resources.services[0].task_definition = stamped(build, OTHER))
}

/// The family `web` has four revisions, and the service `web` runs the named one.
fn four_revisions_with_running(runs: &'static str) -> Setup {
    setup(move |scenario| {
        for number in 1..=4 {
            let mut definition = definition("web");
            definition["containerDefinitions"][0]["environment"] =
                json!([{"name": "NUMBER", "value": number.to_string()}]);
            scenario.resources.task_definitions.push(definition);
        }
        scenario.resources.services[0].task_definition = json!(runs);
    })
}

/// `web` runs the fourth revision of its family, and `other` the first.
fn four_revisions() -> Setup {
    let web = four_revisions_with_running("web:4");
    setup(move |scenario| {
        web(scenario);
        let mut other = ecs_simulator::ServiceSetup { cluster: "second".to_owned(), ..service("other") };
        other.task_definition = json!("web:1");
        scenario.resources.services.push(other);
    })
}

fn active(world: &World) -> Vec<String> {
    let query = json!({"familyPrefix": "web", "status": "ACTIVE"});
    let answer = world.simulator.call("ecs:ListTaskDefinitions", &query).unwrap();
    let arns = answer["taskDefinitionArns"].as_array().cloned().unwrap_or_default();
    arns.iter().filter_map(|arn| arn.as_str()?.rsplit('/').next().map(str::to_owned)).collect()
}

fn keeps_what_is_needed(world: &World, _: &RunResult) -> Result<(), String> {
    let active = active(world);
    // The revision of the service `other`, the target of a rollback, and the new revision.
    let right = active == ["web:1", "web:4", "web:5"];
    right.then_some(()).ok_or_else(|| format!("active are {active:?}"))
}

fn keeps_all(world: &World, _: &RunResult) -> Result<(), String> {
    let count = active(world).len();
    (count == 5).then_some(()).ok_or_else(|| format!("{count} are active"))
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
            .prints(["× web exited 1", "the service runs web:1"])
            .runs("web:1")
            .counts("ecs:UpdateService", 0),
        row("the same build again, after it failed")
            .setup([breaker_alone(), deployed(exit(1))])
            .before(|world| {
                world.run().exits(1);
            })
            .ends("failed", 1)
            .prints(["× web exited 1"])
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
            .prints(["but ECS had executed the call"])
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
        row("the newest two revisions are kept, and those that services need")
            .setup([four_revisions()])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["old revisions web:3, web:2"])
            .runs("web:5")
            .counts("ecs:DeregisterTaskDefinition", 2)
            .check(keeps_what_is_needed),
        row("the previous revision is kept, without service deployments")
            .setup([four_revisions_with_running("web:1"), without("ecs:*ServiceDeployments")])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["old revisions web:3, web:2"])
            .runs("web:5")
            .counts("ecs:DeregisterTaskDefinition", 2)
            .check(keeps_what_is_needed),
        row("a build that changes nothing deregisters nothing")
            .setup([four_revisions_with_running("web:1"), without("ecs:*ServiceDeployments")])
            .before(deployed_before)
            .flags(["--keep", "2"])
            .ends("unchanged", 0)
            .runs("web:5")
            .check(keeps_all),
        row("nothing is deregistered after a failure")
            .setup([four_revisions(), breaker(), deployed(exit(1))])
            .flags(["--keep", "1"])
            .ends("rolled back", 1)
            .runs("web:4")
            .counts("ecs:DeregisterTaskDefinition", 0)
            .check(keeps_all),
        row("deregistering is not allowed")
            .setup([four_revisions(), denied("ecs:DeregisterTaskDefinition")])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["warning:", "ecs:DeregisterTaskDefinition"])
            .runs("web:5")
            .check(keeps_all),
        row("services can't be listed, and nothing is deregistered")
            .setup([four_revisions(), denied("ecs:ListServices")])
            .flags(["--keep", "2"])
            .ends("deployed", 0)
            .prints(["old revisions were not deregistered: ecs:ListServices"])
            .runs("web:5")
            .check(keeps_all),
    ]
}
