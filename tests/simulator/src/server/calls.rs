//! The response to a call, and the faults that affect it.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::Shared;
use super::encoding::encode;
use super::request::{Protocol, parse_call};
use super::response::Response;
use crate::error::ApiError;
use crate::http::Message;
use crate::scenario::FaultKind;

const HTML: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

impl Shared {
    /// Executes a call. `None` if the connection is to be closed without a response.
    pub(super) fn handle_call(&self, request: &Message) -> Option<Response> {
        let (incoming, protocol) = parse_call(request, &self.default_region);
        let operation = incoming.action.split_once(':').map_or("", |(_, operation)| operation).to_owned();
        let call = self.simulation.lock().ok()?.receive(incoming);
        let fault = call.fault.as_ref();
        if let Some(FaultKind::Slow(seconds)) = fault {
            self.sleep(Duration::from_secs_f64(seconds.clamp(0.0, 3600.0)));
        }
        if fault == Some(&FaultKind::DropRequest) {
            return None;
        }
        let mut simulation = self.simulation.lock().ok()?;
        if fault == Some(&FaultKind::Html) {
            simulation.record_response(call.index, 502, None);
            return Some(Response::new(502, "text/html", HTML));
        }
        if fault == Some(&FaultKind::Empty) {
            simulation.record_response(call.index, 200, None);
            return Some(Response::new(200, "application/x-amz-json-1.1", "{}"));
        }
        let result = fault.and_then(fault_error).map_or_else(|| simulation.execute(&call), Err);
        let mut response = encode(protocol, &operation, &result);
        if fault == Some(&FaultKind::DropResponse) {
            return None;
        }
        let error_code = result.as_ref().err().map(|error| error.code.as_str());
        simulation.record_response(call.index, response.status, error_code);
        if fault == Some(&FaultKind::TruncateResponse) {
            response.body.truncate(response.body.len() / 2);
        }
        if protocol != Protocol::Query {
            response.request_id = format!("00000000-0000-4000-8000-{:012}", call.index);
        }
        Some(response)
    }

    /// Sleeps, but no longer than the server runs.
    fn sleep(&self, duration: Duration) {
        let started_at = Instant::now();
        while started_at.elapsed() < duration && !self.is_stopping.load(Ordering::SeqCst) {
            let left = duration.saturating_sub(started_at.elapsed());
            thread::sleep(Duration::from_millis(20).min(left));
        }
    }
}

/// The error that a fault reports instead of the execution of the call.
fn fault_error(fault: &FaultKind) -> Option<ApiError> {
    match fault {
        FaultKind::Internal => {
            let message = "Service Unavailable. Please try again later.";
            Some(ApiError::with_status("ServerException", message, 500))
        }
        FaultKind::Unavailable => {
            let message = "Service is unable to handle request.";
            Some(ApiError::with_status("ServiceUnavailableException", message, 503))
        }
        FaultKind::Throttle => Some(ApiError::throttling()),
        FaultKind::Error { code, message } => Some(ApiError::new(code, message.clone())),
        FaultKind::DropRequest
        | FaultKind::DropResponse
        | FaultKind::Slow(_)
        | FaultKind::TruncateResponse
        | FaultKind::Html
        | FaultKind::Empty => None,
    }
}
