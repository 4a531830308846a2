use proptest::prelude::*;

use super::*;

fn described() -> Value {
    json!({
        "taskDefinition": {
            "taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/todo:7",
            "family": "todo", "revision": 7, "status": "ACTIVE", "registeredAt": 1.5, "compatibilities": ["EC2"],
            "containerDefinitions": [
                {"name": "web", "image": "h.example/todo:master", "environment": [], "links": [], "cpu": 0,
                 "secrets": [{"name": "PASSWORD", "valueFrom": "arn"}], "futureField": {"x": [null, 1.50]}},
                {"name": "log", "image": "h.example/log:1", "dockerLabels": {}},
            ],
            "volumes": [], "somethingNew": {"deep": []}, "cpu": "256",
        },
        "tags": [{"key": "team", "value": "todo"}],
    })
}

fn edit(container: &str) -> ContainerEdit {
    ContainerEdit {
        container: container.into(),
        image: "h.example/todo@sha256:0".into(),
        environment: vec![],
        labels: vec![("ecs-host.commit".into(), "c".into())],
    }
}

#[test]
fn only_the_fields_that_the_response_adds_are_removed() {
    let definition = TaskDefinition::from_response(described()).unwrap();
    let mut expected = described()["taskDefinition"].clone();
    for name in ["taskDefinitionArn", "revision", "status", "registeredAt", "compatibilities"] {
        expected.as_object_mut().unwrap().remove(name);
    }
    expected["tags"] = described()["tags"].clone();
    assert_eq!(Value::Object(definition.0), expected);
}

#[test]
fn numbers_keep_their_digits() {
    let text =
        r#"{"taskDefinition":{"family":"f","containerDefinitions":[],"n":12345678901234567890123.10}}"#;
    let definition = TaskDefinition::from_response(serde_json::from_str(text).unwrap()).unwrap();
    assert!(definition.to_request().contains("12345678901234567890123.10"));
}

#[test]
fn empty_tags_are_removed() {
    let mut answer = described();
    answer["tags"] = json!([]);
    assert!(!TaskDefinition::from_response(answer).unwrap().has_tags());
}

#[test]
fn a_revision_changes_only_the_named_container() {
    let definition = TaskDefinition::from_response(described()).unwrap();
    let revision = definition.revise(&[edit("web")]).unwrap();
    let changes: Vec<String> = definition.changes(&revision).into_iter().map(|c| c.path).collect();
    let expected = ["containerDefinitions[web].image", "containerDefinitions[web].dockerLabels"];
    assert_eq!(changes, expected);
}

#[test]
fn an_edit_can_not_set_a_variable_that_is_a_secret() {
    let definition = TaskDefinition::from_response(described()).unwrap();
    let edit = ContainerEdit { environment: vec![("PASSWORD".into(), "x".into())], ..edit("web") };
    assert!(matches!(definition.revise(&[edit]), Err(DefinitionError::Secret { .. })));
}

#[test]
fn definitions_that_differ_in_the_stamp_are_equal() {
    let definition = TaskDefinition::from_response(described()).unwrap();
    let first = definition.revise(&[edit("web")]).unwrap();
    let later = ContainerEdit { labels: vec![("ecs-host.commit".into(), "d".into())], ..edit("web") };
    assert!(first.equals_ignoring_stamp(&first.revise(&[later]).unwrap()));
    assert!(!definition.equals_ignoring_stamp(&first));
}

/// Any JSON, such as that of a field that AWS may add.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |f| serde_json::Number::from_f64(f).map(Value::Number)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{1,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn only_planned_paths_differ_whatever_a_definition_contains(
        extra in prop::collection::btree_map("[a-z]{3,9}", any_json(), 0..6),
        inner in prop::collection::btree_map("[a-z]{3,9}", any_json(), 0..6),
        labels in prop::option::of(prop::collection::btree_map("[a-z.]{1,9}", "[a-z]{0,3}", 0..3)),
        variables in prop::option::of(prop::collection::btree_map("[A-C]", "[a-z]{0,3}", 0..3)),
    ) {
        let mut container: Map<String, Value> = inner.into_iter().collect();
        container.insert("name".into(), json!("web"));
        container.insert("image".into(), json!("h.example/todo:1"));
        if let Some(labels) = labels {
            container.insert("dockerLabels".into(), json!(labels));
        }
        if let Some(variables) = variables {
            let list: Vec<_> = variables.iter().map(|(n, v)| json!({"name": n, "value": v})).collect();
            container.insert("environment".into(), json!(list));
        }
        let mut document: Map<String, Value> = extra.into_iter().collect();
        document.insert("family".into(), json!("todo"));
        document.insert("containerDefinitions".into(), json!([container, {"name": "other", "image": "x"}]));
        let definition = TaskDefinition::from_response(json!({"taskDefinition": document})).unwrap();
        let edit = ContainerEdit { environment: vec![("A".into(), "new".into())], ..edit("web") };
        let revision = definition.revise(std::slice::from_ref(&edit)).unwrap();

        // Without the code under test: restore the three planned fields and compare the strings.
        let mut back: Value = serde_json::from_str(&revision.to_request()).unwrap();
        let before: Value = serde_json::from_str(&definition.to_request()).unwrap();
        for field in ["image", "environment", "dockerLabels"] {
            let old = before["containerDefinitions"][0].get(field).cloned();
            let new = back["containerDefinitions"][0].as_object_mut().unwrap();
            match old {
                Some(old) => { new.insert(field.into(), old); }
                None => { new.shift_remove(field); }
            }
        }
        prop_assert_eq!(back.to_string(), before.to_string());
        let values = &revision.0["containerDefinitions"][0];
        prop_assert_eq!(&values["image"], &json!(edit.image));
        let set = json!({"name": "A", "value": "new"});
        prop_assert!(values["environment"].as_array().unwrap().contains(&set));
    }
}
