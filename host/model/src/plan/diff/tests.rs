use super::*;

fn paths(before: &Value, after: &Value) -> Vec<String> {
    diff(before.as_object().unwrap(), after.as_object().unwrap())
        .into_iter()
        .map(|c| c.path.to_string())
        .collect()
}

#[test]
fn equal_documents_have_no_changes() {
    let document = json!({"a": [1, {"name": "x"}], "b": {}});
    assert_eq!(paths(&document, &document), Vec::<String>::new());
}

#[test]
fn an_element_with_a_name_is_addressed_by_it() {
    let before = json!({"c": [{"name": "web", "image": "a"}, {"name": "log", "image": "b"}]});
    let after = json!({"c": [{"name": "web", "image": "z"}, {"name": "log", "image": "b", "cpu": 0}]});
    assert_eq!(paths(&before, &after), ["c[web].image", "c[log].cpu"]);
}

#[test]
fn elements_with_names_are_compared_by_them() {
    let variable = |name: &str, value: &str| json!({"name": name, "value": value});
    let password = json!({"name": "DB_PASSWORD", "value": "hunter2"});
    let before = json!({"environment": [variable("B", "2"), variable("A", "1"), password]});
    let after = json!({"environment": [variable("A", "10"), variable("NEW", "3"), password]});
    let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
    let change = |path: &str, before, after| (path.to_owned(), before, after);
    let changes: Vec<_> = changes.into_iter().map(|c| (c.path.to_string(), c.before, c.after)).collect();
    assert_eq!(
        changes,
        [
            change("environment[B]", Some(variable("B", "2")), None),
            change("environment[A].value", Some(json!("1")), Some(json!("10"))),
            change("environment[NEW]", None, Some(variable("NEW", "3"))),
        ]
    );
}

#[test]
fn another_order_is_one_change_and_shows_no_value() {
    let variable = |name: &str| json!({"name": name, "value": "hunter2"});
    let before = json!({"environment": [variable("A_TOKEN"), variable("B"), variable("C")]});
    let after = json!({"environment": [variable("C"), variable("A_TOKEN")]});
    let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
    assert_eq!(paths(&before, &after), ["environment[B]", "environment (order)"]);
    assert_eq!(changes[1].before, Some(json!(["A_TOKEN", "C"])));
    assert_eq!(changes[1].after, Some(json!(["C", "A_TOKEN"])));
}

#[test]
fn a_name_that_a_list_has_twice_is_numbered() {
    let variable = |name: &str, value: &str| json!({"name": name, "value": value});
    let before = json!({"environment": [variable("A", "1"), variable("B", "2"), variable("A", "3")]});
    let after = json!({"environment": [variable("A", "9"), variable("B", "2")]});
    assert_eq!(paths(&before, &after), ["environment[A].value", "environment[A #2]"]);
}

#[test]
fn ports_mounts_and_tags_are_compared_by_what_identifies_them() {
    let before = json!({
        "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}],
        "portMappings": [{"containerPort": 80}, {"containerPort": 81, "name": "x", "protocol": "udp"}],
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
        "environmentFiles": [{"type": "s3", "value": "arn:1"}, {"type": "s3", "value": "arn:2"}],
        "other": [{"size": 1}, {"size": 2}],
    });
    let after = json!({
        "tags": [{"key": "b", "value": "3"}],
        "portMappings": [{"containerPort": 81, "protocol": "udp"}, {"containerPortRange": "90-99"}],
        "mountPoints": [{"sourceVolume": "logs", "containerPath": "/logs"}, {"sourceVolume": "other", "containerPath": "/data"}],
        "environmentFiles": [{"type": "s3", "value": "arn:2"}, {"type": "s3", "value": "arn:3"}],
        "other": [{"size": 2}],
    });
    let expected = [
        "tags[a]",
        "tags[b].value",
        "portMappings[80/tcp]",
        "portMappings[81/udp].name",
        "portMappings[90-99/tcp]",
        "mountPoints[/data].sourceVolume",
        "mountPoints[/logs]",
        "environmentFiles[arn:1]",
        "environmentFiles[arn:3]",
        "other[0].size",
        "other[1]",
    ];
    assert_eq!(paths(&before, &after), expected);
}

#[test]
fn another_order_of_containers_hides_no_change() {
    let container = |name: &str, image: &str| json!({"name": name, "image": image});
    let before = json!({"containerDefinitions": [container("web", "a"), container("log", "b")]});
    let after = json!({"containerDefinitions": [container("log", "b"), container("web", "evil")]});
    let expected = ["containerDefinitions[web].image", "containerDefinitions (order)"];
    assert_eq!(paths(&before, &after), expected);
}

#[test]
fn a_command_is_one_value() {
    let before = json!({"command": ["serve", "--port", "80"]});
    let after = json!({"command": ["serve", "--quiet", "--port", "80"]});
    let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].after, Some(json!(["serve", "--quiet", "--port", "80"])));
}

#[test]
fn what_is_added_is_listed_value_by_value() {
    let log = json!({
        "name": "log",
        "image": "b",
        "environment": [{"name": "A", "value": "1"}],
        "portMappings": [{"containerPort": 80, "hostPort": 0}],
        "command": ["a", "b"],
        "links": [],
    });
    let after = json!({"containerDefinitions": [log]});
    let changes = diff(json!({"containerDefinitions": []}).as_object().unwrap(), after.as_object().unwrap());
    let leaves: Vec<(String, Value)> =
        changes[0].leaves().into_iter().map(|leaf| (leaf.path.to_string(), leaf.after.unwrap())).collect();
    let leaf = |path: &str, value| (format!("containerDefinitions[log].{path}"), value);
    assert_eq!(
        leaves,
        [
            leaf("image", json!("b")),
            leaf("environment[A].value", json!("1")),
            leaf("portMappings[80/tcp].hostPort", json!(0)),
            leaf("command", json!(["a", "b"])),
            leaf("links", json!([])),
        ]
    );
}

#[test]
fn a_secret_that_changes_is_masked_on_both_sides() {
    let before = json!({"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]});
    let after = json!({"environment": [{"name": "DB_PASSWORD", "value": "hunter3"}]});
    let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
    let masked = Some(json!("***"));
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].path.to_string(), "environment[DB_PASSWORD].value");
    assert_eq!((&changes[0].before, &changes[0].after), (&masked, &masked));
    // A whole list that is added is masked in the same way.
    let added = diff(&Map::new(), after.as_object().unwrap());
    assert_eq!(added[0].after, Some(json!([{"name": "DB_PASSWORD", "value": "***"}])));
}

#[test]
fn additions_removals_and_changes_of_kind_are_differences() {
    let before = json!({"gone": [], "kind": {}, "list": [1, 2], "labels": {"a.b": "1"}});
    let after = json!({"kind": [], "list": [1], "labels": {"a.b": "2"}, "new": null});
    assert_eq!(paths(&before, &after), ["gone", "kind", "list", "labels[\"a.b\"]", "new"]);
}
