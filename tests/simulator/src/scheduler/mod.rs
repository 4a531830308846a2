//! The service scheduler: it launches and stops tasks as the deployments of a service require.

mod alarms;
mod behaviour;
mod blue_green;
mod circuit_breaker;
mod completion;
mod deployment;
mod hooks;
mod images;
mod launch;
mod plan;
mod rollback;
mod stop;
mod task_lifecycle;
mod task_logs;
mod timers;

use serde_json::Value;

use crate::json;
use crate::model::{
    LifecycleStage, RolloutState, Service, ServiceDeploymentStatus, ServiceKey, ServiceStatus, TaskStatus,
    Timer,
};
use crate::region::Region;

pub(crate) use launch::TaskLaunch;

use plan::{DeploymentLimits, ScalingPlan, TaskCounts, plan_blue_green, plan_rolling};

impl Region {
    /// Starts and stops the tasks of a service as its deployments require, and completes the deployment if it
    /// is done.
    pub(crate) fn reconcile(&mut self, key: &ServiceKey) {
        let Some(service) = self.services.get(key) else { return };
        match service.status {
            ServiceStatus::Inactive => return,
            ServiceStatus::Draining => return self.finish_draining(key),
            ServiceStatus::Active => {}
        }
        let deployment = service.ongoing_service_deployment();
        if deployment.is_some_and(|deployment| deployment.status == ServiceDeploymentStatus::Pending) {
            return;
        }
        let plan = self.scaling_plan(service);
        let backs_off = service.backoff_until.is_some_and(|until| until > self.now);
        for (deployment_id, count) in plan.stop {
            self.stop_surplus_tasks(key, &deployment_id, count);
        }
        if !backs_off {
            for (deployment_id, count) in plan.start {
                self.start_tasks(key, &deployment_id, count);
            }
        }
        if plan.is_stuck {
            self.add_service_event_once(
                key,
                "was unable to stop or start tasks during a deployment because of the service deployment \
                 configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
            );
        }
        self.complete_if_done(key);
    }

    /// The number of tasks that a service is to run: the desired count, or for a daemon one task on each
    /// container instance.
    pub(crate) fn desired_tasks(&self, service: &Service) -> u32 {
        if !service.is_daemon() {
            return service.desired_count;
        }
        let cluster = self.clusters.get(&service.key.cluster);
        let instances = cluster.map_or(0, |cluster| cluster.container_instances.len());
        u32::try_from(instances).unwrap_or(u32::MAX)
    }

    fn scaling_plan(&self, service: &Service) -> ScalingPlan {
        let Some(primary) = service.primary_deployment() else { return ScalingPlan::default() };
        let mut primary_counts = self.task_counts(service, &primary.id);
        primary_counts.can_launch = primary.rollout_state != RolloutState::Failed;
        let others = service.deployments.iter().filter(|deployment| deployment.id != primary.id);
        let other_counts: Vec<TaskCounts> =
            others.map(|deployment| self.task_counts(service, &deployment.id)).collect();
        let desired = self.desired_tasks(service);
        let ongoing = service.ongoing_service_deployment();
        let ongoing = ongoing.filter(|deployment| deployment.status.is_deploying());
        let with_stages = ongoing.filter(|deployment| deployment.strategy() != "ROLLING");
        match with_stages.and_then(|deployment| deployment.lifecycle_stage) {
            Some(stage) if stage < LifecycleStage::CleanUp => {
                let scales_up = stage >= LifecycleStage::ScaleUp;
                plan_blue_green(desired, scales_up, &primary_counts, &other_counts)
            }
            _ => plan_rolling(desired, deployment_limits(service), &primary_counts, &other_counts),
        }
    }

    pub(crate) fn task_counts(&self, service: &Service, deployment_id: &str) -> TaskCounts {
        let mut counts = TaskCounts { deployment_id: deployment_id.to_owned(), ..TaskCounts::default() };
        for task in self.tasks.values() {
            if !task.belongs_to(&service.key) || task.deployment_id() != Some(deployment_id) {
                continue;
            }
            counts.live += u32::from(task.is_live());
            counts.running += u32::from(task.is_running());
            counts.healthy += u32::from(task.is_live() && task.is_healthy);
            counts.not_stopped += u32::from(task.last_status != TaskStatus::Stopped);
        }
        counts
    }

    /// Adds an event, unless it is the latest event of the service already.
    fn add_service_event_once(&mut self, key: &ServiceKey, message: &str) {
        let latest = self.services.get(key).and_then(|service| service.events.front());
        if !latest.is_some_and(|event| event.message.ends_with(message)) {
            self.add_service_event(key, message);
        }
    }

    /// Launches no tasks of a service for this many seconds.
    fn back_off(&mut self, key: &ServiceKey, seconds: f64) {
        let until = self.now.plus(seconds);
        if let Some(service) = self.services.get_mut(key) {
            service.backoff_until = service.backoff_until.max(Some(until));
        }
        self.timers.push(until, Timer::Reconcile { key: key.clone() });
    }

    fn finish_draining(&mut self, key: &ServiceKey) {
        let is_drained = !self.service_tasks(key).any(|task| task.last_status < TaskStatus::Stopping);
        if let Some(service) = self.services.get_mut(key).filter(|_| is_drained) {
            service.status = ServiceStatus::Inactive;
            self.mark_changed();
        }
    }
}

fn deployment_limits(service: &Service) -> DeploymentLimits {
    let configuration = Value::Object(service.full_deployment_configuration());
    let percent = |name| json::count(&configuration, name).unwrap_or(100);
    DeploymentLimits {
        minimum_healthy_percent: percent("minimumHealthyPercent"),
        maximum_percent: percent("maximumPercent"),
    }
}
