//! Blue/green, linear and canary deployments: their lifecycle stages, and the shift of the traffic
//! (ServiceDeployment's `lifecycleStage` and DeploymentConfiguration in the API reference).

use serde_json::Value;

use crate::json;
use crate::model::{LifecycleStage, Service, ServiceDeployment, ServiceDeploymentStatus, ServiceKey, Timer};
use crate::region::Region;

/// A part of the shift of the production traffic.
struct TrafficShift {
    /// The share of the new revision, in percent.
    share: f64,
    /// The time until the next part.
    seconds: f64,
}

impl Region {
    pub(super) fn start_lifecycle_stages(&mut self, key: &ServiceKey) {
        let revisions = self.services.get(key).map_or(0, |service| service.deployments.len());
        // More than green and blue: a replaced deployment has left a third revision.
        let first = if revisions > 2 { LifecycleStage::ReconcileService } else { LifecycleStage::PreScaleUp };
        self.enter_stage(key, first);
    }

    pub(super) fn enter_next_stage(&mut self, key: &ServiceKey) {
        let deployment = self.services.get(key).and_then(|service| service.ongoing_service_deployment());
        let stage = deployment.and_then(|deployment| deployment.lifecycle_stage);
        if let Some(next) = stage.and_then(LifecycleStage::next) {
            self.enter_stage(key, next);
        }
    }

    fn enter_stage(&mut self, key: &ServiceKey, stage: LifecycleStage) {
        let now = self.now;
        let hook_fails = self.scenario.failing_hooks.contains(&format!("{}/{}", key.service, stage.as_str()));
        let service = self.services.get_mut(key);
        let Some(deployment) = service.and_then(|service| service.ongoing_service_deployment_mut()) else {
            return;
        };
        deployment.lifecycle_stage = Some(stage);
        deployment.generation += 1;
        deployment.updated_at = now;
        let (arn, generation) = (deployment.arn.clone(), deployment.generation);
        let hook = hook_target_arn(deployment, stage);
        self.mark_changed();
        self.start_hooks(key, stage);
        if hook_fails {
            let reason = format!(
                "Service deployment rolled back because {} lifecycle hook(s) failed. Lifecycle hook target {hook} \
                 returned FAILED status.",
                stage.as_str()
            );
            self.fail_primary_deployment(key, &reason, "ECS deployment failed: lifecycle hook failed.");
            return self.start_rollback(key, &arn, &reason, "ECS deployment lifecycle hook failed");
        }
        let seconds = match stage {
            // The scheduler ends these stages when the tasks have started or stopped.
            LifecycleStage::ScaleUp | LifecycleStage::CleanUp => return self.reconcile(key),
            LifecycleStage::ProductionTrafficShift => {
                self.shift_production_traffic(key).map_or(0.0, |shift| shift.seconds)
            }
            LifecycleStage::BakeTime => {
                let deployment = self.services.get(key).and_then(Service::ongoing_service_deployment);
                let configuration = deployment.map(|deployment| &deployment.configuration);
                let minutes =
                    configuration.and_then(|value| json::count(value, "bakeTimeInMinutes")).unwrap_or(0);
                f64::from(minutes) * 60.0
            }
            _ => self.scenario.delays.lifecycle_stage.sample(&mut self.rng),
        };
        let timer = Timer::EndStage { key: key.clone(), service_deployment_arn: arn, generation };
        self.schedule(seconds, timer);
    }

    /// Ends a stage, unless the service deployment has left it already.
    pub(super) fn end_stage(&mut self, key: &ServiceKey, arn: &str, generation: u32) {
        let deployment = self.services.get(key).and_then(|service| service.service_deployment(arn));
        if deployment.is_some_and(|deployment| deployment.generation == generation) {
            self.end_current_stage(key, arn);
        }
    }

    /// Ends the stage of a service deployment in progress, unless it is paused.
    pub(super) fn end_current_stage(&mut self, key: &ServiceKey, arn: &str) {
        let deployment = self.services.get(key).and_then(|service| service.service_deployment(arn));
        let in_progress = |own: &&ServiceDeployment| own.status == ServiceDeploymentStatus::InProgress;
        let Some(stage) = deployment.filter(in_progress).and_then(|own| own.lifecycle_stage) else { return };
        if self.is_paused_after_functions(key, stage) {
            return;
        }
        let Some(service) = self.services.get_mut(key) else { return };
        match stage {
            LifecycleStage::TestTrafficShift => {
                if let Some(primary) = service.primary_deployment_mut() {
                    primary.test_traffic = 100.0;
                }
                self.enter_next_stage(key);
            }
            LifecycleStage::ProductionTrafficShift => {
                let primary = service.primary_deployment();
                if primary.is_some_and(|primary| primary.production_traffic >= 100.0) {
                    self.enter_next_stage(key);
                } else {
                    self.enter_stage(key, LifecycleStage::ProductionTrafficShift);
                }
            }
            _ => self.enter_next_stage(key),
        }
    }

    /// Shifts the next part of the production traffic to the new revision.
    fn shift_production_traffic(&mut self, key: &ServiceKey) -> Option<TrafficShift> {
        let stage_seconds = self.scenario.delays.lifecycle_stage.sample(&mut self.rng);
        let service = self.services.get_mut(key)?;
        let deployment = service.ongoing_service_deployment()?;
        let (configuration, strategy) = (deployment.configuration.clone(), deployment.strategy().to_owned());
        let number = |object: &str, name: &str| {
            configuration.get(object).and_then(|object: &Value| object.get(name)).and_then(json::to_number)
        };
        let share = service.primary_deployment()?.production_traffic;
        let shift = match strategy.as_str() {
            "LINEAR" => {
                let step = number("linearConfiguration", "stepPercent").unwrap_or(10.0).max(1.0);
                let minutes = number("linearConfiguration", "stepBakeTimeInMinutes").unwrap_or(6.0);
                TrafficShift { share: share + step, seconds: minutes * 60.0 }
            }
            "CANARY" if share <= 0.0 => {
                let share = number("canaryConfiguration", "canaryPercent").unwrap_or(5.0).max(0.1);
                let minutes = number("canaryConfiguration", "canaryBakeTimeInMinutes").unwrap_or(10.0);
                TrafficShift { share, seconds: minutes * 60.0 }
            }
            _ => TrafficShift { share: 100.0, seconds: stage_seconds },
        };
        let share = shift.share.min(100.0);
        for deployment in &mut service.deployments {
            deployment.production_traffic = if deployment.is_primary { share } else { 100.0 - share };
        }
        Some(TrafficShift { share, seconds: if share >= 100.0 { stage_seconds } else { shift.seconds } })
    }
}

/// The ARN of the lifecycle hook of a stage; empty if there is none.
fn hook_target_arn(deployment: &ServiceDeployment, stage: LifecycleStage) -> String {
    let is_of_stage =
        |hook: &&Value| json::strings(hook, "lifecycleStages").iter().any(|name| name == stage.as_str());
    let hook = json::list(&deployment.configuration, "lifecycleHooks").iter().find(is_of_stage);
    hook.and_then(|hook| json::string(hook, "hookTargetArn")).unwrap_or_default().to_owned()
}
