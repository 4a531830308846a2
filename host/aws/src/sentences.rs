//! The sentences of ECS and IAM that decide something here.
//!
//! AWS documents states and codes; if those do not suffice, its sentences decide. Each sentence
//! is here once, with its source. "Observed" marks one that no documentation guarantees.

/// Whether a service deployment with the status `STOPPED` was replaced by a newer one, by its
/// `statusReason`. Observed: "Replaced by a new service deployment."; no state distinguishes it from
/// one that a person stopped.
pub(crate) fn is_replaced(status_reason: &str) -> bool {
    let reason = status_reason.to_lowercase();
    reason.contains("replaced by") || reason.contains("superseded")
}

/// Whether ECS created a deployment to roll back another, by its `rolloutStateReason`. Observed: "ECS
/// deployment circuit breaker: rolling back to deploymentId ecs-svc/1234567890123456789."; the reason
/// is gone once the deployment is complete.
pub(crate) fn is_rollback(rollout_state_reason: &str) -> bool {
    rollout_state_reason.contains("rolling back")
}

/// Whether a service event reports the start of a rollback. Observed: "(service web) rolling back to
/// deployment ecs-svc/1234567890123456789."
pub(crate) fn is_rollback_event(message: &str) -> bool {
    message.contains("rolling back to deployment")
}

/// Whether a service event reports a steady state: "(service web) has reached a steady state." (the
/// ECS developer guide, "Amazon ECS service event messages").
pub(crate) fn is_steady_state_event(message: &str) -> bool {
    message.contains("a steady state")
}

/// Why a deployment failed, by a service event. Observed: "(service web) (deployment
/// ecs-svc/1234567890123456789) deployment failed: tasks failed to start."
pub(crate) fn deployment_failure(message: &str) -> Option<&str> {
    message.split_once("deployment failed: ").map(|(_, reason)| reason)
}

/// Whether a service event is about a deployment of this id. Observed, as [`deployment_failure`].
pub(crate) fn is_about_deployment(message: &str, id: &str) -> bool {
    message.contains(&format!("(deployment {id})"))
}

/// Whether the scheduler stopped a task to scale in, or to replace it in a deployment, by its
/// `stoppedReason`: "Scaling activity initiated by (deployment ecs-svc/1234567890123456789)" (the ECS
/// developer guide, "Stopped tasks error messages").
pub(crate) fn is_scaling_activity(stopped_reason: &str) -> bool {
    stopped_reason.to_ascii_lowercase().starts_with("scaling activity initiated by")
}

/// Whether a `stoppedReason` of the scheduler reports that the task did not work: it stops a task
/// that fails a health check under the same code as one that it scales in (the ECS developer guide,
/// "Stopped tasks error codes").
pub(crate) fn is_task_failure(stopped_reason: &str) -> bool {
    let reason = stopped_reason.to_ascii_lowercase();
    ["health check", "unhealthy", "failed"].iter().any(|sign| reason.contains(sign))
}

/// Whether a `stoppedReason` only repeats what the containers report in more detail: "Essential
/// container in task exited", "Task failed to start" (the ECS developer guide, "Stopped tasks error
/// codes").
pub(crate) fn is_general(stopped_reason: &str) -> bool {
    ["Essential container in task exited", "Task failed to start"]
        .iter()
        .any(|general| stopped_reason.starts_with(general))
}

/// The health check that a task failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HealthCheck<'a> {
    /// That of one of its containers.
    Container,
    /// That of the target group of this name.
    TargetGroup(&'a str),
    /// That of the Classic Load Balancer of this name.
    ClassicLoadBalancer(&'a str),
    /// That of a load balancer without a name.
    LoadBalancer,
}

/// The health check that a task failed, by its `stoppedReason`: "Task failed container health
/// checks", "Task failed ELB health checks in (target-group
/// arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/1234567890123456)", and "(elb
/// NAME)" for a Classic Load Balancer (the ECS developer guide, "Stopped tasks error messages").
pub(crate) fn failed_health_check(stopped_reason: &str) -> Option<HealthCheck<'_>> {
    let reason = stopped_reason.to_ascii_lowercase();
    if !reason.contains("health check") {
        return None;
    }
    if !reason.contains("elb health check") {
        return Some(HealthCheck::Container);
    }
    let group = stopped_reason.split_once("targetgroup/").and_then(|(_, rest)| rest.split('/').next());
    let classic = stopped_reason.split_once("(elb ").and_then(|(_, rest)| rest.split(')').next());
    Some(match (group, classic) {
        (Some(name), _) => HealthCheck::TargetGroup(name),
        (None, Some(name)) => HealthCheck::ClassicLoadBalancer(name),
        (None, None) => HealthCheck::LoadBalancer,
    })
}

/// Why a task failed a health check, by its `stoppedReason`: "… due to (reason Health checks failed
/// with these codes: [502])" (the ECS developer guide, "Amazon ECS service event messages").
pub(crate) fn health_check_reason(stopped_reason: &str) -> Option<&str> {
    stopped_reason.split_once(" due to ").map(|(_, reason)| reason)
}

/// Whether a container's `reason` is that its image could not be pulled: "CannotPullContainerError:
/// …" (the ECS developer guide, "CannotPullContainer task errors"). It names the image.
pub(crate) fn is_image_pull_error(reason: &str) -> bool {
    reason.starts_with("CannotPull")
}

/// Whether a `ClientException` of `RegisterTaskDefinition` is that another registration of the family
/// was made at the same moment. Observed: "Too many concurrent attempts to create a new revision of
/// the specified family." (hashicorp/terraform-provider-aws, issue 9777).
pub(crate) fn is_concurrent_registration(message: &str) -> bool {
    message.contains("concurrent attempts")
}

/// The action that a message of IAM denies: "User: ARN is not authorized to perform: iam:PassRole on
/// resource: …" (the IAM user guide, "Troubleshoot access denied error messages"). It may be another
/// action than the one that was called.
pub(crate) fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("to perform: ")?;
    rest.split_whitespace().next().map(|action| action.trim_end_matches([',', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_deployment_is_distinguished_from_a_stopped_one() {
        assert!(is_replaced("Replaced by a new service deployment."));
        assert!(!is_replaced("Service deployment stopped by the user."));
    }

    #[test]
    fn a_rollback_is_recognized_by_its_reason_and_its_event() {
        assert!(is_rollback("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1."));
        assert!(!is_rollback("ECS deployment ecs-svc/1 in progress."));
        assert!(is_rollback_event("(service web) rolling back to deployment ecs-svc/1."));
        assert!(!is_rollback_event("(service web) has started 1 tasks: (task 1)."));
    }

    #[test]
    fn a_failed_deployment_is_named_with_its_reason() {
        let message = "(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start.";
        assert_eq!(deployment_failure(message), Some("tasks failed to start."));
        assert!(is_about_deployment(message, "ecs-svc/1") && !is_about_deployment(message, "ecs-svc/12"));
        assert_eq!(deployment_failure("(service web) has reached a steady state."), None);
    }

    #[test]
    fn a_steady_state_is_recognized() {
        assert!(is_steady_state_event("(service web) has reached a steady state."));
        assert!(!is_steady_state_event("(service web) has started 1 tasks: (task 1)."));
    }

    #[test]
    fn a_task_that_is_scaled_in_did_not_fail() {
        let scaled = "Scaling activity initiated by (deployment ecs-svc/1)";
        assert!(is_scaling_activity(scaled) && !is_task_failure(scaled));
        assert!(is_task_failure("Task failed container health checks"));
    }

    #[test]
    fn a_general_reason_leaves_the_cause_to_the_containers() {
        assert!(is_general("Essential container in task exited"));
        assert!(!is_general("ResourceInitializationError: unable to pull secrets"));
    }

    #[test]
    fn the_failed_health_check_is_named() {
        let group = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:\
                     targetgroup/web/1)";
        assert_eq!(failed_health_check(group), Some(HealthCheck::TargetGroup("web")));
        let classic = "Task failed ELB health checks in (elb web-lb)";
        assert_eq!(failed_health_check(classic), Some(HealthCheck::ClassicLoadBalancer("web-lb")));
        let container = "Task failed container health checks";
        assert_eq!(failed_health_check(container), Some(HealthCheck::Container));
        assert_eq!(failed_health_check("Essential container in task exited"), None);
        assert_eq!(health_check_reason("unhealthy due to (reason Timeout)"), Some("(reason Timeout)"));
    }

    #[test]
    fn an_image_that_cannot_be_pulled_is_recognized() {
        assert!(is_image_pull_error("CannotPullContainerError: not found"));
        assert!(!is_image_pull_error("OutOfMemoryError: Container killed due to memory usage"));
    }

    #[test]
    fn a_concurrent_registration_is_recognized() {
        assert!(is_concurrent_registration(
            "ClientException: Too many concurrent attempts to create a new revision of the specified family"
        ));
        assert!(!is_concurrent_registration("ClientException: Invalid 'cpu' setting for task"));
    }

    #[test]
    fn the_denied_action_is_read_from_the_message_of_iam() {
        let message =
            "User: arn:aws:iam::1:user/ci is not authorized to perform: iam:PassRole on resource: x";
        assert_eq!(denied_action(message), Some("iam:PassRole"));
        assert_eq!(denied_action("not authorized to perform: ecs:UpdateService."), Some("ecs:UpdateService"));
        assert_eq!(denied_action("Access denied"), None);
    }
}
