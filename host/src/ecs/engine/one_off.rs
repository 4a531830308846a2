//! The one-off tasks of a target, before its update and after its rollout.

use std::time::Duration;

use super::failure::Failure;
use super::{Engine, Step};
use crate::aws::AwsError;
use crate::ecs::Started;
use crate::ecs::tasks::{self, OneOff, TaskError, TaskEvent};
use crate::plan::TargetPlan;
use crate::policy::decision::{OneOffTask, ServiceName};
use crate::report::Event;

impl Engine<'_> {
    /// One after the other; the first that fails keeps the service as it is.
    pub(super) async fn tasks_before(
        &self,
        plan: &TargetPlan,
        service: &ServiceName,
        task_definition: &str,
    ) -> Result<(), Failure> {
        for task in &plan.tasks_before {
            self.run_task(plan, service, task_definition, task).await.map_err(Failure::Task)?;
        }
        Ok(())
    }

    pub(super) async fn tasks_after(&self, plan: &TargetPlan, started: &Started) -> Result<(), String> {
        for task in &plan.tasks_after {
            let ran = self.run_task(plan, &started.service, &started.task_definition, task).await;
            ran.map_err(|error| {
                self.explain_task(plan, &error);
                format!("the rollout is complete, but {error}")
            })?;
        }
        Ok(())
    }

    /// Tells why a one-off task failed and the end of its log, where it ran.
    pub(super) fn explain_task(&self, plan: &TargetPlan, error: &TaskError) {
        if let Some(explanation) = error.explanation().filter(|explanation| !explanation.is_empty()) {
            let explanation = explanation.clone();
            self.report.emit(&Event::Explained { target: plan.name.clone(), explanation });
        }
    }

    async fn run_task(
        &self,
        plan: &TargetPlan,
        service: &ServiceName,
        task_definition: &str,
        task: &OneOffTask,
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
            started_by: "ecs-host",
        };
        let tell = |event: TaskEvent| {
            let (target, name) = (plan.name.clone(), task.name.to_owned());
            self.report.emit(&match event {
                TaskEvent::Warning { message } => Event::Warning { message },
                step => Event::OneOffTask { target, name, step },
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
