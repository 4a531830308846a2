//! The stop of tasks, from draining to STOPPED.

use crate::model::{ServiceKey, TaskStatus, TaskStep};
use crate::region::Region;
use crate::scenario::TaskBehaviour;

impl Region {
    /// Starts to stop a task. A task that a load balancer sends requests to is drained first.
    pub(crate) fn begin_stop(&mut self, id: &str, code: &'static str, reason: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.is_desired_running) else { return };
        task.is_desired_running = false;
        task.generation += 1;
        task.version += 1;
        task.stop_code = Some(code);
        task.stopped_reason = Some(reason.to_owned());
        task.times.stopping = Some(now);
        let drains = task.is_load_balanced
            && task.is_healthy
            && task.last_status == TaskStatus::Running
            && code != "EssentialContainerExited";
        let have_containers_ended = task.times.execution_stopped.is_some();
        let owner = task.owner.clone();
        self.mark_changed();
        if drains {
            if let Some(task) = self.tasks.get_mut(id) {
                task.last_status = TaskStatus::Deactivating;
            }
            if let Some(owner) = owner {
                self.add_service_event(&owner.service, "has begun draining connections on 1 tasks.");
                self.add_target_event(&owner.service, "deregistered 1 targets in");
            }
            let seconds = self.scenario.delays.drain.sample(&mut self.rng);
            self.schedule_step(id, seconds, TaskStep::Drained);
        } else if have_containers_ended {
            self.deprovision(id);
        } else {
            self.stop_containers(id);
        }
    }

    pub(super) fn stop_containers(&mut self, id: &str) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.last_status = TaskStatus::Stopping;
        }
        let seconds = self.scenario.delays.container_stop.sample(&mut self.rng);
        self.schedule_step(id, seconds, TaskStep::ContainersStopped);
    }

    /// Releases the resources of a task whose containers have ended. Containers that were stopped exit with
    /// code 0, unless the behaviour of the task sets another.
    pub(super) fn deprovision(&mut self, id: &str) {
        let now = self.now;
        if let Some(task) = self.tasks.get_mut(id) {
            task.last_status = TaskStatus::Deprovisioning;
            task.times.execution_stopped.get_or_insert(now);
            let stopped_exit_code = |container: &str| match &task.behaviour {
                TaskBehaviour::ExitInOrder { stopped_exit_codes, .. } => {
                    stopped_exit_codes.get(container).copied()
                }
                _ => None,
            };
            if task.times.started.is_some() {
                for container in &mut task.containers {
                    container.exit_code.get_or_insert(stopped_exit_code(&container.name).unwrap_or_default());
                }
            }
        }
        let seconds = self.scenario.delays.deprovision.sample(&mut self.rng);
        self.schedule_step(id, seconds, TaskStep::Deprovisioned);
    }

    pub(super) fn finish_stop(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.last_status = TaskStatus::Stopped;
        task.times.stopped = Some(now);
        self.schedule_step(id, self.scenario.delays.stopped_task_retention, TaskStep::RetentionEnded);
        self.reconcile_owner(id);
    }

    /// Stops tasks of a deployment: first those that do not run yet or are not healthy, the oldest first.
    pub(super) fn stop_surplus_tasks(&mut self, key: &ServiceKey, deployment_id: &str, count: u32) {
        let mut tasks: Vec<_> = self
            .service_tasks(key)
            .filter(|task| task.is_live() && task.deployment_id() == Some(deployment_id))
            .collect();
        tasks.sort_by_key(|task| (task.is_healthy, task.last_status));
        tasks.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let stopped: Vec<String> = tasks.iter().map(|task| task.id.clone()).collect();
        let running: Vec<String> = tasks
            .iter()
            .filter(|task| task.last_status == TaskStatus::Running)
            .map(|task| format!("(task {})", task.id))
            .collect();
        let primary = self.services.get(key).and_then(|service| service.primary_deployment());
        let primary_id = primary.map_or("", |primary| primary.id.as_str());
        let reason = format!("Scaling activity initiated by (deployment {primary_id})");
        for id in &stopped {
            self.begin_stop(id, "ServiceSchedulerInitiated", &reason);
        }
        if !running.is_empty() {
            let message = format!("has stopped {} running tasks: {}.", running.len(), running.join(" "));
            self.add_service_event(key, &message);
        }
        if let Some(service) = self.services.get_mut(key).filter(|_| !stopped.is_empty()) {
            service.is_unsteady = true;
        }
    }
}
