use aws_sdk_ecs::types::{Rollback, ServiceDeploymentAlarms, ServiceDeploymentCircuitBreaker, ServiceEvent};

use super::*;
use model::decision::ServiceName;

fn rollout() -> Rollout {
    let service = ServiceName { cluster: "c".into(), service: "s".into() };
    Rollout { replaced_definitions: vec!["td:1".into()], ..Rollout::new(&service, "td:2", Some("ecs-svc/2")) }
}

fn deployment(id: &str, status: &str, definition: &str, state: Option<DeploymentRolloutState>) -> Deployment {
    Deployment::builder()
        .id(id)
        .status(status)
        .task_definition(definition)
        .set_rollout_state(state)
        .rollout_state_reason("ECS deployment circuit breaker: tasks failed to start.")
        .desired_count(1)
        .running_count(1)
        .failed_tasks(3)
        .build()
}

fn verdict(definition: &str, list: Vec<Deployment>) -> Option<WatchEnd> {
    let service = Service::builder().task_definition(definition).set_deployments(Some(list)).build();
    super::assess_service(Some(&service), &rollout()).end
}

fn by_status(status: ServiceDeploymentStatus, reason: &str) -> Option<WatchEnd> {
    let rollback = Rollback::builder().reason("circuit breaker").build();
    let deployment = ServiceDeployment::builder().status(status.clone()).status_reason(reason);
    let deployment = match status {
        ServiceDeploymentStatus::RollbackSuccessful => deployment.rollback(rollback),
        _ => deployment,
    };
    assess_service_deployment(&deployment.build()).end
}

#[test]
fn a_rollback_that_succeeded_is_a_failed_rollout() {
    let verdict = by_status(ServiceDeploymentStatus::RollbackSuccessful, "");
    assert_eq!(verdict, Some(WatchEnd::RolledBack { reason: "circuit breaker".into() }));
}

#[test]
fn a_stopped_deployment_that_was_replaced_is_superseded() {
    let replaced = by_status(ServiceDeploymentStatus::Stopped, "Replaced by a new service deployment.");
    assert!(matches!(replaced, Some(WatchEnd::Superseded)));
    let stopped = by_status(ServiceDeploymentStatus::Stopped, "Stopped by the user.");
    assert_eq!(stopped, Some(WatchEnd::Stopped { reason: "Stopped by the user".into() }));
}

#[test]
fn a_deployment_in_progress_has_no_verdict() {
    for status in [
        ServiceDeploymentStatus::Pending,
        ServiceDeploymentStatus::InProgress,
        ServiceDeploymentStatus::RollbackInProgress,
    ] {
        assert_eq!(by_status(status, ""), None);
    }
    let list = vec![deployment("ecs-svc/2", "PRIMARY", "td:2", Some(DeploymentRolloutState::InProgress))];
    assert_eq!(verdict("td:2", list), None);
}

#[test]
fn only_the_own_deployment_is_deployed_when_complete() {
    let completed = Some(DeploymentRolloutState::Completed);
    let own = deployment("ecs-svc/2", "PRIMARY", "td:2", completed.clone());
    assert_eq!(verdict("td:2", vec![own.clone()]), Some(DEPLOYED));
    let other = deployment("ecs-svc/3", "PRIMARY", "td:3", completed);
    assert_eq!(verdict("td:3", vec![other]), Some(WatchEnd::Superseded));
    assert!(matches!(verdict("td:3", vec![own]), Some(WatchEnd::Superseded)));
}

#[test]
fn a_failed_deployment_that_is_not_primary_is_rolled_back() {
    let with = |definition: &str, state| {
        let list = vec![
            deployment("ecs-svc/3", "PRIMARY", definition, Some(state)),
            deployment("ecs-svc/2", "ACTIVE", "td:2", Some(DeploymentRolloutState::Failed)),
        ];
        verdict(definition, list)
    };
    assert_eq!(with("td:1", DeploymentRolloutState::InProgress), None, "the rollback is in progress");
    let Some(WatchEnd::RolledBack { reason }) = with("td:1", DeploymentRolloutState::Completed) else {
        panic!("not rolled back")
    };
    assert!(reason.contains("circuit breaker") && reason.contains("ECS counted 3 failed tasks"), "{reason}");
    let other = with("td:3", DeploymentRolloutState::Completed);
    assert!(
        matches!(other, Some(WatchEnd::Failed { .. })),
        "the deployment of another user is not a rollback"
    );
}

#[test]
fn a_rollback_is_recognized_after_the_failed_deployment_was_removed() {
    let back = Deployment::builder()
        .id("ecs-svc/3")
        .status("PRIMARY")
        .task_definition("td:1")
        .rollout_state_reason("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.")
        .build();
    assert!(matches!(verdict("td:1", vec![back]), Some(WatchEnd::RolledBack { .. })));
}

#[test]
fn a_deployment_that_was_removed_has_no_counts() {
    let reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.";
    let assess = |state| {
        let back = Deployment::builder().id("ecs-svc/3").status("PRIMARY").task_definition("td:1");
        let back = back.rollout_state(state).rollout_state_reason(reason).build();
        let service = Service::builder().task_definition("td:1").deployments(back).build();
        super::assess_service(Some(&service), &rollout())
    };
    let going_on = assess(DeploymentRolloutState::InProgress);
    assert!(going_on.end.is_none() && going_on.progress.unwrap().is_rollback());
    let ended = assess(DeploymentRolloutState::Completed);
    assert!(matches!(ended.end, Some(WatchEnd::RolledBack { .. })) && ended.progress.is_none());
    let deleted = super::assess_service(None, &rollout());
    assert!(deleted.end.is_some() && deleted.progress.is_none());
}

#[test]
fn a_complete_rollback_is_recognized_by_the_events() {
    let event = |message: &str| ServiceEvent::builder().message(message).build();
    let failed = "(service s) (deployment ecs-svc/2) deployment failed: tasks failed to start.";
    let back = "(service s) rolling back to deployment ecs-svc/1.";
    let assess = |definition: &str, newest_first: &[&str]| {
        let primary = deployment("ecs-svc/3", "PRIMARY", definition, Some(DeploymentRolloutState::Completed));
        let events = newest_first.iter().map(|message| event(message)).collect();
        let service = Service::builder().task_definition(definition).deployments(primary);
        super::assess_service(Some(&service.set_events(Some(events)).build()), &rollout()).end
    };
    let reason = "tasks failed to start".to_owned();
    assert_eq!(assess("td:1", &[back, failed]), Some(WatchEnd::RolledBack { reason }));
    // Another user deployed the old task definition, or a newer one, after the failure.
    assert_eq!(assess("td:1", &[failed, back]), Some(WatchEnd::Superseded));
    assert_eq!(assess("td:3", &[back, failed]), Some(WatchEnd::Superseded));
    let other = "(service s) (deployment ecs-svc/20) deployment failed: tasks failed to start.";
    assert_eq!(assess("td:1", &[back, other]), Some(WatchEnd::Superseded));
}

#[test]
fn a_service_that_is_deleted_is_not_deployed() {
    for status in ["DRAINING", "INACTIVE"] {
        let own = deployment("ecs-svc/2", "PRIMARY", "td:2", Some(DeploymentRolloutState::Completed));
        let service = Service::builder().status(status).task_definition("td:2").deployments(own).build();
        let end = super::assess_service(Some(&service), &rollout()).end;
        assert!(matches!(end, Some(WatchEnd::Failed { .. })), "{status}: {end:?}");
    }
}

#[test]
fn without_a_rollout_state_the_counts_decide() {
    let own = deployment("ecs-svc/2", "PRIMARY", "td:2", None);
    let old = deployment("ecs-svc/1", "ACTIVE", "td:1", None);
    assert_eq!(verdict("td:2", vec![own.clone(), old]), None);
    assert_eq!(verdict("td:2", vec![own]), Some(DEPLOYED));
}

#[test]
fn a_stopped_deployment_whose_circuit_breaker_tripped_has_failed() {
    // The count restarts with a rollback.
    for count in [0, 3] {
        let breaker = ServiceDeploymentCircuitBreaker::builder()
            .status(ServiceDeploymentRollbackMonitorsStatus::Triggered)
            .failure_count(count)
            .threshold(3)
            .build();
        let deployment = ServiceDeployment::builder()
            .status(ServiceDeploymentStatus::Stopped)
            .status_reason("tasks failed to start.")
            .deployment_circuit_breaker(breaker)
            .build();
        let reason = "tasks failed to start (the circuit breaker counted 3 failed tasks; its threshold is 3)";
        let end = super::assess_service_deployment(&deployment).end;
        assert_eq!(end, Some(WatchEnd::Failed { reason: reason.into() }));
    }
}

#[test]
fn an_alarm_is_named() {
    let alarms = ServiceDeploymentAlarms::builder().triggered_alarm_names("web-5xx").build();
    let deployment = ServiceDeployment::builder()
        .status(ServiceDeploymentStatus::RollbackSuccessful)
        .rollback(Rollback::builder().reason("an alarm fired.").build())
        .alarms(alarms)
        .build();
    let reason = "an alarm fired (in alarm: web-5xx)".to_owned();
    assert_eq!(super::assess_service_deployment(&deployment).end, Some(WatchEnd::RolledBack { reason }));
}

/// A service whose primary deployment is of another definition, some seconds after the update.
fn end_after_replacement_by(definition: &str, messages: &[&str]) -> Option<WatchEnd> {
    use aws_sdk_ecs::primitives::DateTime;
    let primary = Deployment::builder()
        .id("ecs-svc/3")
        .status("PRIMARY")
        .task_definition(definition)
        .rollout_state(DeploymentRolloutState::Completed)
        .rollout_state_reason("ECS deployment ecs-svc/3 completed.")
        .created_at(DateTime::from_secs(1030))
        .build();
    let event = |message: &&str| {
        ServiceEvent::builder().message(*message).created_at(DateTime::from_secs(1030)).build()
    };
    let events = messages.iter().map(event).collect();
    let service =
        Service::builder().task_definition(definition).deployments(primary).set_events(Some(events));
    let rollout = Rollout { created_at: Some(DateTime::from_secs(1000)), ..rollout() };
    super::assess_service(Some(&service.build()), &rollout).end
}

#[test]
fn events_distinguish_a_complete_rollback_from_a_newer_deployment() {
    let failed = "(service s) (deployment ecs-svc/2) deployment failed: tasks failed to start.";
    let back = ["(service s) rolling back to deployment ecs-svc/1.", failed];
    assert!(matches!(end_after_replacement_by("td:1", &back), Some(WatchEnd::RolledBack { .. })));
    let unable =
        ["(service s) (deployment ecs-svc/3) deployment failed: tasks failed to start.", back[0], failed];
    assert!(
        matches!(end_after_replacement_by("td:1", &unable), Some(WatchEnd::RolledBack { .. })),
        "by its state"
    );
    assert_eq!(
        end_after_replacement_by("td:1", &[]),
        Some(WatchEnd::Superseded),
        "another user deployed the old one"
    );
    assert_eq!(end_after_replacement_by("td:3", &back), Some(WatchEnd::Superseded));
    let others = ["(service s) (deployment ecs-svc/9) deployment failed: tasks failed to start.", failed];
    assert_eq!(end_after_replacement_by("td:1", &others), Some(WatchEnd::Superseded), "a newer one failed");
}

#[test]
fn a_response_from_before_the_update_is_outdated() {
    use aws_sdk_ecs::primitives::DateTime;
    let primary = |at| {
        let primary = Deployment::builder().id("ecs-svc/1").status("PRIMARY").task_definition("td:1");
        primary.created_at(DateTime::from_secs(at)).build()
    };
    let service = |at| Service::builder().deployments(primary(at)).build();
    let rollout = Rollout { created_at: Some(DateTime::from_secs(1000)), ..rollout() };
    assert!(is_outdated(&service(900), &rollout));
    assert!(!is_outdated(&service(1001), &rollout));
}

#[test]
fn without_a_rollout_state_the_events_report_the_steady_state() {
    use aws_sdk_ecs::primitives::DateTime;
    let with = |message: &str| {
        let event = ServiceEvent::builder().message(message).created_at(DateTime::from_secs(1010)).build();
        let own = deployment("ecs-svc/2", "PRIMARY", "td:2", None);
        let service = Service::builder().task_definition("td:2").deployments(own).events(event).build();
        let rollout = Rollout { created_at: Some(DateTime::from_secs(1000)), ..rollout() };
        super::assess_service(Some(&service), &rollout).end
    };
    assert_eq!(with("(service s) has started 1 tasks: (task 1)."), None);
    assert_eq!(with("(service s) has reached a steady state."), Some(DEPLOYED));
}
