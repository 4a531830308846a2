use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn migration_definition() -> Value {
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

/// One-off tasks with the command `migrate` exit with code 3.
fn migration_scenario() -> Scenario {
    let logs = BTreeMap::from([("app".to_owned(), vec!["migrating".to_owned(), "boom".to_owned()])]);
    let behaviour = TaskBehaviour::Exit {
        exit_code: 3,
        container_exit_codes: BTreeMap::from([("proxy".to_owned(), 0)]),
        after: 4.0,
        logs,
    };
    let filter = TaskFilter {
        container: Some("app".into()),
        command_prefix: Some(vec!["migrate".into()]),
        ..Default::default()
    };
    Scenario {
        task_rules: vec![TaskRule { filter, behaviour, ..Default::default() }],
        ..web_scenario(1, json!({}))
    }
}

fn run_task(web: &WebService, parameters: Value) -> Value {
    let mut request = into_members(parameters);
    request.insert("cluster".into(), json!("main"));
    request.entry("taskDefinition").or_insert(json!("migrate"));
    web.call("ecs:RunTask", Value::Object(request))
}

fn migration_overrides() -> Value {
    json!({ "containerOverrides": [{ "name": "app", "command": ["migrate", "--all"] }] })
}

#[test]
fn a_task_rule_for_a_command_sets_exit_codes_and_logs() {
    let web = WebService::start(migration_scenario());
    web.register(migration_definition());
    let arn = run_task(&web, json!({ "overrides": migration_overrides() }))["tasks"][0]["taskArn"].clone();
    web.advance_to(30.0);
    let task = web.describe_task(&arn);
    assert_eq!(task["lastStatus"], "STOPPED");
    assert_eq!(
        (&task["containers"][0]["exitCode"], &task["containers"][1]["exitCode"]),
        (&json!(3), &json!(0))
    );
    let id = arn.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let request = json!({ "logGroupName": "/ecs/app", "logStreamName": format!("one/app/{id}"), "startFromHead": true });
    let events = web.call("logs:GetLogEvents", request)["events"].clone();
    let lines: Vec<&str> =
        events.as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert_eq!(lines, ["migrating", "boom"]);
}

#[test]
fn a_one_off_task_without_a_rule_exits_with_0() {
    let web = WebService::start(migration_scenario());
    web.register(migration_definition());
    let arn = run_task(&web, json!({}))["tasks"][0]["taskArn"].clone();
    web.advance_to(30.0);
    let task = web.describe_task(&arn);
    assert_eq!(task["containers"][0]["exitCode"], 0);
}

#[test]
fn a_client_token_makes_run_task_idempotent() {
    let web = WebService::start(migration_scenario());
    web.register(migration_definition());
    let request = json!({ "clientToken": "t", "count": 2 });
    let first = run_task(&web, request.clone());
    let second = run_task(&web, request);
    assert_eq!(first["tasks"].as_array().unwrap().len(), 2);
    assert_eq!(first["tasks"][0]["taskArn"], second["tasks"][0]["taskArn"]);
    let other = json!({ "cluster": "main", "taskDefinition": "migrate", "clientToken": "t", "count": 3 });
    assert!(web.call_error("ecs:RunTask", other).starts_with("ConflictException"));
}

#[test]
fn a_failed_placement_is_a_failure_in_the_response() {
    let behaviour = TaskBehaviour::Unplaceable { reason: Some("RESOURCE:CPU".into()) };
    let web = WebService::start(Scenario {
        task_rules: vec![TaskRule { behaviour, ..Default::default() }],
        ..web_scenario(1, json!({}))
    });
    web.register(migration_definition());
    let response = run_task(&web, json!({}));
    assert_eq!(
        (&response["tasks"], &response["failures"][0]["reason"]),
        (&json!([]), &json!("RESOURCE:CPU"))
    );
}

#[test]
fn run_task_requires_a_network_for_awsvpc() {
    let web = WebService::start(migration_scenario());
    let mut definition = migration_definition();
    definition["networkMode"] = json!("awsvpc");
    web.register(definition);
    let error = web.call_error("ecs:RunTask", json!({ "cluster": "main", "taskDefinition": "migrate" }));
    assert!(error.contains("Network Configuration must be provided"), "{error}");
}

#[test]
fn stop_task_sets_the_stop_code_and_the_reason() {
    let web = WebService::start(migration_scenario());
    web.register(migration_definition());
    let arn = run_task(&web, json!({ "startedBy": "test" }))["tasks"][0]["taskArn"].clone();
    web.advance_to(5.0);
    web.call("ecs:StopTask", json!({ "cluster": "main", "task": arn, "reason": "not needed" }));
    web.advance_to(20.0);
    let listed = web
        .call("ecs:ListTasks", json!({ "cluster": "main", "startedBy": "test", "desiredStatus": "STOPPED" }));
    assert_eq!(listed["taskArns"], json!([arn]));
    let task = web.describe_task(&arn);
    assert_eq!((&task["stopCode"], &task["stoppedReason"]), (&json!("UserInitiated"), &json!("not needed")));
}
