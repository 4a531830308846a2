use std::collections::BTreeMap;

use serde_json::json;

use super::facts::{CircuitBreaker, FamilyFacts, LaunchSettings, Scheduling, ServiceFacts, ServiceState};
use super::*;
use crate::decision::{
    ContainerChange, ContainerSettings, Destination, FailureAction, Image, ImageSource, OneOffTask,
    Reference, RolloutOptions, ServiceName, Target, TaskDefinitionOptions,
};
use crate::names::{Digest, Place, Region, Repository, RoleArn, Tag};

mod bases;
mod images;
mod kinds;
mod order;
mod reviewed;

const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

fn digest() -> Digest {
    Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap()
}

fn image(name: &str) -> Image {
    Image {
        name: name.into(),
        repository: Repository::parse("h.example/todo").unwrap(),
        tags: vec![Tag::parse("master").unwrap(), Tag::parse(COMMIT).unwrap()],
        source: ImageSource::Dockerfile,
        publish_only: false,
    }
}

/// A container that gets an image.
fn change(container: &str, image: &str) -> ContainerChange {
    let settings = ContainerSettings::default();
    ContainerChange { container: container.into(), image: Some(image.into()), settings }
}

fn name() -> ServiceName {
    ServiceName { cluster: "todo-master".into(), service: "todo".into() }
}

fn target() -> Target {
    Target {
        destination: Destination::Service(name()),
        region: None,
        arn_region: None,
        account: None,
        role: None,
        containers: None,
        task_definition: TaskDefinitionOptions::default(),
        rollout: RolloutOptions::default(),
        tasks_before: vec![],
        tasks_after: vec![],
        wave: 0,
    }
}

fn definition(image: &str) -> TaskDefinition {
    TaskDefinition::from_response(json!({"taskDefinition": {
        "family": "todo", "cpu": "256",
        "containerDefinitions": [{"name": "web", "image": image}, {"name": "log", "image": "h.example/log:1"}],
    }}))
    .unwrap()
}

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn here() -> Place {
    Place { region: region("eu-central-1"), role: None }
}

fn arn(revision: &str) -> String {
    format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{revision}")
}

fn service(runs: &str) -> ServiceFacts {
    ServiceFacts::Found(Box::new(ServiceState {
        status: "ACTIVE".into(),
        controller: "ECS".into(),
        is_express: false,
        task_definition: arn("todo:7"),
        definition: Some(definition(runs)),
        is_deregistered: false,
        latest: None,
        newer: None,
        rollout: RolloutState::Complete,
        primary_deployment_id: None,
        primary_created_at: None,
        primary_updated_at: None,
        deployed_definitions: vec![],
        account: "123456789012".into(),
        launch: LaunchSettings { launch_type: Some("FARGATE".into()), ..LaunchSettings::default() },
        scheduling: Scheduling::Replica,
        circuit_breaker: CircuitBreaker::RollsBack,
        bake_seconds: 0,
        desired_count: 2,
        pause: None,
        pause_read_error: None,
    }))
}

fn facts(runs: &str) -> PlanFacts {
    PlanFacts {
        build_problems: BTreeMap::new(),
        tag_conflicts: BTreeMap::new(),
        region: here().region,
        images: BTreeMap::from([("todo".into(), RegistryImage::Absent)]),
        services: BTreeMap::from([((here(), name()), service(runs))]),
        families: BTreeMap::new(),
        triggers: BTreeMap::new(),
        unread: Vec::new(),
    }
}

/// Facts where the registry has the image.
fn pushed(runs: &str) -> PlanFacts {
    let tags = vec!["master".to_owned(), COMMIT.to_owned()];
    let images = BTreeMap::from([("todo".into(), RegistryImage::Present { digest: digest(), tags })]);
    PlanFacts { images, ..facts(runs) }
}

/// The image that the service runs after the deployment.
fn pinned() -> String {
    format!("h.example/todo@{}", digest().as_str())
}

fn stamp() -> Stamp {
    Stamp {
        repository: Some("team/todo".into()),
        commit: COMMIT.into(),
        commit_time: None,
        number: Some(12),
        number_scope: None,
        policy: "travis@sha256:0".into(),
        guards: Vec::new(),
    }
}

fn plan(images: Vec<Image>, targets: Vec<Target>, facts: &PlanFacts) -> Result<Plan, PlanError> {
    let deployment = Deployment { images, targets };
    plan_with(&deployment, facts, &stamp(), PlanOptions::default())
}

fn plan_with(
    deployment: &Deployment,
    facts: &PlanFacts,
    stamp: &Stamp,
    options: PlanOptions,
) -> Result<Plan, PlanError> {
    Plan::new(PlanInput { deployment, facts, stamp, options: &options })
}

#[test]
fn a_failing_rollout_that_nothing_ends_is_reported() {
    let mut facts = facts("h.example/todo:master");
    if let Some(ServiceFacts::Found(service)) = facts.services.get_mut(&(here(), name())) {
        service.circuit_breaker = CircuitBreaker::Off;
    }
    let is_reported = |on_failure: Option<FailureAction>, own: Option<FailureAction>| {
        let mut target = target();
        target.rollout.on_failure = own;
        let deployment = Deployment { images: vec![image("todo")], targets: vec![target] };
        let options = PlanOptions { on_failure, ..PlanOptions::default() };
        let plan = plan_with(&deployment, &facts, &stamp(), options).unwrap();
        plan.targets[0].circuit_breaker_warning().is_some()
    };
    let (leave, back) = (Some(FailureAction::Leave), Some(FailureAction::RollBack));
    for (run, policy, expected) in [
        (leave, None, true),
        (back, None, false),
        (leave, back, false),
        (back, leave, true),
        // Nobody waits, so nobody rolls back.
        (None, back, true),
    ] {
        assert_eq!(is_reported(run, policy), expected, "{run:?} {policy:?}");
    }
}

/// The problem after a change to the input of a valid plan.
fn problem(change: impl FnOnce(&mut Target, &mut PlanFacts)) -> String {
    let (mut target, mut facts) = (target(), facts("h.example/todo:master"));
    change(&mut target, &mut facts);
    plan(vec![image("todo")], vec![target], &facts).unwrap_err().to_string()
}

fn running(facts: &mut PlanFacts) -> &mut ServiceState {
    match facts.services.get_mut(&(here(), name())) {
        Some(ServiceFacts::Found(running)) => running,
        _ => panic!("the service exists"),
    }
}

/// A change that makes a value invalid, and a part of the problem's sentence.
type Case<T> = (fn(&mut T), &'static str);

#[test]
fn the_container_of_the_repository_gets_the_image_and_the_stamp() {
    let plan = plan(vec![image("todo")], vec![target()], &facts("h.example/todo:master")).unwrap();
    let changes: Vec<String> = plan.targets[0].changes.iter().map(|change| change.path.to_string()).collect();
    assert_eq!(changes, ["containerDefinitions[web].image", "containerDefinitions[web].dockerLabels"]);
    let revision =
        plan.targets[0].new_revision(&BTreeMap::from([("todo".into(), digest())])).unwrap().unwrap();
    let images: Vec<_> = revision.containers().collect();
    assert_eq!(
        images,
        [("web", format!("h.example/todo@{}", digest().as_str()).as_str()), ("log", "h.example/log:1")]
    );
    let request: serde_json::Value = serde_json::from_str(&revision.to_request()).unwrap();
    let [web, log] = [0, 1].map(|position| request["containerDefinitions"][position].get("dockerLabels"));
    let labels = json!({
        "ecs-host.repository": "team/todo",
        "ecs-host.commit": COMMIT,
        "ecs-host.build": "12",
        "ecs-host.policy": "travis@sha256:0",
    });
    assert_eq!((web, log), (Some(&labels), None));
}

#[test]
fn a_service_that_runs_the_image_is_unchanged_whoever_deployed_it() {
    let plan = plan(vec![image("todo")], vec![target()], &pushed(&pinned())).unwrap();
    assert!(plan.is_up_to_date());
    assert_eq!(plan.targets[0].new_revision(&BTreeMap::from([("todo".into(), digest())])).unwrap(), None);
}

#[test]
fn a_repository_with_a_longer_name_is_another_one() {
    let problem =
        problem(|_, facts| running(facts).definition = Some(definition("h.example/todo-admin:master")));
    assert!(problem.contains("no container runs an image of h.example/todo"), "{problem}");
    assert!(
        problem.contains("`web` runs h.example/todo-admin:master, `log` runs h.example/log:1"),
        "{problem}"
    );
}

#[test]
fn two_images_of_one_repository_need_named_containers() {
    let facts = facts("h.example/todo:master");
    let images = vec![image("todo"), image("admin")];
    let error = plan(images.clone(), vec![target()], &facts).unwrap_err().to_string();
    assert!(error.contains("`todo` and `admin` share the repository h.example/todo"), "{error}");
    let containers = Some(vec![change("web", "todo"), change("log", "admin")]);
    assert!(plan(images.clone(), vec![Target { containers, ..target() }], &facts).is_ok());

    let containers = Some(vec![change("log", "admin")]);
    let error = plan(images, vec![Target { containers, ..target() }], &facts).unwrap_err().to_string();
    assert!(
        error.contains("image `todo` is deployed to no container (in `todo-master/todo` `web` runs"),
        "{error}"
    );
}

#[test]
fn an_arn_of_another_account_is_rejected() {
    let problem = problem(|target, _| target.account = Some("999999999999".into()));
    assert!(problem.contains("the ARN's account 999999999999 conflicts with the credentials"), "{problem}");
}

#[test]
fn a_named_container_must_exist() {
    let problem = problem(|target, _| target.containers = Some(vec![change("api", "todo")]));
    assert!(
        problem.contains("container `api`, which the task definition does not have (`web` runs"),
        "{problem}"
    );
}

#[test]
fn a_service_must_exist_and_be_active_and_use_the_controller_ecs() {
    let cases: [Case<PlanFacts>; 6] = [
        (
            |f| f.services = BTreeMap::from([((here(), name()), ServiceFacts::NoCluster)]),
            "cluster `todo-master` does not exist in eu-central-1",
        ),
        (
            |f| f.services = BTreeMap::from([((here(), name()), ServiceFacts::NoService)]),
            "cluster `todo-master` in eu-central-1 has no such service",
        ),
        (|f| running(f).status = "INACTIVE".into(), "the service is INACTIVE"),
        (|f| running(f).controller = "CODE_DEPLOY".into(), "deploy it through CodeDeploy"),
        (|f| running(f).controller = "EXTERNAL".into(), "the deployment controller is EXTERNAL"),
        (|f| running(f).is_express = true, "aws ecs update-express-gateway-service"),
    ];
    for (change, expected) in cases {
        let problem = problem(|_, facts| change(facts));
        assert!(problem.contains(expected), "{problem}");
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let other = Target {
        destination: Destination::Service(ServiceName { service: "other".into(), ..name() }),
        ..target()
    };
    let error = plan(vec![image("todo")], vec![target(), other], &facts("h.example/x:1")).unwrap_err();
    assert_eq!(error.problems.len(), 2, "{error}");
}
