//! The effects of responses and errors on the rollouts: the next stage, the events, the end of a watch.

use std::time::Duration;

use aws_sdk_ecs::types::{Service, ServiceDeployment};
use tokio::time::Instant;

use super::requests::ApiResponse;
use super::schedule::Call;
use super::stage::{Observation, Stage, Step};
use super::{WatchEnd, WatchedRollout, Watcher, assessment};
use crate::ecs::hooks::lifecycle_stage;
use crate::ecs::pauses::pause_advice;
use crate::ecs::retry::{MAX_FAILED_POLLS, MAX_REJECTED_POLLS};
use crate::ecs::rollout::Rollout;
use crate::error::{AwsError, ErrorKind};
use model::event::Event;
use model::lifecycle::{Hook, WaitUntil};
use model::names::short_revision;
use model::progress::Progress;
use model::time::format_seconds;

/// The time after which the same error is reported again.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);

impl Watcher<'_> {
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
                Ok(ApiResponse::Services(services)) if !watched.stage.reads_service() => {
                    let service = services.get(&watched.rollout.service.service);
                    self.report_events(watched, service);
                    watched.failed_tasks =
                        service.map_or(0, |service| assessment::failed_tasks(service, &watched.rollout));
                    match service
                        .and_then(|service| assessment::end_of_deleted_service(service, &watched.rollout))
                    {
                        Some(end) => Step::finish(end),
                        None => continue,
                    }
                }
                Ok(response) => {
                    (watched.last_read, watched.is_stale) = (Instant::now(), false);
                    (watched.rejected, watched.failed) = (0, 0);
                    watched.has_read_deployment |= matches!(response, ApiResponse::ServiceDeployments(_));
                    if let ApiResponse::Services(services) = response {
                        let service = services.get(&watched.rollout.service.service);
                        self.report_events(watched, service);
                    }
                    self.step_after_response(watched, response)
                }
                // Events are optional: an error does not affect the rollout.
                Err(_) if matches!(call, Call::DescribeServices { .. }) && !watched.stage.reads_service() => {
                    watched.events_read_at = Some(Instant::now());
                    continue;
                }
                Err(error) => match self.step_after_error(watched, error) {
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
        if let Some(progress) = &mut step.progress {
            // A response may be older than the request to roll it back.
            progress.hooks.retain(|hook| !(hook.is_pause() && watched.rollout.has_rollback_request));
            let is_only = progress.pauses().count() == 1;
            for pause in progress.pauses() {
                self.report_pause(watched, pause, is_only);
            }
        }
        if step.has_unseen_pauses && step.end.is_none() && !watched.has_unseen_pauses {
            watched.has_unseen_pauses = true;
            self.events.emit(&Event::Warning { message: unseen_pauses(watched) });
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
        if let Some(service_deployment) = watched.stage.service_deployment() {
            watched.service_deployment = Some(service_deployment.to_owned());
        }
        watched.is_due = step.is_immediate;
        watched.end = step.end;
    }

    /// Reports a pause of a rollout, once.
    fn report_pause(&self, watched: &WatchedRollout, pause: &Hook, is_only: bool) {
        if self.reported_pauses.borrow_mut().insert(pause.id.clone()) {
            self.events.emit(&Event::RolloutPaused {
                target: watched.target.clone(),
                hook: pause.clone(),
                advice: pause_advice(self.ecs, &watched.rollout, pause, is_only).into(),
            });
        }
    }

    /// The end of the watch of a rollout that is paused. `None` if it is not.
    pub(super) fn end_at_pause(
        &self,
        rollout: &Rollout,
        progress: &Progress,
        is_requested: bool,
    ) -> Option<WatchEnd> {
        let hook = progress.pause()?.clone();
        let advice = pause_advice(self.ecs, rollout, &hook, progress.pauses().count() == 1).into();
        Some(WatchEnd::Paused { hook, is_requested, advice })
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

    /// The step of a rollout after a failed call, or `None` if the next tick retries it.
    fn step_after_error(&self, watched: &mut WatchedRollout, error: &AwsError) -> Option<Step> {
        let (stage, rollout) = (&watched.stage, &watched.rollout);
        let is_denied = error.kind == ErrorKind::Permission;
        match stage {
            Stage::Verify { .. } if is_denied => return Some(stage.step(Observation::Unsupported, rollout)),
            Stage::Find { .. } | Stage::Confirm { .. } if error.is_unsupported() => {
                let step = Step::advance_to(Stage::FindCurrent { attempts: 0 });
                return Some(with_warning(
                    step,
                    error,
                    "reading the current deployment of the service instead",
                ));
            }
            Stage::ConfirmCurrent { .. } if error.is_unsupported() => {
                return Some(follow_service(watched, error));
            }
            // The permission was never there, so it does not come back.
            Stage::FollowDeployment { .. } if is_denied && !watched.has_read_deployment => {
                return Some(follow_service(watched, error));
            }
            // The endpoint supported the call before, so an unexpected response comes from a proxy.
            Stage::FollowDeployment { .. }
                if error.is_unsupported() && !is_denied && error.kind != ErrorKind::UnexpectedResponse =>
            {
                return Some(follow_service(watched, error));
            }
            // Only these calls may fail, and the service itself may still be read. What is throttled or not reached is
            // not better read by another call.
            Stage::Find { .. }
            | Stage::Confirm { .. }
            | Stage::ConfirmCurrent { .. }
            | Stage::FollowDeployment { .. }
                if error.kind == ErrorKind::Server =>
            {
                watched.failed += 1;
                return (watched.failed > MAX_FAILED_POLLS).then(|| follow_service(watched, error));
            }
            _ if error.is_transient() => return None,
            _ => {}
        }
        watched.rejected += 1;
        if watched.rejected <= MAX_REJECTED_POLLS {
            return None;
        }
        Some(match &watched.stage {
            // ECS reports the rollout as complete.
            Stage::Verify { .. } => Stage::unverified(&format!("its tasks could not be read: {error}")),
            Stage::Find { .. }
            | Stage::Confirm { .. }
            | Stage::FindCurrent { .. }
            | Stage::ConfirmCurrent { .. }
            | Stage::FollowDeployment { .. }
                if error.kind != ErrorKind::Credentials =>
            {
                watched.rejected = 0;
                follow_service(watched, error)
            }
            _ => Step::finish(WatchEnd::Unreadable {
                reason: format!(
                    "the rollout of {} could not be read for {} s: {error}; it continues in ECS, and \
                     `{}` shows it",
                    short_revision(&watched.rollout.task_definition),
                    format_seconds(watched.last_read.elapsed().as_secs_f64()),
                    self.ecs.command("status", &watched.rollout.service)
                ),
            }),
        })
    }

    /// The step of a rollout after a response.
    fn step_after_response(&self, watched: &WatchedRollout, response: &ApiResponse) -> Step {
        let (stage, rollout) = (&watched.stage, &watched.rollout);
        let described = match response {
            ApiResponse::ServiceDeployments(deployments) => {
                stage.described_deployment().and_then(|arn| deployments.get(arn))
            }
            _ => None,
        };
        let observation = match response {
            ApiResponse::ServiceDeploymentBriefs(briefs) => Observation::ServiceDeploymentBriefs(briefs),
            ApiResponse::ServiceRevisions(revisions) => Observation::ServiceRevisions(revisions),
            ApiResponse::ServiceDeployments(_) => Observation::ServiceDeployment(described),
            ApiResponse::Services(services) => Observation::Service(services.get(&rollout.service.service)),
            ApiResponse::TaskArns(tasks) => Observation::TaskArns(tasks.clone()),
            ApiResponse::Tasks(tasks) => Observation::Tasks(tasks),
        };
        let step = stage.step(observation, rollout);
        match described.zip(step.progress.as_ref()).filter(|_| step.end.is_none() && step.next.is_none()) {
            Some((deployment, progress)) => {
                Step { end: self.early_end(watched, deployment, progress), ..step }
            }
            None => step,
        }
    }

    /// The end of the watch of a rollout in progress that has come as far as the run was to wait.
    fn early_end(
        &self,
        watched: &WatchedRollout,
        deployment: &ServiceDeployment,
        progress: &Progress,
    ) -> Option<WatchEnd> {
        match watched.until {
            _ if progress.is_rollback() => None,
            WaitUntil::Deployed => None,
            WaitUntil::Paused => self.end_at_pause(&watched.rollout, progress, true),
            WaitUntil::Stage(stage) => {
                lifecycle_stage(deployment).filter(|reached| *reached >= stage)?;
                Some(WatchEnd::Reached { stage })
            }
        }
    }
}

/// The step to the `deployments` of the service, because service deployments cannot be read.
fn follow_service(watched: &WatchedRollout, error: &AwsError) -> Step {
    let step = watched.stage.step(Observation::Unsupported, &watched.rollout);
    with_warning(step, error, "watching the `deployments` of the service instead")
}

/// A step that replaces a call, with a warning if the endpoint offers that call.
fn with_warning(step: Step, error: &AwsError, instead: &str) -> Step {
    let is_offered = error.kind != ErrorKind::UnexpectedResponse && error.kind != ErrorKind::Other;
    Step { warning: is_offered.then(|| format!("{error}; {instead}")), ..step }
}

fn unseen_pauses(watched: &WatchedRollout) -> String {
    format!(
        "the `deployments` of {} do not show its pauses; allow `ecs:ListServiceDeployments`, \
         `ecs:DescribeServiceDeployments` and `ecs:DescribeServiceRevisions` to see them",
        watched.rollout.service
    )
}
