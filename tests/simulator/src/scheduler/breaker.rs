//! The deployment circuit breaker ("How the Amazon ECS deployment circuit breaker detects
//! failures" in the developer guide).

use super::rollback::TaskFailure;
use crate::model::{ServiceDeploymentStatus, ServiceKey};
use crate::region::Region;

/// The rollback's reason, as ECS writes it.
const THRESHOLD_EXCEEDED: &str =
    "Service deployment rolled back because the circuit breaker threshold was exceeded.";

/// Half of the desired count, rounded up: 3 at least, 200 at most.
pub(crate) fn failure_threshold(desired: u32) -> u32 {
    desired.div_ceil(2).clamp(3, 200)
}

impl Region {
    /// A task of a deployment came up well: stage one is passed, and the count begins again.
    pub(super) fn record_task_success(&mut self, key: &ServiceKey, deployment: &str) {
        let Some(service) = self.services.get_mut(key) else { return };
        let Some(own) = service.deployment_mut(deployment).filter(|own| !own.has_healthy_task) else {
            return;
        };
        own.has_healthy_task = true;
        own.failed_tasks = 0;
        let record = own.service_deployment.clone();
        if let Some(record) = service.service_deployment_mut(&record) {
            record.circuit_breaker.failure_count = 0;
        }
    }

    /// A task of a deployment failed. In the first stage each counts that did not come up; once
    /// one did, only those count whose health checks fail.
    pub(super) fn record_task_failure(&mut self, key: &ServiceKey, deployment: &str, failing: TaskFailure) {
        let Some(service) = self.services.get_mut(key) else { return };
        let Some(own) = service.deployment_mut(deployment) else { return };
        if own.has_healthy_task && failing == TaskFailure::Start {
            return;
        }
        own.failed_tasks += 1;
        let (failed, arn, primary) = (own.failed_tasks, own.service_deployment.clone(), own.is_primary);
        let Some(record) =
            service.service_deployment_mut(&arn).filter(|record| !record.status.is_final() && primary)
        else {
            return;
        };
        if record.circuit_breaker.is_enabled {
            record.circuit_breaker.failure_count = failed;
        }
        let trips = record.circuit_breaker.is_enabled && failed >= record.circuit_breaker.threshold;
        let (status, back) = (record.status, record.circuit_breaker.rolls_back);
        if failed == 3 {
            self.add_service_event(
                key,
                "is unable to consistently start tasks successfully. For more information, see the Troubleshooting \
                 section of the Amazon ECS Developer Guide.",
            );
        }
        match status {
            ServiceDeploymentStatus::InProgress if trips => self.trip_circuit_breaker(key, &arn, back),
            ServiceDeploymentStatus::RollbackInProgress if trips => self.fail_rollback(key, &arn),
            _ => {}
        }
        self.mark_changed();
    }

    fn trip_circuit_breaker(&mut self, key: &ServiceKey, record: &str, back: bool) {
        if let Some(own) =
            self.services.get_mut(key).and_then(|service| service.service_deployment_mut(record))
        {
            own.circuit_breaker.is_triggered = true;
        }
        self.fail_primary_deployment(
            key,
            "tasks failed to start.",
            "ECS deployment circuit breaker: tasks failed to start.",
        );
        if back {
            self.start_rollback(key, record, THRESHOLD_EXCEEDED, "ECS deployment circuit breaker");
        } else {
            // Without rollback, the service deployment stops (ServiceDeployment's `stoppedAt`).
            let reason = "Service deployment failed because the circuit breaker threshold was exceeded.";
            self.finish_service_deployment(
                key,
                record,
                ServiceDeploymentStatus::Stopped,
                Some(reason.to_owned()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::failure_threshold;

    #[test]
    fn the_threshold_is_half_of_the_desired_count_within_its_bounds() {
        let examples = [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)];
        for (desired, expected) in examples {
            assert_eq!(failure_threshold(desired), expected, "for {desired}");
        }
    }
}
