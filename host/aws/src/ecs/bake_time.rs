//! The times for which a rollout waits by the strategy of its service.

use std::time::Duration;

use aws_sdk_ecs::types::{DeploymentStrategy, Service};

/// The defaults of ECS (the ECS API reference, `LinearConfiguration` and `CanaryConfiguration`).
const LINEAR_STEP_PERCENT: f64 = 10.0;
const LINEAR_STEP_MINUTES: i32 = 6;
const CANARY_MINUTES: i32 = 10;

/// How long the strategy of a service lets a rollout wait between its steps and at its end: the bake time, and the
/// times between shifts of the traffic. Zero for most services.
pub(super) fn bake_time(service: &Service) -> Duration {
    let Some(configuration) = service.deployment_configuration() else { return Duration::ZERO };
    let bake = configuration.bake_time_in_minutes().unwrap_or_default();
    let shifts = match configuration.strategy() {
        Some(DeploymentStrategy::Linear) => {
            let linear = configuration.linear_configuration();
            let percent = linear.and_then(|linear| linear.step_percent()).unwrap_or(LINEAR_STEP_PERCENT);
            let minutes = linear.and_then(|linear| linear.step_bake_time_in_minutes());
            // A step has at least 3 percent, so there are 34 steps at most.
            let steps = (100.0 / percent.max(3.0)).ceil();
            f64::from(minutes.unwrap_or(LINEAR_STEP_MINUTES)) * (steps - 1.0).max(0.0)
        }
        Some(DeploymentStrategy::Canary) => {
            let canary = configuration.canary_configuration();
            let minutes = canary.and_then(|canary| canary.canary_bake_time_in_minutes());
            f64::from(minutes.unwrap_or(CANARY_MINUTES))
        }
        _ => 0.0,
    };
    let minutes = (f64::from(bake) + shifts).clamp(0.0, 7.0 * 24.0 * 60.0);
    Duration::from_secs_f64(minutes * 60.0)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{CanaryConfiguration, DeploymentConfiguration, LinearConfiguration};

    use super::*;

    fn minutes(configuration: DeploymentConfiguration) -> u64 {
        bake_time(&Service::builder().deployment_configuration(configuration).build()).as_secs() / 60
    }

    #[test]
    fn a_rollout_waits_for_its_bake_time_and_between_its_steps() {
        let with = |strategy| DeploymentConfiguration::builder().strategy(strategy);
        assert_eq!(minutes(DeploymentConfiguration::builder().build()), 0);
        assert_eq!(minutes(with(DeploymentStrategy::BlueGreen).bake_time_in_minutes(30).build()), 30);
        let linear = LinearConfiguration::builder().step_percent(25.0).step_bake_time_in_minutes(5).build();
        let linear = with(DeploymentStrategy::Linear).linear_configuration(linear).bake_time_in_minutes(7);
        assert_eq!(minutes(linear.build()), 3 * 5 + 7);
        let canary = CanaryConfiguration::builder().canary_bake_time_in_minutes(20).build();
        assert_eq!(minutes(with(DeploymentStrategy::Canary).canary_configuration(canary).build()), 20);
        assert_eq!(minutes(with(DeploymentStrategy::Canary).build()), 10);
    }
}
