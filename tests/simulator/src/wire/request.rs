//! Which operation a request is, and who asks.

use serde_json::{Map, Value};

use super::http::parse_pairs;
use crate::core::IncomingCall;
use crate::http::Message;

/// The prefixes of `X-Amz-Target`, and the names of the services in actions.
const TARGET_PREFIXES: [(&str, &str); 3] = [
    ("AmazonEC2ContainerServiceV20141113", "ecs"),
    ("AmazonEC2ContainerRegistry_V20150921", "ecr"),
    ("Logs_20140328", "logs"),
];

/// How a service writes its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AWS JSON 1.1.
    Json,
    /// AWS's query protocol: forms in, XML out.
    Query,
}

/// Reads a call. The access key and the region are in the signature's credential scope; the
/// signature itself is not checked.
pub(super) fn parse_call(request: &Message, home: &str) -> (IncomingCall, Protocol) {
    let scope = request.header("authorization").and_then(|header| header.split("Credential=").nth(1));
    let mut scope = scope.and_then(|scope| scope.split([',', ' ']).next()).unwrap_or_default().split('/');
    let access_key = scope.next().unwrap_or_default().to_owned();
    let region = scope.nth(1).filter(|region| !region.is_empty()).unwrap_or(home).to_owned();
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
        TARGET_PREFIXES.iter().find(|(own, _)| *own == prefix).map_or("unknown", |(_, service)| service);
    let body = match request.body.as_slice() {
        [] => Ok(Value::Object(Map::new())),
        bytes => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
    };
    let body = body.and_then(|body: Value| {
        if body.is_object() { Ok(body) } else { Err("the request is no JSON object".to_owned()) }
    });
    (IncomingCall { action: format!("{service}:{operation}"), access_key, region, body }, Protocol::Json)
}
