use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use super::*;
use crate::{AfterCall, Change, Fault, FaultKind, ScheduledChange, StaleReads, Throttle, Time, Trigger};

/// An HTTP client with one connection.
struct Client {
    connection: BufReader<TcpStream>,
}

impl Client {
    fn connect(web: &WebService) -> Self {
        let stream = TcpStream::connect(web.simulator.address()).unwrap();
        Self { connection: BufReader::new(stream) }
    }

    /// The status and body of the response; `None` if the server closed the connection.
    fn send(&mut self, operation: &str, access_key: &str, body: &str) -> Option<(u16, String)> {
        let text = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: AmazonEC2ContainerServiceV20141113.{operation}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={access_key}/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.connection.get_mut().write_all(text.as_bytes()).unwrap();
        let mut line = String::new();
        if self.connection.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.connection.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body).unwrap();
        Some((status, String::from_utf8(body).unwrap()))
    }

    fn call(&mut self, operation: &str, body: Value) -> (u16, Value) {
        let (status, text) = self.send(operation, "KEY", &body.to_string()).unwrap();
        (status, serde_json::from_str(&text).unwrap())
    }
}

#[test]
fn calls_are_recorded_with_status_and_error() {
    let web = WebService::start(Scenario { time: Time::Step(5.0), ..web_scenario(1, json!({})) });
    let mut client = Client::connect(&web);
    assert_eq!(client.call("DescribeServices", describe_web()).0, 200);
    assert_eq!(client.call("DescribeServices", json!({ "cluster": "nowhere", "services": ["x"] })).0, 400);
    let calls = web.simulator.calls();
    assert_eq!((calls[0].action.as_str(), calls[0].status, calls[0].at), ("ecs:DescribeServices", 200, 5.0));
    assert_eq!((calls[1].error.as_deref(), calls[1].at), (Some("ClusterNotFoundException"), 10.0));
}

#[test]
fn an_account_cannot_read_the_resources_of_another() {
    let accounts = [("OTHER".to_owned(), "999999999999".to_owned())].into();
    let web = WebService::start(Scenario { access_key_accounts: accounts, ..web_scenario(1, json!({})) });
    let (status, text) =
        Client::connect(&web).send("DescribeServices", "OTHER", &describe_web().to_string()).unwrap();
    assert_eq!(status, 400);
    assert!(text.contains("ClusterNotFoundException"), "{text}");
}

#[test]
fn faults_affect_calls_over_http() {
    let kinds = [
        FaultKind::Internal,
        FaultKind::DropRequest,
        FaultKind::TruncateResponse,
        FaultKind::Html,
        FaultKind::DropResponse,
    ];
    let faults = kinds.iter().zip(0..).map(|(kind, skip)| Fault {
        action: "ecs:UpdateService".into(),
        skip,
        limit: 1,
        probability: None,
        kind: kind.clone(),
    });
    let web = WebService::start(Scenario { faults: faults.collect(), ..web_scenario(1, json!({})) });
    let desired_count = || web.snapshot().desired_count;
    let scale = |count: u32| {
        let request = web_request(json!({ "desiredCount": count })).to_string();
        Client::connect(&web).send("UpdateService", "KEY", &request)
    };
    assert_eq!(scale(2).unwrap().0, 500);
    assert_eq!(scale(2), None);
    assert_eq!(desired_count(), 1, "the call was not executed");
    let (status, text) = scale(3).unwrap();
    assert!(status == 200 && serde_json::from_str::<Value>(&text).is_err());
    assert_eq!(desired_count(), 3, "the call was executed, and its response is truncated");
    assert_eq!(scale(4).unwrap().0, 502);
    assert_eq!((scale(5), desired_count()), (None, 5), "the call was executed, and its response is missing");
}

#[test]
fn permissions_and_supported_actions_are_checked_before_the_parameters() {
    let scenario = Scenario {
        denied_actions: vec!["ecs:*Tasks".into()],
        unsupported_actions: vec!["ecs:ListServiceDeployments".into()],
        ..web_scenario(1, json!({}))
    };
    let web = WebService::start(scenario);
    let mut client = Client::connect(&web);
    let (status, body) = client.call("DescribeTasks", json!({ "cluster": "nowhere" }));
    assert_eq!((status, &body["__type"]), (400, &json!("AccessDeniedException")));
    let (status, body) = client.call("ListServiceDeployments", json!({}));
    assert_eq!((status, &body["__type"]), (400, &json!("UnknownOperationException")));
    let (_, body) = client.call("NoSuchThing", json!({}));
    assert_eq!(body["__type"], "UnknownOperationException");
}

#[test]
fn throttled_calls_are_counted() {
    let web = WebService::start(Scenario {
        time: Time::Step(0.0),
        throttle: Throttle::Documented,
        ..web_scenario(1, json!({}))
    });
    let mut client = Client::connect(&web);
    let statuses: Vec<u16> =
        (0..25).map(|_| client.call("RegisterTaskDefinition", web_definition("app:2")).0).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 5);
    assert_eq!(web.simulator.throttled_calls(), 5);
}

#[test]
fn a_call_triggers_a_scheduled_change() {
    let mut definition = web_definition("other:1");
    definition["containerDefinitions"][0]["dockerLabels"] = json!({ "team": "other" });
    let change = ScheduledChange {
        trigger: Trigger::AfterCall(AfterCall { action: "ecs:UpdateService".into(), count: 1, delay: 3.0 }),
        account: None,
        region: None,
        change: Change::UpdateService {
            cluster: "main".into(),
            service: "web".into(),
            task_definition: Some(definition),
            force_new_deployment: false,
            parameters: Default::default(),
        },
    };
    let web = WebService::start(Scenario { scheduled_changes: vec![change], ..web_scenario(1, json!({})) });
    let mut client = Client::connect(&web);
    client.call("UpdateService", web_request(json!({ "forceNewDeployment": true })));
    web.simulator.advance(2.0);
    assert_eq!(web.snapshot().deployments.len(), 2);
    web.simulator.advance(2.0);
    let snapshot = web.snapshot();
    assert_eq!(snapshot.deployments[1].status, "STOPPED");
    assert!(snapshot.task_definition.ends_with("web:2"));
}

#[test]
fn a_stale_read_returns_an_earlier_state() {
    let mut scenario = Scenario { time: Time::Step(0.0), ..web_scenario(1, json!({})) };
    scenario.consistency.stale_reads =
        Some(StaleReads { max_age: 1000.0, window: 10.0, ..Default::default() });
    let web = WebService::start(scenario);
    let before = web.service()["taskDefinition"].clone();
    let after = web.deploy("app:2")["taskDefinition"].clone();
    let mut client = Client::connect(&web);
    let read = |client: &mut Client| {
        client.call("DescribeServices", describe_web()).1["services"][0]["taskDefinition"].clone()
    };
    assert_eq!(read(&mut client), before);
    web.simulator.advance(100.0);
    assert_eq!(read(&mut client), after, "the window has passed");
}
