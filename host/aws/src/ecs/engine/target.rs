//! The steps of one target: its revision, the one-off tasks before the update, the update, the watch, which also checks
//! the image digests, the one-off tasks after it, and the verdict.

use std::time::{Duration, SystemTime};

use super::bake::Baked;
use super::error::StartError;
use super::start::StartOutcome;
use super::steps::TargetStep;
use super::{DEFAULT_TIMEOUT, Engine, PlaceContext};
use crate::ecs::diagnose::{FailedRollout, diagnose};
use crate::ecs::rollout::Rollout;
use crate::ecs::verdict::{TargetOutcome, VerdictReader};
use crate::ecs::watch::{self, WatchEnd, WatchResult};
use model::decision::Destination;
use model::event::Event;
use model::exit::Exit;
use model::names::short_revision;
use model::plan::{Stamp, TargetPlan, TaskDefinition};
use model::progress::Progress;
use model::time::format_seconds;
use model::verdict::{NewerDeployment, Verdict};

impl Engine<'_> {
    /// Deploys a target, from its revision to its verdict.
    pub(super) async fn deploy(&self, place: &PlaceContext<'_>, plan: &TargetPlan) -> TargetOutcome {
        let start = match &plan.destination {
            Destination::Service(service) => self.start(place, plan, service).await,
            Destination::Family(_) => self.register_family(place.ecs, plan).await,
            Destination::Schedule(_) | Destination::EventRule(_) => {
                self.replace_started(place.ecs, plan).await
            }
        };
        match start {
            Ok(StartOutcome::Unchanged(None)) => TargetOutcome::new(Verdict::Unchanged, &plan.base),
            Ok(StartOutcome::Unchanged(Some(rollout))) => TargetOutcome::new(
                self.finish_unchanged(place, plan, &rollout).await,
                rollout.task_definition,
            ),
            Ok(StartOutcome::Registered(arn)) => {
                let replaced_definitions = vec![plan.base.clone()];
                let next_start = plan.trigger.as_ref().map(|trigger| trigger.start.clone());
                let verdict = Verdict::Registered { next_start };
                TargetOutcome { replaced_definitions, ..TargetOutcome::new(verdict, arn) }
            }
            Ok(StartOutcome::RollingOut(rollout)) if self.options.no_wait => {
                TargetOutcome::new(Verdict::Started, rollout.task_definition)
            }
            Ok(StartOutcome::Scaling { rollout, .. }) if self.options.no_wait => {
                TargetOutcome::new(Verdict::Started, rollout.task_definition)
            }
            Ok(StartOutcome::Scaling { rollout, count }) => {
                let verdict = self.finish_scaling(place, plan, &rollout, count).await;
                TargetOutcome::new(verdict, rollout.task_definition)
            }
            Ok(StartOutcome::Restored { rollout, build }) => {
                let verdict = self.watch_restored(place, plan, &rollout, build.map(|build| *build)).await;
                TargetOutcome::new(verdict, rollout.task_definition)
            }
            Ok(StartOutcome::RollingOut(rollout)) => {
                let (rollout, watch) = self.watch_revision(place, plan, &rollout).await;
                let verdict = self.finish(place, plan, &rollout, watch).await;
                let replaced_definitions =
                    [rollout.previous_definition.as_slice(), &rollout.replaced_definitions].concat();
                TargetOutcome { replaced_definitions, ..TargetOutcome::new(verdict, rollout.task_definition) }
            }
            Err(error) => self.fail(plan, error),
        }
    }

    /// The outcome of a target whose rollout did not start.
    fn fail(&self, plan: &TargetPlan, error: StartError) -> TargetOutcome {
        let exit = error.exit();
        if let StartError::Task(error) = &error {
            self.report_task_diagnosis(plan, error);
        }
        let verdict = match error {
            StartError::Superseded { task_definition, build } => Verdict::Superseded {
                by: NewerDeployment {
                    deployment: None,
                    task_definition: Some(task_definition),
                    build: Some(*build),
                },
            },
            StartError::Moved { task_definition } => {
                self.warn(format!(
                    "{} was updated to {} by someone else after planning, and the plan was reviewed without that: \
                     nothing was deployed to it; run this again, which plans with the change",
                    plan.name,
                    short_revision(&task_definition)
                ));
                let by =
                    NewerDeployment { deployment: None, task_definition: Some(task_definition), build: None };
                Verdict::Superseded { by }
            }
            error if exit == Exit::Unknown => Verdict::Unknown { reason: error.to_string() },
            error => Verdict::Failed { reason: error.to_string() },
        };
        TargetOutcome { exit, ..TargetOutcome::new(verdict, &plan.base) }
    }

    /// The verdict on a service that has its rollout already. The tasks after it that have not
    /// succeeded run now; if one fails, the rollout has failed.
    pub(super) async fn finish_unchanged(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
    ) -> Verdict {
        if self.options.no_wait {
            return Verdict::Unchanged;
        }
        let Err(failure) = self.run_tasks_after(place, plan, rollout).await else {
            // A run that was cancelled meanwhile leaves the rest of the bake time to this one.
            return match self.bake(place, plan, rollout, plan.remaining_bake(SystemTime::now())).await {
                Baked::Healthy => Verdict::Unchanged,
                Baked::Replaced => self.verdict(place, plan, rollout, WatchEnd::Superseded).await,
                Baked::Failed(reason) => self.finish_failed_bake(place, plan, rollout, reason).await,
            };
        };
        let is_of_own_build = plan.is_of_own_build();
        let state = if is_of_own_build { "runs this build already" } else { "is unchanged" };
        let reason = format!("the service {state}, but {}", failure.reason);
        // What another build deployed is not this run's to take back.
        if failure.is_outcome_unknown || !is_of_own_build || !self.rolls_back(plan) {
            return failure.verdict(reason);
        }
        let service_deployment = watch::find_service_deployment(place.ecs, rollout).await;
        let end = WatchEnd::Deployed { unproven: None };
        let watch = WatchResult { end, service_deployment };
        self.roll_back(place, plan, rollout, &watch, reason).await
    }

    /// Does what follows the watch of a rollout: the tasks after a success; the diagnosis of a failure, and the rollback
    /// if that is requested.
    async fn finish(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        watch: WatchResult,
    ) -> Verdict {
        if let Some(outcome) = watch.end.outcome() {
            let has_revision = match &watch.end {
                WatchEnd::Deployed { .. } => !plan.tasks_after.is_empty() || !plan.bake().is_zero(),
                WatchEnd::Failed { .. } => true,
                _ => false,
            };
            let rollout = has_revision.then(|| rollout.clone());
            self.states.set(&plan.name, TargetStep::Ended { outcome, rollout });
        }
        if watch.end.needs_diagnosis() {
            self.diagnose(place, plan, rollout).await;
        }
        let (failed, reason) = match &watch.end {
            WatchEnd::Deployed { unproven } => match self.run_tasks_after(place, plan, rollout).await {
                Ok(()) => match self.bake(place, plan, rollout, plan.bake()).await {
                    Baked::Healthy => return Verdict::Deployed { unproven: unproven.clone() },
                    Baked::Replaced => return self.verdict(place, plan, rollout, WatchEnd::Superseded).await,
                    Baked::Failed(reason) => (Verdict::Failed { reason: reason.clone() }, reason),
                },
                Err(failure) => {
                    let reason = format!("the rollout is complete, but {}", failure.reason);
                    let verdict = failure.verdict(reason.clone());
                    if failure.is_outcome_unknown {
                        return verdict;
                    }
                    (verdict, reason)
                }
            },
            WatchEnd::Failed { reason } => (Verdict::Failed { reason: reason.clone() }, reason.clone()),
            // It may wait for a person, and then it has not failed.
            WatchEnd::TimedOut { may_be_paused: true, .. } => {
                return self.verdict(place, plan, rollout, watch.end).await;
            }
            WatchEnd::TimedOut { seconds, .. } => (
                self.verdict(place, plan, rollout, watch.end.clone()).await,
                format!("it was not complete after {} s", format_seconds(*seconds)),
            ),
            WatchEnd::RolledBack { .. }
            | WatchEnd::Superseded
            | WatchEnd::OtherDigests { .. }
            | WatchEnd::Stopped { .. }
            | WatchEnd::Unreadable { .. } => return self.verdict(place, plan, rollout, watch.end).await,
            // It has not failed, so it is not rolled back.
            WatchEnd::Paused { .. } | WatchEnd::Reached { .. } => {
                self.warn_of_later_tasks(plan);
                return self.verdict(place, plan, rollout, watch.end).await;
            }
        };
        if self.rolls_back(plan) {
            return self.roll_back(place, plan, rollout, &watch, reason).await;
        }
        failed
    }

    /// The verdict on a service that runs this build already, and was not healthy in its bake time.
    async fn finish_failed_bake(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        reason: String,
    ) -> Verdict {
        if !self.rolls_back(plan) {
            return Verdict::Failed { reason };
        }
        let service_deployment = watch::find_service_deployment(place.ecs, rollout).await;
        let watch = WatchResult { end: WatchEnd::Deployed { unproven: None }, service_deployment };
        self.roll_back(place, plan, rollout, &watch, reason).await
    }

    /// Warns of the tasks after a rollout that this run does not run, because the rollout has not ended.
    fn warn_of_later_tasks(&self, plan: &TargetPlan) {
        if !plan.tasks_after.is_empty() {
            let names: Vec<&str> = plan.tasks_after.iter().map(|task| task.name.as_str()).collect();
            self.warn(format!(
                "{}: its tasks after the rollout did not run: {}; run this again when the rollout has ended",
                plan.name,
                names.join(", ")
            ));
        }
    }

    /// The verdict on a rollout that nothing else follows.
    pub(super) async fn verdict(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
        end: WatchEnd,
    ) -> Verdict {
        let next = match &end {
            WatchEnd::TimedOut { last, .. } if last.as_ref().is_some_and(Progress::is_rollback) => {
                format!("`{}` watches it", place.ecs.command("rollback", &rollout.service))
            }
            WatchEnd::TimedOut { may_be_paused: true, .. } if self.rolls_back(plan) => {
                "it may be paused, so it is not rolled back; run this again to watch it".to_owned()
            }
            WatchEnd::TimedOut { may_be_paused: true, .. } => {
                "it may be paused; run this again to watch it".to_owned()
            }
            _ => "run this again to watch it".to_owned(),
        };
        let stamp = |definition: &TaskDefinition| plan.find_stamp(definition);
        self.reader(place, &stamp).verdict(rollout, end, next).await
    }

    /// Reads what a service runs; `stamp` is of the plan's containers.
    pub(super) fn reader<'e>(
        &'e self,
        place: &'e PlaceContext<'_>,
        stamp: &'e dyn Fn(&TaskDefinition) -> Option<Stamp>,
    ) -> VerdictReader<'e> {
        VerdictReader { ecs: place.ecs, poll: self.options.poll, stamp }
    }

    /// How long the rollout of a target may take.
    pub(super) fn timeout(&self, plan: &TargetPlan) -> Duration {
        let own = plan.rollout_options.timeout_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        own.or(self.options.timeout).unwrap_or(DEFAULT_TIMEOUT + Duration::from_secs(plan.strategy_seconds))
    }

    pub(super) async fn diagnose(&self, place: &PlaceContext<'_>, plan: &TargetPlan, rollout: &Rollout) {
        let failed = FailedRollout {
            service: &rollout.service,
            task_definition: &rollout.task_definition,
            deployment_id: rollout.deployment_id.as_deref(),
        };
        let explanation = diagnose(place.ecs, &failed).await;
        if !explanation.is_empty() {
            self.events.emit(&Event::FailureDiagnosed { target: plan.name.clone(), diagnosis: explanation });
        }
    }
}
