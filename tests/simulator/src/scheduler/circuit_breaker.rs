//! The deployment circuit breaker ("How the Amazon ECS deployment circuit breaker detects failures" in the
//! developer guide).

use crate::model::{ServiceDeploymentStatus, ServiceKey};
use crate::region::Region;

/// The reason of the rollback, in the words of ECS.
const THRESHOLD_EXCEEDED: &str =
    "Service deployment rolled back because the circuit breaker threshold was exceeded.";

/// How a task failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskFailure {
    /// It did not start, or its containers exited.
    Start,
    /// Its health check failed.
    Health,
}

/// Half of the desired count, rounded up, but from 3 to 200.
pub(super) fn failure_threshold(desired: u32) -> u32 {
    desired.div_ceil(2).clamp(3, 200)
}

impl Region {
    /// Records that a task of a deployment is healthy. The first such task ends the circuit breaker's first
    /// stage and resets its count.
    pub(super) fn record_task_success(&mut self, key: &ServiceKey, deployment_id: &str) {
        let Some(service) = self.services.get_mut(key) else { return };
        let deployment = service.deployment_mut(deployment_id);
        let Some(deployment) = deployment.filter(|deployment| !deployment.has_healthy_task) else {
            return;
        };
        deployment.has_healthy_task = true;
        deployment.failed_tasks = 0;
        let arn = deployment.service_deployment_arn.clone();
        if let Some(service_deployment) = service.service_deployment_mut(&arn) {
            service_deployment.circuit_breaker.failure_count = 0;
        }
    }

    /// Records that a task of a deployment failed. In the circuit breaker's first stage every failure counts,
    /// in the second only failures of health checks.
    pub(super) fn record_task_failure(
        &mut self,
        key: &ServiceKey,
        deployment_id: &str,
        failure: TaskFailure,
    ) {
        let Some(service) = self.services.get_mut(key) else { return };
        let Some(deployment) = service.deployment_mut(deployment_id) else { return };
        if deployment.has_healthy_task && failure == TaskFailure::Start {
            return;
        }
        deployment.failed_tasks += 1;
        let failed = deployment.failed_tasks;
        let (arn, is_primary) = (deployment.service_deployment_arn.clone(), deployment.is_primary);
        let service_deployment = service.service_deployment_mut(&arn);
        let Some(service_deployment) =
            service_deployment.filter(|deployment| is_primary && !deployment.status.is_final())
        else {
            return;
        };
        let status = service_deployment.status;
        let breaker = &mut service_deployment.circuit_breaker;
        if breaker.is_enabled {
            breaker.failure_count = failed;
        }
        let trips = breaker.is_enabled && failed >= breaker.threshold;
        let rolls_back = breaker.rolls_back;
        if failed == 3 {
            self.add_service_event(
                key,
                "is unable to consistently start tasks successfully. For more information, see the Troubleshooting \
                 section of the Amazon ECS Developer Guide.",
            );
        }
        match status {
            ServiceDeploymentStatus::InProgress if trips => self.trip_circuit_breaker(key, &arn, rolls_back),
            ServiceDeploymentStatus::RollbackInProgress if trips => self.fail_rollback(key, &arn),
            _ => {}
        }
        self.mark_changed();
    }

    fn trip_circuit_breaker(&mut self, key: &ServiceKey, arn: &str, rolls_back: bool) {
        if let Some(deployment) = self.service_deployment_mut(key, arn) {
            deployment.circuit_breaker.is_triggered = true;
        }
        self.fail_primary_deployment(
            key,
            "tasks failed to start.",
            "ECS deployment circuit breaker: tasks failed to start.",
        );
        if rolls_back {
            self.start_rollback(key, arn, THRESHOLD_EXCEEDED, "ECS deployment circuit breaker");
        } else {
            // Without a rollback, the service deployment stops (ServiceDeployment's `stoppedAt`).
            let reason = "Service deployment failed because the circuit breaker threshold was exceeded.";
            self.finish_service_deployment(
                key,
                arn,
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
    fn the_threshold_is_half_of_the_desired_count_within_bounds() {
        let examples = [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (800, 200)];
        for (desired, expected) in examples {
            assert_eq!(failure_threshold(desired), expected, "for {desired}");
        }
    }
}
