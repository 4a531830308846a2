use serde_json::json;

use super::*;
use crate::http::Message;
use crate::{RuleSetup, ScheduleSetup};

const CLUSTER: &str = "arn:aws:ecs:us-east-1:123456789012:cluster/main";

fn target(revision: &str) -> Value {
    let definition = format!("arn:aws:ecs:us-east-1:123456789012:task-definition/{revision}");
    json!({ "Id": "1", "Arn": CLUSTER, "RoleArn": "role", "EcsParameters": { "TaskDefinitionArn": definition } })
}

fn scheduled_scenario() -> Scenario {
    let mut scenario = web_scenario(1, json!({}));
    let rule = |bus: &str, name: &str, targets| RuleSetup {
        event_bus: bus.into(),
        name: name.into(),
        targets,
        ..RuleSetup::default()
    };
    scenario.resources.rules = vec![
        rule("default", "nightly", vec![target("web:1")]),
        rule("default", "mail", vec![json!({ "Id": "1", "Arn": "arn:aws:sns:us-east-1:123456789012:mail" })]),
        rule("orders", "order", vec![target("web:2"), target("web:3")]),
    ];
    let schedule = |group: &str, name: &str| ScheduleSetup {
        group: group.into(),
        name: name.into(),
        target: target(&format!("{name}:1")),
        ..ScheduleSetup::default()
    };
    scenario.resources.schedules = vec![schedule("default", "a"), schedule("jobs", "b")];
    scenario
}

/// The status, the header `x-amzn-errortype` and the body of a response.
fn send(web: &WebService, method: &str, target: &str, body: &Value) -> (String, String, Value) {
    let credential = "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/scheduler/aws4_request, Signature=0";
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request =
        Message::new(&format!("{method} {target} HTTP/1.1"), &[("authorization", credential)], body);
    let response = request.send(web.simulator.address()).unwrap();
    let status = response.start_line.split(' ').nth(1).unwrap().to_owned();
    let error = response.header("x-amzn-errortype").unwrap_or_default().to_owned();
    (status, error, serde_json::from_slice(&response.body).unwrap())
}

fn get(web: &WebService, target: &str) -> (String, String, Value) {
    send(web, "GET", target, &Value::Null)
}

#[test]
fn rules_are_found_by_the_cluster_of_their_targets() {
    let web = WebService::start(scheduled_scenario());
    let buses = web.call("events:ListEventBuses", json!({}));
    assert_eq!(buses["EventBuses"][1]["Arn"], "arn:aws:events:us-east-1:123456789012:event-bus/orders");
    let names = |bus: Value| {
        let request = json!({ "TargetArn": CLUSTER, "EventBusName": bus });
        web.call("events:ListRuleNamesByTarget", request)["RuleNames"].clone()
    };
    assert_eq!(names(json!(null)), json!(["nightly"]));
    assert_eq!(names(json!("orders")), json!(["order"]));
    let request = |limit: u32, token: Value| json!({ "Rule": "order", "EventBusName": "orders", "Limit": limit, "NextToken": token });
    let first = web.call("events:ListTargetsByRule", request(1, json!(null)));
    assert_eq!(first["Targets"], json!([target("web:2")]));
    let second = web.call("events:ListTargetsByRule", request(1, first["NextToken"].clone()));
    assert_eq!((&second["Targets"], &second["NextToken"]), (&json!([target("web:3")]), &json!(null)));
    let error = web.call_error("events:ListTargetsByRule", json!({ "Rule": "order" }));
    assert!(error.contains("ResourceNotFoundException"), "{error}");
}

#[test]
fn schedules_are_read_by_their_paths() {
    let web = WebService::start(scheduled_scenario());
    let (status, _, first) = get(&web, "/schedules?MaxResults=1");
    assert_eq!((status.as_str(), &first["Schedules"][0]["Name"]), ("200", &json!("a")));
    assert_eq!(first["Schedules"][0]["Target"], json!({ "Arn": CLUSTER }));
    let token = first["NextToken"].as_str().unwrap();
    let (_, _, second) = get(&web, &format!("/schedules?MaxResults=1&NextToken={token}"));
    assert_eq!((&second["Schedules"][0]["Name"], &second["NextToken"]), (&json!("b"), &json!(null)));
    let (_, _, whole) = get(&web, "/schedules/b?groupName=jobs");
    assert_eq!(whole["Target"], target("b:1"));
    let (status, error, body) = get(&web, "/schedules/b");
    assert_eq!((status.as_str(), error.as_str()), ("404", "ResourceNotFoundException"));
    assert_eq!(body, json!({ "Message": "Schedule b does not exist." }));
    let actions: Vec<String> = web.simulator.calls().into_iter().map(|call| call.action).collect();
    assert_eq!(actions[2..], ["scheduler:GetSchedule", "scheduler:GetSchedule"]);
}

#[test]
fn a_denied_schedule_has_the_status_of_a_rest_api() {
    let web =
        WebService::start(Scenario { denied_actions: vec!["scheduler:*".into()], ..scheduled_scenario() });
    let (status, error, _) = get(&web, "/schedules");
    assert_eq!((status.as_str(), error.as_str()), ("403", "AccessDeniedException"));
}

#[test]
fn an_update_replaces_the_whole_schedule() {
    let mut scenario = scheduled_scenario();
    scenario.resources.schedules[1].parameters =
        json!({"ScheduleExpression": "cron(0 3 * * ? *)", "KmsKeyArn": "key", "Description": "nightly"})
            .as_object()
            .unwrap()
            .clone();
    let web = WebService::start(scenario);
    let update = json!({
        "GroupName": "jobs", "ScheduleExpression": "rate(5 minutes)", "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target("b:2"), "KmsKeyArn": "key", "Unknown": [1], "Arn": "ignored",
    });
    let (status, _, body) = send(&web, "PUT", "/schedules/b", &update);
    let arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/jobs/b";
    assert_eq!((status.as_str(), &body["ScheduleArn"]), ("200", &json!(arn)));
    let (_, _, whole) = get(&web, "/schedules/b?groupName=jobs");
    assert_eq!((&whole["Target"], &whole["KmsKeyArn"]), (&target("b:2"), &json!("key")));
    assert_eq!((&whole["Unknown"], &whole["Arn"]), (&json!([1]), &json!(arn)));
    // What the request lacks gets its default.
    assert_eq!((&whole["Description"], &whole["State"]), (&json!(null), &json!("ENABLED")));
    for (member, value) in [
        ("ScheduleExpression", json!("nightly")),
        ("FlexibleTimeWindow", json!(null)),
        ("Target", json!({"Arn": CLUSTER})),
    ] {
        let mut invalid = update.clone();
        invalid[member] = value;
        let (status, error, _) = send(&web, "PUT", "/schedules/b", &invalid);
        assert_eq!((status.as_str(), error.as_str()), ("400", "ValidationException"), "{member}");
    }
    let (status, error, _) = send(&web, "PUT", "/schedules/c", &update);
    assert_eq!((status.as_str(), error.as_str()), ("404", "ResourceNotFoundException"));
}

#[test]
fn a_target_is_replaced_by_its_id() {
    let mut scenario = scheduled_scenario();
    scenario.resources.rules[2].targets[1]["Id"] = json!("2");
    scenario.resources.rules[2].failing_targets = vec!["2".to_owned()];
    let web = WebService::start(scenario);
    let put = |targets: Value| json!({"Rule": "order", "EventBusName": "orders", "Targets": targets});
    let mut second = target("web:5");
    second["Id"] = json!("2");
    let done = web.call("events:PutTargets", put(json!([target("web:4"), second])));
    assert_eq!((&done["FailedEntryCount"], &done["FailedEntries"][0]["TargetId"]), (&json!(1), &json!("2")));
    let targets = web.call("events:ListTargetsByRule", json!({"Rule": "order", "EventBusName": "orders"}));
    let runs = |index: usize| targets["Targets"][index]["EcsParameters"]["TaskDefinitionArn"].clone();
    assert_eq!(runs(0), target("web:4")["EcsParameters"]["TaskDefinitionArn"]);
    assert_eq!(runs(1), target("web:3")["EcsParameters"]["TaskDefinitionArn"]);
    let rule = web.call("events:DescribeRule", json!({"Name": "order", "EventBusName": "orders"}));
    assert_eq!(rule["Arn"], "arn:aws:events:us-east-1:123456789012:rule/orders/order");
    for invalid in [json!([]), json!([{"Id": "1", "Arn": "probe"}]), json!([{"Id": "1", "Arn": CLUSTER}])] {
        let error = web.call_error("events:PutTargets", put(invalid.clone()));
        assert!(error.contains("ValidationException"), "{invalid}: {error}");
    }
}

#[test]
fn an_update_of_a_schedule_requires_the_permission_to_pass_its_role() {
    let scenario = Scenario { denied_actions: vec!["iam:PassRole".into()], ..scheduled_scenario() };
    let web = WebService::start(scenario);
    let (status, error, _) = send(&web, "PUT", "/schedules/a", &json!({"Target": target("a:2")}));
    assert_eq!((status.as_str(), error.as_str()), ("403", "AccessDeniedException"));
}
