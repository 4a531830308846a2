//! What other processes ask the simulator itself: `/simulator/…`.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::http::{Response, pairs};
use crate::core::Core;
use crate::http::Message;
use crate::model::names::Site;
use crate::scenario::Change;

/// The answer to a request to `/simulator/…`.
pub(super) fn control(core: &Mutex<Core>, request: &Message) -> Response {
    let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
    let query: Vec<(String, String)> = pairs(query).collect();
    let asked = |name: &str| query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let Ok(mut core) = core.lock() else { return refused(500, "the simulation has broken down") };
    let home = core.home();
    let site = Site::new(asked("account").unwrap_or(&home.account), asked("region").unwrap_or(&home.region));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    match (request.method(), path) {
        ("GET", "/simulator/calls") => shown(&core.calls()),
        ("GET", "/simulator/snapshot") => {
            let (cluster, service) =
                (asked("cluster").unwrap_or("default"), asked("service").unwrap_or_default());
            core.now();
            shown(&core.region(&site).service_snapshot(cluster, service))
        }
        ("GET", "/simulator/now") => {
            shown(&json!({ "now": core.now(), "throttled_calls": core.throttled() }))
        }
        ("POST", "/simulator/apply") => match serde_json::from_slice::<Change>(&request.body) {
            Ok(change) => match core.apply(&site, &change) {
                Ok(answer) => shown(&answer),
                Err(error) => refused(400, &error.to_string()),
            },
            Err(error) => refused(400, &error.to_string()),
        },
        ("POST", "/simulator/advance") => {
            let seconds = body.get("seconds").or(Some(&body)).and_then(crate::json::number);
            let Some(seconds) = seconds else { return refused(400, "say {\"seconds\": NUMBER}") };
            core.advance(seconds);
            shown(&json!({ "now": core.now() }))
        }
        _ => refused(404, "there is calls, truth, now, apply and advance"),
    }
}

fn shown(value: &impl serde::Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => Response::new(200, "application/json", body),
        Err(error) => refused(500, &error.to_string()),
    }
}

fn refused(status: u16, message: &str) -> Response {
    Response::new(status, "application/json", json!({ "error": message }).to_string())
}
