//! The revision that a new one is made from: deregistered, passed over, or chosen with `--base`; and the containers
//! that get an image.

use serde_json::{Value, json};

use super::row::{Row, Setup, row};
use super::scenario::*;
use crate::world::{DIGEST, RunResult, World, definition, repository};

const REGISTER: &str = "ecs:RegisterTaskDefinition";

fn deregister(world: &World, revision: &str) {
    world.simulator.call("ecs:DeregisterTaskDefinition", &json!({"taskDefinition": revision})).unwrap();
}

fn deployed_and_deregistered(world: &World) {
    world.run().exits(0);
    deregister(world, "web:2");
}

fn failed_and_deregistered(world: &World) {
    world.run().exits(1);
    deregister(world, "web:2");
}

/// A definition of `web` as another tool registers it, with an image that is never pushed.
fn by_terraform(variable: &str) -> Value {
    let mut definition = definition("web");
    let container = &mut definition["containerDefinitions"][0];
    container["image"] = json!(format!("{}:placeholder", repository()));
    container["environment"] = json!([{"name": variable, "value": "1"}]);
    definition
}

/// The family has these revisions, and the service runs the first one.
fn revisions(definitions: impl Fn() -> Vec<Value> + Send + Sync + 'static) -> Setup {
    setup(move |scenario| {
        scenario.resources.task_definitions.push(definition("web"));
        scenario.resources.task_definitions.extend(definitions());
        scenario.resources.services[0].task_definition = json!("web:1");
    })
}

fn with_newer() -> Setup {
    revisions(|| vec![by_terraform("BY")])
}

fn registered(ended: &RunResult) -> Value {
    ended.done(REGISTER).first().map(|call| call.body["containerDefinitions"][0].clone()).unwrap_or_default()
}

fn has_variable(ended: &RunResult, expected: bool) -> Result<(), String> {
    let container = registered(ended);
    let has = container["environment"][0]["name"] == "BY";
    let image = container["image"] == json!(format!("{}@{DIGEST}", repository()));
    (has == expected && image).then_some(()).ok_or_else(|| format!("registered: {container}"))
}

/// The target of the event `plan-created`.
fn planned(ended: &RunResult) -> Value {
    let events = ended.events();
    let plan = events.iter().find(|event| event["event"] == "plan-created").cloned().unwrap_or_default();
    plan["plan"]["targets"][0].clone()
}

/// `web` has two containers of the repository with these images.
fn two_containers(first: &'static str, second: &'static str) -> Setup {
    setup(move |scenario| {
        let container = |name: &str, tag: &str| json!({"name": name, "image": format!("{}{tag}", repository()), "memory": 64, "essential": true});
        scenario.resources.services[0].task_definition["containerDefinitions"] =
            json!([container("web", first), container("front", second)]);
        let tags = &mut scenario.resources.repositories[0].images[0].tags;
        tags.extend([first, second].iter().filter_map(|image| Some(image.strip_prefix(':')?.to_owned())));
    })
}

const TWO_PROGRAMS: &str = "the image `simple-todo` replaces the images of containers whose";

pub fn rows() -> Vec<Row> {
    vec![
        row("a deregistered revision is deployed again by force, as a copy")
            .before(deployed_and_deregistered)
            .flags(["--force"])
            .ends("deployed", 0)
            .prints(["web:2 already matches, but is deregistered"])
            .runs("web:3")
            .counts(REGISTER, 1)
            .counts("ecs:UpdateService", 1),
        row("a deregistered revision whose rollout failed is deployed again, as a copy")
            .setup([breaker_alone(), deployed(exit(1))])
            .before(failed_and_deregistered)
            .ends("failed", 1)
            .prints(["web exited 1"])
            .runs("web:3")
            .counts(REGISTER, 1)
            .counts("ecs:UpdateService", 1),
        row("a deregistered revision that matches is unchanged")
            .before(deployed_and_deregistered)
            .ends("unchanged", 0)
            .runs("web:2")
            .counts(REGISTER, 0),
        row("a newer revision of the family is named")
            .setup([with_newer()])
            .ends("deployed", 0)
            .prints(["web:2 is newer than web:1, which the service runs", "--base latest"])
            .runs("web:3")
            .check(|_, ended| has_variable(ended, false))
            .check(|_, ended| {
                let target = planned(ended);
                let named = target["warnings"][0].as_str().is_some_and(|text| text.contains("web:2"));
                let right = named && target["base"] == "running";
                right.then_some(()).ok_or_else(|| format!("the plan is {target}"))
            }),
        row("a newer revision of the family is the base")
            .setup([with_newer()])
            .flags(["--base", "latest"])
            .ends("deployed", 0)
            .prints(["new revision after web:1, made from web:2"])
            .does_not_print(["warning:"])
            .runs("web:3")
            .check(|_, ended| has_variable(ended, true))
            .check(|_, ended| {
                let target = planned(ended);
                let right = target["base"] == "latest"
                    && target["made_from"].as_str().is_some_and(|arn| arn.ends_with("web:2"))
                    && target["task_definition"].as_str().is_some_and(|arn| arn.ends_with("web:1"));
                right.then_some(()).ok_or_else(|| format!("the plan is {target}"))
            }),
        row("without a newer revision, the latest is the one that runs")
            .flags(["--base", "latest"])
            .ends("deployed", 0)
            .prints(["new revision after web:1"])
            .does_not_print(["made from"])
            .runs("web:2"),
        row("a deployment on the latest revision that failed returns to the one that ran")
            .setup([with_newer(), breaker_alone(), deployed(exit(1))])
            .flags(["--base", "latest", "--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .prints(["the service runs web:1"])
            .runs("web:1"),
        row("after it, the latest revision is still that of the other tool")
            .setup([with_newer(), breaker(), deployed(exit(1))])
            .before(|world| {
                world.run().args(&["--base", "latest"]).set("TRAVIS_BUILD_NUMBER", "56").exits(1);
            })
            .flags(["--base", "latest"])
            .ends("rolled back", 1)
            .prints(["made from web:2"])
            .runs("web:1")
            .check(|_, ended| has_variable(ended, true)),
        row("a revision that a failed build left is not named")
            .setup([breaker(), deployed(exit(1))])
            .before(|world| {
                world.run().set("TRAVIS_BUILD_NUMBER", "56").exits(1);
            })
            .ends("rolled back", 1)
            .does_not_print(["is newer than"])
            .runs("web:1"),
        row("a newer revision that differs only in its image is not named")
            .setup([revisions(|| {
                let mut same = definition("web");
                same["containerDefinitions"][0]["image"] = json!(format!("{}:placeholder", repository()));
                vec![same]
            })])
            .ends("deployed", 0)
            .does_not_print(["is newer than"])
            .runs("web:3"),
        row("two programs of one repository, told apart by tag")
            .setup([two_containers(":api-42", ":front-42")])
            .ends("deployed", 0)
            .prints([TWO_PROGRAMS, ":api-42", ":front-42"])
            .runs("web:2"),
        row("two containers with two versions of one program")
            .setup([two_containers(":v1.2-alpine", ":v1.3.1-alpine")])
            .ends("deployed", 0)
            .does_not_print([TWO_PROGRAMS])
            .runs("web:2"),
        row("two programs of one repository in containers that the policy names")
            .setup([two_containers(":api-42", ":front-42")])
            .decision(super::decision::to_web(json!({"containers": [
                {"container": "web", "image": "todo"}, {"container": "front", "image": "todo"},
            ]})))
            .ends("deployed", 0)
            .does_not_print([TWO_PROGRAMS])
            .runs("web:2"),
        row("an image by the registry's FIPS host is in the same repository")
            .setup([container(json!({
                "image": format!("{}:old", repository().replace("dkr.ecr.", "dkr.ecr-fips.")),
            }))])
            .ends("deployed", 0)
            .runs("web:2"),
        row("a task definition that the SDK's types reject")
            .setup([container(json!({"startTimeout": "later"}))])
            .decision(super::decision::to_web(json!({
                "tasks_before": [{"name": "migrate", "container": "web", "command": ["bin/migrate"]}],
            })))
            .ends("deployed", 0)
            .runs("web:2")
            .check(|_, ended| {
                let container = registered(ended);
                let kept = container["startTimeout"] == "later";
                kept.then_some(()).ok_or_else(|| format!("registered: {container}"))
            }),
    ]
}
