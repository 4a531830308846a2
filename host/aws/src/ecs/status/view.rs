//! The status of a service, by the responses of ECS. This module makes no calls.

use aws_sdk_ecs::primitives::DateTime;
use aws_sdk_ecs::types::{Deployment, Service, ServiceDeployment, ServiceDeploymentStatus};

use super::{Histories, Revisions};
use crate::ecs::hooks::open_hooks;
use crate::ecs::{is_primary, primary_deployment, watch};
use crate::sentences;
use model::names::{TaskDefinitionArn, compare_revisions};
use model::plan::{RolloutState, Stamp, TargetName};
use model::progress::Progress;
use model::status::{
    ContainerImage, DeployedRevision, Drift, EndedRollout, RolloutStatus, ServiceCondition, ServiceStatus,
    TaskCounts,
};
use model::time::Time;

/// The outcome of a service deployment that did not succeed. `None` if a newer deployment replaced it: the status
/// shows that one instead.
pub(super) fn outcome(deployment: &ServiceDeployment) -> Option<&'static str> {
    use ServiceDeploymentStatus as Status;
    match deployment.status()? {
        Status::RollbackSuccessful => Some("ROLLBACK_SUCCESSFUL"),
        Status::RollbackFailed => Some("ROLLBACK_FAILED"),
        Status::Stopped => {
            let replaced = sentences::is_replaced(deployment.status_reason().unwrap_or_default());
            (!replaced).then_some("STOPPED")
        }
        _ => None,
    }
}

/// The revision that a successful deployment replaced.
pub(super) fn source(deployment: &ServiceDeployment) -> Option<&str> {
    let successful = deployment.status() == Some(&ServiceDeploymentStatus::Successful);
    deployment.source_service_revisions().first().filter(|_| successful)?.arn()
}

/// Whether a service that runs this task definition went back to it.
fn went_back(latest: &ServiceDeployment, runs: &str, histories: &Histories) -> bool {
    let newer = |arn: &str| {
        let definition = histories.revisions.get(arn);
        definition
            .and_then(|definition| compare_revisions(definition, runs))
            .is_some_and(|order| order.is_gt())
    };
    latest.status() == Some(&ServiceDeploymentStatus::RollbackSuccessful) || source(latest).is_some_and(newer)
}

/// The deployment that counts as running: the primary one if its rollout is complete, otherwise the one with the most
/// running tasks.
pub(super) fn running(service: &Service) -> Option<&Deployment> {
    let primary = primary_deployment(service)?;
    if watch::rollout_state(primary, service.deployments()) == RolloutState::Complete {
        return Some(primary);
    }
    let others = service.deployments().iter().filter(|other| !is_primary(other));
    let most = others.filter(|other| other.running_count() > 0).max_by_key(|other| other.running_count());
    Some(most.unwrap_or(primary))
}

fn time(time: &DateTime) -> Time {
    Time::from_unix_seconds(time.secs())
}

pub(super) fn status(
    name: TargetName,
    service: &Service,
    revisions: &Revisions,
    histories: &Histories,
) -> ServiceStatus {
    let latest = service.current_service_deployment().and_then(|arn| histories.deployments.get(arn));
    let (primary, running) = (primary_deployment(service), running(service));
    let state = primary.map(|primary| watch::rollout_state(primary, service.deployments()));
    let complete = state == Some(RolloutState::Complete);
    let deployed = |task_definition: &str, deployment: Option<&Deployment>, finished: Option<Time>| {
        let created = deployment.and_then(Deployment::created_at).map(time);
        let tasks =
            |own: &Deployment| TaskCounts { running: own.running_count(), desired: own.desired_count() };
        DeployedRevision {
            tasks: deployment.map(tasks),
            rolled_back: complete
                && latest.is_some_and(|latest| went_back(latest, task_definition, histories)),
            ..revision(task_definition, finished.or(created), revisions)
        }
    };
    let finished = latest.filter(|_| complete).and_then(|latest| latest.finished_at()).map(time);
    let runs = match running {
        Some(running) => running.task_definition().map(|arn| deployed(arn, Some(running), finished)),
        // The deployments of other controllers than ECS are not listed.
        None => service.task_definition().map(|arn| deployed(arn, None, None)),
    };
    let mut rollout = primary.filter(|_| !complete).and_then(|primary| {
        Some(RolloutStatus {
            revision: deployed(primary.task_definition()?, Some(primary), None),
            deployment: primary.id().map(str::to_owned),
            has_failed: state == Some(RolloutState::Failed),
            progress: Progress {
                desired: primary.desired_count(),
                running: primary.running_count(),
                pending: primary.pending_count(),
                failed: primary.failed_tasks(),
                state: primary
                    .rollout_state()
                    .map_or_else(|| "UNKNOWN".to_owned(), |s| s.as_str().to_owned()),
                hooks: latest.map(open_hooks).unwrap_or_default(),
            },
            reason: primary.rollout_state_reason().map(str::to_owned),
        })
    });
    let mut ended = latest.and_then(|latest| {
        let target = latest.target_service_revision().and_then(|revision| revision.arn());
        let rollback = latest.rollback().and_then(|rollback| rollback.reason());
        Some(EndedRollout {
            outcome: outcome(latest)?.to_owned(),
            task_definition: target.and_then(|arn| histories.revisions.get(arn)).cloned(),
            ended_at: latest.finished_at().map(time),
            reason: rollback.or(latest.status_reason()).map(str::to_owned),
        })
    });
    // It is the same rollout, and its service deployment has the more exact reason.
    let of = ended.as_ref().and_then(|ended| ended.task_definition.clone());
    if let Some(failed) =
        rollout.as_mut().filter(|r| r.has_failed && Some(&r.revision.task_definition) == of.as_ref())
    {
        failed.reason = ended.take().and_then(|ended| ended.reason).or_else(|| failed.reason.take());
    }
    let status = service.status().unwrap_or("unknown").to_owned();
    let counts = [service.desired_count(), service.running_count(), service.pending_count()];
    ServiceStatus {
        service: name,
        condition: ServiceCondition::new(&status, rollout.as_ref(), counts),
        drift: drift(service, revisions, histories),
        status,
        desired: service.desired_count(),
        running: service.running_count(),
        pending: service.pending_count(),
        runs,
        rollout,
        ended,
    }
}

/// The task definition that a service is set to: during a rollout, the new one.
pub(super) fn set_to(service: &Service) -> Option<&str> {
    primary_deployment(service).and_then(Deployment::task_definition).or(service.task_definition())
}

/// The revision with which the one that a service is set to is compared, by its ARN: the one that a rollout replaces,
/// that the latest one has replaced, or, of a revision without a stamp, the previous one of its family.
pub(super) fn before(service: &Service, revisions: &Revisions, histories: &Histories) -> Option<String> {
    let current = set_to(service)?;
    let is_older = |other: &&str| {
        *other != current && compare_revisions(other, current).is_none_or(|order| order.is_lt())
    };
    let replaces = running(service).and_then(Deployment::task_definition).filter(is_older);
    let replaced = || {
        let latest = histories.deployments.get(service.current_service_deployment()?)?;
        histories.revisions.get(source(latest)?).map(String::as_str).filter(is_older)
    };
    let previous = || {
        let arn = TaskDefinitionArn::parse(current).ok()?;
        let number = arn.number().checked_sub(1).filter(|number| *number > 0)?;
        revisions.is_unstamped(current).then(|| arn.with_number(number).to_string())
    };
    replaces.or_else(replaced).map(str::to_owned).or_else(previous)
}

fn drift(service: &Service, revisions: &Revisions, histories: &Histories) -> Option<Drift> {
    let before = before(service, revisions, histories)?;
    Drift::detect(revisions.registered(set_to(service)?)?, revisions.registered(&before)?)
}

fn revision(task_definition: &str, since: Option<Time>, revisions: &Revisions) -> DeployedRevision {
    let (task_definition, known) = (task_definition.to_owned(), revisions.get(task_definition));
    let image =
        |(name, image): (&str, &str)| ContainerImage { name: name.to_owned(), image: image.to_owned() };
    let (containers, build, read_error) = match known {
        Some(Ok(known)) => {
            let definition = &known.definition;
            (definition.containers().map(image).collect(), Stamp::from_definition(definition), None)
        }
        Some(Err(error)) => (Vec::new(), None, Some(error.to_string())),
        None => (Vec::new(), None, Some("its task definition was not read".to_owned())),
    };
    DeployedRevision {
        task_definition,
        tasks: None,
        since,
        rolled_back: false,
        containers,
        build,
        read_error,
    }
}
