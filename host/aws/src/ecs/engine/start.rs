//! The start of a service's rollout: the revision, the one-off tasks before the update, and the update.
//!
//! If someone else deploys to the service meanwhile, the steps are repeated on top of that deployment, up to
//! [`MAX_UPDATE_ATTEMPTS`] times.

use std::borrow::Cow;

use aws_sdk_ecs::primitives::DateTime;
use tokio::time::Instant;

use super::error::StartError;
use super::steps::TargetStep;
use super::{Engine, MAX_UPDATE_ATTEMPTS, PlaceContext};
use crate::ecs::Ecs;
use crate::ecs::mutations::{UpdateRequest, update_service};
use crate::ecs::retry::MutationError;
use crate::ecs::rollout::Rollout;
use model::decision::ServiceName;
use model::event::Event;
use model::plan::{RolloutState, Stamp, TargetPlan, TaskDefinition};

/// The outcome of the start of a target.
pub(super) enum StartOutcome {
    /// There is nothing to change. A service has this rollout of it already.
    Unchanged(Option<Box<Rollout>>),
    /// The revision of a family is registered under this ARN, and the schedule or the rule starts it.
    Registered(String),
    /// The rollout is in progress.
    RollingOut(Box<Rollout>),
    /// The service has the revision already, and is to run another number of tasks of it.
    Scaling {
        /// The rollout of the revision.
        rollout: Box<Rollout>,
        /// The number of tasks.
        count: u32,
    },
    /// The update replaced what someone else had deployed and it must not replace, and that is rolled out again.
    Restored {
        /// The rollout of it.
        rollout: Box<Rollout>,
        /// Its build, if that is newer; `None` if the guards of the plan have not seen it.
        build: Option<Box<Stamp>>,
    },
}

/// The task definition that a service is updated to.
struct Update {
    /// Its ARN.
    task_definition: String,
    /// The task definition itself.
    definition: TaskDefinition,
    /// What the update changes.
    change: Change,
}

impl Update {
    /// An update to the task definition that a plan is based on.
    fn to_base(plan: &TargetPlan, change: Change) -> Self {
        Self { task_definition: plan.base.clone(), definition: plan.definition.clone(), change }
    }
}

/// What an update of a service changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// The task definition.
    Revision,
    /// The deployment, although the service has the task definition already.
    Redeployment,
    /// The number of tasks alone.
    Count(u32),
}

impl Engine<'_> {
    /// Starts the rollout of a service.
    pub(super) async fn start(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        service: &ServiceName,
    ) -> Result<StartOutcome, StartError> {
        let ecs = place.ecs;
        let mut until = Instant::now() + self.timeout(plan);
        let mut current = Cow::Borrowed(plan);
        let mut tasks_ran = plan.tasks_before.is_empty();
        // The rollout of an earlier attempt, which replaced what someone else had deployed, and its task definition.
        let mut earlier: Option<(Rollout, TaskDefinition)> = None;
        for attempt in 1..=MAX_UPDATE_ATTEMPTS {
            let is_last = attempt == MAX_UPDATE_ATTEMPTS;
            let update = match (self.prepare_update(ecs, &current, until).await, earlier.take()) {
                (Ok(Some(update)), rollout) => {
                    earlier = rollout;
                    update
                }
                // Another run of this build deployed it at the same time.
                (Ok(None), Some((rollout, own))) if own.equals_ignoring_stamp(&current.definition) => {
                    return Ok(StartOutcome::RollingOut(Box::new(rollout)));
                }
                // What someone else deployed has all that this run changes, and more.
                (Ok(None), Some(replaced)) => {
                    earlier = Some(replaced);
                    Update::to_base(&current, Change::Revision)
                }
                (Ok(None), None) => match current.count_change() {
                    Some((_, count)) => Update::to_base(&current, Change::Count(count)),
                    None => return Ok(self.resume(&current, service)),
                },
                (Err(error), Some((rollout, _))) => {
                    self.warn_of_lost_changes(&current, &rollout, &error);
                    return Ok(StartOutcome::RollingOut(Box::new(rollout)));
                }
                (Err(error), None) => return Err(error),
            };
            // A migration of an older build must not meet the database of a newer one, and an older build does not
            // change the number of tasks of a newer one. What guards have reviewed replaces nothing that they have not seen.
            let is_update_checked =
                !tasks_ran || self.options.exact || matches!(update.change, Change::Count(_));
            if is_update_checked && let Some(rebased) = self.detect_drift(ecs, &current, service).await? {
                if is_last {
                    break;
                }
                self.warn_of_rebase(&rebased);
                current = Cow::Owned(rebased);
                continue;
            }
            if !tasks_ran {
                self.run_tasks_before(place, plan, service, &update.task_definition).await?;
                tasks_ran = true;
                until = Instant::now() + self.timeout(plan);
                // The tasks may have taken minutes.
                if self.options.exact {
                    self.detect_drift(ecs, &current, service).await?;
                }
            }
            let rollout = match (self.update(ecs, &current, service, &update, until).await, earlier.take()) {
                (Ok(rollout), _) => rollout,
                // No rollout is known to be the latest.
                (Err(error), _) if error.is_outcome_unknown => return Err(error.into()),
                (Err(error), Some((rollout, _))) => {
                    self.warn_of_lost_changes(&current, &rollout, &error.into());
                    return Ok(StartOutcome::RollingOut(Box::new(rollout)));
                }
                (Err(error), None) => {
                    let is_new = update.change == Change::Revision;
                    let registered = is_new.then_some(update.task_definition);
                    return Err(StartError::NotUpdated { error: error.error, registered });
                }
            };
            if let Change::Count(count) = update.change {
                if rollout.task_definition == current.base {
                    return Ok(scaling(&current, rollout, count));
                }
                let rebased = self.read_and_rebase(ecs, &current, &rollout.task_definition, None).await?;
                if is_last {
                    break;
                }
                self.warn_of_rebase(&rebased);
                current = Cow::Owned(rebased);
                continue;
            }
            let Some(other) = rollout.unplanned_replacement(&current.deployed_definitions) else {
                return Ok(StartOutcome::RollingOut(Box::new(rollout)));
            };
            let rebased =
                match self.read_and_rebase(ecs, &current, other, Some(&rollout.task_definition)).await {
                    Ok(_) if is_last => Err(StartError::Contended { service: service.clone() }),
                    // Guards have not seen what was replaced, be it readable or not.
                    Err(error) if self.options.exact || matches!(error, StartError::Superseded { .. }) => {
                        let build = match error {
                            StartError::Superseded { build, .. } => Some(build),
                            _ => None,
                        };
                        match self.restore(ecs, &current, &rollout, (other, build.is_some()), until).await {
                            Ok(rollout) => {
                                return Ok(StartOutcome::Restored { rollout: Box::new(rollout), build });
                            }
                            Err(error) if self.options.exact => {
                                return Err(StartError::NotRestored { replaced: other.to_owned(), error });
                            }
                            Err(error) => Err(error.into()),
                        }
                    }
                    rebased => rebased,
                };
            match rebased {
                Ok(rebased) => {
                    self.warn_of_rebase(&rebased);
                    current = Cow::Owned(rebased);
                }
                Err(error) => {
                    self.warn_of_lost_changes(&current, &rollout, &error);
                    return Ok(StartOutcome::RollingOut(Box::new(rollout)));
                }
            }
            earlier = Some((rollout, update.definition));
        }
        Err(StartError::Contended { service: service.clone() })
    }

    /// Registers the revision of a plan. `None` if the service needs no update.
    async fn prepare_update(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        until: Instant,
    ) -> Result<Option<Update>, StartError> {
        let revision = match plan.new_revision(&self.digests)? {
            // ECS accepts no update to a deregistered revision.
            None if plan.redeploy && plan.is_deregistered => Some(plan.copy_of_base(&self.digests)?),
            revision => revision,
        };
        Ok(match revision {
            Some(definition) => {
                let task_definition = self.register(ecs, plan, &definition, until).await?;
                Some(Update { task_definition, definition, change: Change::Revision })
            }
            None => plan.redeploy.then(|| Update::to_base(plan, Change::Redeployment)),
        })
    }

    async fn update(
        &self,
        ecs: &Ecs,
        plan: &TargetPlan,
        service: &ServiceName,
        update: &Update,
        until: Instant,
    ) -> Result<Rollout, MutationError> {
        let request = UpdateRequest {
            service,
            task_definition: match update.change {
                Change::Revision | Change::Redeployment => Some(&update.task_definition),
                Change::Count(_) => None,
            },
            desired_count: plan.rollout_options.desired_count,
            force_new_deployment: update.change == Change::Redeployment,
        };
        self.states.set(&plan.name, TargetStep::Updating(update.task_definition.clone()));
        let rollout = update_service(ecs, &request, until, self.events).await?;
        Ok(self.record_rollout(plan, rollout))
    }

    /// The outcome for a service that needs no update. An earlier run of this build may have been
    /// interrupted: its rollout in progress is watched to its end.
    fn resume(&self, plan: &TargetPlan, service: &ServiceName) -> StartOutcome {
        let rollout = |deployment_id: &Option<String>| Rollout {
            created_at: plan.primary_created_at.map(DateTime::from_secs_f64),
            previous_definition: Some(plan.base.clone()),
            ..Rollout::new(service, &plan.base, deployment_id.as_deref())
        };
        match &plan.rollout {
            RolloutState::InProgress(deployment_id) => {
                StartOutcome::RollingOut(Box::new(self.record_rollout(plan, rollout(deployment_id))))
            }
            _ => StartOutcome::Unchanged(Some(Box::new(rollout(&plan.primary_deployment_id)))),
        }
    }

    /// Completes a rollout by what the plan knows of it, and reports it.
    fn record_rollout(&self, plan: &TargetPlan, mut rollout: Rollout) -> Rollout {
        rollout.digests = self.digests_of(plan);
        rollout.previous_definition = Some(plan.base.clone());
        // ECS may have removed replaced deployments from the list already.
        let planned = plan.deployed_definitions.iter().filter(|arn| **arn != rollout.task_definition);
        rollout.replaced_definitions.extend(planned.cloned());
        self.states.set(&plan.name, TargetStep::RollingOut(rollout.clone()));
        self.events.emit(&Event::ServiceUpdated {
            target: plan.name.clone(),
            task_definition: rollout.task_definition.clone(),
            deployment: rollout.deployment_id.clone(),
        });
        rollout
    }
}

/// The outcome of a new number of tasks.
fn scaling(plan: &TargetPlan, rollout: Rollout, count: u32) -> StartOutcome {
    match plan.rollout {
        // Its end has the new number of tasks.
        RolloutState::InProgress(_) => StartOutcome::RollingOut(Box::new(rollout)),
        _ => StartOutcome::Scaling { rollout: Box::new(rollout), count },
    }
}
