//! The way back: a rollout that is taken back, and what is known of the one
//! that came instead.

use std::time::Duration;

use aws_sdk_ecs::types::{Deployment, Service};
use tokio::time::Instant;

use super::late::{late, not_back};
use super::{Engine, Step};
use crate::AwsError;
use crate::ecs::history;
use crate::ecs::history::Deployed;
use crate::ecs::rates::Kind;
use crate::ecs::watch;
use crate::ecs::watch::{Ended, Watch};
use crate::ecs::{Ecs, Rollout, raw, start};
use model::decision::FailureAction;
use model::event::Event;
use model::event::EventSink;
use model::names::short_revision;
use model::plan::TargetPlan;
use model::verdict::{NewerDeployment, Verdict};

/// Tells ECS to stop a service deployment and to go back to what ran before
/// (ECS API reference, `StopServiceDeployment`). It needs no circuit breaker.
pub(crate) async fn stop(ecs: &Ecs, service_deployment: &str) -> Result<(), AwsError> {
    ecs.rates.permit(Kind::ServiceDeployment).await;
    let call = ecs.client.stop_service_deployment().service_deployment_arn(service_deployment);
    let call = call.stop_type(aws_sdk_ecs::types::StopServiceDeploymentStopType::Rollback);
    let stopped = call.send().await;
    stopped.map(|_| ()).map_err(|error| AwsError::new("ecs:StopServiceDeployment", service_deployment, error))
}

/// How often a service is looked at for what came of it.
const LOOKS: usize = 4;

/// What an update back would do.
pub(super) enum Back {
    /// Give the service this task definition, which it had before.
    To(String),
    /// Nothing: the service has this task definition already, which it had before.
    There(String),
    /// Nothing: the service has something else by now, which is not this run's to take back.
    Others,
}

impl Back {
    /// What there is to go back to.
    pub(super) async fn of(ecs: &Ecs, plan: &TargetPlan, started: &Rollout) -> Result<Self, String> {
        let before = match started.before.as_ref().unwrap_or(&plan.task_definition) {
            // An earlier run of this build was cut off: what ran before that one?
            own if *own == started.task_definition => last_good(ecs, started)
                .await
                .ok_or_else(|| "what ran before is the same task definition".to_owned())?,
            before => before.clone(),
        };
        let name = &started.service.service;
        let services = watch::services(ecs, &started.service.cluster, vec![name.clone()]).await;
        let services = services.map_err(|error| error.to_string())?;
        let service = services.get(name).ok_or("the service is gone")?;
        let newer = primary(service).filter(|primary| {
            primary.task_definition() != Some(&started.task_definition) && started.is_before(primary)
        });
        Ok(match newer {
            Some(newer) if newer.task_definition() == Some(&before) => Self::There(before),
            Some(_) => Self::Others,
            None => Self::To(before),
        })
    }
}

/// What the latest successful deployment of a service but this one rolled out, where that is
/// another task definition: ECS's own rollbacks go there too.
async fn last_good(ecs: &Ecs, started: &Rollout) -> Option<String> {
    let other = |good: Deployed<'_>| Some(good.deployment) != started.service_deployment.as_deref();
    let latest = history::succeeded(ecs, &started.service, other).await.ok()??;
    (latest != started.task_definition).then_some(latest)
}

/// Gives a service what it had before.
pub(super) async fn update(
    ecs: &Ecs,
    started: &Rollout,
    before: &str,
    until: Instant,
    events: &dyn EventSink,
) -> Result<Rollout, AwsError> {
    let wanted = start::UpdateRequest {
        service: &started.service,
        task_definition: before,
        again: false,
        primary: started.deployment.as_deref(),
    };
    start::update(ecs, &wanted, until, events).await
}

impl Engine<'_> {
    pub(super) fn rolls_back(&self, plan: &TargetPlan) -> bool {
        plan.on_failure.unwrap_or(self.options.on_failure) == FailureAction::RollBack
    }

    /// Takes a failed rollout back, and waits for what comes of it. The very
    /// deployment that this run started is stopped where that is offered and
    /// it still goes on; else the service is given what it ran before.
    pub(super) async fn take_back(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        started: &Rollout,
        watched: &Watch,
        mut reason: String,
    ) -> Verdict {
        // ECS is taking it back already.
        if let Ended::TimedOut { seconds, last: Some(last), unread } = &watched.ended
            && last.is_rollback()
        {
            return late(*seconds, Some(last.clone()), *unread, started);
        }
        self.states.set(&plan.name, Step::TakingBack(started.clone()));
        let is_late = matches!(watched.ended, Ended::TimedOut { .. });
        let own = Rollout { service_deployment: watched.service_deployment.clone(), ..started.clone() };
        if let (true, Some(deployment)) = (is_late, &watched.service_deployment) {
            match stop(ecs, deployment).await {
                Ok(()) => {
                    self.states.set(&plan.name, Step::RollingBack);
                    self.tell(plan, format!("ECS takes {} back", short_revision(&started.task_definition)));
                    return self.end_of(ecs, plan, &own, reason).await;
                }
                // It came to its end just now. One that failed, and that ECS left so, is still
                // to be taken back.
                Err(error) if error.is(&["ConflictException"]) => {
                    let watch = self.watched(plan, &own, self.timeout(plan)).await;
                    let Ended::Failed { reason: why } = watch.ended else {
                        return self.became(ecs, plan, &own, watch, reason).await;
                    };
                    reason = why;
                }
                Err(error) => {
                    let message = format!("{error}; going back by an update instead");
                    self.events.emit(&Event::Warning { message });
                }
            }
        }
        let failed = |why: String| Verdict::Failed { reason: format!("{reason}; {why}") };
        let before = match Back::of(ecs, plan, &own).await {
            Ok(Back::To(before)) => before,
            // ECS went back by itself, or was told to, and its answer was lost.
            Ok(Back::There(_)) if is_late => {
                let watch = self.watched(plan, &own, self.timeout(plan)).await;
                return match watch.ended {
                    Ended::TimedOut { seconds, last, unread } => late(seconds, last, unread, started),
                    _ => self.became(ecs, plan, &own, watch, reason).await,
                };
            }
            Ok(Back::There(before)) => {
                return failed(format!("the service has {} already", short_revision(&before)));
            }
            // Something else took its place while it went on.
            Ok(Back::Others) if is_late => return self.end_of(ecs, plan, &own, reason).await,
            Ok(Back::Others) => {
                let by = self.newer(ecs, plan, started).await;
                return failed(format!("{by} has taken its place since"));
            }
            Err(why) => return failed(format!("it was not rolled back: {why}")),
        };
        self.tell(plan, format!("{} gets {} again", started.service, short_revision(&before)));
        let until = Instant::now() + self.timeout(plan);
        match update(ecs, started, &before, until, self.events).await {
            Ok(back) => {
                self.states.set(&plan.name, Step::RollingBack);
                self.end_of_the_way_back(ecs, plan, &back, reason).await
            }
            Err(why) => failed(format!("it was not rolled back: {why}")),
        }
    }

    /// What became of the rollout that ECS takes back, or that ended just before it was to.
    async fn end_of(&self, ecs: &Ecs, plan: &TargetPlan, own: &Rollout, reason: String) -> Verdict {
        let watch = self.watched(plan, own, self.timeout(plan)).await;
        self.became(ecs, plan, own, watch, reason).await
    }

    async fn became(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        own: &Rollout,
        watch: Watch,
        reason: String,
    ) -> Verdict {
        let why = match watch.ended {
            Ended::RolledBack { .. } => {
                let reason = format!("{reason}; rolled back as asked for");
                return Verdict::RolledBack { reason, runs: self.runs(ecs, own).await };
            }
            Ended::Superseded => return Verdict::Superseded { by: self.newer(ecs, plan, own).await },
            // It made it in the last moment, before ECS stopped it.
            Ended::Deployed => match self.tasks_after(plan, own).await {
                Ok(()) => return Verdict::Deployed,
                Err(failed) => failed,
            },
            Ended::Stopped { reason } => return Verdict::Stopped { reason },
            Ended::TimedOut { seconds, .. } => not_back(seconds),
            Ended::Failed { reason } | Ended::Lost { reason } => format!("going back failed: {reason}"),
        };
        Verdict::Failed { reason: format!("{reason}; {why}") }
    }

    /// What became of the update by which the service goes back.
    async fn end_of_the_way_back(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        back: &Rollout,
        reason: String,
    ) -> Verdict {
        let watch = self.watched(plan, back, self.timeout(plan)).await;
        let why = match watch.ended {
            Ended::Deployed => {
                let reason = format!("{reason}; rolled back as asked for");
                return Verdict::RolledBack { reason, runs: Some(back.task_definition.clone()) };
            }
            Ended::Superseded => {
                format!("{} has taken its place on the way back", self.newer(ecs, plan, back).await)
            }
            Ended::TimedOut { seconds, .. } => not_back(seconds),
            Ended::RolledBack { reason }
            | Ended::Failed { reason }
            | Ended::Stopped { reason }
            | Ended::Lost { reason } => format!("going back failed: {reason}"),
        };
        Verdict::Failed { reason: format!("{reason}; {why}") }
    }

    fn tell(&self, plan: &TargetPlan, how: String) {
        self.events.emit(&Event::RollbackStarted { target: plan.name.clone(), detail: how });
    }

    /// A service as it is now: after a look that failed, or that is of before
    /// what has just happened, there are a few more.
    async fn looked_at(
        &self,
        ecs: &Ecs,
        started: &Rollout,
        is_new: impl Fn(&Service) -> bool,
    ) -> Option<Service> {
        let name = &started.service.service;
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(self.options.poll.min(Duration::from_secs(1))).await;
            }
            let services = watch::services(ecs, &started.service.cluster, vec![name.clone()]).await;
            let service = services.ok().and_then(|mut services| services.remove(name));
            if let Some(service) = service.filter(&is_new) {
                return Some(service);
            }
        }
        None
    }

    /// The task definition that a service runs now, where it can be read.
    pub(super) async fn runs(&self, ecs: &Ecs, started: &Rollout) -> Option<String> {
        // Of a rollout of the same definition once more, that is what runs in any case.
        let own = Some(started.task_definition.as_str());
        let is_new = |service: &Service| started.before.as_deref() == own || service.task_definition() != own;
        let service = self.looked_at(ecs, started, is_new).await?;
        service.task_definition().map(str::to_owned)
    }

    /// What took a rollout's place, as far as it can be read.
    pub(super) async fn newer(&self, ecs: &Ecs, plan: &TargetPlan, started: &Rollout) -> NewerDeployment {
        let other = |service: &Service| {
            // ECS's own way back is no newer deployment, in an answer that lags behind.
            let is_back = |primary: &Deployment| {
                primary.rollout_state_reason().unwrap_or_default().contains("rolling back")
            };
            primary(service).is_some_and(|primary| started.is_before(primary) && !is_back(primary))
        };
        let service = self.looked_at(ecs, started, other).await;
        let Some(primary) = service.as_ref().and_then(primary) else { return NewerDeployment::default() };
        let task_definition = primary.task_definition().map(str::to_owned);
        let definition = match &task_definition {
            Some(arn) => {
                ecs.rates.permit(Kind::DefinitionRead).await;
                raw::describe(&ecs.client, arn).await.ok()
            }
            None => None,
        };
        NewerDeployment {
            deployment: primary.id().map(str::to_owned),
            build: definition.and_then(|definition| plan.find_stamp(&definition)),
            task_definition,
        }
    }
}

fn primary(service: &Service) -> Option<&Deployment> {
    service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"))
}
