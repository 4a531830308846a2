//! Rollbacks, and stops on request.
//!
//! The messages about the circuit breaker are those of ECS. ECS does not document messages for a requested
//! rollback or stop, for a rollback that fails, or for alarms; those here follow the same form.

use crate::model::ids::numeric_id;
use crate::model::{Rollback, RolloutState, ServiceDeploymentStatus, ServiceKey};
use crate::region::Region;

impl Region {
    /// Fails the primary deployment: it launches no more tasks.
    pub(super) fn fail_primary_deployment(&mut self, key: &ServiceKey, event: &str, reason: &str) {
        let now = self.now;
        let Some(primary) = self.primary_deployment_mut(key) else { return };
        primary.rollout_state = RolloutState::Failed;
        reason.clone_into(&mut primary.rollout_state_reason);
        primary.updated_at = now;
        let id = primary.id.clone();
        self.add_service_event(key, &format!("(deployment {id}) deployment failed: {event}"));
        self.mark_changed();
    }

    /// Starts a rollback to the revision of the last deployment that completed. Its tasks that still run are
    /// kept. `cause` is the start of the new deployment's rollout state reason.
    pub(super) fn start_rollback(&mut self, key: &ServiceKey, arn: &str, reason: &str, cause: &str) {
        let now = self.now;
        let Some(service) = self.services.get(key) else { return };
        let revision = service.rollback_revision().cloned();
        let Some(revision) = revision.filter(|_| service.service_deployment(arn).is_some()) else {
            self.add_service_event(
                key,
                "deployment failed: no rollback candidate was found to run the rollback.",
            );
            let reason = format!("{reason} No rollback candidate was found to run the rollback.");
            let status = ServiceDeploymentStatus::RollbackFailed;
            return self.finish_service_deployment(key, arn, status, Some(reason));
        };
        let active = service.deployments.iter().find(|deployment| deployment.revision == revision.arn);
        let restored_id = active.map(|deployment| deployment.id.clone()).or_else(|| {
            let mut newest_first = service.service_deployments.iter().rev();
            let restored = newest_first.find(|deployment| deployment.target_revision == revision.arn);
            restored.map(|deployment| deployment.deployment_id.clone())
        });
        let restored_id = restored_id.unwrap_or_default();
        let id = format!("ecs-svc/{}", numeric_id(&mut self.rng));
        let state_reason = format!("{cause}: rolling back to deploymentId {restored_id}.");
        let mut deployment = self.new_deployment(&id, &revision, arn, state_reason);
        deployment.production_traffic = 100.0;
        let revision_arn = revision.arn.clone();
        if let Some(service) = self.services.get_mut(key) {
            service.settings.extend(revision.settings);
            for other in &mut service.deployments {
                other.production_traffic = 0.0;
                other.test_traffic = 0.0;
            }
            Self::add_primary_deployment(service, deployment);
            service.backoff_until = None;
            if let Some(service_deployment) = service.service_deployment_mut(arn) {
                service_deployment.status = ServiceDeploymentStatus::RollbackInProgress;
                service_deployment.status_reason = Some(reason.to_owned());
                service_deployment.updated_at = now;
                service_deployment.generation += 1;
                service_deployment.circuit_breaker.failure_count = 0;
                let revision = revision_arn.clone();
                service_deployment.rollback =
                    Some(Rollback { reason: reason.to_owned(), started_at: now, revision });
            }
        }
        self.adopt_tasks(key, &revision_arn, &id);
        self.add_service_event(key, &format!("rolling back to deployment {restored_id}."));
        self.mark_changed();
        self.reconcile(key);
    }

    /// Assigns the tasks of a revision to a deployment.
    fn adopt_tasks(&mut self, key: &ServiceKey, revision: &str, deployment_id: &str) {
        let Some(service) = self.services.get(key) else { return };
        let earlier: Vec<&str> = service
            .deployments
            .iter()
            .filter(|deployment| deployment.revision == revision && deployment.id != deployment_id)
            .map(|deployment| deployment.id.as_str())
            .collect();
        let owners = self.tasks.values_mut().filter_map(|task| task.owner.as_mut());
        for owner in owners.filter(|owner| owner.service == *key) {
            if earlier.contains(&owner.deployment_id.as_str()) {
                deployment_id.clone_into(&mut owner.deployment_id);
            }
        }
    }

    pub(super) fn fail_rollback(&mut self, key: &ServiceKey, arn: &str) {
        self.fail_primary_deployment(
            key,
            "tasks failed to start.",
            "ECS deployment circuit breaker: tasks failed to start.",
        );
        let reason = "Service deployment rollback failed because the circuit breaker threshold was exceeded.";
        let status = ServiceDeploymentStatus::RollbackFailed;
        self.finish_service_deployment(key, arn, status, Some(reason.to_owned()));
    }

    /// Starts the rollback that StopServiceDeployment requested.
    pub(super) fn start_requested_rollback(&mut self, key: &ServiceKey, arn: &str) {
        let status = self.service_deployment(key, arn).map(|deployment| deployment.status);
        if status == Some(ServiceDeploymentStatus::RollbackRequested) {
            let reason = "Service deployment rolled back because a rollback was requested.";
            self.fail_primary_deployment(
                key,
                "rollback requested.",
                "ECS deployment rolled back on request.",
            );
            self.start_rollback(key, arn, reason, "ECS deployment rollback requested");
        }
    }

    /// Completes the stop that StopServiceDeployment requested.
    pub(super) fn finish_requested_stop(&mut self, key: &ServiceKey, arn: &str) {
        let status = self.service_deployment(key, arn).map(|deployment| deployment.status);
        if status == Some(ServiceDeploymentStatus::StopRequested) {
            self.fail_primary_deployment(key, "stopped.", "ECS deployment stopped on request.");
            let reason = "Service deployment stopped by the user.".to_owned();
            self.finish_service_deployment(key, arn, ServiceDeploymentStatus::Stopped, Some(reason));
        }
    }
}
