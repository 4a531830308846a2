//! The example in the readme of `travis-ecs-deploy`: `simple-todo` and its two branches.

use serde_json::json;

use crate::app::{App, container};
use crate::backend::Backend;
use crate::outcome::arn;
use crate::run::Run;

const REGION: &str = "eu-central-1";

/// The resources that users of the readme create.
fn simple_todo() -> App {
    let app = App::bare("simple-todo", REGION);
    app.aws("ecr:CreateRepository", &json!({"repositoryName": "simple-todo"}));
    for (family, branch) in [("simple-todo-master", "master"), ("simple-todo-prod", "production")] {
        let mut web = container("web", &app.repository());
        web["image"] = json!(format!("{}:{branch}", app.repository()));
        app.register(family, json!({"containerDefinitions": [web]}));
        app.serve(family, "simple-todo", family);
    }
    app
}

/// A run with the variables that users of the readme set.
fn configured(app: &App) -> Run<'_> {
    app.run()
        .set("IMAGE_NAME", "simple-todo")
        .set("DEPLOY_BRANCHES", "master production")
        .set("ECS_CLUSTER_MASTER", "simple-todo-master")
        .set("ECS_SERVICE_MASTER", "simple-todo")
        .set("ECS_CLUSTER_PRODUCTION", "simple-todo-prod")
        .set("ECS_SERVICE_PRODUCTION", "simple-todo")
}

#[test]
fn each_branch_of_the_readme_goes_to_its_own_service() {
    let app = simple_todo();
    let other_commit = "9".repeat(40);
    for (branch, cluster, commit) in
        [("master", "simple-todo-master", app.commit()), ("production", "simple-todo-prod", other_commit)]
    {
        app.write("project/app.txt", &format!("built from {branch}"));
        let run = configured(&app).branch(branch).set("TRAVIS_COMMIT", &commit).exits(0);

        // One image has the branch's tag and the commit's tag.
        let pushed = app.pushed();
        let digest = &pushed[branch];
        assert_eq!(pushed[&format!("{branch}-{commit}")], *digest);

        // The service runs the image by its digest, which does not depend on the tags.
        let (revision, definition) = app.runs(cluster, "simple-todo");
        assert_eq!(revision, format!("{cluster}:2"));
        let web = &definition["containerDefinitions"][0];
        assert_eq!(web["image"], json!(format!("{}@{digest}", app.repository())));
        assert_eq!(web["dockerLabels"]["ecs-host.commit"], json!(commit));

        run.prints(&format!("{cluster}/simple-todo")).prints("deployed").prints(digest);
        let update = run.call("ecs:UpdateService");
        let arn = arn(REGION, &revision);
        assert_eq!(*update, json!({"cluster": cluster, "service": "simple-todo", "taskDefinition": arn}));
    }
    // No branch changed the service of the other.
    assert_eq!(app.runs("simple-todo-master", "simple-todo").0, "simple-todo-master:2");
    assert_eq!(app.pushed().len(), 4);
}

#[test]
fn a_plain_deployment_takes_few_calls() {
    let app = App::new("few-calls");
    let calls = [
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecr:GetAuthorizationToken",
        "ecr:BatchGetImage",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "ecs:RegisterTaskDefinition",
        "ecs:UpdateService",
    ];
    app.run().exits(0).calls(&[&calls[..], &Backend::WATCH].concat());
}

#[test]
fn a_deployed_revision_has_the_stamp_of_its_build() {
    let app = App::new("stamped");
    let run = app.run().exits(0);
    let labels = &run.call("ecs:RegisterTaskDefinition")["containerDefinitions"][0]["dockerLabels"];
    assert_eq!(labels["ecs-host.repository"], json!("example/stamped"));
    assert_eq!(labels["ecs-host.commit"], json!(app.commit()));
    assert_eq!(labels["ecs-host.build"], json!("57"));
    let policy = labels["ecs-host.policy"].as_str().unwrap();
    assert!(policy.starts_with("travis@sha256:"), "{policy}");
}
