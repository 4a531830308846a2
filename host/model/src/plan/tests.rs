use std::collections::BTreeMap;

use serde_json::json;

use super::facts::{Family, Latest, Launch, Running, Scheduling, Service};
use super::*;
use crate::decision::{Assignment, Destination, FailureAction, OneOffTask, ServiceName, Target};
use crate::names::{Place, Repository, RoleArn, Tag};

mod kinds;
mod order;

const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";

fn digest() -> Digest {
    Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap()
}

fn image(name: &str) -> Image {
    Image {
        name: name.into(),
        repository: Repository::parse("h.example/todo").unwrap(),
        tags: vec![Tag::parse("master").unwrap(), Tag::parse(COMMIT).unwrap()],
        source: ImageSource::Dockerfile(DockerBuild {
            context: ".".into(),
            dockerfile: None,
            stage: None,
            arguments: vec![],
            platform: None,
        }),
    }
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
        containers: vec![],
        tasks_before: vec![],
        tasks_after: vec![],
        wave: 0,
        timeout: None,
        on_failure: None,
    }
}

fn definition(image: &str) -> TaskDefinition {
    TaskDefinition::from_described(json!({"taskDefinition": {
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

fn service(runs: &str) -> Service {
    Service::Found(Box::new(Running {
        status: "ACTIVE".into(),
        controller: "ECS".into(),
        task_definition: arn("todo:7"),
        definition: Some(definition(runs)),
        rollout: RolloutState::Complete,
        primary: None,
        begun: None,
        deployments: vec![],
        account: "123456789012".into(),
        launch: Launch { launch_type: Some("FARGATE".into()), ..Launch::default() },
        scheduling: Scheduling::Replica,
        breaker: facts::CircuitBreaker::RollsBack,
    }))
}

fn facts(runs: &str) -> Facts {
    Facts {
        lacking: BTreeMap::new(),
        region: here().region,
        images: BTreeMap::from([("todo".into(), RegistryImage::Absent)]),
        services: BTreeMap::from([((here(), name()), service(runs))]),
        families: BTreeMap::new(),
    }
}

/// Facts in which the registry has the image, and the service runs it or not.
fn pushed(runs: &str) -> Facts {
    let tags = vec!["master".to_owned(), COMMIT.to_owned()];
    let images = BTreeMap::from([("todo".into(), RegistryImage::Present { digest: digest(), tags })]);
    Facts { images, ..facts(runs) }
}

/// What the service runs once the image is there.
fn pinned() -> String {
    format!("h.example/todo@{}", digest().as_str())
}

fn stamp() -> Stamp {
    Stamp {
        repository: Some("team/todo".into()),
        commit: COMMIT.into(),
        committed: None,
        build: Some(12),
        policy: "travis@sha256:0".into(),
    }
}

fn plan(images: Vec<Image>, targets: Vec<Target>, facts: &Facts) -> Result<Plan, PlanError> {
    Plan::new(&Deployment { images, targets }, facts, &stamp(), &Options::default())
}

/// What is wrong with a change to an otherwise good plan.
fn problem(change: impl FnOnce(&mut Target, &mut Facts)) -> String {
    let (mut target, mut facts) = (target(), facts("h.example/todo:master"));
    change(&mut target, &mut facts);
    plan(vec![image("todo")], vec![target], &facts).unwrap_err().to_string()
}

fn running(facts: &mut Facts) -> &mut Running {
    match facts.services.get_mut(&(here(), name())) {
        Some(Service::Found(running)) => running,
        _ => panic!("the service is there"),
    }
}

/// What is wrong with a value, and a part of the sentence that says so.
type Case<T> = (fn(&mut T), &'static str);

#[test]
fn the_container_of_the_repository_gets_the_image_and_the_stamp() {
    let plan = plan(vec![image("todo")], vec![target()], &facts("h.example/todo:master")).unwrap();
    let changes: Vec<&str> = plan.targets[0].changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(changes, ["containerDefinitions[web].image", "containerDefinitions[web].dockerLabels"]);
    let revision = plan.targets[0].revision(&BTreeMap::from([("todo".into(), digest())])).unwrap().unwrap();
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
fn what_runs_already_is_unchanged_whoever_built_it() {
    let plan = plan(vec![image("todo")], vec![target()], &pushed(&pinned())).unwrap();
    assert!(plan.is_unchanged());
    assert_eq!(plan.targets[0].revision(&BTreeMap::from([("todo".into(), digest())])).unwrap(), None);
}

#[test]
fn an_image_that_is_there_gets_the_tags_that_it_lacks() {
    let mut facts = facts("h.example/todo:master");
    facts
        .images
        .insert("todo".into(), RegistryImage::Present { digest: digest(), tags: vec![COMMIT.to_owned()] });
    let plan = plan(vec![image("todo")], vec![target()], &facts).unwrap();
    let missing_tags = vec![Tag::parse("master").unwrap()];
    assert_eq!(plan.images[0].action, ImageAction::Reuse { digest: digest(), missing_tags });
}

#[test]
fn only_a_tag_with_the_commit_stands_for_the_commit() {
    let tag = |text: &str| Reference::Tag(Tag::parse(text).unwrap());
    assert_eq!(wanted(&image("todo"), COMMIT, false), Some((tag(COMMIT), true)));
    assert_eq!(wanted(&image("todo"), COMMIT, true), Some((tag("master"), false)));
    assert_eq!(wanted(&image("todo"), &"0".repeat(40), false), Some((tag("master"), false)));
}

#[test]
fn a_container_of_a_similar_name_is_another_repository() {
    let problem =
        problem(|_, facts| running(facts).definition = Some(definition("h.example/todo-admin:master")));
    assert!(problem.contains("no container runs an image of h.example/todo"), "{problem}");
    assert!(
        problem.contains("`web` runs h.example/todo-admin:master, `log` runs h.example/log:1"),
        "{problem}"
    );
}

#[test]
fn two_images_of_one_repository_need_names() {
    let facts = facts("h.example/todo:master");
    let images = vec![image("todo"), image("admin")];
    let error = plan(images.clone(), vec![target()], &facts).unwrap_err().to_string();
    assert!(error.contains("`todo` and `admin` are both of h.example/todo"), "{error}");
    let assigned = |container: &str, image: &str| Assignment {
        container: container.into(),
        image: image.into(),
        environment: vec![],
    };
    let containers = vec![assigned("web", "todo"), assigned("log", "admin")];
    assert!(plan(images.clone(), vec![Target { containers, ..target() }], &facts).is_ok());

    let containers = vec![assigned("log", "admin")];
    let error = plan(images, vec![Target { containers, ..target() }], &facts).unwrap_err().to_string();
    assert!(error.contains("image `todo` is for no container: in `todo-master/todo` `web` runs"), "{error}");
}

#[test]
fn a_service_whose_arn_is_of_another_account_is_refused() {
    let problem = problem(|target, _| target.account = Some("999999999999".into()));
    assert!(problem.contains("of account 999999999999"), "{problem}");
}

#[test]
fn a_repository_that_is_missing_is_told_with_the_other_problems() {
    let problem = problem(|_, facts| {
        facts.images.insert("todo".into(), RegistryImage::NoRepository);
        running(facts).status = "INACTIVE".into();
    });
    assert!(
        problem.contains("there is no repository h.example/todo") && problem.contains("INACTIVE"),
        "{problem}"
    );
}

#[test]
fn a_named_container_must_exist() {
    let container = Assignment { container: "api".into(), image: "todo".into(), environment: vec![] };
    let problem = problem(|target, _| target.containers = vec![container]);
    assert!(problem.contains("has no container `api`: `web` runs"), "{problem}");
}

#[test]
fn a_service_must_be_there_and_active_and_of_ecs() {
    let cases: [Case<Facts>; 5] = [
        (
            |f| f.services = BTreeMap::from([((here(), name()), Service::NoCluster)]),
            "there is no cluster `todo-master` in eu-central-1",
        ),
        (
            |f| f.services = BTreeMap::from([((here(), name()), Service::NoService)]),
            "cluster `todo-master` in eu-central-1 has no such service",
        ),
        (|f| running(f).status = "INACTIVE".into(), "it is INACTIVE"),
        (|f| running(f).controller = "CODE_DEPLOY".into(), "deploy it through CodeDeploy"),
        (|f| running(f).controller = "EXTERNAL".into(), "its deployment controller is EXTERNAL"),
    ];
    for (change, expected) in cases {
        let problem = problem(|_, facts| change(facts));
        assert!(problem.contains(expected), "{problem}");
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let other = Target {
        destination: Destination::Service(ServiceName { service: "other".into(), ..name() }),
        ..target()
    };
    let error = plan(vec![image("todo")], vec![target(), other], &facts("h.example/x:1")).unwrap_err();
    assert_eq!(error.problems.len(), 2, "{error}");
}

#[test]
fn an_image_to_promote_must_be_there() {
    let pushed = Image {
        source: ImageSource::Pushed(Reference::Tag(Tag::parse("staging").unwrap())),
        ..image("todo")
    };
    let error = plan(vec![pushed], vec![target()], &facts("h.example/todo:1")).unwrap_err();
    assert!(error.to_string().contains("h.example/todo has no `staging` to promote"), "{error}");
}
