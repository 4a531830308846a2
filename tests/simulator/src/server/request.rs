//! Calls in the protocols of AWS.

use serde_json::{Map, Value};

use super::form::parse_pairs;
use super::rest;
use crate::http::Message;
use crate::simulation::IncomingCall;

/// The prefixes of `X-Amz-Target`, and the prefixes of actions in IAM.
const TARGET_PREFIXES: [(&str, &str); 4] = [
    ("AmazonEC2ContainerServiceV20141113", "ecs"),
    ("AmazonEC2ContainerRegistry_V20150921", "ecr"),
    ("Logs_20140328", "logs"),
    ("AWSEvents", "events"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AWS JSON 1.1.
    Json,
    /// The AWS query protocol: forms in requests, XML in responses.
    Query,
    /// AWS REST JSON: the action is the method and the path.
    RestJson,
}

/// Parses a call. Its access key and region are those of the credential scope in the signature, which is not
/// verified.
pub(super) fn parse_call(request: &Message, default_region: &str) -> (IncomingCall, Protocol) {
    let scope = request.header("authorization").and_then(|header| header.split("Credential=").nth(1));
    let mut scope = scope.and_then(|scope| scope.split([',', ' ']).next()).unwrap_or_default().split('/');
    let access_key = scope.next().unwrap_or_default().to_owned();
    let region = scope.nth(1).filter(|region| !region.is_empty()).unwrap_or(default_region).to_owned();
    if let Some((action, body)) = rest::parse_call(request) {
        return (IncomingCall { action, access_key, region, body: Ok(body) }, Protocol::RestJson);
    }
    let Some(target) = request.header("x-amz-target") else {
        let form: Map<String, Value> = parse_pairs(&String::from_utf8_lossy(&request.body))
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        let action = form.get("Action").and_then(Value::as_str).unwrap_or_default();
        let action = format!("sts:{action}");
        return (IncomingCall { action, access_key, region, body: Ok(Value::Object(form)) }, Protocol::Query);
    };
    let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
    let service =
        TARGET_PREFIXES.iter().find(|(other, _)| *other == prefix).map_or("unknown", |(_, service)| service);
    let body = match request.body.as_slice() {
        [] => Ok(Value::Object(Map::new())),
        bytes => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
    };
    let body = body.and_then(|body: Value| {
        if body.is_object() { Ok(body) } else { Err("the request body is not a JSON object".to_owned()) }
    });
    (IncomingCall { action: format!("{service}:{operation}"), access_key, region, body }, Protocol::Json)
}
