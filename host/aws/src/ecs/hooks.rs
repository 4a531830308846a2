//! The lifecycle hooks that a service deployment waits for. This module makes no calls.

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{
    DeploymentLifecycleHookAction, DeploymentLifecycleHookDetail, DeploymentLifecycleHookStatus,
    DeploymentLifecycleHookTargetType, Service, ServiceDeployment, ServiceDeploymentStatus as Status,
};

use model::lifecycle::{Hook, HookAction, HookKind, LifecycleStage};
use model::time::Time;

/// The default of a hook's `timeoutInMinutes` (the ECS API reference, `DeploymentLifecycleHookTimeoutConfiguration`).
const DEFAULT_TIMEOUT_MINUTES: i32 = 1440;

/// The hooks that a service deployment waits for. A deployment of a service without hooks has none. One that is stopped
/// or rolled back waits for none, although ECS may still report their statuses from before.
pub(super) fn open_hooks(deployment: &ServiceDeployment) -> Vec<Hook> {
    if !matches!(deployment.status(), Some(Status::Pending | Status::InProgress)) {
        return Vec::new();
    }
    let details = deployment.lifecycle_hook_details().iter();
    details.filter(|detail| is_open(detail)).map(|detail| to_hook(deployment, detail)).collect()
}

/// Whether the deployments of a service are configured to pause.
pub(super) fn has_pauses(service: &Service) -> bool {
    let hooks = service.deployment_configuration().map(|configuration| configuration.lifecycle_hooks());
    let pause = Some(&DeploymentLifecycleHookTargetType::Pause);
    hooks.unwrap_or_default().iter().any(|hook| hook.target_type() == pause)
}

/// The lifecycle stage of a service deployment, if it has one that is known.
pub(super) fn lifecycle_stage(deployment: &ServiceDeployment) -> Option<LifecycleStage> {
    LifecycleStage::parse(deployment.lifecycle_stage()?.as_str()).ok()
}

fn is_open(detail: &DeploymentLifecycleHookDetail) -> bool {
    matches!(
        detail.status(),
        Some(DeploymentLifecycleHookStatus::AwaitingAction | DeploymentLifecycleHookStatus::InProgress)
    )
}

fn to_hook(deployment: &ServiceDeployment, detail: &DeploymentLifecycleHookDetail) -> Hook {
    let kind = match detail.target_type() {
        Some(DeploymentLifecycleHookTargetType::Pause) => HookKind::Pause,
        _ => HookKind::Lambda { function: detail.target_arn().unwrap_or_default().to_owned() },
    };
    Hook {
        id: detail.hook_id().unwrap_or_default().to_owned(),
        stage: deployment.lifecycle_stage().map(|stage| stage.as_str().to_owned()),
        since: reached_at(deployment, detail),
        expires_at: detail.expires_at().map(to_time),
        timeout_action: match detail.timeout_action() {
            Some(DeploymentLifecycleHookAction::Continue) => HookAction::Continue,
            _ => HookAction::RollBack,
        },
        kind,
    }
}

/// When the deployment reached a hook. ECS reports only when it expires: its configured timeout is subtracted, unless
/// the stage has hooks of the same type with different timeouts.
fn reached_at(deployment: &ServiceDeployment, detail: &DeploymentLifecycleHookDetail) -> Option<Time> {
    let stage = deployment.lifecycle_stage()?.as_str();
    let configured = deployment.deployment_configuration()?.lifecycle_hooks().iter().filter(|hook| {
        let kind = hook.target_type().unwrap_or(&DeploymentLifecycleHookTargetType::AwsLambda);
        detail.target_type() == Some(kind)
            && hook.lifecycle_stages().iter().any(|configured| configured.as_str() == stage)
    });
    let minutes = |hook: &aws_sdk_ecs::types::DeploymentLifecycleHook| {
        let timeout = hook.timeout_configuration().and_then(|timeout| timeout.timeout_in_minutes());
        timeout.unwrap_or(DEFAULT_TIMEOUT_MINUTES)
    };
    let mut timeouts: Vec<i32> = configured.map(minutes).collect();
    timeouts.dedup();
    let [minutes] = timeouts.as_slice() else { return None };
    let expires_at = detail.expires_at()?.secs();
    Some(Time::from_unix_seconds(expires_at.saturating_sub(i64::from(*minutes) * 60)))
}

fn to_time(time: &DateTime) -> Time {
    Time::from_unix_seconds(time.secs())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{
        DeploymentConfiguration, DeploymentLifecycleHook, DeploymentLifecycleHookStage,
        DeploymentLifecycleHookTimeoutConfiguration, ServiceDeploymentLifecycleStage,
    };

    use super::*;

    /// A deployment with a pause after the test traffic shift, whose hooks are configured with these timeouts.
    fn paused(timeouts: &[Option<i32>]) -> ServiceDeployment {
        let hook = |minutes: &Option<i32>| {
            let timeout = DeploymentLifecycleHookTimeoutConfiguration::builder()
                .set_timeout_in_minutes(*minutes)
                .build();
            DeploymentLifecycleHook::builder()
                .target_type(DeploymentLifecycleHookTargetType::Pause)
                .lifecycle_stages(DeploymentLifecycleHookStage::PostTestTrafficShift)
                .timeout_configuration(timeout)
                .build()
        };
        let detail = |id: &str, status: &str| {
            DeploymentLifecycleHookDetail::builder()
                .hook_id(id)
                .target_type(DeploymentLifecycleHookTargetType::Pause)
                .status(status.into())
                .expires_at(DateTime::from_secs(100_000))
                .build()
        };
        let configuration = DeploymentConfiguration::builder()
            .set_lifecycle_hooks(Some(timeouts.iter().map(hook).collect()))
            .build();
        ServiceDeployment::builder()
            .status(Status::InProgress)
            .lifecycle_stage(ServiceDeploymentLifecycleStage::PostTestTrafficShift)
            .deployment_configuration(configuration)
            .lifecycle_hook_details(detail("done", "SUCCEEDED"))
            .lifecycle_hook_details(detail("open", "AWAITING_ACTION"))
            .build()
    }

    #[test]
    fn only_hooks_that_wait_are_open() {
        let hooks = open_hooks(&paused(&[Some(60)]));
        let [hook] = hooks.as_slice() else { panic!("{hooks:?}") };
        assert_eq!(
            (hook.id.as_str(), hook.is_pause(), hook.timeout_action),
            ("open", true, HookAction::RollBack)
        );
        assert_eq!(hook.stage.as_deref(), Some("POST_TEST_TRAFFIC_SHIFT"));
        let mut stopped = paused(&[Some(60)]);
        stopped.status = Some(Status::RollbackRequested);
        assert_eq!(open_hooks(&stopped), []);
    }

    #[test]
    fn the_start_of_a_pause_follows_from_its_timeout() {
        let since = |timeouts: &[Option<i32>]| open_hooks(&paused(timeouts))[0].since;
        assert_eq!(since(&[Some(60)]), Some(Time::from_unix_seconds(100_000 - 3600)));
        assert_eq!(since(&[None]), Some(Time::from_unix_seconds(100_000 - 86_400)));
        assert_eq!(since(&[Some(60), Some(30)]), None, "two timeouts are possible");
        assert_eq!(since(&[]), None);
    }
}
