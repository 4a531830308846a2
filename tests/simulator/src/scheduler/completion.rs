//! The completion of deployments, the early one too, and the steady state of services.

use crate::json;
use crate::model::{
    LifecycleStage, RolloutState, ServiceDeployment, ServiceDeploymentStatus, ServiceKey, Timer,
};
use crate::region::Region;

impl Region {
    /// Completes the primary deployment if all of its tasks are healthy and no others are left, and adds the
    /// event "has reached a steady state" when a service without a deployment in progress does.
    pub(super) fn complete_if_done(&mut self, key: &ServiceKey) {
        self.remove_empty_deployments(key);
        let Some(service) = self.services.get(key) else { return };
        let Some(primary) = service.primary_deployment() else { return };
        let tasks = self.task_counts(service, &primary.id);
        let desired = self.desired_tasks(service);
        let is_up = tasks.live == desired && tasks.healthy == desired;
        let others = service.deployments.iter().filter(|deployment| !deployment.is_primary);
        let others_left: u32 = others.map(|other| self.task_counts(service, &other.id).not_stopped).sum();
        let (rollout_state, arn) = (primary.rollout_state, primary.service_deployment_arn.clone());
        let deployment =
            service.service_deployment(&arn).filter(|deployment| deployment.status.is_deploying());
        let stage = deployment.and_then(|deployment| deployment.lifecycle_stage);
        let is_unsteady = service.is_unsteady;
        if rollout_state == RolloutState::InProgress && is_up && stage == Some(LifecycleStage::ScaleUp) {
            return self.enter_next_stage(key);
        }
        if rollout_state == RolloutState::InProgress
            && stage.is_some_and(|stage| stage < LifecycleStage::CleanUp)
        {
            return;
        }
        let early_success = deployment.and_then(early_success);
        if !is_up || others_left > 0 {
            let is_early = early_success.is_some_and(|criteria| {
                let required = desired.saturating_mul(criteria.healthy_percent).div_ceil(100).max(1);
                tasks.healthy >= required && (criteria.is_cleanup_deferred || others_left == 0)
            });
            if rollout_state == RolloutState::InProgress && is_early {
                self.complete_deployment(key, &arn);
            }
            return;
        }
        match rollout_state {
            RolloutState::InProgress => {
                if !self.start_bake_time(key, &arn) {
                    self.complete_deployment(key, &arn);
                    self.report_steady_state(key);
                }
            }
            RolloutState::Completed if is_unsteady => {
                self.report_steady_state(key);
            }
            RolloutState::Completed | RolloutState::Failed => {}
        }
    }

    /// Starts the bake time of a rolling deployment, in which its alarms can still fail it. Returns whether
    /// there is one.
    fn start_bake_time(&mut self, key: &ServiceKey, arn: &str) -> bool {
        let Some(deployment) = self.service_deployment_mut(key, arn) else { return false };
        let minutes = json::count(&deployment.configuration, "bakeTimeInMinutes").unwrap_or(0);
        if !deployment.alarms.is_enabled
            || minutes == 0
            || deployment.lifecycle_stage.is_some()
            || deployment.status != ServiceDeploymentStatus::InProgress
        {
            return false;
        }
        deployment.lifecycle_stage = Some(LifecycleStage::BakeTime);
        deployment.generation += 1;
        let generation = deployment.generation;
        let timer =
            Timer::EndBakeTime { key: key.clone(), service_deployment_arn: arn.to_owned(), generation };
        self.schedule(f64::from(minutes) * 60.0, timer);
        true
    }

    pub(super) fn end_bake_time(&mut self, key: &ServiceKey, arn: &str, generation: u32) {
        let Some(deployment) = self.service_deployment_mut(key, arn) else { return };
        if deployment.generation == generation && deployment.status == ServiceDeploymentStatus::InProgress {
            deployment.lifecycle_stage = Some(LifecycleStage::CleanUp);
            self.reconcile(key);
        }
    }

    fn complete_deployment(&mut self, key: &ServiceKey, arn: &str) {
        let now = self.now;
        let Some(primary) = self.primary_deployment_mut(key) else { return };
        let id = primary.id.clone();
        primary.rollout_state = RolloutState::Completed;
        primary.rollout_state_reason = format!("ECS deployment {id} completed.");
        primary.updated_at = now;
        primary.production_traffic = 100.0;
        self.add_service_event(key, &format!("(deployment {id}) deployment completed."));
        let final_status = match self.service_deployment(key, arn).map(|deployment| deployment.status) {
            Some(ServiceDeploymentStatus::RollbackInProgress) => {
                Some(ServiceDeploymentStatus::RollbackSuccessful)
            }
            Some(status) if !status.is_final() => Some(ServiceDeploymentStatus::Successful),
            _ => None,
        };
        if let Some(status) = final_status {
            self.finish_service_deployment(key, arn, status, None);
        }
        self.mark_changed();
    }

    fn report_steady_state(&mut self, key: &ServiceKey) {
        self.add_service_event(key, "has reached a steady state.");
        if let Some(service) = self.services.get_mut(key) {
            service.is_unsteady = false;
            service.backoff_until = None;
        }
    }

    /// Removes the deployments whose tasks have all stopped, except the primary deployment.
    fn remove_empty_deployments(&mut self, key: &ServiceKey) {
        let Some(service) = self.services.get(key) else { return };
        let empty: Vec<String> = service
            .deployments
            .iter()
            .filter(|other| !other.is_primary && self.task_counts(service, &other.id).not_stopped == 0)
            .map(|other| other.id.clone())
            .collect();
        if let Some(service) = self.services.get_mut(key).filter(|_| !empty.is_empty()) {
            service.deployments.retain(|deployment| !empty.contains(&deployment.id));
            self.mark_changed();
        }
    }
}

/// When a rolling deployment succeeds before all of its tasks are healthy.
struct EarlySuccess {
    /// The share of the desired count that has to be healthy.
    healthy_percent: u32,
    /// Whether it succeeds while tasks of the previous revision still run.
    is_cleanup_deferred: bool,
}

/// The criteria of a deployment in progress, if it has some (the ECS API reference, `DeploymentEarlySuccessCriteria`).
/// A rollback and a deployment with lifecycle stages have none.
fn early_success(deployment: &ServiceDeployment) -> Option<EarlySuccess> {
    let criteria = deployment.configuration.get("earlySuccessCriteria")?;
    let is_rolling = deployment.lifecycle_stage.is_none();
    let is_in_progress = deployment.status == ServiceDeploymentStatus::InProgress;
    (is_rolling && is_in_progress && json::boolean(criteria, "enable")).then(|| EarlySuccess {
        healthy_percent: json::count(criteria, "healthyPercent").unwrap_or(100),
        is_cleanup_deferred: json::string(criteria, "sourceServiceRevisionCleanup") == Some("DEFERRED"),
    })
}
