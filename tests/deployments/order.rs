//! An older build does not replace a newer one.

use serde_json::json;

use crate::app::{App, container};

/// An app whose service runs a build with this number, of another commit.
fn running(name: &'static str, build: &str) -> App {
    App::of(name, |repository| {
        let mut web = container("web", repository);
        web["dockerLabels"] = json!({
            "ecs-host.repository": format!("example/{name}"),
            "ecs-host.commit": "abcdef1234567890abcdef1234567890abcdef12",
            "ecs-host.build": build,
        });
        json!({"containerDefinitions": [web]})
    })
}

#[test]
fn an_older_build_is_superseded_and_changes_nothing() {
    let app = running("late", "58");
    let run = app.run().exits(7);
    run.prints("service `late/late` runs build 58 (commit abcdef123456) of example/late, newer than")
        .prints("this build 57; use --allow-older to deploy this build anyway")
        .changed_nothing();
    app.plan().exits(7);
    app.plan().arg("--allow-older").exits(0).changed_nothing();
}

#[test]
fn a_newer_build_is_deployed() {
    let app = running("early", "56");
    app.run().exits(0).prints("deployed");
    let (_, definition) = app.runs("early", "early");
    let labels = &definition["containerDefinitions"][0]["dockerLabels"];
    assert_eq!((&labels["ecs-host.build"], &labels["ecs-host.commit"]), (&json!("57"), &json!(app.commit())));
}

#[test]
fn without_numbers_the_commit_times_decide() {
    let app = App::of("timed", |repository| {
        let mut web = container("web", repository);
        web["dockerLabels"] = json!({
            "ecs-host.repository": "example/timed",
            "ecs-host.commit": "abcdef1234567890abcdef1234567890abcdef12",
            "ecs-host.committed": "1700000000",
        });
        json!({"containerDefinitions": [web]})
    });
    let plan = |time: &str| app.plan().unset("TRAVIS_BUILD_NUMBER").arg("--commit-time").arg(time);
    plan("1699999999").exits(7).prints("runs commit abcdef123456 of example/timed, newer");
    plan("1700000001").arg("--json").exits(0).prints("ecs-host.committed").prints("1700000001");
}

#[test]
fn force_deploys_an_unchanged_service() {
    let app = App::new("forced");
    app.run().exits(0);
    app.sync_ecr();
    app.plan().arg("--force").exits(0).prints("forced:2 already matches: deploy it again, as requested");
    let run = app.run().arg("--force").exits(0);
    run.prints("deployed");
    assert_eq!(run.call("ecs:UpdateService")["forceNewDeployment"], json!(true));
    assert_eq!(run.count("ecs:RegisterTaskDefinition"), 0);
}
