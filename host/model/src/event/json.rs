//! Events as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::Event;
use crate::secret::json::redact_document;

impl Event {
    /// The event as one line of JSON, without the secrets of a decision or a plan.
    #[must_use]
    pub fn to_json(&self, elapsed: Duration) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_else(|error| {
            // Every event can be serialized; the signature of serde_json requires this arm.
            json!({"event": "error", "message": format!("failed to serialize an event: {error}")})
        });
        if matches!(self, Self::DecisionMade(_) | Self::PlanCreated { .. }) {
            redact_document(&mut value);
        }
        if let Value::Object(fields) = &mut value {
            fields.insert("elapsed".to_owned(), json!((elapsed.as_secs_f64() * 1000.0).round() / 1000.0));
        }
        value.to_string()
    }
}
