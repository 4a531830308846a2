//! Blue/green, linear and canary deployments: their lifecycle stages, and the traffic
//! (ServiceDeployment's `lifecycleStage` and DeploymentConfiguration in the API reference).

use crate::json;
use crate::model::{Key, ServiceDeployment, Stage, Status};
use crate::region::{Due, Region};

/// What production traffic does next: the new revision's share in percent, and how long it
/// stays there.
struct Shift {
    share: f64,
    seconds: f64,
}

impl Region {
    pub(super) fn begin_stages(&mut self, key: &Key) {
        let revisions = self.services.get(key).map_or(0, |service| service.deployments.len());
        // Green, blue, and one more that a deployment before left behind.
        let first = if revisions > 2 { Stage::ReconcileService } else { Stage::PreScaleUp };
        self.enter(key, first);
    }

    pub(super) fn next_stage(&mut self, key: &Key) {
        let stage = self.services.get(key).and_then(|service| service.ongoing()).and_then(|own| own.stage);
        if let Some(next) = stage.and_then(Stage::next) {
            self.enter(key, next);
        }
    }

    fn enter(&mut self, key: &Key, stage: Stage) {
        let now = self.now;
        let refused = format!("{}/{}", key.service, stage.name());
        let refuses = self.rules.failing_hooks.contains(&refused);
        let Some(own) = self.services.get_mut(key).and_then(|service| service.ongoing_mut()) else { return };
        own.stage = Some(stage);
        own.turn += 1;
        own.updated = now;
        let (record, turn, hook) = (own.arn.clone(), own.turn, hook(own, stage));
        self.touch();
        if refuses {
            let reason = format!(
                "Service deployment rolled back because {} lifecycle hook(s) failed. Lifecycle hook target {hook} \
                 returned FAILED status.",
                stage.name()
            );
            self.fail_primary(key, &reason, "ECS deployment failed: lifecycle hook failed.");
            return self.roll_back(key, &record, &reason, "ECS deployment lifecycle hook failed");
        }
        let wait = match stage {
            // These wait for tasks, not for time.
            Stage::ScaleUp | Stage::CleanUp => return self.reconcile(key),
            Stage::ProductionTrafficShift => self.shift(key).map_or(0.0, |shift| shift.seconds),
            Stage::BakeTime => {
                let configuration = self.services.get(key).map(|service| service.configuration().clone());
                let minutes =
                    configuration.and_then(|own| json::count(&own, "bakeTimeInMinutes")).unwrap_or(0);
                f64::from(minutes) * 60.0
            }
            _ => self.rules.delays.lifecycle_stage.sample(&mut self.rng),
        };
        self.after(wait, Due::Stage { key: key.clone(), record, turn });
    }

    pub(crate) fn stage_over(&mut self, key: &Key, record: &str, turn: u32) {
        let Some(service) = self.services.get_mut(key) else { return };
        let Some(own) =
            service.record_mut(record).filter(|own| own.turn == turn && own.status == Status::InProgress)
        else {
            return;
        };
        match own.stage {
            Some(Stage::TestTrafficShift) => {
                if let Some(primary) = service.primary_mut() {
                    primary.test_traffic = 100.0;
                }
                self.next_stage(key);
            }
            Some(Stage::ProductionTrafficShift) => {
                let done =
                    self.services.get(key).and_then(|s| s.primary()).is_some_and(|own| own.traffic >= 100.0);
                if done { self.next_stage(key) } else { self.enter(key, Stage::ProductionTrafficShift) }
            }
            _ => self.next_stage(key),
        }
    }

    /// Sends the next part of the production traffic to the new revision.
    fn shift(&mut self, key: &Key) -> Option<Shift> {
        let quick = self.rules.delays.lifecycle_stage.sample(&mut self.rng);
        let service = self.services.get_mut(key)?;
        let (strategy, configuration) = (service.strategy().to_owned(), service.configuration().clone());
        let share = service.primary()?.traffic;
        let part = |name: &str| configuration.get(name).unwrap_or(&serde_json::Value::Null).clone();
        let of = |part: &serde_json::Value, name: &str| part.get(name).and_then(json::number);
        let shift = match strategy.as_str() {
            "LINEAR" => {
                let linear = part("linearConfiguration");
                let share = share + of(&linear, "stepPercent").unwrap_or(10.0).max(1.0);
                Shift { share, seconds: of(&linear, "stepBakeTimeInMinutes").unwrap_or(6.0) * 60.0 }
            }
            "CANARY" if share <= 0.0 => {
                let canary = part("canaryConfiguration");
                let share = of(&canary, "canaryPercent").unwrap_or(5.0).max(0.1);
                Shift { share, seconds: of(&canary, "canaryBakeTimeInMinutes").unwrap_or(10.0) * 60.0 }
            }
            _ => Shift { share: 100.0, seconds: quick },
        };
        let share = shift.share.min(100.0);
        for other in &mut service.deployments {
            other.traffic = if other.primary { share } else { 100.0 - share };
        }
        Some(Shift { share, seconds: if share >= 100.0 { quick } else { shift.seconds } })
    }
}

/// The hook of a stage, as the service's configuration names it.
fn hook(own: &ServiceDeployment, stage: Stage) -> String {
    let hooks = json::list(&own.configuration, "lifecycleHooks");
    let hook = hooks
        .iter()
        .find(|hook| json::texts(hook, "lifecycleStages").iter().any(|name| name == stage.name()));
    hook.and_then(|hook| json::text(hook, "hookTargetArn")).unwrap_or_default().to_owned()
}
