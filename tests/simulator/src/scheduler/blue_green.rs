//! Blue/green, linear and canary deployments: their lifecycle stages, and the traffic
//! (ServiceDeployment's `lifecycleStage` and DeploymentConfiguration in the API reference).

use crate::json;
use crate::model::{LifecycleStage, ServiceDeployment, ServiceDeploymentStatus, ServiceKey};
use crate::region::{Region, Timer};

/// What production traffic does next: the new revision's share in percent, and how long it
/// stays there.
struct TrafficShift {
    share: f64,
    seconds: f64,
}

impl Region {
    pub(super) fn start_lifecycle_stages(&mut self, key: &ServiceKey) {
        let revisions = self.services.get(key).map_or(0, |service| service.deployments.len());
        // Green, blue, and one more that a deployment before left behind.
        let first = if revisions > 2 { LifecycleStage::ReconcileService } else { LifecycleStage::PreScaleUp };
        self.enter_stage(key, first);
    }

    pub(super) fn enter_next_stage(&mut self, key: &ServiceKey) {
        let stage = self
            .services
            .get(key)
            .and_then(|service| service.ongoing_service_deployment())
            .and_then(|own| own.lifecycle_stage);
        if let Some(next) = stage.and_then(LifecycleStage::next) {
            self.enter_stage(key, next);
        }
    }

    fn enter_stage(&mut self, key: &ServiceKey, stage: LifecycleStage) {
        let now = self.now;
        let refused = format!("{}/{}", key.service, stage.as_str());
        let refuses = self.scenario.failing_hooks.contains(&refused);
        let Some(own) =
            self.services.get_mut(key).and_then(|service| service.ongoing_service_deployment_mut())
        else {
            return;
        };
        own.lifecycle_stage = Some(stage);
        own.generation += 1;
        own.updated_at = now;
        let (record, turn, hook) = (own.arn.clone(), own.generation, hook_target_arn(own, stage));
        self.mark_changed();
        if refuses {
            let reason = format!(
                "Service deployment rolled back because {} lifecycle hook(s) failed. Lifecycle hook target {hook} \
                 returned FAILED status.",
                stage.as_str()
            );
            self.fail_primary_deployment(key, &reason, "ECS deployment failed: lifecycle hook failed.");
            return self.start_rollback(key, &record, &reason, "ECS deployment lifecycle hook failed");
        }
        let wait = match stage {
            // These wait for tasks, not for time.
            LifecycleStage::ScaleUp | LifecycleStage::CleanUp => return self.reconcile(key),
            LifecycleStage::ProductionTrafficShift => {
                self.shift_production_traffic(key).map_or(0.0, |shift| shift.seconds)
            }
            LifecycleStage::BakeTime => {
                let configuration =
                    self.services.get(key).map(|service| service.deployment_configuration().clone());
                let minutes =
                    configuration.and_then(|own| json::count(&own, "bakeTimeInMinutes")).unwrap_or(0);
                f64::from(minutes) * 60.0
            }
            _ => self.scenario.delays.lifecycle_stage.sample(&mut self.rng),
        };
        self.schedule(
            wait,
            Timer::EndStage { key: key.clone(), service_deployment: record, generation: turn },
        );
    }

    pub(crate) fn end_stage(&mut self, key: &ServiceKey, record: &str, turn: u32) {
        let Some(service) = self.services.get_mut(key) else { return };
        let Some(own) = service
            .service_deployment_mut(record)
            .filter(|own| own.generation == turn && own.status == ServiceDeploymentStatus::InProgress)
        else {
            return;
        };
        match own.lifecycle_stage {
            Some(LifecycleStage::TestTrafficShift) => {
                if let Some(primary) = service.primary_deployment_mut() {
                    primary.test_traffic = 100.0;
                }
                self.enter_next_stage(key);
            }
            Some(LifecycleStage::ProductionTrafficShift) => {
                let done = self
                    .services
                    .get(key)
                    .and_then(|s| s.primary_deployment())
                    .is_some_and(|own| own.production_traffic >= 100.0);
                if done {
                    self.enter_next_stage(key)
                } else {
                    self.enter_stage(key, LifecycleStage::ProductionTrafficShift)
                }
            }
            _ => self.enter_next_stage(key),
        }
    }

    /// Sends the next part of the production traffic to the new revision.
    fn shift_production_traffic(&mut self, key: &ServiceKey) -> Option<TrafficShift> {
        let quick = self.scenario.delays.lifecycle_stage.sample(&mut self.rng);
        let service = self.services.get_mut(key)?;
        let (strategy, configuration) =
            (service.strategy().to_owned(), service.deployment_configuration().clone());
        let share = service.primary_deployment()?.production_traffic;
        let part = |name: &str| configuration.get(name).unwrap_or(&serde_json::Value::Null).clone();
        let of = |part: &serde_json::Value, name: &str| part.get(name).and_then(json::to_number);
        let shift = match strategy.as_str() {
            "LINEAR" => {
                let linear = part("linearConfiguration");
                let share = share + of(&linear, "stepPercent").unwrap_or(10.0).max(1.0);
                TrafficShift { share, seconds: of(&linear, "stepBakeTimeInMinutes").unwrap_or(6.0) * 60.0 }
            }
            "CANARY" if share <= 0.0 => {
                let canary = part("canaryConfiguration");
                let share = of(&canary, "canaryPercent").unwrap_or(5.0).max(0.1);
                TrafficShift { share, seconds: of(&canary, "canaryBakeTimeInMinutes").unwrap_or(10.0) * 60.0 }
            }
            _ => TrafficShift { share: 100.0, seconds: quick },
        };
        let share = shift.share.min(100.0);
        for other in &mut service.deployments {
            other.production_traffic = if other.is_primary { share } else { 100.0 - share };
        }
        Some(TrafficShift { share, seconds: if share >= 100.0 { quick } else { shift.seconds } })
    }
}

/// The hook of a stage, as the service's configuration names it.
fn hook_target_arn(own: &ServiceDeployment, stage: LifecycleStage) -> String {
    let hooks = json::list(&own.configuration, "lifecycleHooks");
    let hook = hooks
        .iter()
        .find(|hook| json::strings(hook, "lifecycleStages").iter().any(|name| name == stage.as_str()));
    hook.and_then(|hook| json::string(hook, "hookTargetArn")).unwrap_or_default().to_owned()
}
