use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use super::*;
use crate::{AfterCall, Change, Fault, FaultKind, ScheduledChange, StaleReads, Throttle, Time, Trigger};

/// A client with a connection of its own.
struct Client(BufReader<TcpStream>);

impl Client {
    fn of(story: &Story) -> Self {
        Self(BufReader::new(TcpStream::connect(story.0.address()).unwrap()))
    }

    /// Status and body; none where the connection was closed.
    fn send(&mut self, operation: &str, key: &str, body: &str) -> Option<(u16, String)> {
        let text = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: AmazonEC2ContainerServiceV20141113.{operation}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
        let mut line = String::new();
        if self.0.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        Some((status, String::from_utf8(body).unwrap()))
    }

    fn call(&mut self, operation: &str, body: Value) -> (u16, Value) {
        let (status, text) = self.send(operation, "KEY", &body.to_string()).unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }
}

fn describe() -> Value {
    json!({ "cluster": "main", "services": ["web"] })
}

#[test]
fn calls_are_recorded_with_what_was_answered() {
    let story = Story::of(Scenario { time: Time::Step(5.0), ..world(1, json!({})) });
    let mut client = Client::of(&story);
    assert_eq!(client.call("DescribeServices", describe()).0, 200);
    assert_eq!(client.call("DescribeServices", json!({ "cluster": "nowhere", "services": ["x"] })).0, 400);
    let calls = story.0.calls();
    assert_eq!((calls[0].action.as_str(), calls[0].status, calls[0].at), ("ecs:DescribeServices", 200, 5.0));
    assert_eq!((calls[1].error.as_deref(), calls[1].at), (Some("ClusterNotFoundException"), 10.0));
}

#[test]
fn an_account_sees_only_its_own() {
    let accounts = [("OTHER".to_owned(), "999999999999".to_owned())].into();
    let story = Story::of(Scenario { access_key_accounts: accounts, ..world(1, json!({})) });
    let (status, text) =
        Client::of(&story).send("DescribeServices", "OTHER", &describe().to_string()).unwrap();
    assert_eq!(status, 400);
    assert!(text.contains("ClusterNotFoundException"), "{text}");
}

#[test]
fn faults_befall_calls_on_the_wire() {
    let kinds = [
        FaultKind::Internal,
        FaultKind::DropRequest,
        FaultKind::TruncateResponse,
        FaultKind::Html,
        FaultKind::DropResponse,
    ];
    let faults = kinds.iter().zip(0..).map(|(kind, from)| Fault {
        action: "ecs:UpdateService".into(),
        skip: from,
        limit: 1,
        probability: None,
        kind: kind.clone(),
    });
    let story = Story::of(Scenario { faults: faults.collect(), ..world(1, json!({})) });
    let scale =
        |count: u32| json!({ "cluster": "main", "service": "web", "desiredCount": count }).to_string();
    let desired = || story.0.snapshot("main", "web").desired_count;
    let send = |count| Client::of(&story).send("UpdateService", "KEY", &scale(count));
    assert_eq!(send(2).unwrap().0, 500);
    assert_eq!(send(2), None);
    assert_eq!(desired(), 1, "nothing was done");
    let (status, text) = send(3).unwrap();
    assert!(status == 200 && serde_json::from_str::<Value>(&text).is_err());
    assert_eq!(desired(), 3, "it was done, and its answer broke off");
    assert_eq!(send(4).unwrap().0, 502);
    assert_eq!((send(5), desired()), (None, 5), "it was done, and its answer was lost");
}

#[test]
fn denied_and_unknown_come_before_the_parameters() {
    let scenario = Scenario {
        denied_actions: vec!["ecs:*Tasks".into()],
        unsupported_actions: vec!["ecs:ListServiceDeployments".into()],
        ..world(1, json!({}))
    };
    let story = Story::of(scenario);
    let mut client = Client::of(&story);
    let (status, body) = client.call("DescribeTasks", json!({ "cluster": "nowhere" }));
    assert_eq!((status, &body["__type"]), (400, &json!("AccessDeniedException")));
    let (status, body) = client.call("ListServiceDeployments", json!({}));
    assert_eq!((status, &body["__type"]), (400, &json!("UnknownOperationException")));
    let (_, body) = client.call("NoSuchThing", json!({}));
    assert_eq!(body["__type"], "UnknownOperationException");
}

#[test]
fn throttled_calls_are_counted() {
    let story =
        Story::of(Scenario { time: Time::Step(0.0), throttle: Throttle::Documented, ..world(1, json!({})) });
    let mut client = Client::of(&story);
    let statuses: Vec<u16> =
        (0..25).map(|_| client.call("RegisterTaskDefinition", definition("app:2")).0).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 5);
    assert_eq!(story.0.throttled_calls(), 5);
}

#[test]
fn others_act_after_a_call() {
    let mut other = definition("theirs:1");
    other["containerDefinitions"][0]["dockerLabels"] = json!({ "who": "them" });
    let act = ScheduledChange {
        trigger: Trigger::AfterCall(AfterCall { action: "ecs:UpdateService".into(), count: 1, delay: 3.0 }),
        account: None,
        region: None,
        change: Change::UpdateService {
            cluster: "main".into(),
            service: "web".into(),
            task_definition: Some(other),
            force_new_deployment: false,
            parameters: Default::default(),
        },
    };
    let story = Story::of(Scenario { scheduled_changes: vec![act], ..world(1, json!({})) });
    let mut client = Client::of(&story);
    client.call("UpdateService", json!({ "cluster": "main", "service": "web", "forceNewDeployment": true }));
    story.0.advance(2.0);
    assert_eq!(story.0.snapshot("main", "web").deployments.len(), 2);
    story.0.advance(2.0);
    let truth = story.0.snapshot("main", "web");
    assert_eq!(truth.deployments[1].status, "STOPPED");
    assert!(truth.task_definition.ends_with("web:2"));
}

#[test]
fn a_stale_answer_is_of_the_past() {
    let mut scenario = Scenario { time: Time::Step(0.0), ..world(1, json!({})) };
    scenario.consistency.stale_reads =
        Some(StaleReads { max_age: 1000.0, window: 10.0, ..Default::default() });
    let story = Story::of(scenario);
    let before = story.service()["taskDefinition"].clone();
    let after = story.deploy("app:2")["taskDefinition"].clone();
    let mut client = Client::of(&story);
    let seen = |client: &mut Client| {
        client.call("DescribeServices", describe()).1["services"][0]["taskDefinition"].clone()
    };
    assert_eq!(seen(&mut client), before);
    story.0.advance(100.0);
    assert_eq!(seen(&mut client), after, "nothing has changed for a while");
}
