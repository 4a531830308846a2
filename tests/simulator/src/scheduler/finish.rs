//! When a deployment is done.

use super::plan::TaskCounts;
use crate::json;
use crate::model::{LifecycleStage, RolloutState, ServiceDeploymentStatus, ServiceKey};
use crate::region::{Region, Timer};

impl Region {
    /// Completes the deployment under way if all of it is up and nothing of the old is left.
    /// Where none is under way, the service may have reached its steady state.
    pub(super) fn complete_if_done(&mut self, key: &ServiceKey) {
        self.remove_empty_deployments(key);
        let Some(service) = self.services.get(key) else { return };
        let Some(primary) = service.primary_deployment() else { return };
        let own = self.task_counts(service, &primary.id);
        let wanted = self.desired_tasks(service);
        let up = own.live == wanted && own.healthy == wanted;
        let left: u32 = service
            .deployments
            .iter()
            .filter(|other| !other.is_primary)
            .map(|other| self.task_counts(service, &other.id))
            .map(|TaskCounts { not_stopped: left, .. }| left)
            .sum();
        let (rollout, record) = (primary.rollout_state, primary.service_deployment.clone());
        let stage = service
            .service_deployment(&record)
            .filter(|own| own.status.is_deploying())
            .and_then(|own| own.lifecycle_stage);
        if rollout == RolloutState::InProgress && up && stage == Some(LifecycleStage::ScaleUp) {
            return self.enter_next_stage(key);
        }
        if rollout == RolloutState::InProgress && stage.is_some_and(|stage| stage < LifecycleStage::CleanUp) {
            return;
        }
        if rollout != RolloutState::Failed && up && left == 0 {
            if rollout == RolloutState::InProgress && !self.start_bake_time(key, &record) {
                self.complete_deployment(key, &record);
            } else if rollout == RolloutState::Completed && service_is_unsteady(self, key) {
                self.add_service_event(key, "has reached a steady state.");
                self.mark_steady(key);
            }
        }
    }

    /// Whether the alarms of a rolling deployment are still watched, for its bake time.
    fn start_bake_time(&mut self, key: &ServiceKey, record: &str) -> bool {
        let Some(own) = self.services.get_mut(key).and_then(|service| service.service_deployment_mut(record))
        else {
            return false;
        };
        let minutes = json::count(&own.configuration, "bakeTimeInMinutes").unwrap_or(0);
        if !own.alarms.is_enabled
            || minutes == 0
            || own.lifecycle_stage.is_some()
            || own.status != ServiceDeploymentStatus::InProgress
        {
            return false;
        }
        own.lifecycle_stage = Some(LifecycleStage::BakeTime);
        own.generation += 1;
        let due = Timer::EndBakeTime {
            key: key.clone(),
            service_deployment: record.to_owned(),
            generation: own.generation,
        };
        self.schedule(f64::from(minutes) * 60.0, due);
        true
    }

    pub(crate) fn end_bake_time(&mut self, key: &ServiceKey, record: &str, turn: u32) {
        let Some(own) = self.services.get_mut(key).and_then(|service| service.service_deployment_mut(record))
        else {
            return;
        };
        if own.generation == turn && own.status == ServiceDeploymentStatus::InProgress {
            own.lifecycle_stage = Some(LifecycleStage::CleanUp);
            self.reconcile(key);
        }
    }

    fn complete_deployment(&mut self, key: &ServiceKey, record: &str) {
        let now = self.now;
        let Some(primary) = self.services.get_mut(key).and_then(|service| service.primary_deployment_mut())
        else {
            return;
        };
        let id = primary.id.clone();
        primary.rollout_state = RolloutState::Completed;
        primary.rollout_state_reason = format!("ECS deployment {id} completed.");
        primary.updated_at = now;
        primary.production_traffic = 100.0;
        self.add_service_event(key, &format!("(deployment {id}) deployment completed."));
        self.add_service_event(key, "has reached a steady state.");
        self.mark_steady(key);
        let status = self
            .services
            .get(key)
            .and_then(|service| service.service_deployment(record))
            .map(|own| own.status);
        match status {
            Some(ServiceDeploymentStatus::RollbackInProgress) => {
                self.finish_service_deployment(key, record, ServiceDeploymentStatus::RollbackSuccessful, None)
            }
            Some(status) if !status.is_final() => {
                self.finish_service_deployment(key, record, ServiceDeploymentStatus::Successful, None)
            }
            _ => {}
        }
        self.mark_changed();
    }

    fn mark_steady(&mut self, key: &ServiceKey) {
        if let Some(service) = self.services.get_mut(key) {
            service.is_unsteady = false;
            service.backoff_until = None;
        }
    }

    /// Entries of `deployments` without a task that is left are shown no more.
    fn remove_empty_deployments(&mut self, key: &ServiceKey) {
        let Some(service) = self.services.get(key) else { return };
        let empty: Vec<String> = service
            .deployments
            .iter()
            .filter(|other| !other.is_primary && self.task_counts(service, &other.id).not_stopped == 0)
            .map(|other| other.id.clone())
            .collect();
        if let Some(service) = self.services.get_mut(key).filter(|_| !empty.is_empty()) {
            service.deployments.retain(|other| !empty.contains(&other.id));
            self.mark_changed();
        }
    }
}

fn service_is_unsteady(region: &Region, key: &ServiceKey) -> bool {
    region.services.get(key).is_some_and(|service| service.is_unsteady)
}
