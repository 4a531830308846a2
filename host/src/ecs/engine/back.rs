//! The way back: a rollout that is taken back, and what is known of the one
//! that came instead.

use aws_sdk_ecs::types::{Deployment, ServiceDeploymentStatus};
use tokio::time::Instant;

use super::{Engine, Step};
use crate::aws::AwsError;
use crate::ecs::rates::Kind;
use crate::ecs::watch::{self, Ended, Watch};
use crate::ecs::{Ecs, Started, raw, start};
use crate::names::revision;
use crate::plan::TargetPlan;
use crate::policy::decision::FailureAction;
use crate::report::{Event, Newer, Verdict};

/// Tells ECS to stop a service deployment and to go back to what ran before
/// (ECS API reference, `StopServiceDeployment`). It needs no circuit breaker.
pub(super) async fn stop(ecs: &Ecs, service_deployment: &str) -> Result<(), AwsError> {
    ecs.rates.permit(Kind::ServiceDeployment).await;
    let call = ecs.client.stop_service_deployment().service_deployment_arn(service_deployment);
    let call = call.stop_type(aws_sdk_ecs::types::StopServiceDeploymentStopType::Rollback);
    let stopped = call.send().await;
    stopped.map(|_| ()).map_err(|error| AwsError::new("ecs:StopServiceDeployment", service_deployment, error))
}

/// What the latest successful deployment of a service rolled out, where that is another task
/// definition: ECS's own rollbacks go there too.
async fn last_good(ecs: &Ecs, started: &Started) -> Option<String> {
    ecs.rates.permit(Kind::ServiceDeployment).await;
    let call = ecs.client.list_service_deployments().status(ServiceDeploymentStatus::Successful);
    let call = call.cluster(&started.service.cluster).service(&started.service.service);
    let deployments = call.send().await.ok()?.service_deployments?;
    let latest = deployments.into_iter().max_by_key(|deployment| deployment.created_at)?;
    let revisions = watch::revisions(ecs, vec![latest.target_service_revision_arn?]).await.ok()?;
    let definition = revisions.into_iter().next()?.task_definition?;
    (definition != started.task_definition).then_some(definition)
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
        started: &Started,
        watched: &Watch,
        mut reason: String,
    ) -> Verdict {
        self.states.set(&plan.name, Step::RollingBack);
        let mut is_late = matches!(watched.ended, Ended::TimedOut { .. });
        let own = Started { service_deployment: watched.service_deployment.clone(), ..started.clone() };
        if let (true, Some(deployment)) = (is_late, &watched.service_deployment) {
            match stop(ecs, deployment).await {
                Ok(()) => {
                    self.tell(plan, format!("ECS takes {} back", revision(&started.task_definition)));
                    let watch = self.watched(plan, &own, self.timeout(plan)).await;
                    return self.end_of(ecs, plan, &own, watch, reason).await;
                }
                // It came to its end just now.
                Err(error) if error.is(&["ConflictException"]) => {
                    let watch = self.watched(plan, &own, self.timeout(plan)).await;
                    let Ended::Failed { reason: why } = watch.ended else {
                        return self.end_of(ecs, plan, &own, watch, reason).await;
                    };
                    (reason, is_late) = (why, false);
                }
                Err(error) => {
                    let message = format!("{error}; going back by an update instead");
                    self.report.emit(&Event::Warning { message });
                }
            }
        }
        match self.update_back(ecs, plan, started).await {
            Ok(Some(back)) => self.end_of_the_way_back(ecs, plan, &back, reason).await,
            // Something else took its place while it went on: ECS's own rollback, or a newer one.
            Ok(None) if is_late => {
                let watch = self.watched(plan, &own, self.timeout(plan)).await;
                self.end_of(ecs, plan, &own, watch, reason).await
            }
            Ok(None) => {
                let by = self.newer(ecs, plan, started).await;
                Verdict::Failed { reason: format!("{reason}; {by} has taken its place since") }
            }
            Err(why) => Verdict::Failed { reason: format!("{reason}; it was not rolled back: {why}") },
        }
    }

    /// Gives the service what it ran before; none where it runs something else
    /// by now, which is not this run's to take back.
    async fn update_back(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        started: &Started,
    ) -> Result<Option<Started>, String> {
        let same = || "what ran before is the same task definition".to_owned();
        let before = match &plan.task_definition {
            // An earlier run of this build was cut off: what ran before that one?
            own if *own == started.task_definition => &last_good(ecs, started).await.ok_or_else(same)?,
            before => before,
        };
        let name = &started.service.service;
        let services = watch::services(ecs, &started.service.cluster, vec![name.clone()]).await;
        let services = services.map_err(|error| error.to_string())?;
        let service = services.get(name).ok_or("the service is gone")?;
        let primary = service.deployments().iter().find(|own| own.status() == Some("PRIMARY"));
        let others = primary.is_some_and(|primary| {
            primary.task_definition() != Some(&started.task_definition) && started.is_before(primary)
        });
        if others {
            return Ok(None);
        }
        self.tell(plan, format!("{} gets {} again", started.service, revision(before)));
        let wanted = start::Wanted {
            service: &started.service,
            task_definition: before,
            again: false,
            primary: started.deployment.as_deref(),
        };
        let until = Instant::now() + self.timeout(plan);
        let back =
            start::update(ecs, &wanted, until, self.report).await.map_err(|error| error.to_string())?;
        Ok(Some(back))
    }

    /// What became of the rollout that ECS takes back, or that ended just before it was to.
    async fn end_of(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        own: &Started,
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
            Ended::Deployed => return Verdict::Deployed,
            Ended::Stopped { reason } => return Verdict::Stopped { reason },
            Ended::TimedOut { seconds, .. } => format!("going back was not complete after {seconds:.0} s"),
            Ended::Failed { reason } | Ended::Lost { reason } => format!("going back failed: {reason}"),
        };
        Verdict::Failed { reason: format!("{reason}; {why}") }
    }

    /// What became of the update by which the service goes back.
    async fn end_of_the_way_back(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        back: &Started,
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
            Ended::TimedOut { seconds, .. } => format!("going back was not complete after {seconds:.0} s"),
            Ended::RolledBack { reason }
            | Ended::Failed { reason }
            | Ended::Stopped { reason }
            | Ended::Lost { reason } => format!("going back failed: {reason}"),
        };
        Verdict::Failed { reason: format!("{reason}; {why}") }
    }

    fn tell(&self, plan: &TargetPlan, how: String) {
        self.report.emit(&Event::RollingBack { target: plan.name.clone(), how });
    }

    /// The task definition that a service runs now, where it can be read.
    pub(super) async fn runs(&self, ecs: &Ecs, started: &Started) -> Option<String> {
        let name = &started.service.service;
        let services = watch::services(ecs, &started.service.cluster, vec![name.clone()]).await.ok()?;
        let runs = services.get(name)?.task_definition();
        // It went back: an answer that still has it is of before that.
        runs.filter(|runs| *runs != started.task_definition).map(str::to_owned)
    }

    /// What took a rollout's place, as far as it can be read.
    pub(super) async fn newer(&self, ecs: &Ecs, plan: &TargetPlan, started: &Started) -> Newer {
        let name = &started.service.service;
        let services = watch::services(ecs, &started.service.cluster, vec![name.clone()]).await;
        let services = services.unwrap_or_default();
        let deployments = services.get(name).map(|service| service.deployments()).unwrap_or_default();
        let primary = deployments.iter().find(|deployment| deployment.status() == Some("PRIMARY"));
        let newer = |primary: &&Deployment| {
            // ECS's own way back is no newer deployment, in an answer that lags behind.
            let said = primary.rollout_state_reason().unwrap_or_default();
            started.is_before(primary) && !said.contains("rolling back")
        };
        let Some(primary) = primary.filter(newer) else {
            return Newer::default();
        };
        let task_definition = primary.task_definition().map(str::to_owned);
        let definition = match &task_definition {
            Some(arn) => {
                ecs.rates.permit(Kind::DefinitionRead).await;
                raw::describe(&ecs.client, arn).await.ok()
            }
            None => None,
        };
        Newer {
            deployment: primary.id().map(str::to_owned),
            build: definition.and_then(|definition| plan.stamp_of(&definition)),
            task_definition,
        }
    }
}
