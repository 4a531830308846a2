//! The way back: a rollout that is taken back, and what is known of the one
//! that came instead.

use tokio::time::Instant;

use super::{Engine, Step};
use crate::aws::AwsError;
use crate::ecs::rates::Kind;
use crate::ecs::watch::{self, Ended, Watch};
use crate::ecs::{Ecs, Started, raw, start};
use crate::names::revision;
use crate::plan::TargetPlan;
use crate::policy::decision::FailureAction;
use crate::report::{Event, Newer, Progress, Verdict};

/// Tells ECS to stop a service deployment and to go back to what ran before
/// (ECS API reference, `StopServiceDeployment`). It needs no circuit breaker.
pub(super) async fn stop(ecs: &Ecs, service_deployment: &str) -> Result<(), AwsError> {
    ecs.rates.permit(Kind::ServiceModify).await;
    let call = ecs.client.stop_service_deployment().service_deployment_arn(service_deployment);
    let call = call.stop_type(aws_sdk_ecs::types::StopServiceDeploymentStopType::Rollback);
    let stopped = call.send().await;
    stopped.map(|_| ()).map_err(|error| AwsError::new("ecs:StopServiceDeployment", service_deployment, error))
}

/// What came of giving a service what it ran before.
enum Back {
    /// It rolls out.
    Begun(Started),
    /// The service has it already: ECS went back by itself.
    There,
    /// The service runs something else by now, which is not this run's to take back.
    Others,
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
        reason: String,
    ) -> Verdict {
        let goes_back = |last: &Progress| last.state.starts_with("ROLLBACK_");
        if let Ended::TimedOut { seconds, last: Some(last) } = &watched.ended
            && goes_back(last)
        {
            return Verdict::TimedOut { seconds: *seconds, progress: Some(last.clone()) };
        }
        self.states.set(&plan.name, Step::TakingBack(started.clone()));
        if let (Ended::TimedOut { .. }, Some(deployment)) = (&watched.ended, &watched.service_deployment) {
            match stop(ecs, deployment).await {
                Ok(()) => {
                    self.states.set(&plan.name, Step::RollingBack);
                    self.tell(plan, format!("ECS takes {} back", revision(&started.task_definition)));
                    let own = Started { service_deployment: Some(deployment.clone()), ..started.clone() };
                    let watch = self.watched(plan, &own, self.timeout(plan)).await;
                    return self.taken_back(ecs, plan, started, watch, reason).await;
                }
                Err(error) => {
                    let message = format!("{error}; going back by an update instead");
                    self.report.emit(&Event::Warning { message });
                }
            }
        }
        match self.update_back(ecs, plan, started).await {
            Ok(Back::Begun(back)) => {
                self.states.set(&plan.name, Step::RollingBack);
                let watch = self.watched(plan, &back, self.timeout(plan)).await;
                let watch = match watch.ended {
                    Ended::Deployed => Watch { ended: Ended::RolledBack { reason: String::new() }, ..watch },
                    _ => watch,
                };
                self.taken_back(ecs, plan, started, watch, reason).await
            }
            // ECS went back by itself, or was told to, and its answer was lost.
            Ok(Back::There) if matches!(watched.ended, Ended::TimedOut { .. }) => {
                let known = watched.service_deployment.clone();
                let own = Started { service_deployment: known, ..started.clone() };
                let watch = self.watched(plan, &own, self.timeout(plan)).await;
                match watch.ended {
                    Ended::TimedOut { seconds, last } => Verdict::TimedOut { seconds, progress: last },
                    _ => self.taken_back(ecs, plan, started, watch, reason).await,
                }
            }
            Ok(Back::There) => Verdict::Failed {
                reason: format!("{reason}; the service has {} already", revision(&plan.task_definition)),
            },
            Ok(Back::Others) => Verdict::Superseded { by: self.newer(ecs, plan, started).await },
            Err(why) => Verdict::Failed { reason: format!("{reason}; it was not rolled back: {why}") },
        }
    }

    /// Gives the service what it ran before.
    async fn update_back(&self, ecs: &Ecs, plan: &TargetPlan, started: &Started) -> Result<Back, String> {
        let before = &plan.task_definition;
        if *before == started.task_definition {
            return Err("what ran before is the same task definition".to_owned());
        }
        let name = &started.service.service;
        let services = watch::services(ecs, &started.service.cluster, vec![name.clone()]).await;
        let services = services.map_err(|error| error.to_string())?;
        let runs = services.get(name).and_then(|service| service.task_definition());
        if runs == Some(before) {
            return Ok(Back::There);
        }
        if runs != Some(&started.task_definition) {
            return Ok(Back::Others);
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
        Ok(Back::Begun(back))
    }

    async fn taken_back(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        started: &Started,
        watch: Watch,
        reason: String,
    ) -> Verdict {
        let why = match watch.ended {
            Ended::RolledBack { .. } => {
                let reason = format!("{reason}; rolled back as asked for");
                return Verdict::RolledBack { reason, runs: self.runs(ecs, started).await };
            }
            Ended::Superseded => return Verdict::Superseded { by: self.newer(ecs, plan, started).await },
            // It made it in the last moment, before ECS stopped it.
            Ended::Deployed => match self.tasks_after(ecs, plan, started).await {
                Ok(()) => return Verdict::Deployed,
                Err(why) => why,
            },
            Ended::TimedOut { seconds, .. } => format!("going back was not complete after {seconds:.0} s"),
            Ended::Failed { reason } | Ended::Stopped { reason } | Ended::Lost { reason } => {
                format!("going back failed: {reason}")
            }
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
        services.get(name)?.task_definition().map(str::to_owned)
    }

    /// What took a rollout's place, as far as it can be read.
    pub(super) async fn newer(&self, ecs: &Ecs, plan: &TargetPlan, started: &Started) -> Newer {
        let name = &started.service.service;
        let services = watch::services(ecs, &started.service.cluster, vec![name.clone()]).await;
        let services = services.unwrap_or_default();
        let deployments = services.get(name).map(|service| service.deployments()).unwrap_or_default();
        let primary = deployments.iter().find(|deployment| deployment.status() == Some("PRIMARY"));
        let Some(primary) = primary.filter(|primary| primary.id() != started.deployment.as_deref()) else {
            return Newer::default();
        };
        let task_definition = primary.task_definition().map(str::to_owned);
        let definition = match &task_definition {
            Some(arn) => raw::describe(&ecs.client, arn).await.ok(),
            None => None,
        };
        Newer {
            deployment: primary.id().map(str::to_owned),
            build: definition.and_then(|definition| plan.stamp_of(&definition)),
            task_definition,
        }
    }
}
