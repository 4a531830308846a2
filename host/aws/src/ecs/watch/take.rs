//! What the answers of a tick make of the rollouts that they are for.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ecs::types::{Service, ServiceDeployment, ServiceDeploymentBrief, ServiceRevision, Task};
use tokio::time::Instant;

use super::stage::{Answer, Stage, Step};
use super::tick::Call;
use super::{WatchEnd, Watched, Watcher, ask, judge};
use crate::ecs::Retry;
use crate::{AwsError, ErrorKind};
use model::event::Event;

/// The time after which the same trouble is told again.
const TOLD_AGAIN: Duration = Duration::from_secs(60);

impl Watcher<'_> {
    pub(super) async fn ask(
        &self,
        rollouts: &[Watched],
        call: Call,
    ) -> (Call, Result<ApiResponse, AwsError>) {
        let of: Vec<&Watched> = call.of().iter().filter_map(|place| rollouts.get(*place)).collect();
        let answer = match &call {
            Call::Begun(_) => match of.first() {
                Some(one) => {
                    ask::deployments_since_update(self.ecs, &one.started).await.map(ApiResponse::Begun)
                }
                None => Ok(ApiResponse::Begun(Vec::new())),
            },
            Call::ListTasks(_) => match of.first() {
                Some(one) => ask::running_tasks(self.ecs, &one.started).await.map(ApiResponse::Listed),
                None => Ok(ApiResponse::Listed(Vec::new())),
            },
            Call::Revisions(_) => {
                let arns: Vec<String> = of.iter().flat_map(|rollout| rollout.stage.candidates()).collect();
                self.ecs.describe_service_revisions(&arns).await.map(ApiResponse::Revisions)
            }
            Call::Deployments(_) => {
                let arns: Vec<String> =
                    of.iter().filter_map(|r| r.stage.deployment().map(str::to_owned)).collect();
                self.ecs.describe_service_deployments(&arns).await.map(ApiResponse::Deployments)
            }
            Call::Services { cluster, .. } => {
                let names: Vec<String> =
                    of.iter().map(|rollout| rollout.started.service.service.clone()).collect();
                ask::services(self.ecs, cluster, &names).await.map(ApiResponse::Services)
            }
            Call::DescribeTasks { cluster, .. } => {
                let arns: Vec<String> = of.iter().flat_map(|rollout| rollout.tasks()).collect();
                self.ecs.describe_tasks(cluster, &arns, Retry::ByCaller).await.map(ApiResponse::Described)
            }
        };
        (call, answer)
    }

    /// What an answer makes of the rollouts that it is for.
    pub(super) fn take(&self, rollouts: &mut [Watched], call: &Call, told: Result<ApiResponse, AwsError>) {
        let mut warned = false;
        for place in call.of() {
            let Some(rollout) = rollouts.get_mut(*place) else { continue };
            rollout.due = false;
            let step = match &told {
                Ok(ApiResponse::Services(services)) if rollout.stage != Stage::List => {
                    let service = services.get(&rollout.started.service.service);
                    self.tell_events(rollout, service);
                    rollout.failed =
                        service.map_or(0, |service| judge::failed_tasks(service, &rollout.started));
                    match service.and_then(judge::deleted) {
                        Some(ended) => Step::end(ended),
                        None => continue,
                    }
                }
                Ok(told) => {
                    (rollout.read, rollout.in_vain) = (Instant::now(), false);
                    if let ApiResponse::Services(services) = told {
                        let service = services.get(&rollout.started.service.service);
                        self.tell_events(rollout, service);
                    }
                    told.to(rollout)
                }
                // Events are extra: whether they can be read decides nothing.
                Err(_) if matches!(call, Call::Services { .. }) && rollout.stage != Stage::List => {
                    rollout.events_read = Some(Instant::now());
                    continue;
                }
                Err(error) => match failed(rollout, error) {
                    Some(step) => step,
                    None => {
                        if !std::mem::replace(&mut warned, true) {
                            self.tell_failure(error);
                        }
                        continue;
                    }
                },
            };
            self.advance(rollout, step);
        }
    }

    pub(super) fn advance(&self, rollout: &mut Watched, mut step: Step) {
        if let Some(progress) = step.progress.as_mut().filter(|progress| !progress.is_rollback()) {
            progress.failed = progress.failed.max(rollout.failed);
        }
        if let Some(progress) = step.progress.filter(|progress| rollout.progress.as_ref() != Some(progress)) {
            let target = rollout.target.clone();
            self.events.emit(&Event::RolloutProgressed { target, progress: progress.clone() });
            rollout.progress = Some(progress);
        }
        if let Some(message) = step.warning {
            self.events.emit(&Event::Warning { message });
        }
        if let Some(next) = step.next {
            rollout.stage = next;
        }
        if let Some(deployment) = rollout.stage.deployment() {
            rollout.known = Some(deployment.to_owned());
        }
        rollout.due = step.at_once;
        rollout.ended = step.ended;
    }

    /// Tells that a look failed; of the same trouble again once in a while only.
    fn tell_failure(&self, error: &AwsError) {
        let message = format!("{}; looking again", error.brief());
        let mut told = self.failures_told.borrow_mut();
        if told.get(&message).is_none_or(|told| told.elapsed() >= TOLD_AGAIN) {
            told.insert(message.clone(), Instant::now());
            self.events.emit(&Event::Warning { message });
        }
    }

    /// Tells the service's events since the rollout began, the oldest first.
    fn tell_events(&self, rollout: &mut Watched, service: Option<&Service>) {
        rollout.events_read = Some(Instant::now());
        let Some(since) = rollout.started.created_at.as_ref() else { return };
        let events = service.map(|service| service.events()).unwrap_or_default();
        let news = events.iter().filter(|event| event.created_at().is_some_and(|at| at >= since));
        // ECS lists the newest first; an answer out of the past lacks some of what was told.
        for event in news.rev() {
            if self.events_told.borrow_mut().insert(event.id().unwrap_or_default().to_owned()) {
                let message = event.message().unwrap_or_default().to_owned();
                self.events.emit(&Event::ServiceEvent { target: rollout.target.clone(), message });
            }
        }
    }
}

/// The answer to one call, for all the rollouts that it is for.
pub(super) enum ApiResponse {
    Begun(Vec<ServiceDeploymentBrief>),
    Revisions(Vec<ServiceRevision>),
    Deployments(BTreeMap<String, ServiceDeployment>),
    Services(BTreeMap<String, Service>),
    Listed(Vec<String>),
    Described(Vec<Task>),
}

impl ApiResponse {
    /// What it makes of one of them.
    fn to(&self, rollout: &Watched) -> Step {
        let (stage, started) = (&rollout.stage, &rollout.started);
        let answer = match self {
            Self::Begun(briefs) => Answer::Begun(briefs),
            Self::Revisions(revisions) => Answer::Revisions(revisions),
            Self::Deployments(deployments) => {
                Answer::Deployment(stage.deployment().and_then(|arn| deployments.get(arn)))
            }
            Self::Services(services) => Answer::Service(services.get(&started.service.service)),
            Self::Listed(tasks) => Answer::Listed(tasks.clone()),
            Self::Described(tasks) => Answer::Described(tasks),
        };
        stage.step(answer, started)
    }
}

/// What a failed look makes of a rollout; none where the next tick looks again.
fn failed(rollout: &Watched, error: &AwsError) -> Option<Step> {
    let (stage, started) = (&rollout.stage, &rollout.started);
    let denied = matches!(stage, Stage::Prove { .. }) && error.kind == ErrorKind::Permission;
    let absent = match stage {
        Stage::Find { .. } | Stage::Confirm { .. } => error.is_unsupported(),
        // Once there was an answer, one that is not AWS's comes from something on the way.
        Stage::Follow { .. } => error.is_unsupported() && error.kind != ErrorKind::UnexpectedResponse,
        Stage::List | Stage::Prove { .. } => false,
    };
    if denied || absent {
        let step = stage.step(Answer::NotOffered, started);
        let denied = absent && error.kind == ErrorKind::Permission;
        let warning = denied.then(|| format!("{error}; watching the service's own deployments instead"));
        return Some(Step { warning: step.warning.or(warning), ..step });
    }
    let reason = || format!("the watch can't go on, so the outcome is not known: {error}");
    (!error.is_transient())
        .then(|| Step { ended: Some(WatchEnd::Lost { reason: reason() }), ..Step::default() })
}
