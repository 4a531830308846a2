//! `ecs-host status` for services in every state.

use ecs_simulator::{Change, Fault, FaultKind, TaskBehaviour, TaskFilter, TaskRule};
use serde_json::{Value, json};

use super::world::{
    COMMIT, DIGEST, Job, OLD, RunResult, World, definition, enable_circuit_breaker, failing_tasks,
    repository, scenario, service, serving,
};

/// `ecs-host status` outside of any CI.
fn status<'w>(world: &'w World, subjects: &[&str]) -> Job<'w> {
    let variables = ["TRAVIS", "TRAVIS_BRANCH", "TRAVIS_COMMIT", "DEPLOY_BRANCHES", "IMAGE_NAME"];
    variables.iter().fold(world.verb("status"), |job, name| job.unset(name)).args(subjects)
}

/// The event that describes a service.
fn description(ended: &RunResult, service: &str) -> Value {
    let own = |event: &Value| event["event"] == "service-described" && event["service"] == service;
    ended
        .events()
        .into_iter()
        .find(own)
        .unwrap_or_else(|| panic!("no event describes {service}\n{}", ended.transcript()))
}

#[test]
fn a_steady_service_shows_the_build_that_it_runs() {
    let world = World::new(&scenario());
    world.run().exits(0);
    let ended = status(&world, &["main/web"]).exits(0);
    ended
        .prints("main/web runs web:2, 2 of 2 tasks")
        .prints("since 2026-01-01 00:")
        .prints("commit 3f2a9c10d1e2, build 57 of example/simple-todo, policy travis")
        .prints("web: simple-todo@sha256:111111111111\n");
    assert!(ended.text.lines().all(|line| line.chars().count() <= 80), "{}", ended.transcript());
    let web = description(&ended, "main/web");
    assert_eq!(web["runs"]["build"]["commit"], COMMIT);
    assert_eq!(
        web["runs"]["containers"],
        json!([{"name": "web", "image": format!("{}@{DIGEST}", repository())}])
    );
    assert_eq!((&web["rollout"], &web["ended"]), (&Value::Null, &Value::Null));
    assert!(ended.calls.iter().all(|call| !call.operation().starts_with("Update")), "{}", ended.transcript());
}

#[test]
fn a_missing_permission_is_named_with_what_is_not_shown() {
    for (action, lacks) in [
        ("ecs:DescribeServiceDeployments", "pauses, and how the latest rollouts ended, are not shown"),
        (
            "ecs:DescribeServiceRevisions",
            "the revisions of the latest rollouts, and drift from them, are not shown",
        ),
        ("ecs:DescribeTaskDefinition", "builds, images and drift are not shown"),
    ] {
        let mut scenario = scenario();
        enable_circuit_breaker(&mut scenario, true);
        scenario.task_rules.push(failing_tasks());
        let world = World::new(&scenario);
        world.run().exits(1);
        let message = format!("User: arn:aws:iam::1:user/ci is not authorized to perform: {action}");
        let kind = FaultKind::Error { code: "AccessDeniedException".to_owned(), message };
        world.simulator.set_faults(&[Fault { limit: usize::MAX, ..Fault::once(action, kind) }]);
        for subject in ["main/web", "--all"] {
            let ended = status(&world, &[subject]).exits(0);
            let warning =
                format!("{lacks}: allow the action `{action}` in the IAM policy of these credentials");
            let warnings: Vec<Value> =
                ended.events().into_iter().filter(|event| event["event"] == "warning").collect();
            assert_eq!(warnings.len(), 1, "{}", ended.transcript());
            assert_eq!(warnings[0]["message"], warning.as_str());
            ended.prints("warning: ").prints(lacks.split(" are").next().unwrap_or_default());
        }
    }
}

#[test]
fn status_reports_a_revision_without_a_stamp() {
    let world = World::new(&scenario());
    let ended = status(&world, &["main/web"]).exits(0);
    ended
        .prints("main/web runs web:1")
        .prints("since 2025-12-31 00:02:00 UTC")
        .prints("not deployed by ecs-host");
    assert_eq!(description(&ended, "main/web")["runs"]["since"], "2025-12-31T00:02:00Z");
}

#[test]
fn status_shows_a_rollout_in_progress_beside_the_running_revision() {
    let world = World::new(&scenario());
    world.run().args(&["--no-wait"]).exits(0);
    let ended = status(&world, &["main/web"]).exits(0);
    ended.prints("main/web runs web:1, 2 of 2 tasks").prints("rolling out web:2 for").prints("(IN_PROGRESS)");
    let web = description(&ended, "main/web");
    assert_eq!(web["runs"]["tasks"], json!({"running": 2, "desired": 2}));
    assert_eq!(web["runs"]["rolled_back"], false);
    assert_eq!(web["runs"]["containers"][0]["image"], format!("{}@{OLD}", repository()));
    assert_eq!(web["rollout"]["build"]["number"], 57);
    assert_eq!((&web["rollout"]["has_failed"], &web["rollout"]["desired"]), (&json!(false), &json!(2)));
}

#[test]
fn status_shows_a_failed_rollout_that_was_not_rolled_back() {
    let mut scenario = scenario();
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": false}});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".into(), breaker);
    scenario.task_rules.push(failing_tasks());
    let world = World::new(&scenario);
    world.run().exits(1);
    let ended = status(&world, &["main/web"]).exits(0);
    ended
        .prints("main/web runs web:1")
        .prints("the rollout of web:2 failed: 0 of 2 running")
        .does_not_print("was stopped");
    assert_eq!(description(&ended, "main/web")["rollout"]["has_failed"], true);
}

#[test]
fn status_shows_a_rollout_that_was_rolled_back() {
    let mut scenario = scenario();
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".into(), breaker);
    scenario.task_rules.push(failing_tasks());
    let world = World::new(&scenario);
    world.run().exits(1);
    let ended = status(&world, &["main/web"]).exits(0);
    ended.prints("main/web runs web:1, 2 of 2 tasks").prints("the rollout of web:2 was rolled back");
    ended.prints("), after a rollback");
    assert_eq!(description(&ended, "main/web")["runs"]["rolled_back"], true);
    assert_eq!(description(&ended, "main/web")["ended"]["outcome"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn without_service_deployments_the_rest_is_shown() {
    let mut scenario = scenario();
    scenario.unsupported_actions =
        vec!["ecs:*ServiceDeployment*".into(), "ecs:DescribeServiceRevisions".into()];
    let world = World::new(&scenario);
    let ended = status(&world, &["main/web"]).exits(0);
    ended.prints("main/web runs web:1, 2 of 2 tasks").prints("since 2025-12-31 00:00:00 UTC");
}

#[test]
fn status_reports_missing_services_and_shows_the_others() {
    let world = World::new(&scenario());
    let ended = status(&world, &["main/web", "main/api", "other/web", "nowhere"]).exits(5);
    ended
        .prints("main/web runs web:1")
        .prints("main/api: cluster `main` in eu-west-1 has no such service")
        .prints("other/web: there is no cluster `other` in eu-west-1")
        .prints("there is no cluster `nowhere` in eu-west-1");
    let unread = ended.events().into_iter().filter(|event| event["event"] == "status-unavailable");
    let subjects: Vec<Value> = unread.map(|event| event["subject"].clone()).collect();
    assert_eq!(subjects, ["main/api", "other/web", "nowhere"], "{}", ended.transcript());
}

#[test]
fn a_deleted_service_is_shown_as_inactive() {
    let world = World::new(&scenario());
    let (cluster, service) = ("main".to_owned(), "web".to_owned());
    world.simulator.apply(&Change::DeleteService { cluster, service }).unwrap();
    world.simulator.advance(120.0);
    status(&world, &["main/web"]).exits(0).prints("main/web is INACTIVE");
    status(&world, &["main"]).exits(0).prints("cluster `main` in eu-west-1 has no services");
}

#[test]
fn a_denied_read_names_the_permission() {
    let mut scenario = scenario();
    scenario.denied_actions = vec!["ecs:DescribeServices".into()];
    let world = World::new(&scenario);
    status(&world, &["main/web"]).exits(5).prints("allow the action `ecs:DescribeServices`");
    let mut scenario = super::world::scenario();
    scenario.denied_actions = vec!["ecs:DescribeTaskDefinition".into()];
    let world = World::new(&scenario);
    let ended = status(&world, &["main/web"]).exits(0);
    ended.prints("main/web runs web:1, 2 of 2 tasks").prints("allow the action `ecs:DescribeTaskDefinition`");
}

#[test]
fn a_whole_cluster_takes_few_calls() {
    let names: Vec<String> = (0..25).map(|number| format!("web-{number:02}")).collect();
    let mut scenario = serving(names.iter().map(|name| service(name)).collect());
    scenario.resources.task_definitions = vec![definition("shared")];
    for service in &mut scenario.resources.services[..20] {
        service.task_definition = json!("shared");
    }
    let world = World::new(&scenario);
    let ended = status(&world, &["main", "main/web-07"]).exits(0);
    let services: Vec<Value> = ended
        .events()
        .into_iter()
        .filter(|event| event["event"] == "service-described")
        .map(|e| e["service"].clone())
        .collect();
    let expected: Vec<Value> = names.iter().map(|name| json!(format!("main/{name}"))).collect();
    assert_eq!(services, expected, "{}", ended.transcript());
    let calls = ["ListServices", "DescribeServices", "DescribeTaskDefinition", "DescribeServiceDeployments"]
        .map(|operation| ended.count(&format!("ecs:{operation}")));
    assert_eq!(calls, [1, 3, 6, 2], "{}", ended.transcript());
    assert_eq!(ended.calls.len(), 12 + ended.count("ecs:DescribeServiceRevisions"), "{}", ended.transcript());
    assert!(ended.count("ecs:DescribeServiceRevisions") <= 2, "{}", ended.transcript());
}

#[test]
fn a_rollout_is_counted_by_its_own_tasks() {
    let mut scenario = scenario();
    scenario.task_rules.push(TaskRule {
        filter: TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() },
        behaviour: TaskBehaviour::Hang,
        ..TaskRule::default()
    });
    // Two new tasks run in addition to the two old ones, and never become healthy.
    let world = World::new(&scenario);
    world.run().args(&["--no-wait"]).exits(0);
    world.simulator.advance(300.0);
    let ended = status(&world, &["main/web"]).exits(0);
    let web = description(&ended, "main/web");
    let own = &web["runs"]["tasks"];
    ended.prints(&format!("main/web runs web:1, {} of {} tasks", own["running"], own["desired"]));
    assert_eq!(own["running"], 2, "{}", ended.transcript());
}

#[test]
fn a_rollback_by_an_update_is_reported_as_such() {
    let world = World::new(&scenario());
    world.run().exits(0);
    world.verb("rollback").args(&["main/web", "--poll", "0.01"]).exits(0);
    world.simulator.advance(60.0);
    status(&world, &["main/web"]).exits(0).prints("main/web runs web:1").prints("), after a rollback");
}

#[test]
fn clusters_and_services_are_accepted_as_arns() {
    let world = World::new(&scenario());
    let arn = |what: &str| format!("arn:aws:ecs:eu-west-1:123456789012:{what}");
    for named in [arn("service/main/web"), arn("cluster/main")] {
        // The run uses the region of the ARN.
        status(&world, &[&named]).set("AWS_REGION", "us-east-1").exits(0).prints("main/web runs web:1");
        let ended = status(&world, &[&named, "--region", "us-east-1"]).exits(2);
        ended.prints("the ARN's region eu-west-1 conflicts with the run's region us-east-1");
    }
    status(&world, &[&arn("service/web")]).exits(2).prints("lacks the cluster");
    let rollback = world.verb("rollback").args(&[&arn("service/main/web"), "--poll", "0.01"]);
    rollback.exits(5).prints("cannot roll back main/web: no other task definition");
}

#[test]
fn an_invalid_name_is_a_usage_error() {
    let world = World::new(&scenario());
    for bad in ["main/", "a b", "main/web/x"] {
        let ended = status(&world, &[bad]).exits(2);
        assert!(ended.calls.is_empty(), "{}", ended.transcript());
    }
}
