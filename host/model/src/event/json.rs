//! Events as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::Event;

impl Event {
    /// The event as one line of JSON.
    #[must_use]
    pub fn to_json(&self, elapsed: Duration) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_else(|error| {
            // Every event can be serialized; the signature of serde_json requires this arm.
            json!({"event": "error", "message": format!("failed to serialize an event: {error}")})
        });
        if let Value::Object(fields) = &mut value {
            fields.insert("elapsed".to_owned(), json!((elapsed.as_secs_f64() * 1000.0).round() / 1000.0));
        }
        value.to_string()
    }
}
