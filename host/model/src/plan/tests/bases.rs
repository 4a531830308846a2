//! The revision that a new one is made from, and the marks of one-off tasks.

use super::*;
use crate::decision::RevisionBase;

/// Facts where another tool has registered `todo:8`, with this definition.
fn with_newer(newer: TaskDefinition) -> PlanFacts {
    let mut facts = pushed("h.example/todo:1");
    running(&mut facts).newer = Some(LatestRevision { task_definition: arn("todo:8"), definition: newer });
    facts
}

/// A definition with more memory.
fn larger() -> TaskDefinition {
    TaskDefinition::from_response(json!({"taskDefinition": {
        "family": "todo", "cpu": "512",
        "containerDefinitions": [
            {"name": "web", "image": "h.example/todo:placeholder"}, {"name": "log", "image": "h.example/log:2"},
        ],
    }}))
    .unwrap()
}

fn plan_target(target: Target, facts: &PlanFacts, base: RevisionBase) -> TargetPlan {
    let deployment = Deployment { images: vec![image("todo")], targets: vec![target] };
    let options = PlanOptions { base, ..PlanOptions::default() };
    plan_with(&deployment, facts, &stamp(), options).unwrap().targets.remove(0)
}

fn cpu(plan: &TargetPlan) -> String {
    let digests = BTreeMap::from([("todo".to_owned(), digest())]);
    let revision = plan.new_revision(&digests).unwrap().unwrap();
    revision.field("cpu").and_then(|cpu| cpu.as_str()).unwrap_or_default().to_owned()
}

#[test]
fn a_newer_revision_is_the_base_only_if_it_is_chosen() {
    let facts = with_newer(larger());
    let plan = plan_target(target(), &facts, RevisionBase::Running);
    assert_eq!((plan.made_from.as_str(), cpu(&plan).as_str()), (arn("todo:7").as_str(), "256"));
    let [warning] = plan.warnings.as_slice() else { panic!("{:?}", plan.warnings) };
    assert!(warning.starts_with("todo:8 is newer than todo:7, which the service runs"), "{warning}");
    assert!(warning.ends_with("changes cpu, containerDefinitions[log].image"), "{warning}");

    let plan = plan_target(target(), &facts, RevisionBase::Latest);
    assert_eq!((plan.made_from.as_str(), cpu(&plan).as_str()), (arn("todo:8").as_str(), "512"));
    assert_eq!((plan.base.as_str(), plan.warnings.len()), (arn("todo:7").as_str(), 0));
    // The changes are those to what runs.
    assert!(
        plan.changes
            .iter()
            .any(|change| change.path.to_string() == "cpu" && change.before == Some(json!("256")))
    );
}

#[test]
fn the_base_of_a_target_has_precedence_over_that_of_the_run() {
    let facts = with_newer(larger());
    let own = |base| {
        let task_definition = TaskDefinitionOptions { base: Some(base), ..TaskDefinitionOptions::default() };
        Target { task_definition, ..target() }
    };
    let latest = plan_target(own(RevisionBase::Latest), &facts, RevisionBase::Running);
    let running = plan_target(own(RevisionBase::Running), &facts, RevisionBase::Latest);
    assert_eq!((cpu(&latest).as_str(), cpu(&running).as_str()), ("512", "256"));
}

#[test]
fn a_newer_revision_without_a_container_for_the_image_is_named() {
    let other = definition("h.example/other:1");
    let plan = plan_target(target(), &with_newer(other.clone()), RevisionBase::Running);
    assert!(plan.warnings[0].ends_with("it has no container for the images"), "{:?}", plan.warnings);
    let deployment = Deployment { images: vec![image("todo")], targets: vec![target()] };
    let options = PlanOptions { base: RevisionBase::Latest, ..PlanOptions::default() };
    let error = plan_with(&deployment, &with_newer(other), &stamp(), options).unwrap_err();
    assert!(error.to_string().contains("no container runs an image of h.example/todo"), "{error}");
}

#[test]
fn a_newer_revision_remains_the_base_until_a_still_newer_one_is_deployed() {
    let plan = plan_target(target(), &with_newer(larger()), RevisionBase::Latest);
    let rebase = |revision: &str| {
        plan.rebase(NewBase {
            task_definition: &arn(revision),
            definition: &definition("h.example/todo:2"),
            is_deregistered: false,
            own: None,
        })
        .unwrap()
    };
    assert_eq!((rebase("todo:6").made_from, cpu(&rebase("todo:6")).as_str()), (arn("todo:8"), "512"));
    assert_eq!((rebase("todo:9").made_from, cpu(&rebase("todo:9")).as_str()), (arn("todo:9"), "256"));
}

#[test]
fn a_deregistered_base_is_copied() {
    let mut facts = pushed(&pinned());
    running(&mut facts).is_deregistered = true;
    let plan = plan_target(target(), &facts, RevisionBase::Running);
    assert!(plan.is_deregistered && plan.unchanged);
    let digests = BTreeMap::from([("todo".to_owned(), digest())]);
    let copy = plan.copy_of_base(&digests).unwrap();
    assert!(copy.equals_ignoring_stamp(&definition(&pinned())));
    assert_eq!(copy.label("web", "ecs-host.build"), Some("12"));
}

#[test]
fn a_definition_is_the_same_in_another_order_of_its_variables() {
    let definition = |variables: serde_json::Value| {
        let container = json!({"name": "web", "image": "a", "environment": variables});
        let described = json!({"taskDefinition": {"family": "web", "containerDefinitions": [container]}});
        TaskDefinition::from_response(described).unwrap()
    };
    let (a, b) = (json!({"name": "A", "value": "1"}), json!({"name": "B", "value": "2"}));
    assert!(definition(json!([a, b])).is_same(&definition(json!([b, a]))));
    assert!(!definition(json!([a, b])).is_same(&definition(json!([a]))));
}

#[test]
fn a_mark_identifies_build_target_and_task() {
    let task = |name: &str, command: &[&str]| OneOffTask {
        name: name.into(),
        container: "web".into(),
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        environment: vec![],
        timeout_seconds: None,
    };
    let own = task("migrate", &["bin/migrate", "all"]);
    let mark = |stamp: &Stamp, service: &str, task: &OneOffTask| {
        let destination = Destination::Service(ServiceName { service: service.into(), ..name() });
        let mut facts = facts("h.example/todo:1");
        let found = super::service("h.example/todo:1");
        facts.services.insert((here(), ServiceName { service: service.into(), ..name() }), found);
        let deployment =
            Deployment { images: vec![image("todo")], targets: vec![Target { destination, ..target() }] };
        let plan = plan_with(&deployment, &facts, stamp, PlanOptions::default()).unwrap();
        plan.targets[0].mark_before(task)
    };
    let first = mark(&stamp(), "todo", &own);
    assert_eq!(first, mark(&Stamp { policy: "other@sha256:1".into(), ..stamp() }, "todo", &own));
    for other in [
        mark(&Stamp { number: Some(13), ..stamp() }, "todo", &own),
        mark(&Stamp { commit: "4".repeat(40), ..stamp() }, "todo", &own),
        mark(&stamp(), "other", &own),
        mark(&stamp(), "todo", &task("seed", &["bin/migrate", "all"])),
        mark(&stamp(), "todo", &task("migrate", &["bin/migrate all"])),
    ] {
        assert_ne!(other, first);
    }
}
