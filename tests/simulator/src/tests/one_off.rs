use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn migration() -> Value {
    json!({
        "family": "migrate",
        "containerDefinitions": [
            {
                "name": "app", "image": "app:1", "command": ["serve"],
                "logConfiguration": { "logDriver": "awslogs", "options": {
                    "awslogs-group": "/ecs/app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "one" } },
            },
            { "name": "proxy", "image": "proxy:1", "essential": false },
        ],
    })
}

fn scenario() -> Scenario {
    let lines = BTreeMap::from([("app".to_owned(), vec!["migrating".to_owned(), "boom".to_owned()])]);
    let behaviour = TaskBehaviour::Exit {
        exit_code: 3,
        container_exit_codes: BTreeMap::from([("proxy".to_owned(), 0)]),
        after: 4.0,
        logs: lines,
    };
    let filter = TaskFilter {
        container: Some("app".into()),
        command_prefix: Some(vec!["migrate".into()]),
        ..Default::default()
    };
    Scenario { task_rules: vec![TaskRule { filter, behaviour, ..Default::default() }], ..world(1, json!({})) }
}

fn run(story: &Story, more: Value) -> Value {
    let mut request = crate::json::into_members(more);
    request.insert("cluster".into(), json!("main"));
    request.entry("taskDefinition").or_insert(json!("migrate"));
    story.call("ecs:RunTask", Value::Object(request))
}

fn overridden() -> Value {
    json!({ "containerOverrides": [{ "name": "app", "command": ["migrate", "--all"] }] })
}

#[test]
fn the_command_decides_the_exit_codes_and_the_log() {
    let story = Story::of(scenario());
    story.register(migration());
    let arn = run(&story, json!({ "overrides": overridden() }))["tasks"][0]["taskArn"].clone();
    story.at(30.0);
    let task =
        story.call("ecs:DescribeTasks", json!({ "cluster": "main", "tasks": [arn] }))["tasks"][0].clone();
    assert_eq!(task["lastStatus"], "STOPPED");
    assert_eq!(
        (&task["containers"][0]["exitCode"], &task["containers"][1]["exitCode"]),
        (&json!(3), &json!(0))
    );
    let id = arn.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let request = json!({ "logGroupName": "/ecs/app", "logStreamName": format!("one/app/{id}"), "startFromHead": true });
    let events = story.call("logs:GetLogEvents", request)["events"].clone();
    let lines: Vec<&str> =
        events.as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(lines, ["migrating", "boom"]);
}

#[test]
fn another_command_ends_well() {
    let story = Story::of(scenario());
    story.register(migration());
    let arn = run(&story, json!({}))["tasks"][0]["taskArn"].clone();
    story.at(30.0);
    let task =
        story.call("ecs:DescribeTasks", json!({ "cluster": "main", "tasks": [arn] }))["tasks"][0].clone();
    assert_eq!(task["containers"][0]["exitCode"], 0);
}

#[test]
fn a_client_token_runs_a_task_once() {
    let story = Story::of(scenario());
    story.register(migration());
    let request = json!({ "clientToken": "t", "count": 2 });
    let first = run(&story, request.clone());
    let again = run(&story, request);
    assert_eq!(first["tasks"].as_array().unwrap().len(), 2);
    assert_eq!(first["tasks"][0]["taskArn"], again["tasks"][0]["taskArn"]);
    let other = json!({ "cluster": "main", "taskDefinition": "migrate", "clientToken": "t", "count": 3 });
    assert!(story.refused("ecs:RunTask", other).starts_with("ConflictException"));
}

#[test]
fn what_can_not_be_placed_is_a_failure_in_the_answer() {
    let behaviour = TaskBehaviour::Unplaceable { reason: Some("RESOURCE:CPU".into()) };
    let story = Story::of(Scenario {
        task_rules: vec![TaskRule { behaviour, ..Default::default() }],
        ..world(1, json!({}))
    });
    story.register(migration());
    let answer = run(&story, json!({}));
    assert_eq!((&answer["tasks"], &answer["failures"][0]["reason"]), (&json!([]), &json!("RESOURCE:CPU")));
}

#[test]
fn awsvpc_needs_a_network() {
    let story = Story::of(scenario());
    let mut definition = migration();
    definition["networkMode"] = json!("awsvpc");
    story.register(definition);
    let refused = story.refused("ecs:RunTask", json!({ "cluster": "main", "taskDefinition": "migrate" }));
    assert!(refused.contains("Network Configuration must be provided"), "{refused}");
}

#[test]
fn a_stopped_task_says_who_stopped_it() {
    let story = Story::of(scenario());
    story.register(migration());
    let arn = run(&story, json!({ "startedBy": "me" }))["tasks"][0]["taskArn"].clone();
    story.at(5.0);
    story.call("ecs:StopTask", json!({ "cluster": "main", "task": arn, "reason": "enough" }));
    story.at(20.0);
    let listed = story
        .call("ecs:ListTasks", json!({ "cluster": "main", "startedBy": "me", "desiredStatus": "STOPPED" }));
    assert_eq!(listed["taskArns"], json!([arn]));
    let task =
        story.call("ecs:DescribeTasks", json!({ "cluster": "main", "tasks": [arn] }))["tasks"][0].clone();
    assert_eq!((&task["stopCode"], &task["stoppedReason"]), (&json!("UserInitiated"), &json!("enough")));
}
