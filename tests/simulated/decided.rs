//! The verb `decide`: what a policy returns, without AWS and docker.

use serde_json::json;

use crate::app::App;
use crate::fixtures::policy;

#[test]
fn a_decision_is_printed_without_aws_and_docker() {
    let app = App::new("decided");
    std::fs::remove_file(app.path("project/Dockerfile")).unwrap();
    let run = app.start("decide").unset("AWS_ACCESS_KEY_ID").unset("AWS_REGION").docker("/nowhere/docker");
    let run = run.exits(0);
    run.prints("Decision  deploy 1 image to 1 service\n")
        .prints("[[images]]\nname = \"decided\"\n")
        .prints("source = \"dockerfile\"\n")
        .prints("[targets.destination.service]\ncluster = \"decided\"\n")
        .called_nothing();
}

#[test]
fn the_kinds_of_answers_have_their_exit_codes() {
    let app = App::new("undecided");
    app.start("decide").branch("develop").exits(0).prints("Decision  skip: Branch `develop` is not one of");
    app.start("decide").unset("IMAGE_NAME").exits(3).prints("set IMAGE_NAME");
    app.start("decide").arg(policy("misbehaving-policy").display().to_string()).branch("panics").exits(4);
    let json = app.start("decide").arg("--json").exits(0);
    json.prints("\"event\":\"decision-made\"").does_not_print("[[images]]");
}

#[test]
fn a_secret_of_a_decision_is_a_pattern() {
    let app = App::new("decided-secret");
    let decision = json!({
        "images": [{"name": "web", "repository": app.repository(), "tags": ["a"]}],
        "targets": [{"cluster": "main", "service": "web", "containers": [
            {"container": "web", "image": "web", "environment": {"DB_PASSWORD": "hunter2-hunter2"}},
        ]}],
    });
    let run = app.start("decide").arg(policy("echo-policy").display().to_string());
    let run = run.arg("--allow-secret").arg("DECISION").set("DECISION", &decision.to_string()).exits(0);
    run.prints("DB_PASSWORD").does_not_print("hunter2");
}

#[test]
fn a_lookup_in_aws_is_an_error_of_the_policy_s_own() {
    let app = App::new("decided-lookup");
    let run = app.start("decide").arg(policy("lookup-policy").display().to_string());
    let run = run.arg("--allow").arg("ecs:read").arg("--allow").arg("ecr:read");
    let run = run.set("LOOKUPS", "get-service main web").exits(3);
    run.prints("is not looked up by `decide`, which does not call AWS; `plan` does").called_nothing();
}
