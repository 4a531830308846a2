//! Families, other regions and roles, waves, and one-off tasks.

use super::*;

fn family(name: &str) -> Target {
    Target { destination: Destination::Family(name.into()), ..target() }
}

fn role(arn: &str) -> RoleArn {
    RoleArn::parse(arn).unwrap()
}

fn latest(revision: &str, image: &str) -> FamilyFacts {
    FamilyFacts::Found(Box::new(LatestRevision {
        task_definition: arn(revision),
        definition: definition(image),
    }))
}

fn task(name: &str, container: &str) -> OneOffTask {
    OneOffTask {
        name: name.into(),
        container: container.into(),
        command: vec!["bin/migrate".into()],
        environment: vec![],
        timeout_seconds: None,
    }
}

#[test]
fn a_family_gets_a_revision_and_no_rollout() {
    let mut facts = facts("h.example/todo:master");
    facts.families.insert((here(), "nightly".into()), latest("nightly:12", "h.example/todo:master"));
    let plan = plan(vec![image("todo")], vec![target(), family("nightly")], &facts).unwrap();
    let family = &plan.targets[1];
    assert_eq!((family.name.as_str(), family.base.clone()), ("nightly", arn("nightly:12")));
    assert_eq!(family.launch, None);
    assert_eq!((family.unchanged, family.rollout.clone()), (false, RolloutState::Complete));
    assert!(family.new_revision(&BTreeMap::from([("todo".into(), digest())])).unwrap().is_some());
}

#[test]
fn a_family_whose_latest_revision_has_the_image_is_unchanged_even_when_forced() {
    let mut facts = pushed("h.example/todo:master");
    facts.families.insert((here(), "nightly".into()), latest("nightly:12", &pinned()));
    let deployment = Deployment { images: vec![image("todo")], targets: vec![family("nightly")] };
    let options = PlanOptions { force: true, ..PlanOptions::default() };
    assert!(plan_with(&deployment, &facts, &stamp(), options).unwrap().is_up_to_date());
}

#[test]
fn a_family_must_have_an_active_revision() {
    let mut facts = facts("h.example/todo:master");
    facts.families.insert((here(), "nightly".into()), FamilyFacts::Absent);
    let error = plan(vec![image("todo")], vec![family("nightly")], &facts).unwrap_err().to_string();
    assert!(error.contains("`nightly`: the family has no active revision in eu-central-1"), "{error}");
}

#[test]
fn one_service_in_two_regions_is_two_targets_with_two_names() {
    let mut facts = facts("h.example/todo:master");
    let there = Target { region: Some(region("us-east-1")), ..target() };
    let deploy = role("arn:aws:iam::210987654321:role/ci/deploy");
    let other = Target { role: Some(deploy), ..there.clone() };
    for target in [&there, &other] {
        facts.services.insert((target.place(&facts.region), name()), service("h.example/todo:master"));
    }
    let place = other.place(&facts.region);
    let Some(ServiceFacts::Found(running)) = facts.services.get_mut(&(place, name())) else { panic!() };
    running.task_definition = "arn:aws:ecs:us-east-1:210987654321:task-definition/todo:3".into();

    let plan = plan(vec![image("todo")], vec![target(), there, other], &facts).unwrap();
    let names: Vec<&str> = plan.targets.iter().map(|target| target.name.as_str()).collect();
    let expected = [
        "todo-master/todo",
        "todo-master/todo in us-east-1",
        "todo-master/todo in us-east-1 as 210987654321/deploy",
    ];
    assert_eq!(names, expected);
    let json = serde_json::to_value(&plan.targets[1]).unwrap();
    assert_eq!(json["name"], json!("todo-master/todo in us-east-1"));
    assert_eq!(json["place"], json!({"region": "us-east-1", "role": null}));
}

#[test]
fn a_service_that_two_roles_reach_is_rejected_as_a_duplicate() {
    let mut facts = facts("h.example/todo:master");
    let deploy = Target { role: Some(role("arn:aws:iam::123456789012:role/deploy")), ..target() };
    facts.services.insert((deploy.place(&facts.region), name()), service("h.example/todo:master"));
    let error = plan(vec![image("todo")], vec![target(), deploy], &facts).unwrap_err().to_string();
    assert!(
        error.contains("todo-master/todo as 123456789012/deploy: the decision has this target twice"),
        "{error}"
    );
}

#[test]
fn a_problem_names_region_and_role_where_they_differ_from_the_run() {
    let problem = problem(|target, _| {
        target.region = Some(region("us-east-1"));
        target.role = Some(role("arn:aws:iam::210987654321:role/deploy"));
    });
    let expected = "service `todo-master/todo` in us-east-1 as 210987654321/deploy: cluster `todo-master` in \
                    us-east-1 has no such service";
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn an_arn_of_another_region_is_rejected() {
    let problem = problem(|target, _| target.arn_region = Some(region("us-east-1")));
    assert!(
        problem.contains("the ARN's region us-east-1 conflicts with the run's region eu-central-1"),
        "{problem}"
    );
}

#[test]
fn a_one_off_task_needs_a_container_of_the_definition() {
    let problem = problem(|target, _| {
        target.tasks_before = vec![task("migrate", "api")];
        target.tasks_after = vec![task("smoke", "api"), task("ping", "web")];
    });
    let expected = "its one-off task `migrate` needs the container `api`, which the task definition does not have (`web` \
                    runs h.example/todo:master, `log` runs h.example/log:1); correct the name";
    assert!(problem.contains(expected) && problem.contains("`smoke`"), "{problem}");
    assert!(!problem.contains("`ping`"), "{problem}");
}

#[test]
fn the_plan_contains_what_the_rollout_needs() {
    let target = Target {
        tasks_before: vec![task("migrate", "web")],
        tasks_after: vec![task("smoke", "log")],
        rollout: RolloutOptions {
            on_failure: Some(FailureAction::RollBack),
            timeout_seconds: Some(60),
            ..RolloutOptions::default()
        },
        wave: 3,
        ..target()
    };
    let plan = plan(vec![image("todo")], vec![target.clone()], &facts("h.example/todo:master")).unwrap();
    let planned = &plan.targets[0];
    assert_eq!((&planned.tasks_before, &planned.tasks_after), (&target.tasks_before, &target.tasks_after));
    assert_eq!((planned.rollout_options, planned.wave), (target.rollout, 3));
    assert_eq!(planned.launch.as_ref().unwrap().launch_type.as_deref(), Some("FARGATE"));
    assert_eq!(planned.scheduling, Some(Scheduling::Replica));
}

#[test]
fn waves_are_ordered_by_number() {
    let mut facts = facts("h.example/todo:master");
    let named = |service: &str, wave| {
        let service = ServiceName { service: service.into(), ..name() };
        Target { destination: Destination::Service(service), wave, ..target() }
    };
    let targets = vec![named("c", 7), named("a", 0), named("b", 7)];
    for target in &targets {
        let Destination::Service(name) = &target.destination else { panic!() };
        facts.services.insert((here(), name.clone()), service("h.example/todo:master"));
    }
    let plan = plan(vec![image("todo")], targets, &facts).unwrap();
    let waves: Vec<(u32, Vec<&str>)> = plan
        .waves()
        .into_iter()
        .map(|(wave, targets)| (wave, targets.into_iter().map(|target| target.name.as_str()).collect()))
        .collect();
    assert_eq!(waves, [(0, vec!["todo-master/a"]), (7, vec!["todo-master/c", "todo-master/b"])]);
}

#[test]
fn services_of_one_definition_share_a_revision() {
    let mut facts = facts("h.example/todo:master");
    let named = |service: &str| {
        let service = ServiceName { service: service.into(), ..name() };
        Target { destination: Destination::Service(service), ..target() }
    };
    let same = named("worker");
    let environment = vec![("QUEUE".to_owned(), "mail".to_owned())];
    let settings = ContainerSettings { environment, ..ContainerSettings::default() };
    let change = ContainerChange { settings, ..change("web", "todo") };
    let other = Target { containers: Some(vec![change]), ..named("mailer") };
    let there = Target { region: Some(region("us-east-1")), ..target() };
    let targets = vec![target(), same, other, there];
    for target in &targets {
        let Destination::Service(name) = &target.destination else { panic!() };
        let place = target.place(&facts.region);
        facts.services.insert((place, name.clone()), service("h.example/todo:master"));
    }
    let digests = BTreeMap::from([("todo".into(), digest())]);
    let plan = plan(vec![image("todo")], targets, &facts).unwrap();
    let keys: Vec<RevisionKey> = plan
        .targets
        .iter()
        .map(|target| target.revision_key(&target.new_revision(&digests).unwrap().unwrap()))
        .collect();
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
    assert_ne!(keys[0], keys[3]);
}
