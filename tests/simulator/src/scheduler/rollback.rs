//! Rolling back, and stopping on request.
//!
//! The circuit breaker's sentences are ECS's own. It documents none for a rollback or a stop on
//! request, for one that fails, or for alarms: those here are only like the others.

use crate::model::names::numeric_id;
use crate::model::{Rollback, RolloutState, ServiceDeploymentStatus, ServiceKey};
use crate::region::Region;

/// How a task failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskFailure {
    /// It did not come up, or ended by itself.
    Start,
    /// Its health checks failed.
    Health,
}

impl Region {
    /// The primary deployment fails: it launches nothing more.
    pub(super) fn fail_primary_deployment(&mut self, key: &ServiceKey, event: &str, reason: &str) {
        let now = self.now;
        let Some(primary) = self.services.get_mut(key).and_then(|service| service.primary_deployment_mut())
        else {
            return;
        };
        primary.rollout_state = RolloutState::Failed;
        reason.clone_into(&mut primary.rollout_state_reason);
        primary.updated_at = now;
        let id = primary.id.clone();
        self.add_service_event(key, &format!("(deployment {id}) deployment failed: {event}"));
        self.mark_changed();
    }

    /// Begins to roll back to the revision of the last deployment that completed. Its tasks
    /// that still run are kept: they are what was good.
    pub(super) fn start_rollback(&mut self, key: &ServiceKey, record: &str, reason: &str, by: &str) {
        let now = self.now;
        let Some(service) = self.services.get(key) else { return };
        let good = service.rollback_revision().cloned();
        let Some(good) = good.filter(|_| service.service_deployment(record).is_some()) else {
            self.add_service_event(
                key,
                "deployment failed: no rollback candidate was found to run the rollback.",
            );
            let reason = format!("{reason} No rollback candidate was found to run the rollback.");
            return self.finish_service_deployment(
                key,
                record,
                ServiceDeploymentStatus::RollbackFailed,
                Some(reason),
            );
        };
        let old = service.deployments.iter().find(|own| own.revision == good.arn);
        let named = old.map(|own| own.id.clone()).or_else(|| {
            let record = service.service_deployments.iter().rev().find(|own| own.target_revision == good.arn);
            record.map(|own| own.deployment_id.clone())
        });
        let named = named.unwrap_or_default();
        let id = format!("ecs-svc/{}", numeric_id(&mut self.rng));
        let mut entry =
            self.new_deployment(&id, &good, record, format!("{by}: rolling back to deploymentId {named}."));
        entry.production_traffic = 100.0;
        let arn = good.arn.clone();
        if let Some(service) = self.services.get_mut(key) {
            service.settings.extend(good.settings);
            for other in &mut service.deployments {
                other.production_traffic = 0.0;
                other.test_traffic = 0.0;
            }
            Self::add_primary_deployment(service, entry);
            service.backoff_until = None;
            if let Some(own) = service.service_deployment_mut(record) {
                own.status = ServiceDeploymentStatus::RollbackInProgress;
                own.status_reason = Some(reason.to_owned());
                own.updated_at = now;
                own.generation += 1;
                own.circuit_breaker.failure_count = 0;
                own.rollback =
                    Some(Rollback { reason: reason.to_owned(), started_at: now, revision: arn.clone() });
            }
        }
        let adopted: Vec<String> = self.services.get(key).map_or_else(Vec::new, |service| {
            let same = service.deployments.iter().filter(|own| own.revision == arn && own.id != id);
            same.map(|own| own.id.clone()).collect()
        });
        for task in self.tasks.values_mut() {
            if let Some((_, own)) =
                task.service.as_mut().filter(|(own, from)| own == key && adopted.contains(from))
            {
                own.clone_from(&id);
            }
        }
        self.add_service_event(key, &format!("rolling back to deployment {named}."));
        self.mark_changed();
        self.reconcile(key);
    }

    pub(super) fn fail_rollback(&mut self, key: &ServiceKey, record: &str) {
        self.fail_primary_deployment(
            key,
            "tasks failed to start.",
            "ECS deployment circuit breaker: tasks failed to start.",
        );
        let reason = "Service deployment rollback failed because the circuit breaker threshold was exceeded.";
        self.finish_service_deployment(
            key,
            record,
            ServiceDeploymentStatus::RollbackFailed,
            Some(reason.to_owned()),
        );
    }

    /// A rollback that StopServiceDeployment asked for.
    pub(crate) fn start_requested_rollback(&mut self, key: &ServiceKey, record: &str) {
        let status = self
            .services
            .get(key)
            .and_then(|service| service.service_deployment(record))
            .map(|own| own.status);
        if status == Some(ServiceDeploymentStatus::RollbackRequested) {
            let reason = "Service deployment rolled back because a rollback was requested.";
            self.fail_primary_deployment(
                key,
                "rollback requested.",
                "ECS deployment rolled back on request.",
            );
            self.start_rollback(key, record, reason, "ECS deployment rollback requested");
        }
    }

    /// A stop that StopServiceDeployment asked for.
    pub(crate) fn finish_requested_stop(&mut self, key: &ServiceKey, record: &str) {
        let status = self
            .services
            .get(key)
            .and_then(|service| service.service_deployment(record))
            .map(|own| own.status);
        if status == Some(ServiceDeploymentStatus::StopRequested) {
            self.fail_primary_deployment(key, "stopped.", "ECS deployment stopped on request.");
            let reason = "Service deployment stopped by the user.";
            self.finish_service_deployment(
                key,
                record,
                ServiceDeploymentStatus::Stopped,
                Some(reason.to_owned()),
            );
        }
    }
}
