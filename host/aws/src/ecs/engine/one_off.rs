//! The one-off tasks of a target, before its update and after its rollout.

use std::time::Duration;

use super::error::StartError;
use super::steps::TargetStep;
use super::{DEFAULT_TIMEOUT, Engine, PlaceContext};
use crate::ecs::rollout::Rollout;
use crate::ecs::tasks::{self, OneOff, TaskError};
use model::decision::{OneOffTask, ServiceName};
use model::event::Event;
use model::one_off::OneOffTaskChange;
use model::plan::TargetPlan;
use model::verdict::Verdict;

/// Why a task after a rollout did not succeed.
pub(super) struct TaskFailure {
    /// The reason, a clause.
    pub(super) reason: String,
    /// Whether it is unknown if it succeeded. Then the rollout is not rolled back.
    pub(super) is_outcome_unknown: bool,
}

impl TaskFailure {
    /// The verdict on a rollout that nothing else follows; `reason` contains that of the failure.
    pub(super) fn verdict(&self, reason: String) -> Verdict {
        match self.is_outcome_unknown {
            true => Verdict::Unknown { reason },
            false => Verdict::Failed { reason },
        }
    }
}

impl Engine<'_> {
    /// Runs the tasks before the update, one after the other. After the first that fails, the
    /// service is not updated.
    pub(super) async fn run_tasks_before(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        service: &ServiceName,
        task_definition: &str,
    ) -> Result<(), StartError> {
        for task in &plan.tasks_before {
            self.states.set(&plan.name, TargetStep::Task { name: task.name.clone(), rollout: None });
            let mark = format!("ecs-host/{}", plan.mark_before(task));
            let ran = self.run_task(place, plan, service, task_definition, (task, &mark)).await;
            ran.map_err(StartError::Task)?;
        }
        Ok(())
    }

    /// Runs the tasks after a rollout, or returns which failed and why. Those that have succeeded for this deployment are
    /// not run again: the run that started it may have been interrupted before the others had.
    pub(super) async fn run_tasks_after(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        rollout: &Rollout,
    ) -> Result<(), TaskFailure> {
        for task in &plan.tasks_after {
            let step = TargetStep::Task { name: task.name.clone(), rollout: Some(rollout.clone()) };
            self.states.set(&plan.name, step);
            // Without an id, the revision identifies the deployment.
            let deployment = rollout.deployment_id.as_ref().unwrap_or(&rollout.task_definition);
            let mark = format!("ecs-host/{}", plan.mark_after(deployment, task));
            let ran =
                self.run_task(place, plan, &rollout.service, &rollout.task_definition, (task, &mark)).await;
            ran.map_err(|error| {
                self.report_task_diagnosis(plan, &error);
                let reason = match &error {
                    TaskError::NotStarted { .. }
                        if plan.is_deregistered && plan.base == rollout.task_definition =>
                    {
                        format!("{error}; the revision is deregistered, and `--force` deploys a copy of it")
                    }
                    _ => error.to_string(),
                };
                TaskFailure { reason, is_outcome_unknown: error.is_outcome_unknown() }
            })?;
        }
        Ok(())
    }

    /// Reports why a one-off task failed, with the end of its log, if it ran.
    pub(super) fn report_task_diagnosis(&self, plan: &TargetPlan, error: &TaskError) {
        if let Some(explanation) = error.diagnosis().filter(|diagnosis| !diagnosis.is_empty()) {
            let explanation = explanation.clone();
            self.events.emit(&Event::FailureDiagnosed { target: plan.name.clone(), diagnosis: explanation });
        }
    }

    async fn run_task(
        &self,
        place: &PlaceContext<'_>,
        plan: &TargetPlan,
        service: &ServiceName,
        task_definition: &str,
        (task, mark): (&OneOffTask, &str),
    ) -> Result<(), TaskError> {
        let launch = plan.launch.clone().unwrap_or_default();
        let task = OneOff {
            cluster: &service.cluster,
            task_definition,
            launch: &launch,
            name: &task.name,
            container: &task.container,
            command: &task.command,
            environment: &task.environment,
            timeout: task
                .timeout_seconds
                .map(|seconds| Duration::from_secs(seconds.into()))
                .or(self.options.timeout)
                .unwrap_or(DEFAULT_TIMEOUT),
            mark,
        };
        let report = |change: OneOffTaskChange| {
            let (target, name) = (plan.name.clone(), task.name.to_owned());
            self.events.emit(&match change {
                OneOffTaskChange::Warning { message } => Event::Warning { message },
                change => Event::OneOffTaskChanged { target, name, change },
            });
        };
        tasks::run(&place.tasks, &task, report).await
    }
}
