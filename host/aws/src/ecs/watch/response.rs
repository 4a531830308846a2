//! The requests of a tick, and the effects of their responses on the rollouts.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ecs::types::{Service, ServiceDeployment, ServiceDeploymentBrief, ServiceRevision, Task};
use tokio::time::Instant;

use super::calls::Call;
use super::stage::{Observation, Stage, Step};
use super::{WatchEnd, WatchedRollout, Watcher, assessment, requests};
use crate::ecs::Retry;
use crate::{AwsError, ErrorKind};
use model::event::Event;

/// The time after which the same error is reported again.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

impl Watcher<'_> {
    pub(super) async fn request(
        &self,
        rollouts: &[WatchedRollout],
        call: Call,
    ) -> (Call, Result<ApiResponse, AwsError>) {
        let rollouts: Vec<&WatchedRollout> =
            call.indices().iter().filter_map(|index| rollouts.get(*index)).collect();
        let response = match &call {
            Call::ListDeployments(_) => match rollouts.first() {
                Some(watched) => requests::deployments_since_update(self.ecs, &watched.rollout)
                    .await
                    .map(ApiResponse::DeploymentBriefs),
                None => Ok(ApiResponse::DeploymentBriefs(Vec::new())),
            },
            Call::ListTasks(_) => match rollouts.first() {
                Some(watched) => {
                    requests::running_tasks(self.ecs, &watched.rollout).await.map(ApiResponse::TaskArns)
                }
                None => Ok(ApiResponse::TaskArns(Vec::new())),
            },
            Call::DescribeRevisions(_) => {
                let arns: Vec<String> =
                    rollouts.iter().flat_map(|watched| watched.stage.candidates()).collect();
                self.ecs.describe_service_revisions(&arns).await.map(ApiResponse::Revisions)
            }
            Call::DescribeDeployments(_) => {
                let arns: Vec<String> =
                    rollouts.iter().filter_map(|r| r.stage.deployment().map(str::to_owned)).collect();
                self.ecs.describe_service_deployments(&arns).await.map(ApiResponse::Deployments)
            }
            Call::DescribeServices { cluster, .. } => {
                let names: Vec<String> =
                    rollouts.iter().map(|watched| watched.rollout.service.service.clone()).collect();
                requests::services(self.ecs, cluster, &names).await.map(ApiResponse::Services)
            }
            Call::DescribeTasks { cluster, .. } => {
                let arns: Vec<String> = rollouts.iter().flat_map(|watched| watched.tasks()).collect();
                self.ecs.describe_tasks(cluster, &arns, Retry::ByCaller).await.map(ApiResponse::Tasks)
            }
        };
        (call, response)
    }

    /// Applies a response to the rollouts that it is for.
    pub(super) fn apply_response(
        &self,
        rollouts: &mut [WatchedRollout],
        call: &Call,
        response: Result<ApiResponse, AwsError>,
    ) {
        let mut warned = false;
        for index in call.indices() {
            let Some(watched) = rollouts.get_mut(*index) else { continue };
            watched.is_due = false;
            let step = match &response {
                Ok(ApiResponse::Services(services)) if watched.stage != Stage::List => {
                    let service = services.get(&watched.rollout.service.service);
                    self.report_events(watched, service);
                    watched.failed_tasks =
                        service.map_or(0, |service| assessment::failed_tasks(service, &watched.rollout));
                    match service.and_then(assessment::end_of_deleted_service) {
                        Some(end) => Step::finish(end),
                        None => continue,
                    }
                }
                Ok(response) => {
                    (watched.last_read, watched.is_stale) = (Instant::now(), false);
                    if let ApiResponse::Services(services) = response {
                        let service = services.get(&watched.rollout.service.service);
                        self.report_events(watched, service);
                    }
                    response.step(watched)
                }
                // Events are optional: an error does not affect the rollout.
                Err(_) if matches!(call, Call::DescribeServices { .. }) && watched.stage != Stage::List => {
                    watched.events_read_at = Some(Instant::now());
                    continue;
                }
                Err(error) => match step_after_error(watched, error) {
                    Some(step) => step,
                    None => {
                        if !std::mem::replace(&mut warned, true) {
                            self.report_failure(error);
                        }
                        continue;
                    }
                },
            };
            self.advance(watched, step);
        }
    }

    /// Applies a step to a rollout, and emits its events.
    pub(super) fn advance(&self, watched: &mut WatchedRollout, mut step: Step) {
        if let Some(progress) = step.progress.as_mut().filter(|progress| !progress.is_rollback()) {
            progress.failed = progress.failed.max(watched.failed_tasks);
        }
        if let Some(progress) = step.progress.filter(|progress| watched.progress.as_ref() != Some(progress)) {
            let target = watched.target.clone();
            self.events.emit(&Event::RolloutProgressed { target, progress: progress.clone() });
            watched.progress = Some(progress);
        }
        if let Some(message) = step.warning {
            self.events.emit(&Event::Warning { message });
        }
        if let Some(next) = step.next {
            watched.stage = next;
        }
        if let Some(deployment) = watched.stage.deployment() {
            watched.service_deployment = Some(deployment.to_owned());
        }
        watched.is_due = step.is_immediate;
        watched.end = step.end;
    }

    /// Reports an error that is retried. The same error is reported again only after [`REPORT_INTERVAL`].
    fn report_failure(&self, error: &AwsError) {
        let message = format!("{}; retrying", error.brief());
        let mut reported = self.reported_failures.borrow_mut();
        if reported.get(&message).is_none_or(|reported_at| reported_at.elapsed() >= REPORT_INTERVAL) {
            reported.insert(message.clone(), Instant::now());
            self.events.emit(&Event::Warning { message });
        }
    }

    /// Reports the service's new events since the start of the rollout, the oldest first.
    fn report_events(&self, watched: &mut WatchedRollout, service: Option<&Service>) {
        watched.events_read_at = Some(Instant::now());
        let Some(since) = watched.rollout.created_at.as_ref() else { return };
        let events = service.map(|service| service.events()).unwrap_or_default();
        let since_start = events.iter().filter(|event| event.created_at().is_some_and(|at| at >= since));
        // ECS lists the newest first. An outdated response lacks events that were already reported.
        for event in since_start.rev() {
            if self.reported_events.borrow_mut().insert(event.id().unwrap_or_default().to_owned()) {
                let message = event.message().unwrap_or_default().to_owned();
                self.events.emit(&Event::ServiceEvent { target: watched.target.clone(), message });
            }
        }
    }
}

/// The response to one call, for all rollouts of the call.
pub(super) enum ApiResponse {
    DeploymentBriefs(Vec<ServiceDeploymentBrief>),
    Revisions(Vec<ServiceRevision>),
    Deployments(BTreeMap<String, ServiceDeployment>),
    Services(BTreeMap<String, Service>),
    TaskArns(Vec<String>),
    Tasks(Vec<Task>),
}

impl ApiResponse {
    /// The step of one of the rollouts.
    fn step(&self, watched: &WatchedRollout) -> Step {
        let (stage, rollout) = (&watched.stage, &watched.rollout);
        let observation = match self {
            Self::DeploymentBriefs(briefs) => Observation::DeploymentBriefs(briefs),
            Self::Revisions(revisions) => Observation::Revisions(revisions),
            Self::Deployments(deployments) => {
                Observation::Deployment(stage.deployment().and_then(|arn| deployments.get(arn)))
            }
            Self::Services(services) => Observation::Service(services.get(&rollout.service.service)),
            Self::TaskArns(tasks) => Observation::TaskArns(tasks.clone()),
            Self::Tasks(tasks) => Observation::Tasks(tasks),
        };
        stage.step(observation, rollout)
    }
}

/// The step of a rollout after a failed call, or `None` if the next tick retries it.
fn step_after_error(watched: &WatchedRollout, error: &AwsError) -> Option<Step> {
    let (stage, rollout) = (&watched.stage, &watched.rollout);
    let is_denied = matches!(stage, Stage::Verify { .. }) && error.kind == ErrorKind::Permission;
    let is_unsupported = match stage {
        Stage::Find { .. } | Stage::Confirm { .. } => error.is_unsupported(),
        // The endpoint supported the call before, so an unexpected response comes from a proxy.
        Stage::Follow { .. } => error.is_unsupported() && error.kind != ErrorKind::UnexpectedResponse,
        Stage::List | Stage::Verify { .. } => false,
    };
    if is_denied || is_unsupported {
        let step = stage.step(Observation::Unsupported, rollout);
        let is_permission_missing = is_unsupported && error.kind == ErrorKind::Permission;
        let warning = is_permission_missing
            .then(|| format!("{error}; watching the `deployments` of the service instead"));
        return Some(Step { warning: step.warning.or(warning), ..step });
    }
    let reason = || format!("the watch stopped, so the outcome is unknown: {error}");
    (!error.is_transient())
        .then(|| Step { end: Some(WatchEnd::Lost { reason: reason() }), ..Step::default() })
}
