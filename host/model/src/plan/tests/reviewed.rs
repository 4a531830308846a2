//! The plan as guards receive it.

use super::*;
use crate::build::{Build, BuildEvent};
use crate::review::{
    Action, ChangedValue, PolicyIdentity, ReviewInput, ReviewedPlan, ReviewedTarget, RollbackInput,
    RolloutDefaults,
};

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf";

fn build() -> Build {
    Build {
        provider: "travis".into(),
        repository: Some("team/todo".into()),
        branch: "master".into(),
        commit: COMMIT.into(),
        commit_message: Some("Add postgres://me:hunter2-hunter2@db/app".into()),
        commit_time: None,
        base_commit: None,
        event: BuildEvent::Push,
        provider_event: None,
        tag: None,
        pull_request: None,
        number: Some(12),
        number_scope: None,
        job: None,
        actor: None,
        started_at: 1_767_225_600,
    }
}

fn review(plan: &Plan) -> ReviewedPlan {
    let policy = PolicyIdentity {
        name: "travis".into(),
        version: "0.1.0".into(),
        digest: digest(),
        source: "built-in".into(),
        settings: vec![("IMAGE_NAME".into(), "todo".into()), ("API_TOKEN".into(), "hunter2-hunter2".into())],
    };
    let defaults = RolloutDefaults {
        timeout_seconds: None,
        default_timeout_seconds: 900,
        on_failure: FailureAction::Leave,
    };
    let build = build();
    let input = ReviewInput {
        action: Action::Deploy,
        started_at: 1_767_225_700,
        build: &build,
        policy: &policy,
        defaults,
    };
    ReviewedPlan::new(plan, input).unwrap()
}

/// A definition with everything that a guard may not see, and what it sees instead.
fn with_secrets() -> TaskDefinition {
    TaskDefinition::from_response(json!({"taskDefinition": {
        "family": "todo",
        "containerDefinitions": [{
            "name": "web", "image": "h.example/todo:1", "privileged": true,
            "environment": [
                {"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_PASSWORD", "value": "hunter2-hunter2"},
                {"name": "URL", "value": "https://me:hunter2-hunter2@h.example/"},
            ],
            "secrets": [{"name": "API_KEY", "valueFrom": ARN}],
            "command": ["serve", "--password", "hunter2-hunter2"],
        }],
    }}))
    .unwrap()
}

fn planned(definition: TaskDefinition, target: Target, facts: PlanFacts) -> ReviewedTarget {
    let mut facts = facts;
    if let Some(ServiceFacts::Found(state)) = facts.services.get_mut(&(here(), name())) {
        state.definition = Some(definition);
    }
    let plan = plan(vec![image("todo")], vec![target], &facts).unwrap();
    let mut reviewed = review(&plan);
    assert_eq!(reviewed.targets.len(), 1);
    reviewed.targets.remove(0)
}

#[test]
fn no_secret_reaches_a_guard() {
    let mut target = target();
    target.tasks_before = vec![OneOffTask {
        name: "migrate".into(),
        container: "web".into(),
        command: vec!["migrate".into(), "--password=hunter2-hunter2".into()],
        environment: vec![("MODE".into(), "fast".into()), ("TOKEN".into(), "hunter2-hunter2".into())],
        timeout_seconds: None,
    }];
    let mut facts = facts("x");
    if let Some(ServiceFacts::Found(state)) = facts.services.get_mut(&(here(), name())) {
        state.definition = Some(with_secrets());
    }
    let reviewed = review(&plan(vec![image("todo")], vec![target], &facts).unwrap());
    let text = serde_json::to_string(&reviewed).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let own = &reviewed.targets[0];
    let [web] = own.containers.as_slice() else { panic!("{own:?}") };
    assert!(web.privileged && web.secrets == [("API_KEY".to_owned(), ARN.to_owned())]);
    let values: Vec<Option<&str>> =
        web.environment.iter().map(|variable| variable.value.as_deref()).collect();
    assert_eq!(values, [Some("info"), None, None]);
    assert_eq!(
        own.definition["containerDefinitions"][0]["environment"][1],
        json!({"name": "DB_PASSWORD", "value": null})
    );
    assert_eq!(own.definition["containerDefinitions"][0]["command"], json!(["serve", "--password", null]));
    let [task] = own.tasks_before.as_slice() else { panic!("{own:?}") };
    assert_eq!(task.command, ["migrate", "--password=***"]);
    assert_eq!((task.timeout_seconds, task.environment[1].value.as_deref()), (900, None));
    let policy = reviewed.policy.unwrap();
    assert_eq!(
        policy.settings,
        [("IMAGE_NAME", "todo"), ("API_TOKEN", "***")].map(|(n, v)| (n.into(), v.into()))
    );
}

#[test]
fn a_target_has_its_changes_by_path_and_what_it_receives() {
    let mut target = target();
    target.rollout.desired_count = Some(5);
    target.task_definition.cpu_units = Some(512);
    let own = planned(definition("h.example/todo:1"), target, facts("x"));
    let text = |value: &str| ChangedValue::Text(value.to_owned());
    let changes: Vec<(&str, &ChangedValue, &ChangedValue)> =
        own.changes.iter().map(|change| (change.path.as_str(), &change.before, &change.after)).collect();
    let expected = [
        ("containerDefinitions[web].image", text("h.example/todo:1"), text("h.example/todo")),
        ("cpu", text("256"), text("512")),
        ("desiredCount", text("2"), text("5")),
    ];
    for (path, before, after) in &expected {
        assert!(changes.contains(&(*path, before, after)), "{changes:?}");
    }
    let label = "containerDefinitions[web].dockerLabels[\"ecs-host.commit\"]";
    assert!(changes.contains(&(label, &ChangedValue::Absent, &text(COMMIT))), "{changes:?}");
    assert!(changes.is_sorted_by_key(|(path, ..)| *path));
    assert_eq!((own.running_revision.as_deref(), own.next_revision), (Some("todo:7"), None));
    assert_eq!((own.account.as_deref(), own.is_unchanged), (Some("123456789012"), false));
    let images: Vec<(&str, Option<&str>)> =
        own.containers.iter().map(|own| (own.image.as_str(), own.image_name.as_deref())).collect();
    assert_eq!(images, [("h.example/todo", Some("todo")), ("h.example/log:1", None)]);
    let rollout = own.rollout.unwrap();
    assert_eq!((rollout.timeout_seconds, rollout.on_failure), (Some(900), Some(FailureAction::Leave)));
}

#[test]
fn an_image_in_the_registry_is_named_by_its_digest_and_an_unchanged_target_by_its_revision() {
    let own = planned(definition("h.example/todo:1"), target(), pushed("x"));
    assert_eq!(own.containers[0].image, pinned());
    assert_eq!(own.definition["containerDefinitions"][0]["image"], json!(pinned()));
    let own = planned(definition(&pinned()), target(), pushed("x"));
    assert!(own.is_unchanged && own.changes.is_empty(), "{own:?}");
    assert_eq!((own.next_revision.as_deref(), &own.containers[0].image_name), (Some("todo:7"), &None));
}

#[test]
fn a_rollback_has_the_revision_that_it_goes_back_to() {
    let (before, after) = (definition("h.example/todo:2"), with_secrets());
    let (from, to) = (arn("todo:8"), arn("todo:7"));
    let (target, service) = (TargetName::new(&Destination::Service(name()), &here(), &here().region), name());
    let reviewed = ReviewedPlan::of_rollback(RollbackInput {
        started_at: 1,
        name: &target,
        service: &service,
        place: &here(),
        from: (&from, &before),
        to: (&to, &after),
        timeout_seconds: 900,
    });
    assert!(reviewed.build.is_none() && reviewed.policy.is_none() && reviewed.action == Action::Rollback);
    let own = &reviewed.targets[0];
    assert_eq!(
        (own.running_revision.as_deref(), own.next_revision.as_deref()),
        (Some("todo:8"), Some("todo:7"))
    );
    assert!(own.containers[0].privileged && !own.changes.is_empty());
    let text = serde_json::to_string(&reviewed).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_recorded_plan_is_read_again() {
    let mut target = target();
    target.rollout.desired_count = Some(5);
    let plan = plan(vec![image("todo")], vec![target], &facts("h.example/todo:1")).unwrap();
    let reviewed = review(&plan);
    let text = serde_json::to_string(&reviewed).unwrap();
    assert_eq!(serde_json::from_str::<ReviewedPlan>(&text).unwrap(), reviewed);
    let unknown = text.replacen("\"action\"", "\"acton\"", 1);
    assert!(serde_json::from_str::<ReviewedPlan>(&unknown).is_err());
}
