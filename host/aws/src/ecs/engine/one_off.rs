//! The one-off tasks of a target, before its update and after its rollout.

use std::time::Duration;

use super::failure::Failure;
use super::{Engine, Step};
use crate::AwsError;
use crate::ecs::tasks;
use crate::ecs::tasks::{OneOff, TaskError};
use crate::ecs::watch;
use crate::ecs::watch::{Ended, Watch};
use crate::ecs::{Ecs, Rollout};
use model::decision::{OneOffTask, ServiceName};
use model::event::Event;
use model::one_off::OneOffTaskChange;
use model::plan::TargetPlan;
use model::verdict::Verdict;

impl Engine<'_> {
    /// One after the other; the first that fails keeps the service as it is.
    pub(super) async fn tasks_before(
        &self,
        plan: &TargetPlan,
        service: &ServiceName,
        task_definition: &str,
    ) -> Result<(), Failure> {
        for task in &plan.tasks_before {
            let ran = self.run_task(plan, service, task_definition, (task, "ecs-host", false)).await;
            ran.map_err(Failure::Task)?;
        }
        Ok(())
    }

    pub(super) async fn tasks_after(&self, plan: &TargetPlan, started: &Rollout) -> Result<(), String> {
        self.run_after(plan, started, false)
            .await
            .map_err(|why| format!("the rollout is complete, but {why}"))
    }

    /// A service that has all of it: the run that deployed it may have been cut
    /// off before its tasks after the rollout had succeeded. What of them is
    /// not seen to have succeeded for this very deployment runs now, and what
    /// fails is dealt with as it would have been then.
    pub(super) async fn stands(&self, ecs: &Ecs, plan: &TargetPlan, own: Rollout) -> Verdict {
        if plan.tasks_after.is_empty() || self.options.no_wait {
            return Verdict::Unchanged;
        }
        let Err(why) = self.run_after(plan, &own, true).await else { return Verdict::Unchanged };
        let reason = format!("the service has all of it already, but {why}");
        if !self.rolls_back(plan) {
            return Verdict::Failed { reason };
        }
        let service_deployment = watch::find(ecs, &own).await;
        let watched = Watch { ended: Ended::Deployed, service_deployment };
        self.take_back(ecs, plan, &own, &watched, reason).await
    }

    async fn run_after(&self, plan: &TargetPlan, started: &Rollout, once: bool) -> Result<(), String> {
        for task in &plan.tasks_after {
            // The deployment's id is what a later run finds the task by.
            let id = started.deployment.as_deref().unwrap_or_default();
            let by = format!("ecs-host/{}/{}", id.trim_start_matches("ecs-svc/"), task.name);
            let once = once && !id.is_empty();
            let ran =
                self.run_task(plan, &started.service, &started.task_definition, (task, &by, once)).await;
            ran.map_err(|error| {
                self.explain_task(plan, &error);
                error.to_string()
            })?;
        }
        Ok(())
    }

    /// Tells why a one-off task failed and the end of its log, where it ran.
    pub(super) fn explain_task(&self, plan: &TargetPlan, error: &TaskError) {
        if let Some(explanation) = error.explanation().filter(|explanation| !explanation.is_empty()) {
            let explanation = explanation.clone();
            self.events.emit(&Event::FailureDiagnosed { target: plan.name.clone(), diagnosis: explanation });
        }
    }

    async fn run_task(
        &self,
        plan: &TargetPlan,
        service: &ServiceName,
        task_definition: &str,
        (task, started_by, once): (&OneOffTask, &str, bool),
    ) -> Result<(), TaskError> {
        self.states.set(&plan.name, Step::Task(task.name.clone()));
        let launch = plan.launch.clone().unwrap_or_default();
        let task = OneOff {
            cluster: &service.cluster,
            task_definition,
            launch: &launch,
            name: &task.name,
            container: &task.container,
            command: &task.command,
            timeout: task.timeout.map_or(self.options.timeout, |seconds| Duration::from_secs(seconds.into())),
            started_by,
            once,
        };
        let tell = |event: OneOffTaskChange| {
            let (target, name) = (plan.name.clone(), task.name.to_owned());
            self.events.emit(&match event {
                OneOffTaskChange::Warning { message } => Event::Warning { message },
                change => Event::OneOffTaskChanged { target, name, change },
            });
        };
        match self.looks.get(&plan.place) {
            Some(looks) => tasks::run(looks, &task, tell).await,
            None => Err(TaskError::not_started(
                &task,
                AwsError::unusable(
                    "ecs:RunTask",
                    format!("service `{service}`"),
                    "nobody looks at its region",
                ),
                false,
            )),
        }
    }
}
