//! How long things take, in simulated seconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// A duration, or a span out of which each time is drawn. In JSON a number, or two in an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span(pub f64, pub f64);

impl Span {
    /// Always the same duration.
    #[must_use]
    pub fn always(seconds: f64) -> Self {
        Self(seconds, seconds)
    }

    pub(crate) fn draw(self, rng: &mut fastrand::Rng) -> f64 {
        if self.1 > self.0 { self.0 + rng.f64() * (self.1 - self.0) } else { self.0 }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.0, self.1].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let wrong = || de::Error::custom(format!("a number of seconds, or two in an array, not {value}"));
        match &value {
            Value::Array(ends) => match ends.as_slice() {
                [from, to] => Ok(Self(from.as_f64().ok_or_else(wrong)?, to.as_f64().ok_or_else(wrong)?)),
                _ => Err(wrong()),
            },
            single => single.as_f64().map(Self::always).ok_or_else(wrong),
        }
    }
}

/// How long things take, in simulated seconds. The defaults are like Fargate's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delays {
    /// A service deployment is PENDING.
    pub begin: Span,
    /// A task is PROVISIONING: it is placed, and gets its network interface.
    pub placement: Span,
    /// The images are pulled.
    pub pull: Span,
    /// From the pull to RUNNING.
    pub start: Span,
    /// From RUNNING to HEALTHY, for a task with a health check or a load balancer.
    pub health: Span,
    /// From RUNNING until a task without either counts as healthy. UpdateService's
    /// documentation has 40 seconds for the minimum healthy percent.
    pub settle: Span,
    /// A load balancer's deregistration delay, before a task is stopped.
    pub drain: Span,
    /// From SIGTERM to the end of the containers.
    pub stop: Span,
    /// From there to STOPPED.
    pub deprovision: Span,
    /// Until a failed task of a service is replaced; more for each further failure.
    pub retry: Span,
    /// Until a task that could not be placed is tried again.
    pub place_again: Span,
    /// From the request to roll back or to stop, until that is under way.
    pub request: Span,
    /// Each stage of a blue/green deployment that waits for nothing else.
    pub stage: Span,
    /// How long a one-off task runs where no behaviour says it.
    pub one_off: Span,
    /// Seconds for which a stopped task can still be described.
    pub forget: f64,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            begin: Span::always(0.15),
            placement: Span(1.0, 2.0),
            pull: Span(3.0, 8.0),
            start: Span::always(1.0),
            health: Span::always(10.0),
            settle: Span::always(40.0),
            drain: Span::always(10.0),
            stop: Span::always(2.0),
            deprovision: Span::always(1.0),
            retry: Span::always(5.0),
            place_again: Span::always(10.0),
            request: Span::always(1.0),
            stage: Span::always(2.0),
            one_off: Span::always(5.0),
            forget: 3600.0,
        }
    }
}
