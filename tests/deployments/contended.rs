//! Another user deploys to the same service at the same time.

use serde_json::{Value, json};

use crate::app::{App, REGION, container};
use crate::outcome::arn;

/// An app with a container of another image.
fn shared(name: &str) -> App {
    App::of(name, |repository| definition(repository, "registry.example/proxy:1"))
}

fn definition(repository: &str, proxy: &str) -> Value {
    let proxy = json!({"name": "proxy", "image": proxy, "memory": 64, "essential": true});
    json!({"containerDefinitions": [container("web", repository), proxy]})
}

/// The response to the next update lists exactly the deployments of these revisions as replaced.
fn replaces(app: &App, revisions: &[u32]) {
    let replaced = revisions.iter().map(|number| {
        json!({"id": format!("ecs-svc/{number}"), "status": "ACTIVE",
            "taskDefinition": arn(REGION, &format!("{}:{number}", app.name))})
    });
    let replaced: Vec<Value> = replaced.collect();
    app.proxy.edit_once("ecs:UpdateService", move |answer| {
        let deployments = answer["service"]["deployments"].as_array_mut().unwrap();
        deployments.truncate(1);
        deployments.extend(replaced.clone());
    });
}

#[test]
fn a_deployment_since_the_plan_is_the_new_base() {
    let app = shared("overtaken");
    app.register("overtaken", definition(&app.repository(), "registry.example/proxy:2"));
    // The plan reads revision 1. Revision 2 is of another user, 3 and 4 are of this run.
    replaces(&app, &[1, 2]);
    let run = app.run().exits(0);
    run.prints("warning: overtaken/overtaken was updated to overtaken:2 by someone else after planning")
        .prints("deployed");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (2, 2));

    let (revision, now) = app.runs("overtaken", "overtaken");
    assert_eq!(revision, "overtaken:4");
    let containers = &now["containerDefinitions"];
    assert_eq!(containers[1]["image"], json!("registry.example/proxy:2"));
    assert_eq!(containers[0]["image"], json!(format!("{}@{}", app.repository(), app.pushed()["master"])));
}

#[test]
fn the_first_update_of_the_run_is_recognized_as_its_own() {
    let app = shared("overtaken-once");
    app.register("overtaken-once", definition(&app.repository(), "registry.example/proxy:2"));
    replaces(&app, &[1, 2]);
    // ECS lists the run's own first deployment too while its tasks stop.
    replaces(&app, &[1, 2, 3]);
    let run = app.run().exits(0);
    run.prints("deployed").does_not_print("unchanged").does_not_print("was updated to overtaken-once:3");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (2, 2));
    let (revision, now) = app.runs("overtaken-once", "overtaken-once");
    assert_eq!(revision, "overtaken-once:4");
    assert_eq!(now["containerDefinitions"][1]["image"], json!("registry.example/proxy:2"));
}

#[test]
fn a_deployment_from_before_the_plan_is_not_drift() {
    let app = shared("not-overtaken");
    replaces(&app, &[1]);
    let run = app.run().exits(0);
    run.prints("deployed").does_not_print("someone else");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (1, 1));
}

/// A service that another run of the same build has deployed, and whose first description is from before that.
fn deployed_after_its_first_description(name: &'static str) -> App {
    let app = shared(name);
    app.run().exits(0);
    app.sync_ecr();
    let first = arn(REGION, &format!("{name}:1"));
    app.proxy.edit_once("ecs:DescribeServices", move |answer| {
        let service = &mut answer["services"][0];
        service["taskDefinition"] = json!(first);
        service["deployments"][0]["taskDefinition"] = json!(first);
    });
    app
}

#[test]
fn another_run_of_the_same_build_that_came_first_changes_no_verdict() {
    let app = deployed_after_its_first_description("twice-at-once");
    // The plan reads revision 1 as the latest one of the family too.
    let first = json!({"taskDefinition": arn(REGION, "twice-at-once:1")});
    let first = app.aws("ecs:DescribeTaskDefinition", &first);
    app.proxy.edit_once("ecs:DescribeTaskDefinition", move |answer| *answer = first.clone());
    replaces(&app, &[1, 2]);
    let run = app.run().exits(0);
    run.prints("twice-at-once:2 by someone else").prints("deployed").does_not_print("unchanged");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (1, 1));
    assert_eq!(app.runs("twice-at-once", "twice-at-once").0, "twice-at-once:3");
}

#[test]
fn the_revision_that_another_run_of_the_same_build_registered_is_used() {
    let app = deployed_after_its_first_description("once-for-both");
    let run = app.run().exits(0);
    run.prints("once-for-both:2 was registered by an earlier run").prints("deployed");
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (0, 1));
    assert_eq!(app.runs("once-for-both", "once-for-both").0, "once-for-both:2");
}
