//! Plans of targets other than one service in the run's own account and region.

use serde_json::{Value, json};

use crate::app::{App, container};
use crate::fixtures::policy;
use crate::run::Run;

/// A plan by the fixture `misbehaving-policy`. The branch selects its answer.
fn answered<'a>(app: &'a App, branch: &str) -> Run<'a> {
    app.plan().arg(policy("misbehaving-policy").display().to_string()).branch(branch)
}

/// Creates the app's service in another region, too.
fn also_in(region: &str, app: &App) {
    let aws = |action: &str, body: Value| app.aws_in(region, action, &body);
    let containers = json!([container("web", &app.repository())]);
    aws("ecs:RegisterTaskDefinition", json!({"family": app.name, "containerDefinitions": containers}));
    aws("ecs:CreateCluster", json!({"clusterName": app.name}));
    aws(
        "ecs:CreateService",
        json!({"cluster": app.name, "serviceName": app.name, "taskDefinition": app.name, "desiredCount": 1}),
    );
}

#[test]
fn a_service_in_another_region_is_read_and_named_there() {
    let app = App::new("abroad");
    also_in("us-east-1", &app);
    let plan = answered(&app, "region").exits(0);
    plan.prints("Plan      in eu-west-1")
        .prints("service abroad/abroad in us-east-1: new revision after abroad:1")
        .changed_nothing();
    plan.calls(&[
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
    ]);
}

#[test]
fn a_role_is_assumed_for_its_targets() {
    let app = App::new("by-role");
    let plan = answered(&app, "role").exits(0);
    plan.prints("service by-role/by-role as 123456789012/deployer: new revision after").changed_nothing();
}

#[test]
fn the_error_for_a_role_that_cannot_be_assumed_names_what_to_allow() {
    let app = App::new("no-role");
    let plan = answered(&app, "role").set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1").exits(5);
    plan.prints("as 123456789012/deployer")
        .prints("allow `sts:AssumeRole` on arn:aws:iam::123456789012:role/deployer")
        .changed_nothing();
}

#[test]
fn one_off_tasks_are_shown_with_their_commands() {
    let app = App::new("with-tasks");
    let plan = answered(&app, "tasks").exits(0);
    plan.prints("    before: migrate  web: bin/migrate '--to=the latest'\n")
        .prints("    after: smoke  web: bin/smoke\n")
        .changed_nothing();
}

#[test]
fn a_family_gets_a_revision_and_no_rollout() {
    let app = App::new("beside");
    let family = || json!({"containerDefinitions": [container("job", &app.repository())]});
    app.register("beside-nightly", family());
    app.register("beside-nightly", family());
    let plan = answered(&app, "family").arg("--json").exits(0);
    assert!(plan.stderr.contains("Decision  deploy 1 image to 1 service and 1 family\n"), "{}", plan.stderr);
    let line = "  family beside-nightly:\n    new revision after beside-nightly:2, nothing is rolled out\n";
    assert!(plan.stderr.contains(line), "{}", plan.stderr);
    let events = plan.events();
    let planned = events.iter().find(|event| event["event"] == json!("plan-created")).unwrap();
    let [service, family] = [0, 1].map(|position| &planned["plan"]["targets"][position]);
    assert_eq!((&service["name"], &family["name"]), (&json!("beside/beside"), &json!("beside-nightly")));
    assert_eq!(family["destination"], json!({"family": "beside-nightly"}));
    plan.changed_nothing();
}

#[test]
fn waves_are_shown_in_their_order() {
    let app = App::new("waves");
    app.serve("waves", "first", "waves");
    let plan = answered(&app, "waves").exits(0);
    let lines: Vec<&str> = plan.stdout.lines().filter(|line| line.starts_with("  ")).collect();
    let at = |text: &str| {
        lines
            .iter()
            .position(|line| line.trim().starts_with(text))
            .unwrap_or_else(|| panic!("{text}: {lines:?}"))
    };
    let order = ["wave 0", "service waves/first", "wave 1", "service waves/waves"].map(at);
    assert!(order.is_sorted(), "{lines:?}");
    plan.changed_nothing();
}

#[test]
fn the_plan_shows_what_happens_on_a_failure() {
    let app = App::new("rolls-back");
    answered(&app, "rolls-back")
        .exits(0)
        .prints("on failure: roll back to the previous revision")
        .changed_nothing();
}

#[test]
fn one_off_tasks_use_the_network_of_the_service() {
    let network = json!({"awsvpcConfiguration": {
        "subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED",
    }});
    let app = App::new("networked");
    app.proxy.edit("ecs:DescribeServices", move |answer| {
        let service = &mut answer["services"][0];
        service["launchType"] = json!("FARGATE");
        service["platformVersion"] = json!("LATEST");
        service["networkConfiguration"] = network.clone();
    });
    let plan = app.plan().arg("--json").exits(0);
    let events = plan.events();
    let planned = events.iter().find(|event| event["event"] == json!("plan-created")).unwrap();
    let launch = json!({
        "launch_type": "FARGATE", "capacity_providers": [], "platform_version": "LATEST",
        "network": {"subnets": ["subnet-1"], "security_groups": ["sg-1"], "assign_public_ip": true},
        "placement_constraints": [], "placement_strategy": [],
    });
    assert_eq!(planned["plan"]["targets"][0]["launch"], launch);
}
