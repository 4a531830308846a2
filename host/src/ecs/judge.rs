//! What ECS's answers say of a rollout. No calls here: evidence in, judgement out.

use super::Started;
use crate::plan::Rollout;
use crate::report::{Progress, Verdict};
use aws_sdk_ecs::types::{
    Deployment, DeploymentRolloutState, Service, ServiceDeployment, ServiceDeploymentStatus,
};

/// One look at a rollout.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    pub(super) progress: Progress,
    /// None while it goes on.
    pub(super) verdict: Option<Verdict>,
}

/// Judges by a service deployment: the one that this run started.
pub(super) fn service_deployment(deployment: &ServiceDeployment) -> Look {
    let status = deployment.status();
    let stage = deployment.lifecycle_stage().map(|stage| stage.as_str());
    let state = status.map_or("unknown", ServiceDeploymentStatus::as_str);
    let revision = deployment.target_service_revision();
    let progress = Progress {
        desired: revision.map_or(0, |r| r.requested_task_count()),
        running: revision.map_or(0, |r| r.running_task_count()),
        pending: revision.map_or(0, |r| r.pending_task_count()),
        failed: deployment.deployment_circuit_breaker().map_or(0, |breaker| breaker.failure_count()),
        state: stage.map_or_else(|| state.to_owned(), |stage| format!("{state}, {stage}")),
    };
    let reason = || {
        let rollback = deployment.rollback().and_then(|rollback| rollback.reason());
        let breaker = deployment.deployment_circuit_breaker().filter(|breaker| breaker.failure_count() > 0);
        let count = breaker.map(|b| {
            format!(
                " ({} failed tasks, the circuit breaker's threshold is {})",
                b.failure_count(),
                b.threshold()
            )
        });
        let said = rollback.or(deployment.status_reason()).unwrap_or("ECS gives no reason");
        format!("{said}{}", count.unwrap_or_default())
    };
    let verdict = match status {
        Some(ServiceDeploymentStatus::Successful) => Some(Verdict::Deployed),
        Some(ServiceDeploymentStatus::RollbackSuccessful) => Some(Verdict::RolledBack { reason: reason() }),
        Some(ServiceDeploymentStatus::RollbackFailed) => Some(Verdict::Failed {
            reason: format!("the rollout failed, and so did ECS's rollback: {}", reason()),
        }),
        // ECS has one status for a deployment that a person stopped and for one
        // that a newer deployment replaced; its reason tells them apart.
        Some(ServiceDeploymentStatus::Stopped) => {
            let said = deployment.status_reason().unwrap_or_default();
            let replaced = said.contains("Replaced by") || said.contains("replaced by");
            Some(if replaced {
                Verdict::Superseded { by: format!("a newer deployment ({said})") }
            } else {
                Verdict::Stopped { reason: reason() }
            })
        }
        _ => None,
    };
    Look { progress, verdict }
}

/// Judges by a service's `deployments`, where service deployments are not
/// offered. The deployment is found by the id that `UpdateService` answered.
pub(super) fn deployments(service: &Service, started: &Started) -> Look {
    let deployments = service.deployments();
    let primary = deployments.iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    let own = deployments.iter().find(|deployment| match &started.deployment {
        Some(id) => deployment.id() == Some(id),
        None => deployment.task_definition() == Some(&started.task_definition),
    });
    let Some(own) = own else {
        return Look {
            progress: Progress { state: "gone".to_owned(), ..Progress::default() },
            verdict: Some(taken_over(primary, started)),
        };
    };
    let state = own.rollout_state();
    let progress = Progress {
        desired: own.desired_count(),
        running: own.running_count(),
        pending: own.pending_count(),
        failed: own.failed_tasks(),
        state: state
            .map_or_else(|| own.status().unwrap_or("unknown").to_owned(), |state| state.as_str().to_owned()),
    };
    let reason = own.rollout_state_reason().unwrap_or("ECS gives no reason");
    let is_primary = own.status() == Some("PRIMARY");
    let verdict = match state {
        Some(DeploymentRolloutState::Failed) if !is_primary => {
            Some(Verdict::RolledBack { reason: format!("{reason}{}", failed_tasks(own)) })
        }
        Some(DeploymentRolloutState::Failed) => {
            Some(Verdict::Failed { reason: format!("{reason}{}", failed_tasks(own)) })
        }
        _ if !is_primary => Some(taken_over(primary, started)),
        Some(DeploymentRolloutState::Completed) => Some(Verdict::Deployed),
        Some(_) => None,
        None => (rollout(own, deployments) == Rollout::Complete).then_some(Verdict::Deployed),
    };
    // `UpdateService` sets the service's own task definition at once; another
    // one there means that somebody else updated it since.
    let verdict = match (verdict, service.task_definition()) {
        (Some(Verdict::Deployed), Some(other)) if other != started.task_definition => {
            Some(taken_over(primary, started))
        }
        (verdict, _) => verdict,
    };
    Look { progress, verdict }
}

/// How far the rollout of a service's primary deployment is.
///
/// ECS leaves the rollout state out behind a Classic Load Balancer: there it is
/// over when the old deployments are gone and all tasks run.
pub(super) fn rollout(own: &Deployment, deployments: &[Deployment]) -> Rollout {
    let settled =
        deployments.len() == 1 && own.running_count() == own.desired_count() && own.pending_count() == 0;
    match own.rollout_state() {
        Some(DeploymentRolloutState::Completed) => Rollout::Complete,
        Some(DeploymentRolloutState::Failed) => Rollout::Failed,
        None if settled => Rollout::Complete,
        _ => Rollout::UnderWay(own.id().map(str::to_owned)),
    }
}

fn failed_tasks(deployment: &Deployment) -> String {
    match deployment.failed_tasks() {
        0 => String::new(),
        1 => " (1 failed task)".to_owned(),
        count => format!(" ({count} failed tasks)"),
    }
}

/// What took over from a deployment that is primary no more: ECS itself going
/// back, or a newer deployment.
fn taken_over(primary: Option<&Deployment>, started: &Started) -> Verdict {
    let Some(primary) = primary else {
        return Verdict::Failed { reason: "the deployment is gone, and the service has no other".to_owned() };
    };
    // ECS says so in the reason of the deployment that it rolls back to.
    let said = primary.rollout_state_reason().unwrap_or_default();
    if primary.task_definition() != Some(&started.task_definition) && said.contains("rolling back") {
        return Verdict::RolledBack { reason: said.to_owned() };
    }
    Verdict::Superseded {
        by: format!("the deployment of {}", primary.task_definition().unwrap_or("another definition")),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::Rollback;

    use super::*;
    use crate::policy::decision::ServiceName;

    fn started() -> Started {
        let service = ServiceName { cluster: "c".into(), service: "s".into() };
        Started::found(&service, "td:2", Some("ecs-svc/2"))
    }

    fn deployment(
        id: &str,
        status: &str,
        definition: &str,
        state: Option<DeploymentRolloutState>,
    ) -> Deployment {
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

    fn verdict(definition: &str, list: Vec<Deployment>) -> Option<Verdict> {
        let service = Service::builder().task_definition(definition).set_deployments(Some(list)).build();
        deployments(&service, &started()).verdict
    }

    fn by_status(status: ServiceDeploymentStatus, reason: &str) -> Option<Verdict> {
        let rollback = Rollback::builder().reason("circuit breaker").build();
        let deployment = ServiceDeployment::builder().status(status.clone()).status_reason(reason);
        let deployment = match status {
            ServiceDeploymentStatus::RollbackSuccessful => deployment.rollback(rollback),
            _ => deployment,
        };
        service_deployment(&deployment.build()).verdict
    }

    #[test]
    fn a_rollback_that_succeeded_is_a_failed_rollout() {
        let verdict = by_status(ServiceDeploymentStatus::RollbackSuccessful, "");
        assert_eq!(verdict, Some(Verdict::RolledBack { reason: "circuit breaker".into() }));
    }

    #[test]
    fn a_stopped_deployment_that_was_replaced_is_superseded() {
        let replaced = by_status(ServiceDeploymentStatus::Stopped, "Replaced by a new service deployment.");
        assert!(matches!(replaced, Some(Verdict::Superseded { .. })));
        let stopped = by_status(ServiceDeploymentStatus::Stopped, "Stopped by the user.");
        assert_eq!(stopped, Some(Verdict::Stopped { reason: "Stopped by the user.".into() }));
    }

    #[test]
    fn a_deployment_under_way_has_no_verdict() {
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
    fn complete_is_deployed_only_for_the_own_deployment() {
        let completed = Some(DeploymentRolloutState::Completed);
        let own = deployment("ecs-svc/2", "PRIMARY", "td:2", completed.clone());
        assert_eq!(verdict("td:2", vec![own.clone()]), Some(Verdict::Deployed));
        let other = deployment("ecs-svc/3", "PRIMARY", "td:3", completed);
        assert_eq!(
            verdict("td:3", vec![other]),
            Some(Verdict::Superseded { by: "the deployment of td:3".into() })
        );
        assert!(matches!(verdict("td:3", vec![own]), Some(Verdict::Superseded { .. })));
    }

    #[test]
    fn failed_and_no_longer_primary_is_rolled_back() {
        let list = vec![
            deployment("ecs-svc/3", "PRIMARY", "td:1", Some(DeploymentRolloutState::InProgress)),
            deployment("ecs-svc/2", "ACTIVE", "td:2", Some(DeploymentRolloutState::Failed)),
        ];
        let Some(Verdict::RolledBack { reason }) = verdict("td:1", list) else { panic!("not rolled back") };
        assert!(reason.contains("circuit breaker") && reason.contains("3 failed tasks"), "{reason}");
    }

    #[test]
    fn what_ecs_rolls_back_to_says_so_when_the_failed_one_is_gone() {
        let back = Deployment::builder()
            .id("ecs-svc/3")
            .status("PRIMARY")
            .task_definition("td:1")
            .rollout_state_reason("ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.")
            .build();
        assert!(matches!(verdict("td:1", vec![back]), Some(Verdict::RolledBack { .. })));
    }

    #[test]
    fn without_a_rollout_state_the_counts_decide() {
        let own = deployment("ecs-svc/2", "PRIMARY", "td:2", None);
        let old = deployment("ecs-svc/1", "ACTIVE", "td:1", None);
        assert_eq!(verdict("td:2", vec![own.clone(), old]), None);
        assert_eq!(verdict("td:2", vec![own]), Some(Verdict::Deployed));
    }
}
