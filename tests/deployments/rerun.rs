//! A second run of the same commit.

use serde_json::json;

use crate::app::App;

#[test]
fn a_second_run_of_the_same_commit_changes_nothing() {
    let app = App::new("second-run");
    app.run().exits(0).prints("deployed");
    app.sync_ecr();

    let docker = app.recording_docker();
    let run = app.run().docker(&docker).exits(0);
    run.prints("unchanged").prints("in the registry already").changed_nothing();
    run.calls(&["ecr:DescribeImages", "ecs:DescribeServices", "ecs:DescribeTaskDefinition"]);
    assert!(!app.docker_was_called());
}

#[test]
fn a_second_build_of_the_same_commit_changes_nothing() {
    let app = App::new("restarted");
    app.run().exits(0);
    app.sync_ecr();
    let restarted = app.run().set("TRAVIS_BUILD_NUMBER", "58").set("TRAVIS_JOB_NUMBER", "58.1");
    restarted.exits(0).prints("unchanged").changed_nothing();
}

#[test]
fn another_branch_at_the_same_commit_gets_its_own_image() {
    let app = App::new("fast-forward");
    app.run().exits(0);
    app.sync_ecr();
    app.serve("fast-forward-production", "fast-forward", "fast-forward:1");
    app.write("project/app.txt", "built with the settings of production");

    app.run()
        .branch("production")
        .set("DEPLOY_BRANCHES", "master production")
        .set("ECS_CLUSTER_PRODUCTION", "fast-forward-production")
        .set("ECS_SERVICE_PRODUCTION", "fast-forward")
        .exits(0)
        .prints("deployed");
    let pushed = app.pushed();
    assert_ne!(pushed["production"], pushed["master"]);
    let (_, definition) = app.runs("fast-forward-production", "fast-forward");
    let image = &definition["containerDefinitions"][0]["image"];
    assert_eq!(*image, json!(format!("{}@{}", app.repository(), pushed["production"])));
}

#[test]
fn redeploying_an_older_commit_needs_no_build() {
    let app = App::new("back-again");
    app.run().exits(0);
    let first = app.image();
    app.sync_ecr();
    app.write("project/app.txt", "the next commit");
    app.run().set("TRAVIS_COMMIT", &"8".repeat(40)).exits(0);
    app.sync_ecr();

    let docker = app.recording_docker();
    let run = app.run().docker(&docker).exits(0);
    run.prints("in the registry already; tag it master").prints("Tagged").prints("deployed");
    assert!(!app.docker_was_called());
    assert_eq!(run.call("ecr:PutImage")["imageTag"], json!("master"));
    assert_eq!(app.image(), first);
}

#[test]
fn rebuild_builds_an_existing_image() {
    let app = App::new("rebuilt");
    app.run().exits(0);
    app.sync_ecr();
    app.write("project/app.txt", "other content under the same commit");
    let first = app.image();
    app.run().arg("--rebuild").exits(0).prints("deployed");
    assert_ne!(app.image(), first);
    assert_eq!(app.image(), format!("{}@{}", app.repository(), app.pushed()["master"]));
}

#[test]
fn a_new_commit_is_built_and_deployed() {
    let app = App::new("next-commit");
    app.run().exits(0);
    app.sync_ecr();
    app.write("project/app.txt", "the next commit");
    let next = "8".repeat(40);
    app.run().set("TRAVIS_COMMIT", &next).exits(0).prints("deployed");
    assert_eq!(app.pushed()["master"], app.pushed()[&format!("master-{next}")]);
    assert_eq!(app.runs("next-commit", "next-commit").0, "next-commit:3");
}

#[test]
fn a_rollout_of_an_earlier_run_is_watched_to_its_end() {
    let app = App::slow("left-over");
    app.run().arg("--no-wait").exits(0).prints("started");
    app.sync_ecr();
    // The emulator keeps the service's first deployment. ECS creates a deployment for each update.
    app.proxy.edit("ecs:DescribeServices", |answer| {
        let service = &mut answer["services"][0];
        service["deployments"][0]["taskDefinition"] = service["taskDefinition"].clone();
    });
    let run = app.run().arg("--timeout").arg("1").exits(8);
    run.prints("still rolling out").prints("timed out").changed_nothing();
}
