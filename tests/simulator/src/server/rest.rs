//! Calls of EventBridge Scheduler, whose action is in the method and the path.

use serde_json::{Map, Value};

use super::form::{parse_pairs, percent_decode};
use crate::http::Message;

/// The parameters of a query whose names differ from those of the API's members.
const MEMBERS: [(&str, &str); 2] = [("ScheduleGroup", "GroupName"), ("groupName", "GroupName")];

/// The action and the parameters, by the names of the API; `None` for a request of another service.
pub(super) fn parse_call(request: &Message) -> Option<(String, Value)> {
    let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
    let mut segments = path.strip_prefix('/')?.split('/');
    if segments.next() != Some("schedules") {
        return None;
    }
    let mut parameters: Map<String, Value> = parse_pairs(query)
        .map(|(name, value)| {
            let member = MEMBERS.iter().find(|(other, _)| *other == name);
            (member.map_or(name, |(_, member)| (*member).to_owned()), Value::String(value))
        })
        .collect();
    let name = segments.next().map(percent_decode);
    if let Ok(Value::Object(body)) = serde_json::from_slice(&request.body) {
        parameters.extend(body);
    }
    let operation = match (request.method(), &name) {
        ("GET", None) => "ListSchedules",
        ("GET", Some(_)) => "GetSchedule",
        ("PUT", Some(_)) => "UpdateSchedule",
        // An action that is not simulated.
        (method, _) => method,
    };
    let action = format!("scheduler:{operation}");
    parameters.extend(name.map(|name| ("Name".to_owned(), Value::String(name))));
    Some((action, Value::Object(parameters)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_action_is_in_the_method_and_the_path() {
        let call = |line: &str| parse_call(&Message::new(&format!("{line} HTTP/1.1"), &[], Vec::new()));
        let (action, body) = call("GET /schedules?ScheduleGroup=jobs&MaxResults=1").unwrap();
        assert_eq!(
            (action.as_str(), body),
            ("scheduler:ListSchedules", json!({"GroupName": "jobs", "MaxResults": "1"}))
        );
        let (action, body) = call("GET /schedules/a%2Eb?groupName=jobs").unwrap();
        assert_eq!(
            (action.as_str(), body),
            ("scheduler:GetSchedule", json!({"GroupName": "jobs", "Name": "a.b"}))
        );
        assert_eq!(call("DELETE /schedules/a").unwrap().0, "scheduler:DELETE");
        assert_eq!(call("POST /"), None);
    }
}
