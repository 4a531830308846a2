//! Services, clusters, repositories and containers that do not exist or cannot be deployed to.

use serde_json::json;

use crate::app::{App, container};
use crate::run::Run;

/// Asserts that the run is rejected with these texts, before it pushes or registers anything.
fn assert_rejected(app: &App, run: Run<'_>, messages: &[&str]) {
    let run = run.exits(5);
    for text in messages {
        run.prints(text);
    }
    run.changed_nothing().within(10);
    assert!(app.pushed().is_empty());
}

#[test]
fn an_unknown_service_is_named_with_its_cluster_and_region() {
    let app = App::new("unknown-service");
    let run = app.run().set("ECS_SERVICE_MASTER", "nobody");
    let messages =
        ["service `unknown-service/nobody`: cluster `unknown-service` in eu-west-1 has no such service"];
    assert_rejected(&app, run, &messages);
}

#[test]
fn an_unknown_cluster_is_named_with_its_region() {
    let app = App::new("unknown-cluster");
    let run = app.run().set("ECS_CLUSTER_MASTER", "nowhere");
    assert_rejected(&app, run, &["cluster `nowhere` does not exist in eu-west-1"]);
}

#[test]
fn an_arn_of_another_region_is_rejected() {
    let app = App::new("elsewhere");
    let run =
        app.run().set("ECS_SERVICE_MASTER", "arn:aws:ecs:us-east-1:123456789012:service/elsewhere/elsewhere");
    assert_rejected(&app, run, &["us-east-1", "eu-west-1"]);
}

#[test]
fn a_cluster_arn_of_another_account_or_region_is_rejected() {
    let app = App::new("foreign-cluster");
    let run = |place: &str| {
        app.run().set("ECS_CLUSTER_MASTER", &format!("arn:aws:ecs:{place}:cluster/foreign-cluster"))
    };
    assert_rejected(
        &app,
        run("eu-west-1:999999999999"),
        &["the ARN's account 999999999999 conflicts with the credentials", "of account 123456789012"],
    );
    assert_rejected(
        &app,
        run("us-east-1:123456789012"),
        &["the ARN's region us-east-1 conflicts with the run's region eu-west-1"],
    );
}

#[test]
fn a_service_arn_of_another_cluster_is_rejected() {
    let app = App::new("other-cluster");
    let arn = "arn:aws:ecs:eu-west-1:123456789012:service/elsewhere-cluster/other-cluster";
    let run = app.run().set("ECS_SERVICE_MASTER", arn).exits(4);
    run.prints(&format!("the service {arn} is not in the cluster other-cluster")).called_nothing();
}

#[test]
fn an_inactive_service_is_rejected() {
    let app = App::new("inactive");
    app.proxy.edit("ecs:DescribeServices", |answer| answer["services"][0]["status"] = json!("INACTIVE"));
    assert_rejected(&app, app.run(), &["service `inactive/inactive`: the service is INACTIVE"]);
}

#[test]
fn a_service_deployed_by_code_deploy_is_rejected() {
    let app = App::serving("code-deploy", &json!({"deploymentController": {"type": "CODE_DEPLOY"}}));
    assert_rejected(
        &app,
        app.run(),
        &["the deployment controller is CODE_DEPLOY", "deploy it through CodeDeploy"],
    );
}

#[test]
fn a_service_of_another_controller_is_rejected() {
    let app = App::serving("external", &json!({"deploymentController": {"type": "EXTERNAL"}}));
    assert_rejected(&app, app.run(), &["the deployment controller is EXTERNAL"]);
}

#[test]
fn the_error_for_an_unknown_repository_has_the_command_that_creates_it() {
    let app = App::new("unknown-repository");
    let repository = format!("{}-typo", app.repository());
    let run = app.run().set("REMOTE_IMAGE_URL", &repository);
    assert_rejected(
        &app,
        run,
        &[&repository, "aws ecr create-repository", "--repository-name unknown-repository-typo"],
    );
}

#[test]
fn containers_of_another_repository_are_listed() {
    let app = App::of("other-repository", |repository| {
        let similar = format!("{repository}-admin");
        json!({"containerDefinitions": [container("web", "registry.example/other"), container("admin", &similar)]})
    });
    let similar = format!("`admin` runs {}-admin:master", app.repository());
    let none = format!("no container runs an image of {} (", app.repository());
    assert_rejected(&app, app.run(), &[&none, "`web` runs registry.example/other:master", &similar]);
}

#[test]
fn all_problems_are_reported_at_once() {
    let app = App::new("much-wrong");
    app.serve_with(
        "much-wrong",
        "blue-green",
        "much-wrong",
        &json!({"deploymentController": {"type": "CODE_DEPLOY"}}),
    );
    let run = app.run().set("ECS_SERVICE_MASTER", "nobody blue-green");
    assert_rejected(&app, run, &["much-wrong/nobody", "much-wrong/blue-green", "CODE_DEPLOY"]);
}

#[test]
fn another_region_has_neither_cluster_nor_repository() {
    let app = App::new("other-region");
    assert_rejected(
        &app,
        app.run().set("AWS_REGION", "us-east-1"),
        &["cluster `other-region` does not exist in us-east-1"],
    );
    let app = App::new("other-region-flag");
    assert_rejected(&app, app.run().arg("--region").arg("us-east-1"), &["in us-east-1"]);
}
