//! Lifecycle hooks: pauses, which wait for ContinueServiceDeployment, and Lambda functions, which run for as long as
//! their stage.

use serde_json::Value;

use crate::json;
use crate::model::ids::numeric_id;
use crate::model::{Hook, HookAction, HookKind, HookStatus, LifecycleStage, ServiceKey, Timer};
use crate::region::Region;

/// The default of `timeoutInMinutes`.
const DEFAULT_TIMEOUT_MINUTES: u32 = 1440;

impl Region {
    /// Reaches the hooks of a lifecycle stage.
    pub(super) fn start_hooks(&mut self, key: &ServiceKey, stage: LifecycleStage) {
        let now = self.now;
        let service = self.services.get(key);
        let Some(deployment) = service.and_then(|service| service.ongoing_service_deployment()) else {
            return;
        };
        let arn = deployment.arn.clone();
        let of_stage: Vec<Value> = json::list(&deployment.configuration, "lifecycleHooks")
            .iter()
            .filter(|hook| json::strings(hook, "lifecycleStages").iter().any(|name| name == stage.as_str()))
            .cloned()
            .collect();
        for configured in of_stage {
            let timeout = configured.get("timeoutConfiguration").unwrap_or(&Value::Null);
            let minutes = json::count(timeout, "timeoutInMinutes").unwrap_or(DEFAULT_TIMEOUT_MINUTES);
            let action = json::string(timeout, "action").and_then(HookAction::from_name);
            let is_pause = json::string(&configured, "targetType") == Some("PAUSE");
            let id = format!("hook-{}", numeric_id(&mut self.rng));
            let hook = Hook {
                id: id.clone(),
                stage,
                kind: if is_pause {
                    HookKind::Pause
                } else {
                    HookKind::Lambda(
                        json::string(&configured, "hookTargetArn").unwrap_or_default().to_owned(),
                    )
                },
                status: if is_pause { HookStatus::AwaitingAction } else { HookStatus::InProgress },
                expires_at: now.plus(f64::from(minutes) * 60.0),
                timeout_action: action.unwrap_or(HookAction::Rollback),
            };
            if let Some(deployment) = self.service_deployment_mut(key, &arn) {
                deployment.hooks.push(hook);
            }
            if is_pause {
                let timer =
                    Timer::ExpireHook { key: key.clone(), service_deployment_arn: arn.clone(), hook: id };
                self.schedule(f64::from(minutes) * 60.0, timer);
            }
        }
    }

    /// Ends the Lambda functions of a stage. Returns whether the stage waits for a pause.
    pub(super) fn is_paused_after_functions(&mut self, key: &ServiceKey, stage: LifecycleStage) -> bool {
        let service = self.services.get_mut(key);
        let Some(deployment) = service.and_then(|service| service.ongoing_service_deployment_mut()) else {
            return false;
        };
        let mut is_paused = false;
        for hook in deployment.hooks.iter_mut().filter(|hook| hook.stage == stage) {
            match hook.status {
                HookStatus::InProgress => hook.status = HookStatus::Succeeded,
                HookStatus::AwaitingAction => is_paused = true,
                _ => {}
            }
        }
        is_paused
    }

    /// Takes the action of a pause that nobody continued.
    pub(super) fn expire_hook(&mut self, key: &ServiceKey, arn: &str, hook: &str) {
        let deployment = self.services.get(key).and_then(|service| service.service_deployment(arn));
        let found = deployment.and_then(|deployment| deployment.hooks.iter().find(|found| found.id == hook));
        if let Some(action) = found.map(|found| found.timeout_action) {
            // Somebody may have continued it.
            let _ = self.act_on_hook(key, arn, hook, action, true);
        }
    }

    /// Takes an action on a pause. `None` if the service deployment has no such pause that waits.
    pub(crate) fn act_on_hook(
        &mut self,
        key: &ServiceKey,
        arn: &str,
        hook: &str,
        action: HookAction,
        has_timed_out: bool,
    ) -> Option<()> {
        let deployment = self.service_deployment_mut(key, arn).filter(|own| own.status.is_deploying())?;
        let waiting = |found: &&mut Hook| found.id == hook && found.status == HookStatus::AwaitingAction;
        let hook = deployment.hooks.iter_mut().find(waiting)?;
        let stage = hook.stage;
        hook.status = match (has_timed_out, action) {
            (true, _) => HookStatus::TimedOut,
            (false, HookAction::Continue) => HookStatus::Succeeded,
            (false, HookAction::Rollback) => HookStatus::Failed,
        };
        self.mark_changed();
        match action {
            HookAction::Rollback => {
                let why = if has_timed_out { "timed out" } else { "was rolled back on request" };
                let reason = format!(
                    "Service deployment rolled back because the PAUSE lifecycle hook at {} {why}.",
                    stage.as_str()
                );
                self.fail_primary_deployment(key, &reason, "ECS deployment failed: lifecycle hook failed.");
                self.start_rollback(key, arn, &reason, "ECS deployment lifecycle hook failed");
            }
            HookAction::Continue => self.end_current_stage(key, arn),
        }
        Some(())
    }
}
