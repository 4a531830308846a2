//! The receiver of events.

use super::Event;

/// Receives the events of a run, in their order.
pub trait EventSink {
    /// Receives one event. It cannot fail: a rollout continues even if its output cannot be written.
    fn emit(&self, event: &Event);
}
