//! The deployment circuit breaker ("How the Amazon ECS deployment circuit breaker detects
//! failures" in the developer guide).

use super::rollback::Failing;
use crate::model::{Key, Status};
use crate::region::Region;

/// The rollback's reason, as ECS writes it.
const EXCEEDED: &str = "Service deployment rolled back because the circuit breaker threshold was exceeded.";

/// Half of the desired count, rounded up: 3 at least, 200 at most.
pub(crate) fn threshold(desired: u32) -> u32 {
    desired.div_ceil(2).clamp(3, 200)
}

impl Region {
    /// A task of a deployment came up well: stage one is passed, and the count begins again.
    pub(super) fn note_success(&mut self, key: &Key, deployment: &str) {
        let Some(service) = self.services.get_mut(key) else { return };
        let Some(own) = service.deployment_mut(deployment).filter(|own| !own.came_up) else { return };
        own.came_up = true;
        own.failed = 0;
        let record = own.record.clone();
        if let Some(record) = service.record_mut(&record) {
            record.breaker.count = 0;
        }
    }

    /// A task of a deployment failed. In the first stage each counts that did not come up; once
    /// one did, only those count whose health checks fail.
    pub(super) fn note_failure(&mut self, key: &Key, deployment: &str, failing: Failing) {
        let Some(service) = self.services.get_mut(key) else { return };
        let Some(own) = service.deployment_mut(deployment) else { return };
        if own.came_up && failing == Failing::Start {
            return;
        }
        own.failed += 1;
        let (failed, arn, primary) = (own.failed, own.record.clone(), own.primary);
        let Some(record) = service.record_mut(&arn).filter(|record| !record.status.is_final() && primary)
        else {
            return;
        };
        if record.breaker.enabled {
            record.breaker.count = failed;
        }
        let trips = record.breaker.enabled && failed >= record.breaker.threshold;
        let (status, back) = (record.status, record.breaker.rollback);
        if failed == 3 {
            self.tell(
                key,
                "is unable to consistently start tasks successfully. For more information, see the Troubleshooting \
                 section of the Amazon ECS Developer Guide.",
            );
        }
        match status {
            Status::InProgress if trips => self.trip(key, &arn, back),
            Status::RollbackInProgress if trips => self.rollback_failed(key, &arn),
            _ => {}
        }
        self.touch();
    }

    fn trip(&mut self, key: &Key, record: &str, back: bool) {
        if let Some(own) = self.services.get_mut(key).and_then(|service| service.record_mut(record)) {
            own.breaker.triggered = true;
        }
        self.fail_primary(
            key,
            "tasks failed to start.",
            "ECS deployment circuit breaker: tasks failed to start.",
        );
        if back {
            self.roll_back(key, record, EXCEEDED, "ECS deployment circuit breaker");
        } else {
            // Without rollback, the service deployment stops (ServiceDeployment's `stoppedAt`).
            let reason = "Service deployment failed because the circuit breaker threshold was exceeded.";
            self.conclude(key, record, Status::Stopped, Some(reason.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::threshold;

    #[test]
    fn the_threshold_is_half_of_the_desired_count_within_its_bounds() {
        let examples = [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)];
        for (desired, expected) in examples {
            assert_eq!(threshold(desired), expected, "for {desired}");
        }
    }
}
