//! What other processes ask the simulator itself: `/simulator/…`.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::http::{Response, parse_pairs};
use crate::core::Simulation;
use crate::http::Message;
use crate::model::names::RegionId;
use crate::scenario::Change;

/// The answer to a request to `/simulator/…`.
pub(super) fn handle_control_request(core: &Mutex<Simulation>, request: &Message) -> Response {
    let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
    let query: Vec<(String, String)> = parse_pairs(query).collect();
    let asked = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let Ok(mut core) = core.lock() else { return error_response(500, "the simulation has broken down") };
    let home = core.default_region();
    let site =
        RegionId::new(asked("account").unwrap_or(&home.account), asked("region").unwrap_or(&home.region));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    match (request.method(), path) {
        ("GET", "/simulator/calls") => json_response(&core.calls()),
        ("GET", "/simulator/snapshot") => {
            let (cluster, service) =
                (asked("cluster").unwrap_or("default"), asked("service").unwrap_or_default());
            core.now();
            json_response(&core.region(&site).service_snapshot(cluster, service))
        }
        ("GET", "/simulator/now") => {
            json_response(&json!({ "now": core.now(), "throttled_calls": core.throttled_calls() }))
        }
        ("POST", "/simulator/apply") => match serde_json::from_slice::<Change>(&request.body) {
            Ok(change) => match core.apply(&site, &change) {
                Ok(answer) => json_response(&answer),
                Err(error) => error_response(400, &error.to_string()),
            },
            Err(error) => error_response(400, &error.to_string()),
        },
        ("POST", "/simulator/advance") => {
            let seconds = body.get("seconds").or(Some(&body)).and_then(crate::json::to_number);
            let Some(seconds) = seconds else { return error_response(400, "say {\"seconds\": NUMBER}") };
            core.advance(seconds);
            json_response(&json!({ "now": core.now() }))
        }
        _ => error_response(404, "there is calls, truth, now, apply and advance"),
    }
}

fn json_response(value: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => Response::new(200, "application/json", body),
        Err(error) => error_response(500, &error.to_string()),
    }
}

fn error_response(status: u16, message: &str) -> Response {
    Response::new(status, "application/json", json!({ "error": message }).to_string())
}
