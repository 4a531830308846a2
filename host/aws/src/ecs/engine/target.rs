//! One target, from its revision to its verdict: the order of its steps.

use std::rc::Rc;
use std::time::Duration;

use aws_sdk_ecs::primitives::DateTime;
use tokio::time::Instant;

use super::failure::Failure;
use super::late::late;
use super::{Engine, Outcome, Step};
use crate::ecs::explain::{FailedRollout, explain};
use crate::ecs::watch::{Ended, Watch};
use crate::ecs::{Ecs, Rollout, start};
use model::decision::{Destination, ServiceName};
use model::event::Event;
use model::plan::facts::RolloutState;
use model::plan::{TargetPlan, TaskDefinition};
use model::verdict::{NewerDeployment, Verdict};

/// What came of starting a target.
pub(super) enum Begun {
    /// There is nothing to do; a service has its deployment of it.
    Unchanged(Option<Box<Rollout>>),
    /// A family's new revision is there.
    Registered(String),
    /// It rolls out.
    RollingOut(Rollout),
}

impl Engine<'_> {
    /// Does all there is to do about one target.
    pub(super) async fn target(&self, ecs: &Ecs, plan: &TargetPlan) -> Outcome {
        match self.begin(ecs, plan).await {
            Ok(Begun::Unchanged(None)) => Outcome::new(Verdict::Unchanged, &plan.task_definition),
            Ok(Begun::Unchanged(Some(own))) => {
                let arn = own.task_definition.clone();
                Outcome::new(self.stands(ecs, plan, *own).await, arn)
            }
            Ok(Begun::Registered(arn)) => {
                let replaced = vec![plan.task_definition.clone()];
                Outcome { replaced, ..Outcome::new(Verdict::Registered, arn) }
            }
            Ok(Begun::RollingOut(started)) => {
                let arn = started.task_definition.clone();
                if self.options.no_wait {
                    return Outcome::new(Verdict::Started, arn);
                }
                let replaced = [started.before.as_slice(), &started.replaced].concat();
                Outcome { replaced, ..Outcome::new(self.finish(ecs, plan, started).await, arn) }
            }
            Err(failure) => self.not_begun(plan, failure),
        }
    }

    fn not_begun(&self, plan: &TargetPlan, failure: Failure) -> Outcome {
        let exit = failure.exit();
        if let Failure::Task(error) = &failure {
            self.explain_task(plan, error);
        }
        let verdict = match failure {
            Failure::Older { task_definition, build } => Verdict::Superseded {
                by: NewerDeployment {
                    deployment: None,
                    task_definition: Some(task_definition),
                    build: Some(*build),
                },
            },
            failure => Verdict::Failed { reason: failure.to_string() },
        };
        Outcome { exit, ..Outcome::new(verdict, &plan.task_definition) }
    }

    /// Registers the revision, runs the one-off tasks before the update, and
    /// updates the service.
    async fn begin(&self, ecs: &Ecs, plan: &TargetPlan) -> Result<Begun, Failure> {
        let mut until = Instant::now() + self.timeout(plan);
        let Destination::Service(service) = &plan.destination else {
            return self.family(ecs, plan, until).await;
        };
        let mut planned = std::borrow::Cow::Borrowed(plan);
        let mut before = None;
        let mut tasks_ran = false;
        for attempt in 1..=super::ATTEMPTS {
            let is_last = attempt == super::ATTEMPTS;
            let (arn, again) = match (self.wanted(ecs, &planned, until).await, &before) {
                (Ok(Some(wanted)), _) => wanted,
                // Another run of this build came first: then the rollout
                // that this one started before is of the same, and is watched.
                (Ok(None), Some(started)) => return Ok(Begun::RollingOut(Rollout::clone(started))),
                (Ok(None), None) => return Ok(self.as_it_is(&planned, service)),
                (Err(failure), Some(started)) => return Ok(self.not_on_top(&planned, started, &failure)),
                (Err(failure), None) => return Err(failure),
            };
            if !std::mem::replace(&mut tasks_ran, true) && !plan.tasks_before.is_empty() {
                // A migration of an older build must not meet the database of a newer one.
                if let Some(moved_on) = self.moved_on(ecs, &planned, service).await? {
                    if is_last {
                        break;
                    }
                    self.tell_on_top(&moved_on);
                    planned = std::borrow::Cow::Owned(moved_on);
                    tasks_ran = false;
                    continue;
                }
                self.tasks_before(plan, service, &arn).await?;
                until = Instant::now() + self.timeout(plan);
            }
            let wanted = start::UpdateRequest {
                service,
                task_definition: &arn,
                again,
                primary: plan.primary_deployment.as_deref(),
            };
            self.states.set(&plan.name, Step::Updating(arn.clone()));
            let started = match (start::update(ecs, &wanted, until, self.events).await, &before) {
                (Ok(started), _) => self.rolls_out(&planned, started),
                (Err(error), Some(started)) if !error.is_lost() => {
                    return Ok(self.not_on_top(&planned, started, &error.into()));
                }
                (Err(error), _) if error.is_lost() => return Err(error.into()),
                (Err(error), _) => {
                    return Err(Failure::NotUpdated {
                        error: Box::new(error),
                        left: (!again).then(|| arn.clone()),
                    });
                }
            };
            let Some(other) = started.overtook(&planned.deployments) else {
                return Ok(Begun::RollingOut(started));
            };
            match self.on_top(ecs, &planned, &started, other, until).await {
                // The rollout goes on all the same, and has a verdict of its own.
                Ok(_) if is_last => {
                    let contended = Failure::Contended { service: service.clone() };
                    return Ok(self.not_on_top(&planned, &started, &contended));
                }
                Ok(on_top) => {
                    self.tell_on_top(&on_top);
                    planned = std::borrow::Cow::Owned(on_top);
                }
                Err(failure @ Failure::Older { .. }) => return Err(failure),
                Err(failure) => return Ok(self.not_on_top(&planned, &started, &failure)),
            }
            before = Some(started);
        }
        Err(Failure::Contended { service: service.clone() })
    }

    /// Registers the revision of a family.
    async fn family(&self, ecs: &Ecs, plan: &TargetPlan, until: Instant) -> Result<Begun, Failure> {
        let Some(revision) = plan.new_revision(&self.digests)? else { return Ok(Begun::Unchanged(None)) };
        let Some(on_top) = self.family_moved_on(ecs, plan).await? else {
            return Ok(Begun::Registered(self.register(ecs, plan, &revision, until).await?));
        };
        // Another run of this build may have come first.
        let Some(revision) = on_top.new_revision(&self.digests)? else { return Ok(Begun::Unchanged(None)) };
        self.tell_on_top(&on_top);
        Ok(Begun::Registered(self.register(ecs, &on_top, &revision, until).await?))
    }

    /// The task definition to give the service, and whether even where it has
    /// it already; none where there is nothing to give.
    async fn wanted(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        until: Instant,
    ) -> Result<Option<(String, bool)>, Failure> {
        Ok(match plan.new_revision(&self.digests)? {
            Some(revision) => Some((self.register(ecs, plan, &revision, until).await?, false)),
            None => plan.redeploy.then(|| (plan.task_definition.clone(), true)),
        })
    }

    /// A service that has all of it: an earlier run of this build may have been
    /// cut off, and its rollout is watched to its end.
    fn as_it_is(&self, plan: &TargetPlan, service: &ServiceName) -> Begun {
        let found = |deployment: &Option<String>| Rollout {
            created_at: plan.primary_created_at.map(DateTime::from_secs_f64),
            ..Rollout::found(service, &plan.task_definition, deployment.as_deref())
        };
        match &plan.rollout {
            RolloutState::UnderWay(deployment) => Begun::RollingOut(self.rolls_out(plan, found(deployment))),
            _ => Begun::Unchanged(Some(Box::new(found(&plan.primary_deployment)))),
        }
    }

    /// Registers a revision, once for all the targets that share it.
    async fn register(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        revision: &TaskDefinition,
        until: Instant,
    ) -> Result<String, Failure> {
        let cell = Rc::clone(self.revisions.borrow_mut().entry(plan.revision_key(revision)).or_default());
        let register = async || {
            let arn = start::register(ecs, revision, until, self.events).await?;
            let task_definition = arn.clone();
            self.events.emit(&Event::RevisionRegistered { target: plan.name.clone(), task_definition });
            Ok(arn)
        };
        let arn = cell.get_or_init(register).await.clone()?;
        self.states.set(&plan.name, Step::Registered);
        Ok(arn)
    }

    /// Whether this run has registered a revision.
    pub(super) fn has_registered(&self, arn: &str) -> bool {
        let revisions = self.revisions.borrow();
        revisions.values().any(|cell| matches!(cell.get(), Some(Ok(own)) if own == arn))
    }

    fn rolls_out(&self, plan: &TargetPlan, mut started: Rollout) -> Rollout {
        let digest = |image: &str| self.digests.get(image).cloned();
        let digests = plan.containers.iter().filter_map(|c| Some((c.container.clone(), digest(&c.image)?)));
        started.digests = digests.collect();
        started.before = Some(plan.task_definition.clone());
        // What it replaces may be gone from the service's list by now.
        let before = plan.deployments.iter().filter(|arn| **arn != started.task_definition);
        started.replaced.extend(before.cloned());
        self.states.set(&plan.name, Step::RollingOut(started.clone()));
        self.events.emit(&Event::ServiceUpdated {
            target: plan.name.clone(),
            task_definition: started.task_definition.clone(),
            deployment: started.deployment.clone(),
        });
        started
    }

    /// Watches a rollout to its verdict, and does what follows from that.
    async fn finish(&self, ecs: &Ecs, plan: &TargetPlan, started: Rollout) -> Verdict {
        let watch = self.watched(plan, &started, self.timeout(plan)).await;
        if let Some(how) = watch.ended.over() {
            self.states.set(&plan.name, Step::Over(how));
        }
        let reason = match &watch.ended {
            Ended::Deployed => match self.tasks_after(plan, &started).await {
                Ok(()) => return Verdict::Deployed,
                Err(reason) => reason,
            },
            Ended::Superseded => return Verdict::Superseded { by: self.newer(ecs, plan, &started).await },
            Ended::Lost { reason } => return Verdict::Failed { reason: reason.clone() },
            Ended::Stopped { reason } => return Verdict::Stopped { reason: reason.clone() },
            Ended::RolledBack { reason } => {
                self.explain(ecs, plan, &started).await;
                let runs = self.runs(ecs, &started).await;
                return Verdict::RolledBack { reason: reason.clone(), runs };
            }
            Ended::TimedOut { seconds, .. } => {
                self.explain(ecs, plan, &started).await;
                format!("it was not complete after {:.0} s", seconds.ceil())
            }
            Ended::Failed { reason } => {
                self.explain(ecs, plan, &started).await;
                reason.clone()
            }
        };
        if self.rolls_back(plan) {
            return self.take_back(ecs, plan, &started, &watch, reason).await;
        }
        match watch.ended {
            Ended::TimedOut { seconds, last, unread } => late(seconds, last, unread, &started),
            _ => Verdict::Failed { reason },
        }
    }

    pub(super) async fn watched(&self, plan: &TargetPlan, started: &Rollout, timeout: Duration) -> Watch {
        match self.watchers.get(&plan.place) {
            Some(watcher) => watcher.watch(&plan.name, started.clone(), timeout).await,
            None => Watch {
                ended: Ended::Lost { reason: "nobody watches its region".to_owned() },
                service_deployment: None,
            },
        }
    }

    pub(super) fn timeout(&self, plan: &TargetPlan) -> Duration {
        plan.timeout.map_or(self.options.timeout, |seconds| Duration::from_secs(seconds.into()))
    }

    async fn explain(&self, ecs: &Ecs, plan: &TargetPlan, started: &Rollout) {
        let failing = FailedRollout {
            service: &started.service,
            task_definition: &started.task_definition,
            deployment: started.deployment.as_deref(),
        };
        let explanation = explain(ecs, &failing).await;
        if !explanation.is_empty() {
            self.events.emit(&Event::FailureDiagnosed { target: plan.name.clone(), diagnosis: explanation });
        }
    }
}
