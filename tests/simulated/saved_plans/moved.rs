//! What moves between the plan and its application.

use std::fs;

use ecs_simulator::{Change, Scenario};
use serde_json::json;

use super::{apply, changed_nothing, document, path, planned, save};
use crate::fixtures::policy;
use crate::rollouts::table::decision::{target, to, to_web};
use crate::rollouts::table::scenario::{after_call, force, unstamped, update};
use crate::world::{COMMIT, DIGEST, OLD, World, scenario, service, serving};

fn put_image(tag: &str, digest: &str) -> Change {
    Change::PutImage { repository: "simple-todo".to_owned(), tag: tag.to_owned(), digest: digest.to_owned() }
}

fn call(action: &str, body: serde_json::Value) -> Change {
    Change::Call { action: action.to_owned(), body }
}

/// The registry does not have the image.
fn unbuilt() -> Scenario {
    let mut scenario = scenario();
    scenario.resources.repositories[0].images.truncate(1);
    scenario
}

#[test]
fn each_fact_that_moved_is_named_and_nothing_is_changed() {
    let tag = format!("master-{COMMIT}");
    let other = format!("sha256:{}", "5".repeat(64));
    for (scenario, change, expected) in [
        (scenario(), update(unstamped()), "main/web: its revision was web:1, and is web:2"),
        (scenario(), update(unstamped()), "main/web: its deployment was "),
        (scenario(), force(), "main/web: its deployment was "),
        (
            scenario(),
            Change::DeleteService { cluster: "main".to_owned(), service: "web".to_owned() },
            "service `main/web`",
        ),
        (
            scenario(),
            call("ecs:DeregisterTaskDefinition", json!({"taskDefinition": "web:1"})),
            "main/web: its revision was deregistered",
        ),
        (
            scenario(),
            put_image(&tag, &other),
            &*format!(
                "image todo: its digest in 123456789012.dkr.ecr.eu-west-1.amazonaws.com/simple-todo was {DIGEST}, and is {other}"
            ),
        ),
        (scenario(), put_image("master", OLD), "simple-todo had it with the tag master, and does not now"),
        (unbuilt(), put_image(&tag, &other), &*format!("simple-todo has it now, with the digest {other}")),
    ] {
        let world = World::new(&scenario);
        save(planned(&world, &to_web(json!({}))));
        world.simulator.apply(&change).expect("the change is valid");
        let ended = apply(&world).exits(7);
        changed_nothing(&ended);
        ended
            .prints("the saved plan `plan.json` is not applied, because what it rests on has moved")
            .prints(expected);
        let rejected =
            ended.events().into_iter().find(|event| event["event"] == "plan-rejected").expect("facts");
        assert!(rejected["problems"].to_string().contains(expected), "{rejected}");
    }
}

#[test]
fn what_a_plan_does_not_rest_on_may_move() {
    let scale =
        |count| Change::Scale { cluster: "main".to_owned(), service: "web".to_owned(), desired_count: count };
    let register = call("ecs:RegisterTaskDefinition", unstamped());
    let other = format!("sha256:{}", "5".repeat(64));
    for change in [scale(4), register, put_image("other", &other)] {
        let world = World::new(&scenario());
        save(planned(&world, &to_web(json!({}))));
        world.simulator.apply(&change).expect("the change is valid");
        apply(&world).exits(0).prints("deployed");
    }
    // The plan shows the number of tasks that it replaces.
    let world = World::new(&scenario());
    save(planned(&world, &to_web(json!({"desired_count": 3}))));
    world.simulator.apply(&scale(4)).unwrap();
    changed_nothing(apply(&world).exits(7).prints("main/web: `current_count` was 2, and is 4"));
}

#[test]
fn a_newer_revision_is_a_fact_if_the_new_one_is_made_from_it() {
    let world = World::new(&scenario());
    save(planned(&world, &to_web(json!({"base": "latest"}))));
    world.simulator.apply(&call("ecs:RegisterTaskDefinition", unstamped())).unwrap();
    let ended = apply(&world).exits(7);
    ended.prints("main/web: the revision that its new one is made from was web:1, and is web:2");
    changed_nothing(&ended);
}

#[test]
fn a_policy_that_was_replaced_is_a_moved_fact_and_a_missing_one_is_none() {
    let world = World::new(&scenario());
    save(planned(&world, &to_web(json!({}))));
    fs::copy(policy("lookup-policy"), world.path("project/echo.wasm")).unwrap();
    changed_nothing(apply(&world).exits(7).prints("policy echo-policy: its digest was sha256:"));
    // The job that applies a plan may have no checkout.
    fs::remove_file(world.path("project/echo.wasm")).unwrap();
    apply(&world).exits(0);
}

#[test]
fn a_plan_of_another_version_of_the_host_is_not_applied() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    super::edit(&world, |plan| plan["version"] = json!("0.0.9"));
    changed_nothing(
        apply(&world).exits(7).prints("ecs-host: the plan was saved by version 0.0.9, and this is "),
    );
}

#[test]
fn a_newer_build_that_was_deployed_meanwhile_is_named() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    let newer = "7".repeat(40);
    let image = format!("sha256:{}", "5".repeat(64));
    world.simulator.apply(&put_image(&format!("master-{newer}"), &image)).unwrap();
    world.run().set("TRAVIS_COMMIT", &newer).set("TRAVIS_BUILD_NUMBER", "58").exits(0);
    let ended = apply(&world).exits(7);
    changed_nothing(&ended);
    ended.prints("build 58");
}

#[test]
fn a_change_at_the_last_moment_ends_the_target_and_is_left() {
    let mut scenario = scenario();
    after_call("ecs:RegisterTaskDefinition", 1, 0.0, update(unstamped()))(&mut scenario);
    let world = World::new(&scenario);
    save(world.verb("plan"));
    apply(&world).exits(7).prints("superseded");
    let snapshot = world.simulator.snapshot("main", "web");
    assert!(snapshot.task_definition.ends_with("web:3"), "{}", snapshot.task_definition);
}

#[test]
fn an_image_that_an_earlier_run_of_the_build_deployed_is_its_own() {
    let both = to(json!([target("web", json!({})), target("worker", json!({}))]));
    let mut unbuilt = serving(vec![service("web"), service("worker")]);
    unbuilt.resources.repositories[0].images.truncate(1);
    let world = World::new(&unbuilt);
    save(planned(&world, &both));
    let pushed = put_image(&format!("master-{COMMIT}"), DIGEST);
    world.simulator.apply(&pushed).unwrap();
    // Nothing proves whose image it is.
    changed_nothing(apply(&world).exits(7).prints("the plan builds it, and "));
    // The first service runs it with the stamp of the build, as after an application that was killed.
    let file = world.path("project/echo.wasm").display().to_string();
    let one = to_web(json!({})).to_string();
    world.verb("run").args(&["--poll", "0.01", &file]).set("DECISION", &one).exits(0);
    let ended = apply(&world).exits(0);
    assert_eq!(ended.done("ecs:UpdateService").len(), 1, "{}", ended.transcript());
    assert_eq!(world.runs("worker"), "worker:2");
    changed_nothing(apply(&world).exits(0).prints("unchanged"));
}

#[test]
fn a_service_that_was_unchanged_and_got_another_revision_is_a_moved_fact() {
    let world = World::new(&scenario());
    world.run().exits(0);
    save(world.verb("plan"));
    assert_eq!(document(&world)["plan"]["targets"][0]["unchanged"], true);
    assert!(path(&world).exists());
    world.simulator.apply(&update(unstamped())).unwrap();
    changed_nothing(apply(&world).exits(7).prints("main/web: its revision was web:2, and is web:3"));
}

#[test]
fn the_revision_of_somebody_else_is_not_that_of_the_plan_because_it_has_the_same_image() {
    let world = World::new(&scenario());
    let task = |name: &str| json!({"name": name, "container": "web", "command": [name]});
    let answer = to_web(json!({"tasks_before": [task("migrate")], "tasks_after": [task("smoke")]}));
    save(planned(&world, &answer));
    let mut other = crate::world::definition("web");
    let image = format!("{}@{DIGEST}", crate::world::repository());
    other["containerDefinitions"][0]["image"] = json!(image);
    other["containerDefinitions"].as_array_mut().unwrap().push(json!({
        "name": "sidecar", "image": "registry.example.com/x:1", "memory": 8,
    }));
    // Also with the stamp of the build.
    let ended = apply(&world).args(&["--dry-run"]).exits(0);
    let plan =
        ended.events().into_iter().find(|event| event["event"] == "plan-created").unwrap()["plan"].clone();
    let build = &plan["build"];
    other["containerDefinitions"][0]["dockerLabels"] = json!({
        "ecs-host.repository": build["repository"], "ecs-host.commit": build["commit"],
        "ecs-host.build": build["number"].to_string(), "ecs-host.policy": build["policy"],
    });
    world.simulator.apply(&update(other)).unwrap();
    let ended = apply(&world).exits(7);
    ended.prints("main/web: its revision was web:1, and is web:2");
    changed_nothing(&ended);
}

#[test]
fn an_image_that_is_only_published_and_appeared_is_a_moved_fact() {
    let world = World::new(&unbuilt());
    let mut answer = to_web(json!({}));
    answer["images"][0]["publish_only"] = json!(true);
    answer["targets"] = json!([]);
    save(planned(&world, &answer));
    for tag in [format!("master-{COMMIT}"), "master".to_owned()] {
        world.simulator.apply(&put_image(&tag, DIGEST)).unwrap();
    }
    changed_nothing(apply(&world).exits(7).prints("the plan builds it, and "));
}
