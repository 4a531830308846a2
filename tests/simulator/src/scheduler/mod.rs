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
use crate::model::service::State;
use crate::model::{Key, Phase, Rollout, Service, Stage, Status};
use crate::region::{Due, Region};

pub(crate) use launch::Launch;
pub(crate) use lifecycle::Step;

use plan::{Bounds, Group, Plan};

impl Region {
    /// Looks at a service, and starts and stops what its deployments call for.
    pub(crate) fn reconcile(&mut self, key: &Key) {
        let Some(service) = self.services.get(key) else { return };
        match service.state {
            State::Inactive => return,
            State::Draining => return self.end_draining(key),
            State::Active => {}
        }
        // A deployment that is PENDING has touched nothing yet.
        if service.ongoing().is_some_and(|record| record.status == Status::Pending) {
            return;
        }
        let plan = self.plan(service);
        let waits =
            self.services.get(key).and_then(|service| service.hold).is_some_and(|until| until > self.now);
        for (deployment, count) in plan.stop {
            self.stop_surplus(key, &deployment, count);
        }
        if !waits {
            for (deployment, count) in plan.start {
                self.start_tasks(key, &deployment, count);
            }
        }
        if plan.stuck {
            self.tell_once(
                key,
                "was unable to stop or start tasks during a deployment because of the service deployment \
                 configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
            );
        }
        self.finish_if_done(key);
    }

    /// How many tasks a service should run: as many as there are container instances for a daemon.
    pub(crate) fn wanted(&self, service: &Service) -> u32 {
        if !service.is_daemon() {
            return service.desired;
        }
        let instances = self.clusters.get(&service.key.cluster).map_or(0, |cluster| cluster.instances.len());
        u32::try_from(instances).unwrap_or(u32::MAX)
    }

    fn plan(&self, service: &Service) -> Plan {
        let groups: Vec<Group> =
            service.deployments.iter().map(|deployment| self.group(service, &deployment.id)).collect();
        let Some(primary) = service.primary() else { return Plan::default() };
        let (own, others): (Vec<Group>, Vec<Group>) =
            groups.into_iter().partition(|group| group.deployment == primary.id);
        let Some(mut own) = own.into_iter().next() else { return Plan::default() };
        own.launches = primary.rollout != Rollout::Failed;
        let wanted = self.wanted(service);
        let stage =
            service.ongoing().filter(|record| record.status.goes_forward()).and_then(|record| record.stage);
        match stage.filter(|_| service.strategy() != "ROLLING") {
            Some(stage) if stage < Stage::CleanUp => {
                plan::green(wanted, stage >= Stage::ScaleUp, &own, &others)
            }
            _ => plan::rolling(wanted, &Bounds::of(service), &own, &others),
        }
    }

    pub(crate) fn group(&self, service: &Service, deployment: &str) -> Group {
        let tasks = || {
            self.tasks
                .values()
                .filter(|task| task.is_of(&service.key) && task.deployment() == Some(deployment))
        };
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Group {
            deployment: deployment.to_owned(),
            live: count(tasks().filter(|task| task.is_live()).count()),
            running: count(tasks().filter(|task| task.is_running()).count()),
            healthy: count(tasks().filter(|task| task.is_live() && task.steady).count()),
            left: count(tasks().filter(|task| task.phase != Phase::Stopped).count()),
            launches: false,
        }
    }

    /// An event that is not repeated while it is the latest.
    pub(crate) fn tell_once(&mut self, key: &Key, message: &str) {
        let said = self.services.get(key).and_then(|service| service.events.front());
        if !said.is_some_and(|event| event.message.ends_with(message)) {
            self.tell(key, message);
        }
    }

    /// Launches nothing for a while, as the scheduler does after failures.
    pub(crate) fn hold(&mut self, key: &Key, seconds: f64) {
        let until = self.now.plus(seconds);
        if let Some(service) = self.services.get_mut(key) {
            service.hold = Some(service.hold.map_or(until, |held: Moment| held.max(until)));
        }
        self.queue.put(until, Due::Look { key: key.clone() });
    }

    fn end_draining(&mut self, key: &Key) {
        let left = self.tasks_of(key).any(|task| task.phase < Phase::Stopping);
        if let Some(service) = self.services.get_mut(key).filter(|_| !left) {
            service.state = State::Inactive;
            self.touch();
        }
    }
}

impl Bounds {
    fn of(service: &Service) -> Self {
        let configuration = Value::Object(service.full_configuration());
        let percent = |name| json::count(&configuration, name).unwrap_or(100);
        Self { minimum: percent("minimumHealthyPercent"), maximum: percent("maximumPercent") }
    }
}
