//! Durations, in simulated seconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// A duration in simulated seconds, or the bounds between which each duration is drawn at random.
/// In JSON a number, or an array of two numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay(pub f64, pub f64);

impl Delay {
    /// A delay that is always the same.
    #[must_use]
    pub fn fixed(seconds: f64) -> Self {
        Self(seconds, seconds)
    }

    pub(crate) fn sample(self, rng: &mut fastrand::Rng) -> f64 {
        if self.1 > self.0 { self.0 + rng.f64() * (self.1 - self.0) } else { self.0 }
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.0, self.1].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let invalid =
            || de::Error::custom(format!("expected a number of seconds or an array of two, found {value}"));
        match &value {
            Value::Array(bounds) => match bounds.as_slice() {
                [min, max] => Ok(Self(min.as_f64().ok_or_else(invalid)?, max.as_f64().ok_or_else(invalid)?)),
                _ => Err(invalid()),
            },
            number => number.as_f64().map(Self::fixed).ok_or_else(invalid),
        }
    }
}

/// How long the transitions of deployments and tasks take. The defaults resemble Fargate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delays {
    /// A service deployment from PENDING to IN_PROGRESS.
    pub deployment_start: Delay,
    /// A task from PROVISIONING to PENDING: its placement, and its network interface.
    pub placement: Delay,
    /// A task from PENDING to ACTIVATING: the pull of its images.
    pub pull: Delay,
    /// A task from ACTIVATING to RUNNING.
    pub container_start: Delay,
    /// A task with a health check or a load balancer from RUNNING to healthy.
    pub health_check: Delay,
    /// A task without either from RUNNING until it counts as healthy. UpdateService's documentation states 40
    /// seconds, for the minimum healthy percent.
    pub assume_healthy: Delay,
    /// The deregistration delay of a load balancer, before a task is stopped.
    pub drain: Delay,
    /// A task from STOPPING (SIGTERM) to DEPROVISIONING.
    pub container_stop: Delay,
    /// A task from DEPROVISIONING to STOPPED.
    pub deprovision: Delay,
    /// From a task's failure to its replacement. Each further failure prolongs it.
    pub replacement: Delay,
    /// From a failed placement to the next attempt.
    pub placement_retry: Delay,
    /// From StopServiceDeployment to the start of the rollback or to the stop.
    pub stop_request: Delay,
    /// Each lifecycle stage of a blue/green deployment that waits for nothing else.
    pub lifecycle_stage: Delay,
    /// A one-off task without a task rule from RUNNING to its exit.
    pub one_off_run: Delay,
    /// Seconds for which DescribeTasks returns a stopped task.
    pub stopped_task_retention: f64,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            deployment_start: Delay::fixed(0.15),
            placement: Delay(1.0, 2.0),
            pull: Delay(3.0, 8.0),
            container_start: Delay::fixed(1.0),
            health_check: Delay::fixed(10.0),
            assume_healthy: Delay::fixed(40.0),
            drain: Delay::fixed(10.0),
            container_stop: Delay::fixed(2.0),
            deprovision: Delay::fixed(1.0),
            replacement: Delay::fixed(5.0),
            placement_retry: Delay::fixed(10.0),
            stop_request: Delay::fixed(1.0),
            lifecycle_stage: Delay::fixed(2.0),
            one_off_run: Delay::fixed(5.0),
            stopped_task_retention: 3600.0,
        }
    }
}
