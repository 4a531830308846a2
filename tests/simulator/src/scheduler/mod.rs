//! The service scheduler: it keeps as many tasks as are wanted, and rolls out deployments.

mod alarms;
mod blue_green;
mod breaker;
mod conduct;
mod deploy;
mod finish;
mod launch;
mod lifecycle;
mod plan;
mod rollback;
mod stop;

use serde_json::Value;

use crate::clock::Moment;
use crate::json;
use crate::model::service::ServiceStatus;
use crate::model::{LifecycleStage, RolloutState, Service, ServiceDeploymentStatus, ServiceKey, TaskStatus};
use crate::region::{Region, Timer};

pub(crate) use launch::TaskLaunch;
pub(crate) use lifecycle::TaskStep;

use plan::{DeploymentLimits, ScalingPlan, TaskCounts};

impl Region {
    /// Looks at a service, and starts and stops what its deployments call for.
    pub(crate) fn reconcile(&mut self, key: &ServiceKey) {
        let Some(service) = self.services.get(key) else { return };
        match service.status {
            ServiceStatus::Inactive => return,
            ServiceStatus::Draining => return self.finish_draining(key),
            ServiceStatus::Active => {}
        }
        // A deployment that is PENDING has touched nothing yet.
        if service
            .ongoing_service_deployment()
            .is_some_and(|record| record.status == ServiceDeploymentStatus::Pending)
        {
            return;
        }
        let plan = self.scaling_plan(service);
        let waits = self
            .services
            .get(key)
            .and_then(|service| service.backoff_until)
            .is_some_and(|until| until > self.now);
        for (deployment, count) in plan.stop {
            self.stop_surplus_tasks(key, &deployment, count);
        }
        if !waits {
            for (deployment, count) in plan.start {
                self.start_tasks(key, &deployment, count);
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

    /// How many tasks a service should run: as many as there are container instances for a daemon.
    pub(crate) fn desired_tasks(&self, service: &Service) -> u32 {
        if !service.is_daemon() {
            return service.desired_count;
        }
        let instances = self.clusters.get(&service.key.cluster).map_or(0, |cluster| cluster.instances.len());
        u32::try_from(instances).unwrap_or(u32::MAX)
    }

    fn scaling_plan(&self, service: &Service) -> ScalingPlan {
        let groups: Vec<TaskCounts> =
            service.deployments.iter().map(|deployment| self.task_counts(service, &deployment.id)).collect();
        let Some(primary) = service.primary_deployment() else { return ScalingPlan::default() };
        let (own, others): (Vec<TaskCounts>, Vec<TaskCounts>) =
            groups.into_iter().partition(|group| group.deployment_id == primary.id);
        let Some(mut own) = own.into_iter().next() else { return ScalingPlan::default() };
        own.can_launch = primary.rollout_state != RolloutState::Failed;
        let wanted = self.desired_tasks(service);
        let stage = service
            .ongoing_service_deployment()
            .filter(|record| record.status.is_deploying())
            .and_then(|record| record.lifecycle_stage);
        match stage.filter(|_| service.strategy() != "ROLLING") {
            Some(stage) if stage < LifecycleStage::CleanUp => {
                plan::plan_blue_green(wanted, stage >= LifecycleStage::ScaleUp, &own, &others)
            }
            _ => plan::plan_rolling(wanted, &DeploymentLimits::from_service(service), &own, &others),
        }
    }

    pub(crate) fn task_counts(&self, service: &Service, deployment: &str) -> TaskCounts {
        let tasks = || {
            self.tasks
                .values()
                .filter(|task| task.belongs_to(&service.key) && task.deployment_id() == Some(deployment))
        };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        TaskCounts {
            deployment_id: deployment.to_owned(),
            live: count(tasks().filter(|task| task.is_live()).count()),
            running: count(tasks().filter(|task| task.is_running()).count()),
            healthy: count(tasks().filter(|task| task.is_live() && task.is_healthy).count()),
            not_stopped: count(tasks().filter(|task| task.last_status != TaskStatus::Stopped).count()),
            can_launch: false,
        }
    }

    /// An event that is not repeated while it is the latest.
    pub(crate) fn add_service_event_once(&mut self, key: &ServiceKey, message: &str) {
        let said = self.services.get(key).and_then(|service| service.events.front());
        if !said.is_some_and(|event| event.message.ends_with(message)) {
            self.add_service_event(key, message);
        }
    }

    /// Launches nothing for a while, as the scheduler does after failures.
    pub(crate) fn back_off(&mut self, key: &ServiceKey, seconds: f64) {
        let until = self.now.plus(seconds);
        if let Some(service) = self.services.get_mut(key) {
            service.backoff_until = Some(service.backoff_until.map_or(until, |held: Moment| held.max(until)));
        }
        self.timers.push(until, Timer::Reconcile { key: key.clone() });
    }

    fn finish_draining(&mut self, key: &ServiceKey) {
        let left = self.service_tasks(key).any(|task| task.last_status < TaskStatus::Stopping);
        if let Some(service) = self.services.get_mut(key).filter(|_| !left) {
            service.status = ServiceStatus::Inactive;
            self.mark_changed();
        }
    }
}

impl DeploymentLimits {
    fn from_service(service: &Service) -> Self {
        let configuration = Value::Object(service.full_deployment_configuration());
        let percent = |name| json::count(&configuration, name).unwrap_or(100);
        Self {
            minimum_healthy_percent: percent("minimumHealthyPercent"),
            maximum_percent: percent("maximumPercent"),
        }
    }
}
