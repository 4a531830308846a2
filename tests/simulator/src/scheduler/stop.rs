//! Stopping tasks.

use super::lifecycle::Step;
use crate::model::{Key, Phase};
use crate::region::{Due, Region};

impl Region {
    /// Stops a task, by whomever. One that gets requests is drained first.
    pub(crate) fn stop(&mut self, id: &str, code: &'static str, reason: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id).filter(|task| task.wanted) else { return };
        task.wanted = false;
        task.plan += 1;
        task.version += 1;
        task.stop_code = Some(code);
        task.stopped_reason = Some(reason.to_owned());
        task.times.stopping = Some(now);
        let drains = task.balanced
            && task.steady
            && task.phase == Phase::Running
            && code != "EssentialContainerExited";
        let (ended, service) = (task.times.execution_stopped.is_some(), task.service.clone());
        self.touch();
        if drains {
            if let Some(task) = self.tasks.get_mut(id) {
                task.phase = Phase::Deactivating;
            }
            if let Some((key, _)) = service {
                self.tell(&key, "has begun draining connections on 1 tasks.");
                if let Some(group) = self.target_group(&key) {
                    self.tell(&key, &format!("deregistered 1 targets in (target-group {group})"));
                }
            }
            let drain = self.rules.delays.drain.sample(&mut self.rng);
            self.later(id, drain, Step::Drained);
        } else if ended {
            self.exited(id);
        } else {
            self.stopping(id);
        }
    }

    pub(super) fn stopping(&mut self, id: &str) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.phase = Phase::Stopping;
        }
        let stop = self.rules.delays.container_stop.sample(&mut self.rng);
        self.later(id, stop, Step::Exited);
    }

    pub(super) fn exited(&mut self, id: &str) {
        let now = self.now;
        if let Some(task) = self.tasks.get_mut(id) {
            task.phase = Phase::Deprovisioning;
            task.times.execution_stopped.get_or_insert(now);
            task.end_containers();
        }
        let deprovision = self.rules.delays.deprovision.sample(&mut self.rng);
        self.later(id, deprovision, Step::Gone);
    }

    pub(super) fn gone(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.phase = Phase::Stopped;
        task.times.stopped = Some(now);
        let service = task.service.clone();
        self.later(id, self.rules.delays.stopped_task_retention, Step::Forgotten);
        if let Some((key, _)) = service {
            self.reconcile(&key);
        }
    }

    fn later(&mut self, id: &str, seconds: f64, step: Step) {
        let Some(plan) = self.tasks.get(id).map(|task| task.plan) else { return };
        self.after(seconds, Due::Task { id: id.to_owned(), plan, step });
    }

    /// Stops tasks of a deployment, those first that are not up yet, and the oldest before others.
    pub(crate) fn stop_surplus(&mut self, key: &Key, deployment: &str, count: u32) {
        let mut tasks: Vec<_> = self
            .tasks_of(key)
            .filter(|task| task.is_live() && task.deployment() == Some(deployment))
            .collect();
        tasks.sort_by_key(|task| (task.steady, task.phase));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let chosen: Vec<(String, bool)> =
            tasks.iter().take(count).map(|task| (task.id.clone(), task.phase == Phase::Running)).collect();
        let service = self.services.get(key);
        let primary =
            service.and_then(|service| service.primary()).is_some_and(|primary| primary.id == deployment);
        for (id, _) in &chosen {
            let reason = if primary {
                format!("Scaling activity initiated by (deployment {deployment})")
            } else {
                let by = self
                    .services
                    .get(key)
                    .and_then(|s| s.primary())
                    .map(|p| p.id.clone())
                    .unwrap_or_default();
                format!("Scaling activity initiated by (deployment {by})")
            };
            self.stop(id, "ServiceSchedulerInitiated", &reason);
        }
        let running: Vec<String> =
            chosen.iter().filter(|(_, running)| *running).map(|(id, _)| format!("(task {id})")).collect();
        if !running.is_empty() {
            self.tell(key, &format!("has stopped {} running tasks: {}.", running.len(), running.join(" ")));
        }
        if let Some(service) = self.services.get_mut(key).filter(|_| !chosen.is_empty()) {
            service.unsteady = true;
        }
    }
}
