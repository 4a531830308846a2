use proptest::prelude::*;

use super::*;
use crate::decision::ContainerSettings;
use serde_json::json;

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

const IMAGE: &str = "h.example/todo@sha256:0";

/// An edit of the container `web`, with a new image and these settings.
fn edit(settings: ContainerSettings) -> DefinitionEdit {
    DefinitionEdit {
        containers: vec![ContainerEdit { container: "web".into(), image: Some(IMAGE.into()), settings }],
        size: TaskSize::default(),
        labels: vec![("ecs-host.commit".into(), "c".into())],
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The paths that an edit changes.
fn changed_paths(edit: &DefinitionEdit) -> Vec<String> {
    let definition = TaskDefinition::from_response(described()).unwrap();
    let revision = definition.revise(edit).unwrap();
    definition.changes(&revision).into_iter().map(|change| change.path.to_string()).collect()
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
    let expected = ["containerDefinitions[web].image", "containerDefinitions[web].dockerLabels"];
    assert_eq!(changed_paths(&edit(ContainerSettings::default())), expected);
}

#[test]
fn a_variable_is_plain_or_a_secret_and_never_both() {
    let definition = TaskDefinition::from_response(described()).unwrap();
    let plain =
        ContainerSettings { environment: pairs(&[("PASSWORD", "x")]), ..ContainerSettings::default() };
    let plain = definition.revise(&edit(plain)).unwrap();
    let web = |definition: &TaskDefinition| definition.0["containerDefinitions"][0].clone();
    assert_eq!(web(&plain)["environment"], json!([{"name": "PASSWORD", "value": "x"}]));
    assert_eq!(web(&plain).get("secrets"), None);
    let secret =
        ContainerSettings { secrets: pairs(&[("PASSWORD", "arn:2")]), ..ContainerSettings::default() };
    let secret = plain.revise(&edit(secret)).unwrap();
    assert_eq!(web(&secret)["secrets"], json!([{"name": "PASSWORD", "valueFrom": "arn:2"}]));
    assert_eq!(web(&secret).get("environment"), None);
    let unset =
        ContainerSettings { unset: vec!["PASSWORD".into(), "OTHER".into()], ..ContainerSettings::default() };
    let unset = secret.revise(&edit(unset)).unwrap();
    assert_eq!((web(&unset).get("secrets"), web(&unset).get("environment")), (None, None));
}

#[test]
fn a_variable_that_a_list_has_twice_is_set_once() {
    let mut response = described();
    let variable = |name: &str, value: &str| json!({"name": name, "value": value});
    let web = |response: &mut Value, list: &str, elements: Value| {
        response["taskDefinition"]["containerDefinitions"][0][list] = elements;
    };
    web(&mut response, "environment", json!([variable("A", "1"), variable("B", "2"), variable("A", "3")]));
    let secret = |name: &str, arn: &str| json!({"name": name, "valueFrom": arn});
    web(&mut response, "secrets", json!([secret("S", "arn:1"), secret("S", "arn:2")]));
    let definition = TaskDefinition::from_response(response).unwrap();
    let (environment, secrets) = (pairs(&[("A", "9")]), pairs(&[("S", "arn:9")]));
    let settings = ContainerSettings { environment, secrets, ..ContainerSettings::default() };
    let revision = definition.revise(&edit(settings)).unwrap();
    let web = &revision.0["containerDefinitions"][0];
    assert_eq!(web["environment"], json!([variable("A", "9"), variable("B", "2")]));
    assert_eq!(web["secrets"], json!([secret("S", "arn:9")]));
    // What nothing sets keeps both.
    let settings = ContainerSettings { environment: pairs(&[("B", "3")]), ..ContainerSettings::default() };
    let untouched = definition.revise(&edit(settings)).unwrap();
    assert_eq!(untouched.0["containerDefinitions"][0]["environment"].as_array().unwrap().len(), 3);
}

#[test]
fn a_field_that_is_null_is_copied_and_set_like_an_absent_one() {
    let mut response = described();
    let web = &mut response["taskDefinition"]["containerDefinitions"][0];
    for field in ["environment", "secrets", "dockerLabels"] {
        web[field] = Value::Null;
    }
    let definition = TaskDefinition::from_response(response).unwrap();
    let untouched = definition.revise(&edit(ContainerSettings::default())).unwrap();
    assert_eq!(untouched.0["containerDefinitions"][0]["environment"], Value::Null);
    let (environment, secrets) = (pairs(&[("A", "1")]), pairs(&[("S", "arn:1")]));
    let settings = ContainerSettings { environment, secrets, ..ContainerSettings::default() };
    let revision = definition.revise(&edit(settings)).unwrap();
    let web = &revision.0["containerDefinitions"][0];
    assert_eq!(web["environment"], json!([{"name": "A", "value": "1"}]));
    assert_eq!(web["secrets"], json!([{"name": "S", "valueFrom": "arn:1"}]));
    assert_eq!(web["dockerLabels"], json!({"ecs-host.commit": "c"}));
}

#[test]
fn a_field_of_another_type_is_an_error_of_the_response() {
    for (field, expected) in [("environment", "list"), ("secrets", "list"), ("dockerLabels", "map")] {
        let mut response = described();
        response["taskDefinition"]["containerDefinitions"][0][field] = json!("text");
        let definition = TaskDefinition::from_response(response).unwrap();
        let settings =
            ContainerSettings { environment: pairs(&[("A", "1")]), ..ContainerSettings::default() };
        let error = definition.revise(&edit(settings)).unwrap_err();
        let container = "web".to_owned();
        assert_eq!(error, DefinitionError::FieldType { container, field, expected });
    }
}

#[test]
fn a_command_and_a_size_change_and_the_image_stays() {
    let settings = ContainerSettings { command: Some(vec!["serve".into()]), ..ContainerSettings::default() };
    let mut edit = edit(settings);
    edit.containers[0].image = None;
    edit.size = TaskSize { cpu_units: Some(512), memory_mib: Some(1024) };
    let expected =
        ["containerDefinitions[web].command", "containerDefinitions[web].dockerLabels", "cpu", "memory"];
    let mut paths = changed_paths(&edit);
    paths.sort();
    assert_eq!(paths, expected);
}

#[test]
fn a_definition_without_changed_containers_is_stamped_on_its_first_one() {
    let size = TaskSize { cpu_units: Some(512), memory_mib: None };
    let edit = DefinitionEdit { containers: vec![], size, ..edit(ContainerSettings::default()) };
    assert_eq!(changed_paths(&edit), ["containerDefinitions[web].dockerLabels", "cpu"]);
}

#[test]
fn definitions_that_differ_in_the_stamp_are_equal() {
    let definition = TaskDefinition::from_response(described()).unwrap();
    let first = definition.revise(&edit(ContainerSettings::default())).unwrap();
    let labels = pairs(&[("ecs-host.commit", "d")]);
    let later = DefinitionEdit { labels, ..edit(ContainerSettings::default()) };
    assert!(first.equals_ignoring_stamp(&first.revise(&later).unwrap()));
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
        let settings = ContainerSettings { environment: pairs(&[("A", "new")]), ..ContainerSettings::default() };
        let revision = definition.revise(&edit(settings)).unwrap();

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
        prop_assert_eq!(&values["image"], &json!(IMAGE));
        let set = json!({"name": "A", "value": "new"});
        prop_assert!(values["environment"].as_array().unwrap().contains(&set));
    }
}
