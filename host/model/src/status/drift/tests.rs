use serde_json::{Value, json};

use super::*;

const DEPLOYER: &str = "arn:aws:sts::123456789012:assumed-role/deploy/run-1";

fn definition(image: &str, commit: Option<&str>) -> TaskDefinition {
    let labels = match commit {
        Some(commit) => json!({"ecs-host.commit": commit.repeat(40), "ecs-host.build": "57"}),
        None => json!({"team": "a"}),
    };
    let container = json!({"name": "web", "image": image, "dockerLabels": labels});
    let body = json!({"taskDefinition": {"family": "web", "containerDefinitions": [container]}});
    TaskDefinition::from_response(body).unwrap()
}

fn arn(revision: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{revision}")
}

/// The drift of a service that runs `current` after `before`: name, definition and principal of each.
fn detect(current: (&str, &TaskDefinition, &str), before: (&str, &TaskDefinition, &str)) -> Option<Drift> {
    let arns = [arn(current.0), arn(before.0)];
    let revision = |arn: &'static str, definition, by: &'static str| RegisteredRevision {
        task_definition: arn,
        definition,
        registered_by: Some(by).filter(|by| !by.is_empty()),
    };
    let [current_arn, before_arn] = arns.map(|arn| &*arn.leak());
    let leak = |text: &str| &*text.to_owned().leak();
    Drift::detect(
        revision(current_arn, current.1, leak(current.2)),
        revision(before_arn, before.1, leak(before.2)),
    )
}

#[test]
fn a_revision_without_a_stamp_after_a_stamped_one_is_a_drift() {
    let (stamped, plain) = (definition("a@sha256:1", Some("a")), definition("a:2", None));
    let drift = detect(("web:8", &plain, "arn:aws:iam::1:user/eve"), ("web:7", &stamped, DEPLOYER)).unwrap();
    assert_eq!((drift.kind, drift.changes_image()), (DriftKind::Unstamped, true));
    assert_eq!(drift.registered_by.as_deref(), Some("arn:aws:iam::1:user/eve"));
    assert!(drift.changes.iter().all(|path| !path.contains("ecs-host")), "{drift:?}");
    // Of another family, which somebody else has set the service to.
    assert!(detect(("other:1", &plain, ""), ("web:7", &stamped, "")).is_some());
    let json = serde_json::to_value(&drift).unwrap();
    assert_eq!((&json["kind"], &json["build"]["number"]), (&Value::from("unstamped"), &Value::from(57)));
}

#[test]
fn a_rollback_to_a_revision_without_a_stamp_is_no_drift() {
    let (stamped, plain) = (definition("a@sha256:1", Some("a")), definition("a:2", None));
    assert_eq!(detect(("web:6", &plain, ""), ("web:7", &stamped, "")), None);
    assert_eq!(detect(("web:7", &stamped, ""), ("web:6", &plain, "")), None);
    assert_eq!(detect(("web:8", &plain, ""), ("web:7", &plain, "")), None);
}

#[test]
fn a_copy_with_the_same_stamp_is_a_drift_if_another_principal_registered_it() {
    let (own, copy) = (definition("a@sha256:1", Some("a")), definition("a@sha256:2", Some("a")));
    let person = "arn:aws:iam::123456789012:user/eve";
    let drift = detect(("web:8", &copy, person), ("web:7", &own, DEPLOYER)).unwrap();
    assert_eq!(
        (drift.kind, drift.changes),
        (DriftKind::Copied, vec!["containerDefinitions[web].image".to_owned()])
    );
    // Another session of the same role, or a principal that ECS does not report.
    let other_session = "arn:aws:sts::123456789012:assumed-role/deploy/run-2";
    for by in [other_session, ""] {
        assert_eq!(detect(("web:8", &copy, by), ("web:7", &own, DEPLOYER)), None, "{by}");
    }
    // The same content, and a newer build.
    assert_eq!(detect(("web:8", &own, person), ("web:7", &own, DEPLOYER)), None);
    let newer = definition("a@sha256:2", Some("b"));
    assert_eq!(detect(("web:8", &newer, person), ("web:7", &own, DEPLOYER)), None);
}
