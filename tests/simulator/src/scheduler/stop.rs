//! Stopping tasks.

use super::lifecycle::TaskStep;
use crate::model::{ServiceKey, TaskStatus};
use crate::region::{Region, Timer};

impl Region {
    /// Stops a task, by whomever. One that gets requests is drained first.
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
        let (ended, service) = (task.times.execution_stopped.is_some(), task.service.clone());
        self.mark_changed();
        if drains {
            if let Some(task) = self.tasks.get_mut(id) {
                task.last_status = TaskStatus::Deactivating;
            }
            if let Some((key, _)) = service {
                self.add_service_event(&key, "has begun draining connections on 1 tasks.");
                if let Some(group) = self.target_group(&key) {
                    self.add_service_event(
                        &key,
                        &format!("deregistered 1 targets in (target-group {group})"),
                    );
                }
            }
            let drain = self.scenario.delays.drain.sample(&mut self.rng);
            self.later(id, drain, TaskStep::Drained);
        } else if ended {
            self.deprovision(id);
        } else {
            self.stop_containers(id);
        }
    }

    pub(super) fn stop_containers(&mut self, id: &str) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.last_status = TaskStatus::Stopping;
        }
        let stop = self.scenario.delays.container_stop.sample(&mut self.rng);
        self.later(id, stop, TaskStep::Exited);
    }

    pub(super) fn deprovision(&mut self, id: &str) {
        let now = self.now;
        if let Some(task) = self.tasks.get_mut(id) {
            task.last_status = TaskStatus::Deprovisioning;
            task.times.execution_stopped.get_or_insert(now);
            task.end_containers();
        }
        let deprovision = self.scenario.delays.deprovision.sample(&mut self.rng);
        self.later(id, deprovision, TaskStep::Deprovisioned);
    }

    pub(super) fn finish_stop(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.last_status = TaskStatus::Stopped;
        task.times.stopped = Some(now);
        let service = task.service.clone();
        self.later(id, self.scenario.delays.stopped_task_retention, TaskStep::RetentionEnded);
        if let Some((key, _)) = service {
            self.reconcile(&key);
        }
    }

    fn later(&mut self, id: &str, seconds: f64, step: TaskStep) {
        let Some(plan) = self.tasks.get(id).map(|task| task.generation) else { return };
        self.schedule(seconds, Timer::Task { id: id.to_owned(), generation: plan, step });
    }

    /// Stops tasks of a deployment, those first that are not up yet, and the oldest before others.
    pub(crate) fn stop_surplus_tasks(&mut self, key: &ServiceKey, deployment: &str, count: u32) {
        let mut tasks: Vec<_> = self
            .service_tasks(key)
            .filter(|task| task.is_live() && task.deployment_id() == Some(deployment))
            .collect();
        tasks.sort_by_key(|task| (task.is_healthy, task.last_status));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let chosen: Vec<(String, bool)> = tasks
            .iter()
            .take(count)
            .map(|task| (task.id.clone(), task.last_status == TaskStatus::Running))
            .collect();
        let service = self.services.get(key);
        let primary = service
            .and_then(|service| service.primary_deployment())
            .is_some_and(|primary| primary.id == deployment);
        for (id, _) in &chosen {
            let reason = if primary {
                format!("Scaling activity initiated by (deployment {deployment})")
            } else {
                let by = self
                    .services
                    .get(key)
                    .and_then(|s| s.primary_deployment())
                    .map(|p| p.id.clone())
                    .unwrap_or_default();
                format!("Scaling activity initiated by (deployment {by})")
            };
            self.begin_stop(id, "ServiceSchedulerInitiated", &reason);
        }
        let running: Vec<String> =
            chosen.iter().filter(|(_, running)| *running).map(|(id, _)| format!("(task {id})")).collect();
        if !running.is_empty() {
            self.add_service_event(
                key,
                &format!("has stopped {} running tasks: {}.", running.len(), running.join(" ")),
            );
        }
        if let Some(service) = self.services.get_mut(key).filter(|_| !chosen.is_empty()) {
            service.is_unsteady = true;
        }
    }
}
