//! The start of a service's rollout: the revision, the one-off tasks before the update, and the
//! update, again on what others deploy at the same time.

use std::borrow::Cow;

use aws_sdk_ecs::primitives::DateTime;
use tokio::time::Instant;

use super::error::StartError;
use super::steps::TargetStep;
use super::target::Start;
use super::{ATTEMPTS, Engine, PlaceContext};
use crate::AwsError;
use crate::ecs::{Ecs, Rollout, start};
use model::decision::ServiceName;
use model::event::Event;
use model::plan::{RolloutState, TargetPlan};

/// The task definition that a service is updated to.
struct Update {
    /// Its ARN.
    task_definition: String,
    /// Whether a deployment is forced: the service has the task definition already.
    force: bool,
}

impl Engine<'_> {
    /// Starts the rollout of a service.
    pub(super) async fn start(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        service: &ServiceName,
    ) -> Result<Start, StartError> {
        let ecs = place.ecs;
        let mut until = Instant::now() + self.timeout(plan);
        let mut current = Cow::Borrowed(plan);
        let mut tasks_ran = plan.tasks_before.is_empty();
        // The rollout of an earlier attempt, which replaced what someone else had deployed.
        let mut earlier: Option<Rollout> = None;
        for attempt in 1..=ATTEMPTS {
            let is_last = attempt == ATTEMPTS;
            let update = match (self.prepare_update(ecs, &current, until).await, earlier.take()) {
                (Ok(Some(update)), rollout) => {
                    earlier = rollout;
                    update
                }
                // Another run of this build deployed it at the same time.
                (Ok(None), Some(rollout)) => return Ok(Start::RollingOut(rollout)),
                (Ok(None), None) => return Ok(self.resume(&current, service)),
                (Err(error), Some(rollout)) => {
                    self.warn_of_lost_changes(&current, &rollout, &error);
                    return Ok(Start::RollingOut(rollout));
                }
                (Err(error), None) => return Err(error),
            };
            if !tasks_ran {
                // A migration of an older build must not meet the database of a newer one.
                if let Some(rebased) = self.detect_drift(ecs, &current, service).await? {
                    if is_last {
                        break;
                    }
                    self.warn_of_rebase(&rebased);
                    current = Cow::Owned(rebased);
                    continue;
                }
                self.run_tasks_before(place, plan, service, &update.task_definition).await?;
                tasks_ran = true;
                until = Instant::now() + self.timeout(plan);
            }
            let rollout = match (self.update(ecs, &current, service, &update, until).await, earlier) {
                (Ok(rollout), _) => rollout,
                // Whether it was carried out is unknown, so no rollout is known to be the latest.
                (Err(error), _) if error.is_outcome_unknown() => return Err(error.into()),
                (Err(error), Some(rollout)) => {
                    self.warn_of_lost_changes(&current, &rollout, &error.into());
                    return Ok(Start::RollingOut(rollout));
                }
                (Err(error), None) => {
                    let registered = (!update.force).then_some(update.task_definition);
                    return Err(StartError::NotUpdated { error: Box::new(error), registered });
                }
            };
            let Some(other) = rollout.overtook(&current.deployments) else {
                return Ok(Start::RollingOut(rollout));
            };
            let rebased = match self.rebase(ecs, &current, &rollout, other, until).await {
                Ok(_) if is_last => Err(StartError::Contended { service: service.clone() }),
                rebased => rebased,
            };
            match rebased {
                Ok(rebased) => {
                    self.warn_of_rebase(&rebased);
                    current = Cow::Owned(rebased);
                }
                Err(error @ StartError::Superseded { .. }) => return Err(error),
                Err(error) => {
                    self.warn_of_lost_changes(&current, &rollout, &error);
                    return Ok(Start::RollingOut(rollout));
                }
            }
            earlier = Some(rollout);
        }
        Err(StartError::Contended { service: service.clone() })
    }

    /// Registers the revision of a plan; none if the service needs no update.
    async fn prepare_update(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        until: Instant,
    ) -> Result<Option<Update>, StartError> {
        Ok(match plan.new_revision(&self.digests)? {
            Some(revision) => {
                let task_definition = self.register(ecs, plan, &revision, until).await?;
                Some(Update { task_definition, force: false })
            }
            None => {
                plan.redeploy.then(|| Update { task_definition: plan.task_definition.clone(), force: true })
            }
        })
    }

    async fn update(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        service: &ServiceName,
        update: &Update,
        until: Instant,
    ) -> Result<Rollout, AwsError> {
        let request = start::UpdateRequest {
            service,
            task_definition: &update.task_definition,
            again: update.force,
            primary: plan.primary_deployment.as_deref(),
        };
        self.states.set(&plan.name, TargetStep::Updating(update.task_definition.clone()));
        let rollout = start::update(ecs, &request, until, self.events).await?;
        Ok(self.record_rollout(plan, rollout))
    }

    /// What a service has that needs no update. An earlier run of this build may have been
    /// interrupted: its rollout in progress is watched to its end.
    fn resume(&self, plan: &TargetPlan, service: &ServiceName) -> Start {
        let found = |deployment: &Option<String>| Rollout {
            created_at: plan.primary_created_at.map(DateTime::from_secs_f64),
            before: Some(plan.task_definition.clone()),
            ..Rollout::found(service, &plan.task_definition, deployment.as_deref())
        };
        match &plan.rollout {
            RolloutState::InProgress(deployment) => {
                Start::RollingOut(self.record_rollout(plan, found(deployment)))
            }
            _ => Start::Unchanged(Some(Box::new(found(&plan.primary_deployment)))),
        }
    }

    /// Completes a rollout by what the plan knows of it, and reports it.
    fn record_rollout(&self, plan: &TargetPlan, mut rollout: Rollout) -> Rollout {
        let digest = |image: &str| self.digests.get(image).cloned();
        let digests = plan.containers.iter().filter_map(|c| Some((c.container.clone(), digest(&c.image)?)));
        rollout.digests = digests.collect();
        rollout.before = Some(plan.task_definition.clone());
        // The service's list may not contain any more what it replaces.
        let before = plan.deployments.iter().filter(|arn| **arn != rollout.task_definition);
        rollout.replaced.extend(before.cloned());
        self.states.set(&plan.name, TargetStep::RollingOut(rollout.clone()));
        self.events.emit(&Event::ServiceUpdated {
            target: plan.name.clone(),
            task_definition: rollout.task_definition.clone(),
            deployment: rollout.deployment.clone(),
        });
        rollout
    }
}
