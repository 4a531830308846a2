//! The control interface, `/simulator/…`, for other processes.

use std::sync::Mutex;

use serde::Serialize;
use serde_json::{Value, json};

use super::form::parse_pairs;
use super::response::Response;
use crate::http::Message;
use crate::json;
use crate::model::RegionId;
use crate::scenario::Change;
use crate::simulation::Simulation;

const UNKNOWN_REQUEST: &str = "unknown request: expected one of GET /simulator/calls, GET /simulator/snapshot, \
                               GET /simulator/now, POST /simulator/apply, POST /simulator/advance";

pub(super) fn handle_control_request(simulation: &Mutex<Simulation>, request: &Message) -> Response {
    let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
    let query: Vec<(String, String)> = parse_pairs(query).collect();
    let parameter =
        |name: &str| query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let Ok(mut simulation) = simulation.lock() else {
        return error_response(500, "a thread of the simulator has panicked");
    };
    let default = simulation.default_region();
    let region = RegionId::new(
        parameter("account").unwrap_or(&default.account),
        parameter("region").unwrap_or(&default.region),
    );
    match (request.method(), path) {
        ("GET", "/simulator/calls") => json_response(&simulation.calls()),
        ("GET", "/simulator/snapshot") => {
            let cluster = parameter("cluster").unwrap_or("default");
            let service = parameter("service").unwrap_or_default();
            simulation.now();
            json_response(&simulation.region(&region).service_snapshot(cluster, service))
        }
        ("GET", "/simulator/now") => {
            let now = simulation.now();
            json_response(&json!({ "now": now, "throttled_calls": simulation.throttled_calls() }))
        }
        ("POST", "/simulator/apply") => match serde_json::from_slice::<Change>(&request.body) {
            Ok(change) => match simulation.apply(&region, &change) {
                Ok(response) => json_response(&response),
                Err(error) => error_response(400, &error.to_string()),
            },
            Err(error) => error_response(400, &format!("invalid change: {error}")),
        },
        ("POST", "/simulator/advance") => {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            let Some(seconds) = body.get("seconds").or(Some(&body)).and_then(json::to_number) else {
                return error_response(400, "invalid body: expected {\"seconds\": NUMBER}");
            };
            simulation.advance(seconds);
            json_response(&json!({ "now": simulation.now() }))
        }
        _ => error_response(404, UNKNOWN_REQUEST),
    }
}

fn json_response(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => Response::new(200, "application/json", body),
        Err(error) => error_response(500, &error.to_string()),
    }
}

fn error_response(status: u16, message: &str) -> Response {
    Response::new(status, "application/json", json!({ "error": message }).to_string())
}
