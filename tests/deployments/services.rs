//! The services to which a branch is deployed.

use serde_json::json;

use crate::app::App;
use crate::support::variables::TRAVIS;

#[test]
fn a_branch_with_a_slash_has_a_variable_and_a_tag_of_its_own() {
    let app = App::new("slash");
    app.run()
        .branch("feature/x-1")
        .set("DEPLOY_BRANCHES", "master feature/x-1")
        .set("ECS_CLUSTER_FEATURE_X_1", "slash")
        .set("ECS_SERVICE_FEATURE_X_1", "slash")
        .exits(0)
        .prints("deployed");
    let pushed = app.pushed();
    assert_eq!(pushed["feature-x-1"], pushed[&app.commit_tag("feature-x-1")]);
    assert_eq!(app.image(), format!("{}@{}", app.repository(), pushed["feature-x-1"]));
}

#[test]
fn two_branches_that_share_a_variable_are_rejected() {
    let app = App::new("collision");
    app.run()
        .branch("feature/x")
        .set("DEPLOY_BRANCHES", "feature/x feature-x")
        .exits(3)
        .prints("`feature/x` and `feature-x`")
        .prints("ECS_CLUSTER_FEATURE_X")
        .called_nothing();
}

#[test]
fn several_services_get_the_same_image() {
    let app = App::new("several");
    app.serve("several", "worker", "several");
    let run = app.run().set("ECS_SERVICE_MASTER", "several worker").exits(0);
    run.prints("several/several").prints("several/worker");
    // Both services run the same task definition, so both use one new revision.
    assert_eq!((run.count("ecs:RegisterTaskDefinition"), run.count("ecs:UpdateService")), (1, 2));
    let new = json!(format!("{}@{}", app.repository(), app.pushed()["master"]));
    for service in ["several", "worker"] {
        let (_, definition) = app.runs("several", service);
        assert_eq!(definition["containerDefinitions"][0]["image"], new);
    }
}

#[test]
fn one_unknown_service_prevents_every_change() {
    let app = App::new("one-unknown");
    app.run()
        .set("ECS_SERVICE_MASTER", "one-unknown, nobody")
        .exits(5)
        .prints("service `one-unknown/nobody`")
        .changed_nothing();
}

#[test]
fn a_cluster_and_a_service_may_be_arns() {
    let app = App::new("arns");
    let arn = |kind: &str, name: &str| format!("arn:aws:ecs:eu-west-1:123456789012:{kind}/{name}");
    app.run()
        .set("ECS_CLUSTER_MASTER", &arn("cluster", "arns"))
        .set("ECS_SERVICE_MASTER", &arn("service", "arns/arns"))
        .exits(0)
        .prints("deployed");
}

#[test]
fn flags_describe_a_build_without_a_provider() {
    let app = App::new("by-hand");
    let mut run = app.run();
    for name in TRAVIS {
        run = run.unset(name);
    }
    run.arg("--branch").arg("master").arg("--commit").arg(app.commit()).exits(0).prints("deployed");
}

#[test]
fn a_branch_may_be_named_like_a_secret() {
    let app = App::new("reset-password");
    app.run()
        .branch("feature/reset-password")
        .set("DEPLOY_BRANCHES", "master feature/reset-password")
        .set("ECS_CLUSTER_FEATURE_RESET_PASSWORD", "reset-password")
        .set("ECS_SERVICE_FEATURE_RESET_PASSWORD", "reset-password")
        .exits(0)
        .prints("deployed")
        .does_not_print("***");
    assert_eq!(app.image(), format!("{}@{}", app.repository(), app.pushed()["feature-reset-password"]));
}
